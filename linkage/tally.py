"""What becomes of pairs, compiled: the patterns of compared ones counted per rule, or all of some rows made and compared, and those kept that could matter."""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage import comparers as c
from linkage.bits import GOLDEN, ZERO
from linkage.compiled import cached, inner
from linkage.ops import compare
from linkage.sweep import ROW, met

PATTERN, EXACT_TERMS = range(2)


@cached("i8[]", "i2[]", "i8", "i8[]", "i8[,]", "i8[]")
def count(patterns, rules, n, known, counts, used):
    """Count n patterns in an open table: `known` (pattern + 1, 0 free), `counts` per rule, `used` (one number).

    Returns how many were counted: fewer than n when the table is half full, and must be moved to a larger one.
    """
    for x in range(n):
        wanted = patterns[x] + 1
        slot = place_of(wanted, known)
        if known[slot] == 0:
            if 2 * used[0] >= len(known):
                return x
            known[slot] = wanted
            used[0] += 1
        counts[slot, np.uint64(rules[x])] += 1
    return n


@inner
def place_of(wanted, known):
    """Slot of a pattern in an open table, or the free one where it belongs."""
    mask = np.uint64(len(known) - 1)
    slot = (np.uint64(wanted) * GOLDEN >> np.uint64(32)) & mask
    while known[slot] != wanted and known[slot] != 0:
        slot = (slot + np.uint64(1)) & mask
    return slot


@cached("i8[]", "i8[,]", "i8[]", "i8[,]")
def move(known, counts, new_known, new_counts):
    """Put the counts into a larger table."""
    for old in range(len(known)):
        if known[old] != 0:
            slot = place_of(known[old], new_known)
            new_known[slot] = known[old]
            for rule in range(counts.shape[1]):
                new_counts[slot, rule] = counts[old, rule]


@inner
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


@inner
def choose(lefts, rights, rules, patterns, n, ops, bits, terms, term_bits, most, floor, memo, memo_bits):
    """Keep the pairs that could weigh `floor` bits or more, in order and in place; returns their number. `memo` remembers the sums of patterns seen lately."""
    kept = ZERO
    for x in range(n):
        pattern = patterns[x]
        at = (np.uint64(pattern) * GOLDEN >> np.uint64(32)) & np.uint64(len(memo) - 1)
        if memo[at, PATTERN] != pattern:
            memo_bits[at], memo[at, EXACT_TERMS] = ceiling(pattern, ops, bits, terms)
            memo[at, PATTERN] = pattern
        total, exact, left = memo_bits[at], memo[at, EXACT_TERMS], lefts[x]
        is_wanted = total + (most if exact else 0.0) >= floor
        if is_wanted & (exact != 0):
            turn = 0
            while exact:
                if exact & 1:
                    total += term_bits[left, turn]
                exact >>= 1
                turn += 1
            is_wanted = total >= floor
        place = np.uint64(kept)  # written in any case: which pair is wanted cannot be foretold
        lefts[place], rights[place], rules[place], patterns[place] = left, rights[x], rules[x], pattern
        kept += np.int64(is_wanted)
    return kept


@cached(
    "i8", "i4[,]", "i4[]", "i4[]", "i4[]", "i8", "u2[]", "i8[,]", "i8[]", "i4[]", "i4[]", "i2[]", "i8[]",
    "i8[]", "i8", "i4[]", "i4[]", "i2[]", "i8[]",
    "i8[,]", "i8[,]", "u4[]", "u4[]", "i8[,]", "f8[]", "i8[]",
    "i8[]", "f8[]", "f8[]", "f8[,]", "i8[]", "f8[,]", "i8[,]", "f8[]",
)  # fmt: skip
def sift_rows(
    hi, numbers, passing, starts, ids, is_self, seen, spans, stand, res, row, rules, made,
    patterns, is_left_resident, kept_l, kept_r, kept_rules, kept_patterns,
    lines_l, lines_r, heap_l, heap_r, ops, steps, ints,
    compared, most, floors, bits, terms, term_bits, memo, memo_bits,
):  # fmt: skip
    """Make the pairs of streamed rows up to `hi`, a buffer at a time, and keep those that could weigh enough; returns how many are kept.

    It stops before `hi` (`stand` says where) when a buffer more might not fit into what is kept, which has room for one at least.

    Args:
        hi … made: see `sweep.met`. patterns: a buffer more. is_left_resident: whose rows `res` are.
        kept_l … kept_patterns: left rows, right rows, rules, patterns of those kept.
        lines_l … ints: see `ops.compare_pairs`; the ops in the order in which they are compared.
        compared … memo_bits: see `sift`.
    """
    kept = ZERO
    while stand[ROW] < hi and kept + len(res) <= len(kept_l):
        near, far = (lines_l, lines_r) if is_left_resident else (lines_r, lines_l)
        n = met(
            hi, numbers, passing, starts, ids, is_self, near, far, seen, spans, stand, res, row, rules, made
        )
        lefts, rights = (res[:n], row[:n]) if is_left_resident else (row[:n], res[:n])
        patterns[:n] = 0
        n = sift(
            lefts, rights, rules[:n], patterns[:n], lines_l, lines_r, heap_l, heap_r, ops, steps, ints,
            compared, most, floors, bits, terms, term_bits, memo, memo_bits,
        )  # fmt: skip
        for x in range(n):
            kept_l[kept + x], kept_r[kept + x] = lefts[x], rights[x]
            kept_rules[kept + x], kept_patterns[kept + x] = rules[x], patterns[x]
        kept += n
    return kept


@inner
def sift(
    lefts, rights, rules, patterns, lines_l, lines_r, heap_l, heap_r, ops, steps, ints,
    compared, most, floors, bits, terms, term_bits, memo, memo_bits,
):  # fmt: skip
    """Compare pairs by some ops, keep those that could still weigh enough, go on with the next ops; returns how many are left, which stand first.

    Args:
        lefts, rights, rules, patterns: the pairs, written over; the patterns begin at 0.
        lines_l … ints: see `ops.compare_pairs`; the ops in the order in which they are compared.
        compared: after how many ops pairs are given up, ascending. most, floors: for each, see `patterns.Step`.
        bits, terms, term_bits: see `patterns.Filter`.
        memo, memo_bits: a stretch of places for each step.
    """
    n, done, places = len(lefts), 0, len(memo) // len(compared)
    for step in range(len(compared)):
        until, lo, hi = compared[step], step * places, (step + 1) * places
        compare(
            lefts[:n],
            rights[:n],
            lines_l,
            lines_r,
            heap_l,
            heap_r,
            ops[done:until],
            steps,
            ints,
            patterns[:n],
        )
        n = choose(
            lefts, rights, rules, patterns, n, ops[:until], bits, terms, term_bits, most[step], floors[step],
            memo[lo:hi], memo_bits[lo:hi],
        )  # fmt: skip
        done = until
    return n
