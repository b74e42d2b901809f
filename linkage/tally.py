"""What becomes of compared pairs, compiled: their patterns counted per rule, or those pairs kept that could matter."""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage import comparers as c
from linkage.bits import GOLDEN
from linkage.compiled import cached, inner

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


@cached("i4[]", "i8[]", "i8", "i8[,]", "f8[,]", "i8[]", "f8[,]", "f8", "f8", "i8[,]", "f8[]", "i4[]")
def choose(lefts, patterns, n, ops, bits, terms, term_bits, most, floor, memo, memo_bits, chosen):
    """Note the pairs that could weigh `floor` bits or more in `chosen`; returns their number. `memo` remembers the sums of patterns seen lately."""
    used = 0
    for x in range(n):
        pattern = patterns[x]
        at = (np.uint64(pattern) * GOLDEN >> np.uint64(32)) & np.uint64(len(memo) - 1)
        if memo[at, PATTERN] != pattern:
            memo_bits[at], memo[at, EXACT_TERMS] = ceiling(pattern, ops, bits, terms)
            memo[at, PATTERN] = pattern
        total, exact = memo_bits[at], memo[at, EXACT_TERMS]
        if total + (most if exact else 0.0) < floor:
            continue
        left, turn = lefts[x], 0
        while exact:
            if exact & 1:
                total += term_bits[left, turn]
            exact >>= 1
            turn += 1
        if total >= floor:
            chosen[used] = x
            used += 1
    return used
