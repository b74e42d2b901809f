"""From blocks to pairs, compiled: one side's records lie listed by block, the other's pass by row by row.

A row's pairs under all rules are written to a small buffer, each under the first rule that makes it: every resident record notes the turn of the last row that
met it, so that "made before" is one comparison. Turns are counted in 16 bits and begin anew when these are used up: what notes them stays small. A full buffer is handed out to be compared (`linkage.ops`) and counted or filtered (`linkage.tally`); the next
call goes on where it stopped.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage.bits import ZERO, fetch, held_numbers, let_go
from linkage.compiled import cached, inner

AHEAD, NEARLY = 16, 8
LISTED = 256
BATCH = 64  # streamed rows looked up together
LOW = 0xFFFFFFFF
HIGH = np.uint64(0xFFFFFFFF00000000)
ROW, RULE, AT, BASE, TURN = range(5)
"""Where a sweep stands: streamed row, rule, place in `ids` (−1: at the start of the row's block), first row looked up (−1: none yet), turn of the row (of those that
are in a block; 0 before the first)."""
AT_START = (0, -1, -1)
"""RULE, AT and BASE of a sweep that begins."""
TURNS = 0xFFFF
"""The last turn; after it `seen` is cleared, and they begin anew."""


@cached("u8[]", "i8[]", "u8[]", "i4[]")
def number(keys, table, distinct, numbers):
    """Number the distinct keys (0: none) as they come, into `distinct`; `numbers` gets each row's (−1 none), `table` where they are found again.

    A place of the table holds the upper half of a key and one more than its number. Returns how many there are.
    """
    mask, used = np.uint64(len(table) - 1), ZERO
    for row in range(len(keys)):
        if row + AHEAD < len(keys):
            fetch(table, np.int64(keys[row + AHEAD] & mask))
        key, found = keys[row], np.int64(-1)
        if key != 0:
            slot = slot_of(key, table, distinct, mask)
            if table[slot] == 0:
                distinct[used] = key
                used += 1
                table[slot] = np.int64(key & HIGH) | used
            found = (table[slot] & LOW) - 1
        numbers[row] = found
    return used


@inner
def slot_of(key, table, distinct, mask):
    """Place of a key (not 0), or the free one where it belongs."""
    slot, high = key & mask, np.int64(key & HIGH)
    while True:
        held = table[slot]
        if held == 0 or ((held ^ high) >> 32 == 0 and distinct[np.uint64((held & LOW) - 1)] == key):
            return slot
        slot = (slot + np.uint64(1)) & mask


@cached("u8[]", "u8[]")
def note(distinct, seen):
    """Set a bit for each key, in a number of words that is a power of two."""
    for place in range(len(distinct)):
        seen[word_of(distinct[place], seen)] |= bit_of(distinct[place])


@inner
def word_of(key, seen):
    return (key >> np.uint64(38)) & np.uint64(len(seen) - 1)


@inner
def bit_of(key):
    return np.uint64(1) << ((key >> np.uint64(32)) & np.uint64(63))


@cached("u8[]", "i8[]", "u8[]", "u8[]", "i8", "i4[]")
def find(keys, table, distinct, seen, first, numbers):
    """Numbers, from `first` on, of rows whose keys were numbered; −1 for those of other keys, most of which have no bit in `seen` (see `note`): it fits a
    processor's second cache, and `table` does not. Rows that have one are listed without a branch, for which they are cannot be foretold.
    """
    mask, listed = np.uint64(len(table) - 1), held_numbers(LISTED)
    for lo in range(0, len(keys), LISTED):
        n = ZERO
        for row in range(lo, min(lo + LISTED, len(keys))):
            key = keys[row]
            numbers[row] = -1
            listed[np.uint64(n)] = row
            n += np.int64((key != 0) & (seen[word_of(key, seen)] & bit_of(key) != 0))
        for x in range(min(n, AHEAD)):
            fetch(table, np.int64(keys[listed[x]] & mask))
        for x in range(n):
            if x + AHEAD < n:
                fetch(table, np.int64(keys[listed[x + AHEAD]] & mask))
            if x + NEARLY < n:
                fetch(distinct, max((table[keys[listed[x + NEARLY]] & mask] & LOW) - 1, 0))
            row = listed[x]
            held = table[slot_of(keys[row], table, distinct, mask)]
            if held != 0:
                numbers[row] = first + (held & LOW) - 1
    let_go(listed)


@cached("i4[]", "i4[]")
def count_blocks(numbers, counts):
    """Add up how many rows are of each block (−1 is none)."""
    for block in numbers:
        if block >= 0:
            counts[np.uint64(block)] += 1


@cached("i4[]", "i4[]", "i4[]")
def list_rows(numbers, ends, ids):
    """Put the rows into `ids` block by block, ascending; `ends` holds where each block begins, and then where it ends."""
    for row in range(len(numbers)):
        if numbers[row] >= 0:
            block = np.uint64(numbers[row])
            ids[np.uint64(ends[block])] = row
            ends[block] += 1


@cached(
    "i8", "i4[,]", "i4[]", "i4[]", "i4[]", "i8", "i8[,]", "i8[,]", "u2[]", "i8[,]", "i8[]", "i4[]", "i4[]", "i2[]", "i8[]"
)  # fmt: skip
def probe(hi, numbers, passing, starts, ids, is_self, near, far, seen, spans, stand, res, row, rules, made):
    """See `met`."""
    return met(hi, numbers, passing, starts, ids, is_self, near, far, seen, spans, stand, res, row, rules, made)  # fmt: skip


@inner
def met(hi, numbers, passing, starts, ids, is_self, near, far, seen, spans, stand, res, row, rules, made):
    """Write pairs until the buffers are full or the rows up to hi are done; returns how many were written.

    Args:
        numbers: blocks of the streamed rows, rules × rows. passing: which rows these are (nothing: 0 and so on). starts: where each block begins in `ids`, and the last one ends. ids: resident rows.
        is_self: one table against itself; only resident row < streamed row. near, far: rows to be fetched of the resident and of the streamed side.
        seen: per resident row the turn of the last streamed row that met it; all 0 where the turn is 0. spans: rules + 1 × BATCH, what was looked up, and at last whether that
            is anything. stand: where the sweep stands. All three are carried from call to call.
        res, row, rules: the buffers. made: gets the number of pairs per rule.
    """
    n, room = ZERO, len(res)
    j, rule, at, base, turn = stand[ROW], stand[RULE], stand[AT], stand[BASE], stand[TURN]
    while j < hi:
        if base < 0 or j >= base + BATCH:
            base = j
            look_up(base, min(base + BATCH, hi), numbers, starts, ids, spans)
        if spans[len(numbers), j - base] == 0:  # of most rows, no rule has a block
            j += 1
            continue
        if at < 0:  # a row that begins: a sweep stops within a block alone
            if turn == TURNS:
                seen[:] = 0
                turn = ZERO
            turn += 1
        own = np.int64(passing[j]) if len(passing) else j
        if at < 0:
            fetch(far, own)
        while rule < len(numbers):
            span = spans[rule, j - base]
            start, stop = span >> 32 if at < 0 else at, span & LOW
            if is_self:
                stop = place_before(ids, start, stop, own)
            until, first = min(stop, start + room - n), n
            for z in range(start, until):
                i = np.uint64(ids[np.uint64(z)])
                res[np.uint64(n)], row[np.uint64(n)], rules[np.uint64(n)] = i, own, rule
                n += np.int64(seen[i] != turn)
                fetch(near, np.int64(i))
                seen[i] = turn
            made[rule] += n - first
            if until < stop:
                stand[ROW], stand[RULE], stand[AT], stand[BASE], stand[TURN] = j, rule, until, base, turn
                return n
            at = np.int64(-1)
            rule += 1
        rule = ZERO
        j += 1
    stand[ROW], stand[RULE], stand[AT], stand[BASE], stand[TURN] = j, ZERO, -1, base, turn
    return n


@inner
def place_before(ids, start, stop, row):
    """End of the ids below a row; they ascend from start to stop."""
    while start < stop:
        middle = (start + stop) // 2
        if ids[middle] < row:
            start = middle + 1
        else:
            stop = middle
    return start


@inner
def look_up(lo, hi, numbers, starts, ids, spans):
    """Where the blocks of rows lo to hi lie in `ids` under all rules: begin << 32 | end (0: none)."""
    for rule in range(len(numbers)):
        for x in range(hi - lo):
            if numbers[rule, lo + x] >= 0:
                fetch(starts, np.int64(numbers[rule, lo + x]))
    for x in range(hi - lo):
        spans[len(numbers), x] = 0
    for rule in range(len(numbers)):
        for x in range(hi - lo):
            span, block = np.int64(0), np.int64(numbers[rule, lo + x])
            if block >= 0:
                span = np.int64(starts[np.uint64(block)]) << 32 | np.int64(starts[np.uint64(block + 1)])
                fetch(ids, span >> 32)
            spans[rule, x] = span
            spans[len(numbers), x] |= span
