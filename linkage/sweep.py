"""From blocks to patterns in one compiled pass: probe, pair, compare, and count or keep, over small buffers that stay in the cache.

One side's records lie indexed by block key (`build`); the other's come row by row. A row's pairs under all rules are written to a buffer of BLOCK pairs,
each pair under the first rule that makes it: a resident record knows its slot in every rule's table, so that "made before" is a comparison of small
whole numbers. A full buffer is compared op by op and drained: patterns counted per rule, or pairs kept whose weight could matter.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np
from numba import njit

from linkage import comparers as c
from linkage.bits import OPTIONS, ZERO, fetch
from linkage.compare import ADDRESS, DATE, EDITS, EXACT, ID, NUMBER, STRING

BLOCK = 1024
AHEAD = 8
LANES = 16  # slots per resident record are padded to a multiple of this
LOW = 0xFFFFFFFF


@njit(**OPTIONS)
def build(keys, table, ids, slots, rule):
    """Index rows by key: `table` (slots × 2) gets the key and where its rows begin and end in `ids`; `slots[row, rule]` the row's slot."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(keys)):
        key = keys[row]
        slots[row, rule] = -1
        if key == 0:
            continue
        slot = key & mask
        wanted = np.int64(key)
        while table[slot, 0] != 0 and table[slot, 0] != wanted:
            slot = (slot + np.uint64(1)) & mask
        table[slot, 0] = wanted
        table[slot, 1] += 1
        slots[row, rule] = slot
    total = 0
    for slot in range(len(table)):
        size = table[slot, 1]
        table[slot, 1] = (total << 32) | total
        total += size
    for row in range(len(keys)):
        slot = slots[row, rule]
        if slot >= 0:
            place = table[slot, 1]
            ids[place & LOW] = row
            table[slot, 1] = place + 1


@njit(**OPTIONS)
def find(keys, table, lo, hi, out):
    """Slots of the keys of rows lo to hi (−1 for none)."""
    mask = np.uint64(len(table) - 1)
    for row in range(lo, hi):
        if row + AHEAD < hi:
            fetch(table, np.int64(keys[row + AHEAD] & mask))
        key, found = keys[row], np.int64(-1)
        if key != 0:
            slot = key & mask
            wanted = np.int64(key)
            while table[slot, 0] != 0 and table[slot, 0] != wanted:
                slot = (slot + np.uint64(1)) & mask
            if table[slot, 0] == wanted:
                found = np.int64(slot)
        out[row - lo] = found


@njit(**OPTIONS)
def count_slots(slots, counts):
    for slot in slots:
        if slot >= 0:
            counts[slot] += 1


@njit(**OPTIONS)
def compare_block(li, ri, n, left, right, heap_l, heap_r, ops, steps, ints, out, wait):
    """Add all ops' levels to the patterns of n pairs."""
    for o in range(len(ops)):
        kind, stride, missing = ops[o, c.KIND], ops[o, c.STRIDE], ops[o, c.MISSING]
        w, shift, more, more_shift = ops[o, c.WORD], ops[o, c.SHIFT], ops[o, c.MORE], ops[o, c.MORE_SHIFT]
        first, count, third = ops[o, c.STEPS], ops[o, c.STEP_COUNT], ops[o, c.THIRD]
        if kind == EXACT:
            c.exact(li, ri, n, left, right, w, stride, missing, out)
        elif kind == STRING:
            if c.strings(li, ri, n, left, right, w, ops[o, c.TABLE], ints, stride, out) > 0:
                c.long_strings(
                    li, ri, n, left, right, w, heap_l, heap_r, steps, first, count, stride, missing, out
                )
        elif kind == EDITS:
            is_digits = ops[o, c.IS_DIGITS] > 0
            waiting = n
            if is_digits:
                waiting = c.digit_strings(
                    li, ri, n, left, right, w, steps, first, count, stride, missing, out, wait
                )
            else:
                for x in range(n):
                    wait[x] = x
            if waiting > 0:
                c.edit_strings(
                    li,
                    ri,
                    wait,
                    waiting,
                    left,
                    right,
                    w,
                    is_digits,
                    heap_l,
                    heap_r,
                    steps,
                    first,
                    count,
                    stride,
                    missing,
                    out,
                )
        elif kind == ID:
            waiting = c.id_numbers(li, ri, n, left, right, w, more, more_shift, stride, missing, out, wait)
            if waiting > 0:
                c.odd_numbers(
                    li,
                    ri,
                    wait,
                    waiting,
                    left,
                    right,
                    w,
                    more,
                    more_shift,
                    heap_l,
                    heap_r,
                    stride,
                    missing,
                    out,
                )
        elif kind == DATE:
            c.dates(li, ri, n, left, right, w, shift, more, more_shift, stride, missing, out)
        elif kind == NUMBER:
            c.amounts(li, ri, n, left, right, w, steps, first, count, stride, missing, out)
        elif kind == ADDRESS:
            waiting = c.areas(li, ri, n, left, right, w, more, third, stride, missing, out, wait)
            if waiting > 0:
                c.odd_areas(
                    li, ri, wait, waiting, left, right, w, more, third, heap_l, heap_r, stride, missing, out
                )


@njit(**OPTIONS)
def compare_pairs(li, ri, left, right, heap_l, heap_r, ops, steps, ints, out):
    """The same for any number of pairs."""
    wait = np.empty(BLOCK, np.int64)
    for lo in range(0, len(li), BLOCK):
        hi = min(lo + BLOCK, len(li))
        compare_block(
            li[lo:hi], ri[lo:hi], hi - lo, left, right, heap_l, heap_r, ops, steps, ints, out[lo:hi], wait
        )


@njit(**OPTIONS)
def count_block(patterns, rules, n, known, counts, used):
    """Count patterns in an open table (`known` patterns + 1, `counts` per rule), grown as needed; returns all three."""
    if 2 * (used + n) > len(known):
        size = 4 * len(known)
        new_known, new_counts = np.zeros(size, np.int64), np.zeros((size, counts.shape[1]), np.int64)
        for old in range(len(known)):
            if known[old] != 0:
                slot = place_of(known[old], new_known)
                new_known[slot] = known[old]
                for rule in range(counts.shape[1]):
                    new_counts[slot, rule] = counts[old, rule]
        known, counts = new_known, new_counts
    for x in range(n):
        wanted = patterns[x] + 1
        slot = place_of(wanted, known)
        if known[slot] == 0:
            known[slot] = wanted
            used += 1
        counts[slot, rules[x]] += 1
    return known, counts, used


@njit(**OPTIONS)
def place_of(wanted, known):
    """Slot of a pattern in an open table, or the free one where it belongs."""
    mask = np.uint64(len(known) - 1)
    mixed = np.uint64(wanted) * np.uint64(0x9E3779B97F4A7C15)
    slot = (mixed >> np.uint64(32)) & mask
    while known[slot] != wanted and known[slot] != 0:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(**OPTIONS)
def ceiling(pattern, ops, bits, terms):
    """Sum of the bits of a pattern's levels, and which of the term comparisons (bit by bit) are at level 0."""
    total, exact, turn = 0.0, 0, 0
    for o in range(len(ops)):
        level = pattern // ops[o, c.STRIDE] % (ops[o, c.MISSING] + 1)
        total += bits[o, level]
        if terms[o] >= 0:
            exact |= np.int64(level == 0) << turn
            turn += 1
    return total, exact


@njit(**OPTIONS)
def keep_block(
    res,
    row,
    rules,
    patterns,
    n,
    is_left,
    ops,
    bits,
    terms,
    term_bits,
    most,
    floor,
    memo,
    memo_bits,
    kept,
    rule_of,
    used,
):
    """Note the pairs that could weigh `floor` bits or more; `memo` remembers the sums of patterns seen lately."""
    if used + n > len(kept):
        grown, grown_rules = np.empty((2 * len(kept) + n, 3), np.int64), np.empty(2 * len(kept) + n, np.int16)
        for x in range(used):
            grown[x, 0], grown[x, 1], grown[x, 2] = kept[x, 0], kept[x, 1], kept[x, 2]
            grown_rules[x] = rule_of[x]
        kept, rule_of = grown, grown_rules
    for x in range(n):
        pattern = patterns[x]
        at = np.int64((np.uint64(pattern) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)) & (len(memo) - 1)
        if memo[at, 0] != pattern:
            memo_bits[at], memo[at, 1] = ceiling(pattern, ops, bits, terms)
            memo[at, 0] = pattern
        total, exact = memo_bits[at], memo[at, 1]
        if total + (most if exact else 0.0) < floor:
            continue
        left, turn = res[x] if is_left else row[x], 0
        while exact:
            if exact & 1:
                total += term_bits[left, turn]
            exact >>= 1
            turn += 1
        if total >= floor:
            kept[used, 0], kept[used, 1], kept[used, 2] = res[x], row[x], pattern
            rule_of[used] = rules[x]
            used += 1
    return kept, rule_of, used


@njit(**OPTIONS)
def sweep(
    lo,
    hi,
    keys,
    tables,
    ids,
    slots,
    is_self,
    is_left,
    is_counting,
    words,
    heap,
    row_words,
    row_heap,
    ops,
    steps,
    ints,
    bits,
    terms,
    term_bits,
    most,
    floor,
    made,
):
    """All pairs of the rows lo to hi of the streamed side with the resident one (`words`, `ids`, `slots`).

    Args:
        keys: streamed keys, rules × rows. tables: rules × slots × 2. ids: rules × resident rows. slots: resident rows × LANES or more.
        is_self: one table against itself; only resident row < streamed row. is_left: the resident side is the left one.
        is_counting: count patterns per rule, else keep pairs that `bits`, `terms`, `term_bits`, `most` let reach `floor`.
        made: gets the number of pairs per rule.
    Returns:
        patterns + 1 and counts (an open table), pairs kept (resident row, streamed row, pattern), their rules, how many are kept.
    """
    count_rules, lanes = len(tables), slots.shape[1]
    res, row, rules = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int16)
    patterns, wait = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    before = np.empty(lanes, np.int32)
    size = 4096 if is_counting else 8
    known, counts, used = np.zeros(size, np.int64), np.zeros((size, count_rules), np.int64), ZERO
    memo, memo_bits = (
        np.full((8 if is_counting else 4096, 2), -1, np.int64),
        np.zeros(8 if is_counting else 4096),
    )
    kept, rule_of, stored = (
        np.empty((8 if is_counting else BLOCK, 3), np.int64),
        np.empty(8 if is_counting else BLOCK, np.int16),
        ZERO,
    )
    found, spans = np.empty((count_rules, AHEAD * 4), np.int64), np.empty((count_rules, AHEAD * 4), np.int64)
    n = ZERO
    for base in range(lo, hi, AHEAD * 4):
        top = min(base + AHEAD * 4, hi)
        for rule in range(count_rules):
            find(keys[rule], tables[rule], base, top, found[rule])
            for x in range(top - base):
                if found[rule, x] >= 0:
                    spans[rule, x] = tables[rule, found[rule, x], 1]
                    fetch(ids[rule], spans[rule, x] >> 32)
        for rule in range(count_rules):
            for x in range(top - base):
                if found[rule, x] >= 0:
                    start = spans[rule, x] >> 32
                    for z in range(start, min(start + 4, spans[rule, x] & LOW)):
                        fetch(slots, np.int64(ids[rule, z]))
        for j in range(base, top):
            before[:] = -2
            for rule in range(count_rules):
                slot = found[rule, j - base]
                if slot < 0:
                    continue
                span = spans[rule, j - base]
                start, stop = span >> 32, span & LOW
                for z in range(start, stop):
                    if z + AHEAD < stop:
                        fetch(slots, np.int64(ids[rule, z + AHEAD]))
                    i = np.int64(ids[rule, z])
                    if is_self and i >= j:
                        break
                    earlier = 0
                    for lane in range(lanes):
                        earlier |= slots[i, lane] == before[lane]
                    if earlier:
                        continue
                    fetch(words, i)
                    res[n], row[n], rules[n], patterns[n] = i, j, rule, 0
                    n += 1
                    if n == BLOCK:
                        compare_block(
                            res, row, n, words, row_words, heap, row_heap, ops, steps, ints, patterns, wait
                        )
                        for x in range(n):
                            made[rules[x]] += 1
                        if is_counting:
                            known, counts, used = count_block(patterns, rules, n, known, counts, used)
                        else:
                            kept, rule_of, stored = keep_block(
                                res,
                                row,
                                rules,
                                patterns,
                                n,
                                is_left,
                                ops,
                                bits,
                                terms,
                                term_bits,
                                most,
                                floor,
                                memo,
                                memo_bits,
                                kept,
                                rule_of,
                                stored,
                            )
                        n = ZERO
                before[rule] = slot
    compare_block(res, row, n, words, row_words, heap, row_heap, ops, steps, ints, patterns, wait)
    for x in range(n):
        made[rules[x]] += 1
    if is_counting:
        known, counts, used = count_block(patterns, rules, n, known, counts, used)
    else:
        kept, rule_of, stored = keep_block(
            res,
            row,
            rules,
            patterns,
            n,
            is_left,
            ops,
            bits,
            terms,
            term_bits,
            most,
            floor,
            memo,
            memo_bits,
            kept,
            rule_of,
            stored,
        )
    return known, counts, kept, rule_of, stored
