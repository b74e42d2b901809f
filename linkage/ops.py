"""The op table: which comparer a comparison is, and one compiled function that runs all ops over small blocks of pairs that stay in the cache."""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage import comparers as c
from linkage.bits import fetch, held_numbers, let_go
from linkage.compare import ADDRESS, DATE, EDITS, EXACT, ID, NUMBER, STRING
from linkage.compiled import cached, inner

BLOCK = 128


@cached("i4[]", "i4[]", "i8[,]", "i8[,]", "u4[]", "u4[]", "i8[,]", "f8[]", "i8[]", "i8[]")
def compare_pairs(li, ri, left, right, heap_l, heap_r, ops, steps, ints, out):
    """Add the levels of some ops to the patterns of pairs of lines."""
    compare(li, ri, left, right, heap_l, heap_r, ops, steps, ints, out)


@inner
def compare(li, ri, left, right, heap_l, heap_r, ops, steps, ints, out):
    wait, a_words, b_words = held_numbers(BLOCK), held_numbers(BLOCK), held_numbers(BLOCK)
    for lo in range(0, len(li), BLOCK):
        hi = min(lo + BLOCK, len(li))
        for x in range(hi, min(hi + BLOCK, len(li))):
            fetch(left, np.int64(li[x]))
            fetch(right, np.int64(ri[x]))
        for o in range(len(ops)):
            compare_block(
                li[lo:hi], ri[lo:hi], left, right, heap_l, heap_r, ops[o], steps, ints, out[lo:hi], wait, a_words, b_words
            )  # fmt: skip
    let_go(wait)
    let_go(a_words)
    let_go(b_words)


@inner
def compare_block(li, ri, left, right, heap_l, heap_r, op, steps, ints, out, wait, a_words, b_words):
    """Add one op's levels to the patterns of some pairs."""
    kind = op[c.KIND]
    if kind == EXACT:
        c.exact(li, ri, left, right, op, out)
    elif kind == STRING:
        n = c.strings(li, ri, left, right, op, ints, out, wait, a_words, b_words)
        if n > 0:
            c.long_strings(li, ri, wait, n, left, right, heap_l, heap_r, op, steps, out)
    elif kind == EDITS:
        if op[c.IS_DIGITS] > 0:
            n = c.digit_strings(li, ri, left, right, op, ints, out, wait)
        else:
            n = c.any_texts(li, ri, left, right, op, out, wait)
        if n > 0:
            c.edit_strings(li, ri, wait, n, left, right, heap_l, heap_r, op, steps, out)
    elif kind == ID:
        n = c.id_numbers(li, ri, left, right, op, out, wait)
        if n > 0:
            c.odd_numbers(li, ri, wait, n, left, right, heap_l, heap_r, op, out)
    elif kind == DATE:
        c.dates(li, ri, left, right, op, out)
        if op[c.MORE] >= 0:
            c.lunar_dates(li, ri, left, right, op, out)
    elif kind == NUMBER:
        c.amounts(li, ri, left, right, op, steps, out)
    elif kind == ADDRESS:
        n = c.areas(li, ri, left, right, op, out, wait)
        if n > 0:
            c.odd_areas(li, ri, wait, n, left, right, heap_l, heap_r, op, out)
