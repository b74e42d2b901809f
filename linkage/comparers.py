"""The comparers, compiled: a block of pairs in, levels added to agreement patterns out.

A pair is a row of each side's record lines. One comparison is one row of the op table: which kind, which words, where its tables lie, how
far its levels count in the pattern. Level 0 is the best; a missing side gives the level after the worst. All kinds sit in one function, run over small
blocks of pairs that stay in the cache; only scalars go into what is called per pair. Compiled once per machine (numba caches), free of the interpreter
lock, so that threads share the work.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np
from numba import njit

from linkage.bits import OPTIONS, ZERO, as_float, ones
from linkage.packers import HEAD
from linkage.strings import (
    LONGEST,
    PLACE,
    edits,
    jaro_winkler,
    long_jaro_winkler,
    most_similar,
    one_edit,
    same_heaped,
    signature,
    spread,
    used_nibbles,
)

KIND, STRIDE, MISSING, WORD, SHIFT, MORE, MORE_SHIFT, THIRD, IS_DIGITS, STEPS, STEP_COUNT = range(11)
TABLE, OP_COLUMNS = 11, 12
BEFORE_SEQUENCE = 14  # region and birth date of an identity number
SCRATCH = 256
DAY, DAY_AND_DIGITS = (1 << 18) - 1, (1 << 50) - 1
VILLAGE, TOWNSHIP, COUNTY = 0xFFF << 36, 0xFFF << 24, 0xFF << 16
NO_VILLAGE, NO_TOWNSHIP, NO_COUNTY = 0x111 << 36, 0x111 << 24, 0x11 << 16
TO_TOWNSHIP, TO_COUNTY = (1 << 36) - 1, (1 << 24) - 1


@njit(**OPTIONS)
def step_level(value, steps, first, count, is_least):
    """1 for the first step that is reached (similarity at least, or distance at most), count + 1 for none."""
    for place in range(count):
        if (value >= steps[first + place]) if is_least else (value <= steps[first + place]):
            return place + 1
    return count + 1


@njit(**OPTIONS)
def exact(li, ri, n, left, right, w, stride, missing, out):
    for x in range(n):
        a, b = left[li[x], w], right[ri[x], w]
        out[x] += stride * (missing if (a == 0) | (b == 0) else np.int64(a != b))


@njit(**OPTIONS)
def short_case(a, b):
    """Lengths of two short texts and which of their places agree, as a number below 128."""
    x = a ^ b
    same = (
        np.int64((x & 0x1FFFFF) == 0)
        + 2 * np.int64((x & (0x1FFFFF << 21)) == 0)
        + 4 * np.int64((x >> 42) == 0)
    )
    la = np.int64(a != 0) + np.int64((a >> 21) != 0) + np.int64((a >> 42) != 0)
    lb = np.int64(b != 0) + np.int64((b >> 21) != 0) + np.int64((b >> 42) != 0)
    return ((la * 4 + lb) * 8 + same) & 127


@njit(**OPTIONS)
def strings(li, ri, n, left, right, w, table, ints, stride, out):
    """Jaro–Winkler of short texts by table; returns how many pairs need more than that."""
    long = 0
    for x in range(n):
        a, b = left[li[x], w], right[ri[x], w]
        is_long = (a | b) < 0
        long += is_long
        if not is_long:
            out[x] += stride * ints[table + short_case(a, b)]
    return long


@njit(**OPTIONS)
def long_strings(li, ri, n, left, right, w, heap_l, heap_r, steps, first, count, stride, missing, out):
    scratch_a, scratch_b = np.empty(SCRATCH, np.uint32), np.empty(SCRATCH, np.uint32)
    for x in range(n):
        a, b = left[li[x], w], right[ri[x], w]
        if (a | b) >= 0:
            continue
        if a == 0 or b == 0:
            out[x] += stride * missing
        elif not (a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r)):
            score = long_similarity(
                a, b, heap_l, heap_r, scratch_a, scratch_b, steps[first + count - 1] if count else 2.0
            )
            out[x] += stride * step_level(score, steps, first, count, True)


@njit(**OPTIONS)
def long_similarity(a, b, heap_l, heap_r, scratch_a, scratch_b, least):
    """Jaro–Winkler of two texts of which one is long; 0 where the signatures show that it is below `least`."""
    if a < 0 and b < 0:
        i, j = a & PLACE, b & PLACE
        la, lb = (a >> 40) & 0x3FFFFF, (b >> 40) & 0x3FFFFF
        at, bt = i + HEAD, j + HEAD
        if most_similar(signature(heap_l, i), heap_l, at, la, signature(heap_r, j), heap_r, bt, lb) < least:
            return 0.0
        if la <= LONGEST and lb <= LONGEST:
            return jaro_winkler(heap_l, at, la, heap_r, bt, lb)
        return long_jaro_winkler(heap_l, at, la, heap_r, bt, lb)
    if a < 0:
        lb, la = spread(b, False, ZERO, heap_r, scratch_b), (a >> 40) & 0x3FFFFF
        return long_jaro_winkler(heap_l, (a & PLACE) + HEAD, la, scratch_b, ZERO, lb)
    la, lb = spread(a, False, ZERO, heap_l, scratch_a), (b >> 40) & 0x3FFFFF
    return long_jaro_winkler(scratch_a, ZERO, la, heap_r, (b & PLACE) + HEAD, lb)


@njit(**OPTIONS)
def digit_strings(li, ri, n, left, right, w, steps, first, count, stride, missing, out, wait):
    """Edits between texts of digits; what needs a real distance goes to `wait`, whose number is returned."""
    most = np.int64(steps[first + count - 1]) if count else 0
    waiting = 0
    for x in range(n):
        a, b = left[li[x], w], right[ri[x], w]
        if (a == 0) | (b == 0):
            out[x] += stride * missing
            continue
        if a == b and a > 0:
            continue
        differing = used_nibbles(a ^ b)
        apart = ones(differing)
        is_same_length = ((a | b) > 0) & (used_nibbles(a) == used_nibbles(b))
        if is_same_length and (apart <= 1 or most <= 1 or (apart == 2 and most == 2)):
            out[x] += stride * step_level(float(apart), steps, first, count, False)
        elif is_same_length and most == 2:
            up, down = (
                ones(used_nibbles((a >> 4) ^ b) & differing),
                ones(used_nibbles((b >> 4) ^ a) & differing),
            )
            if up <= 1 or down <= 1:
                wait[waiting] = x
                waiting += 1
            else:
                out[x] += stride * (count + 1)
        elif a > 0 and b > 0 and abs(ones(used_nibbles(a)) - ones(used_nibbles(b))) > most:
            out[x] += stride * (count + 1)
        else:
            wait[waiting] = x
            waiting += 1
    return waiting


@njit(**OPTIONS)
def edit_strings(
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
):
    """Edits between any texts; `wait` numbers the pairs to look at."""
    a_text, b_text, row = (
        np.empty(SCRATCH, np.uint32),
        np.empty(SCRATCH, np.uint32),
        np.empty(SCRATCH + 1, np.int64),
    )
    most = np.int64(steps[first + count - 1]) if count else 0
    for place in range(waiting):
        x = wait[place]
        a, b = left[li[x], w], right[ri[x], w]
        if a == 0 or b == 0:
            out[x] += stride * missing
            continue
        if (a == b and a > 0) or (a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r)):
            continue
        la, lb = spread(a, is_digits, ZERO, heap_l, a_text), spread(b, is_digits, ZERO, heap_r, b_text)
        distance = most + 1
        if abs(la - lb) <= most:
            if max(la, lb) > SCRATCH:
                distance = long_edits(a, b, heap_l, heap_r)
            else:
                distance = edits(a_text, ZERO, la, b_text, ZERO, lb, row)
        out[x] += stride * step_level(float(distance), steps, first, count, False)


@njit(**OPTIONS)
def long_edits(a, b, heap_l, heap_r):
    """Distance of two texts of which one is too long for the scratch (both are heaped then, or far apart)."""
    la, lb = (a >> 40) & 0x3FFFFF, (b >> 40) & 0x3FFFFF
    if a >= 0 or b >= 0:
        return max(la, lb)
    return edits(heap_l, (a & PLACE) + HEAD, la, heap_r, (b & PLACE) + HEAD, lb, np.empty(lb + 1, np.int64))


@njit(**OPTIONS)
def id_numbers(li, ri, n, left, right, w, more, at_bit, stride, missing, out, wait):
    """Levels of identity numbers; what needs its characters goes to `wait`, whose number is returned."""
    waiting = 0
    for x in range(n):
        f, r = li[x], ri[x]
        a, b = left[f, w], right[r, w]
        if (a == 0) | (b == 0):
            out[x] += stride * missing
            continue
        c, d = (left[f, more] >> at_bit) & 0xFFF, (right[r, more] >> at_bit) & 0xFFF
        low, high = used_nibbles(a ^ b), used_nibbles(c ^ d)
        apart = ones(low) + ones(high)
        ua, ub, uc, ud = used_nibbles(a), used_nibbles(b), used_nibbles(c), used_nibbles(d)
        if (a | b) < 0 or (apart == 2 and ua == ub and uc == ud):
            wait[waiting] = x
            waiting += 1
        elif ua == ub and uc == ud:
            out[x] += stride * (0 if apart == 0 else 1 if apart == 1 else 3)
        elif (low & ua & ub) | (high & uc & ud) != 0:
            out[x] += stride * 3
        else:
            out[x] += stride * (
                2 if min(ones(ua) + ones(uc), ones(ub) + ones(ud)) > BEFORE_SEQUENCE else missing
            )
    return waiting


@njit(**OPTIONS)
def odd_numbers(li, ri, wait, waiting, left, right, w, more, at_bit, heap_l, heap_r, stride, missing, out):
    """Identity numbers read character by character."""
    a_text, b_text = np.empty(SCRATCH, np.uint32), np.empty(SCRATCH, np.uint32)
    for place in range(waiting):
        x = wait[place]
        a, b = left[li[x], w], right[ri[x], w]
        if a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r):
            continue
        la = spread(a, True, (left[li[x], more] >> at_bit) & 0xFFF, heap_l, a_text)
        lb = spread(b, True, (right[ri[x], more] >> at_bit) & 0xFFF, heap_r, b_text)
        level, short = 3, min(la, lb, SCRATCH)
        if la == lb:
            level = 1 if la <= SCRATCH and one_edit(a_text, 0, la, b_text, 0, lb) else 3
        else:
            same = 0
            while same < short and a_text[same] == b_text[same]:
                same += 1
            if same == short:
                level = 2 if short > BEFORE_SEQUENCE else missing
        out[x] += stride * level


@njit(**OPTIONS)
def dates(li, ri, n, left, right, w, shift, more, more_shift, stride, missing, out):
    for x in range(n):
        f, r = li[x], ri[x]
        a, b = (left[f, w] >> shift) & DAY_AND_DIGITS, (right[r, w] >> shift) & DAY_AND_DIGITS
        if (a == 0) | (b == 0):
            out[x] += stride * missing
            continue
        if a == b:
            continue
        level, p, q = 4, a >> 18, b >> 18
        day_a, day_b = a & DAY, b & DAY
        is_swapped = (
            ((p >> 16) == (q >> 16)) & ((p & 255) == ((q >> 8) & 255)) & ((q & 255) == ((p >> 8) & 255))
        )
        if ones(used_nibbles(p ^ q)) == 1 or is_swapped or abs(day_a - day_b) == 1:
            level = 2
        elif (p >> 16) == (q >> 16):
            level = 3
        if more >= 0 and (
            (((left[f, more] >> more_shift) & DAY) == day_b)
            | (((right[r, more] >> more_shift) & DAY) == day_a)
        ):
            level = 1
        out[x] += stride * level


@njit(**OPTIONS)
def amounts(li, ri, n, left, right, w, steps, first, count, stride, missing, out):
    for x in range(n):
        gap = abs(as_float(left[li[x], w]) - as_float(right[ri[x], w]))
        out[x] += stride * (missing if np.isnan(gap) else step_level(gap, steps, first, count, False) - 1)


@njit(**OPTIONS)
def areas(li, ri, n, left, right, w, group, door, stride, missing, out, wait):
    """Area codes as nibbles (1 for 0), the village's digits highest; codes of anything else go to `wait`. `group`, `door`: words, or −1."""
    waiting = 0
    for x in range(n):
        f, r = li[x], ri[x]
        a, b = left[f, w], right[r, w]
        if (a == 0) | (b == 0):
            out[x] += stride * missing
            continue
        if (a | b) < 0:
            wait[waiting] = x
            waiting += 1
            continue
        g, h = (left[f, group], right[r, group]) if group >= 0 else (ZERO, ZERO)
        c, d = (left[f, door], right[r, door]) if door >= 0 else (ZERO, ZERO)
        depth_a = np.int64(has_village(a)) + 2 * np.int64(has_township(a)) + 4 * np.int64(has_county(a))
        depth_b = np.int64(has_village(b)) + 2 * np.int64(has_township(b)) + 4 * np.int64(has_county(b))
        is_town, is_county = (a & TO_TOWNSHIP) == (b & TO_TOWNSHIP), (a & TO_COUNTY) == (b & TO_COUNTY)
        out[x] += stride * area_level(a == b, is_town, is_county, depth_a, depth_b, g, h, c, d, missing)
    return waiting


@njit(**OPTIONS)
def area_level(is_same, is_town, is_county, depth_a, depth_b, g, h, c, d, missing):
    """Level of two places. Depths: 1 for a known village, 2 township, 4 county, added; g, h the groups, c, d the doors, 0 unknown."""
    both = depth_a & depth_b
    if is_same and both & 1:
        is_group, is_door = g == h and g != 0, c == d and c != 0
        return 0 if is_door and (is_group or g == 0 or h == 0) else 1 if is_group else 2
    if both & 2 and is_town:
        return 3 if both & 1 else missing
    if both & 4 and is_county:
        return 4 if both & 2 else missing
    return 5


@njit(**OPTIONS)
def has_village(a):
    return (a >> 44) & 15 != 0 and (a & VILLAGE) != NO_VILLAGE


@njit(**OPTIONS)
def has_township(a):
    return (a >> 32) & 15 != 0 and (a & TOWNSHIP) != NO_TOWNSHIP


@njit(**OPTIONS)
def has_county(a):
    return (a >> 20) & 15 != 0 and (a & COUNTY) != NO_COUNTY


@njit(**OPTIONS)
def depth(text, size):
    """How deep an area code given as characters goes (see `area_level`)."""
    zero, found = 48, 0
    if size >= 12 and not (text[9] == zero and text[10] == zero and text[11] == zero):
        found += 1
    if size >= 9 and not (text[6] == zero and text[7] == zero and text[8] == zero):
        found += 2
    if size >= 6 and not (text[4] == zero and text[5] == zero):
        found += 4
    return found


@njit(**OPTIONS)
def odd_areas(li, ri, wait, waiting, left, right, w, group, door, heap_l, heap_r, stride, missing, out):
    """Area codes read character by character."""
    a_text, b_text = np.zeros(SCRATCH, np.uint32), np.zeros(SCRATCH, np.uint32)
    for place in range(waiting):
        x = wait[place]
        f, r = li[x], ri[x]
        a, b = left[f, w], right[r, w]
        la, lb = spread(a, True, ZERO, heap_l, a_text), spread(b, True, ZERO, heap_r, b_text)
        same = 0
        while same < min(la, lb, 9) and a_text[same] == b_text[same]:
            same += 1
        g, h = (left[f, group], right[r, group]) if group >= 0 else (ZERO, ZERO)
        c, d = (left[f, door], right[r, door]) if door >= 0 else (ZERO, ZERO)
        is_same = a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r)
        level = area_level(
            is_same, same >= 9, same >= 6, depth(a_text, la), depth(b_text, lb), g, h, c, d, missing
        )
        out[x] += stride * level
