"""From blocks to pairs, compiled: one side's records lie indexed by block key, the other's pass by row by row.

A row's pairs under all rules are written to a small buffer, each under the first rule that makes it: every resident record notes the last row that met
it, so that "made before" is one comparison. A full buffer is handed out to be compared (`linkage.ops`) and counted or filtered (`linkage.tally`); the next
call goes on where it stopped.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np
from numba import njit

from linkage.bits import ZERO, fetch
from linkage.compiled import INNER, cached

AHEAD = 16
BATCH = 64  # streamed rows looked up together
LOW = 0xFFFFFFFF
ROW, RULE, AT, BASE = range(4)
"""Where a sweep stands: streamed row, rule, place in `ids` (−1: at the start of the row's block), first row looked up (−1: none yet)."""


@cached
def build(keys, table, ids):
    """Index rows by key: `table` (slots × 2) gets the key and where its rows begin and end in `ids`, ascending."""
    mask = np.uint64(len(table) - 1)
    slots = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        if row + AHEAD < len(keys):
            fetch(table, np.int64(keys[row + AHEAD] & mask))
        slots[row] = -1
        if keys[row] != 0:
            slot = slot_of(keys[row], table, mask)
            table[slot, 0] = np.int64(keys[row])
            table[slot, 1] += 1
            slots[row] = slot
    total = 0
    for slot in range(len(table)):
        size = table[slot, 1]
        table[slot, 1] = (total << 32) | total
        total += size
    for row in range(len(keys)):
        if slots[row] >= 0:
            slot = np.uint64(slots[row])
            ids[np.uint64(table[slot, 1] & LOW)] = row
            table[slot, 1] += 1


@njit(**INNER)
def slot_of(key, table, mask):
    """Slot of a key (not 0), or the free one where it belongs."""
    slot = key & mask
    while table[slot, 0] != 0 and table[slot, 0] != np.int64(key):
        slot = (slot + np.uint64(1)) & mask
    return slot


@cached
def find(keys, table, lo, hi, spans):
    """Where the rows of the same key lie in `ids`, for rows lo to hi: begin << 32 | end (0: none)."""
    mask = np.uint64(len(table) - 1)
    for row in range(lo, hi):
        if row + AHEAD < hi:
            fetch(table, np.int64(keys[row + AHEAD] & mask))
        key, span = keys[row], np.int64(0)
        if key != 0:
            span = table[slot_of(key, table, mask), 1]
            if span >> 32 == span & LOW:
                span = np.int64(0)
        spans[row - lo] = span


@cached
def count_starts(spans, counts):
    """Count how often the block that begins at each place was met."""
    for span in spans:
        if span != 0:
            counts[np.uint64(span >> 32)] += 1


@cached
def probe(hi, keys, tables, ids, is_self, seen, spans, stand, res, row, rules, made):
    """Write pairs until the buffers are full or the rows up to hi are done; returns how many were written.

    Args:
        keys: streamed keys, rules × rows. tables: rules × slots × 2. ids: rules × resident rows.
        is_self: one table against itself; only resident row < streamed row.
        seen: per resident row the last streamed row that met it. spans: rules × BATCH, what was looked up. stand: where the sweep stands; both are
            carried from call to call.
        res, row, rules: the buffers. made: gets the number of pairs per rule.
    """
    n, room = ZERO, len(res)
    j, rule, at, base = stand[ROW], stand[RULE], stand[AT], stand[BASE]
    while j < hi:
        if base < 0 or j >= base + BATCH:
            base = j
            look_up(base, min(base + BATCH, hi), keys, tables, ids, spans)
        while rule < len(tables):
            span = spans[rule, j - base]
            start, stop = span >> 32 if at < 0 else at, span & LOW
            if is_self:
                stop = place_before(ids[rule], start, stop, j)
            until, first = min(stop, start + room - n), n
            for z in range(start, until):
                i = np.uint64(ids[rule, np.uint64(z)])
                res[np.uint64(n)], row[np.uint64(n)], rules[np.uint64(n)] = i, j, rule
                n += np.int64(seen[i] != j)
                seen[i] = j
            made[rule] += n - first
            if until < stop:
                stand[ROW], stand[RULE], stand[AT], stand[BASE] = j, rule, until, base
                return n
            at = np.int64(-1)
            rule += 1
        rule = ZERO
        j += 1
    stand[ROW], stand[RULE], stand[AT], stand[BASE] = j, ZERO, -1, base
    return n


@njit(**INNER)
def place_before(ids, start, stop, row):
    """End of the ids below a row; they ascend from start to stop."""
    while start < stop:
        middle = (start + stop) // 2
        if ids[middle] < row:
            start = middle + 1
        else:
            stop = middle
    return start


@njit(**INNER)
def look_up(lo, hi, keys, tables, ids, spans):
    """Find the blocks of rows lo to hi under all rules."""
    for rule in range(len(tables)):
        find(keys[rule], tables[rule], lo, hi, spans[rule])
    for rule in range(len(tables)):
        for x in range(hi - lo):
            if spans[rule, x] != 0:
                fetch(ids[rule], spans[rule, x] >> 32)
