"""The comparers, compiled: a block of pairs in, levels added to agreement patterns out.

A pair is a row of each side's record lines. One comparison is one row of the op table (see `ops`): which words, where its tables lie, how far its levels
count in the pattern. Level 0 is the best; a missing side gives the level after the worst. The common case takes no branch that the data decide; what is
rare goes to `wait` and is read character by character. Compiled once per machine (see `compiled`), free of the interpreter lock, so that threads share the work.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage.bits import ZERO, as_float, held_numbers, held_points, let_go, ones
from linkage.compiled import inner
from linkage.packers import DEPTH_AT
from linkage.strings import (
    edits,
    heaped_size,
    jaro_winkler,
    most_similar,
    one_edit,
    same_heaped,
    spread,
    used_nibbles,
)

KIND, STRIDE, MISSING, WORD, SHIFT, MORE, MORE_SHIFT, THIRD, IS_DIGITS, STEPS, STEP_COUNT = range(11)
TABLE, MOST, OP_COLUMNS = 11, 12, 13
BEFORE_SEQUENCE = 14  # region and birth date of an identity number
SCRATCH = 256
TEXT, DIGITS = np.bool_(False), np.bool_(True)
"""For `spread`: plain True and False are types of their own, for which it would be compiled once more."""
DAY, DAY_AND_DIGITS = (1 << 18) - 1, (1 << 50) - 1
TO_TOWNSHIP, TO_COUNTY = (1 << 36) - 1, (1 << 24) - 1


@inner
def words(li, ri, left, right, w, x):
    """The words of pair x."""
    return left[np.uint64(li[x]), w], right[np.uint64(ri[x]), w]


@inner
def step_level(value, steps, first, count, is_least):
    """1 for the first step that is reached (similarity at least, or distance at most), count + 1 for none."""
    for place in range(count):
        if (value >= steps[first + place]) if is_least else (value <= steps[first + place]):
            return place + 1
    return count + 1


@inner
def exact(li, ri, left, right, op, out):
    w, stride, missing = np.uint64(op[WORD]), op[STRIDE], op[MISSING]
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        out[x] += stride * (missing if (a == 0) | (b == 0) else np.int64(a != b))


@inner
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


@inner
def strings(li, ri, left, right, op, ints, out, wait, a_words, b_words):
    """Jaro–Winkler of short texts by table; those that need more go to `wait`, whose number is returned. `a_words`, `b_words`: room for a word of each pair.

    Words are brought together first, so that the processor takes several pairs at a time.
    """
    w, stride, table = np.uint64(op[WORD]), op[STRIDE], op[TABLE]
    long, waiting = ZERO, ZERO
    for x in range(len(out)):
        a_words[x], b_words[x] = words(li, ri, left, right, w, x)
    for x in range(len(out)):
        long |= a_words[x] | b_words[x]
        a_words[x] = short_case(a_words[x], b_words[x])
    for x in range(len(out)):
        out[x] += stride * ints[np.uint64(table + a_words[x])]
    if long < 0:
        for x in range(len(out)):
            a, b = words(li, ri, left, right, w, x)
            is_long = np.int64((a | b) < 0)
            out[x] -= stride * ints[np.uint64(table + a_words[x])] * is_long
            wait[np.uint64(waiting)] = x
            waiting += is_long
    return waiting


@inner
def long_strings(li, ri, wait, waiting, left, right, heap_l, heap_r, op, steps, out):
    """Jaro–Winkler of two texts of which one is long, unless the signatures show that it is below the least step."""
    a_text, b_text = held_points(SCRATCH), held_points(SCRATCH)
    w, stride, first, count = np.uint64(op[WORD]), op[STRIDE], op[STEPS], op[STEP_COUNT]
    least = steps[first + count - 1] if count else 2.0
    for place in range(waiting):
        x = wait[place]
        a, b = words(li, ri, left, right, w, x)
        if a == 0 or b == 0:
            out[x] += stride * op[MISSING]
            continue
        score = 0.0
        if a < 0 and b < 0:
            if same_heaped(a, heap_l, b, heap_r):
                continue
            score = most_similar(a, heap_l, b, heap_r)
        if not (a < 0 and b < 0) or score >= least:
            size = max(heaped_size(a), heaped_size(b))
            if size > len(a_text):
                let_go(a_text)
                let_go(b_text)
                a_text, b_text = held_points(size), held_points(size)
            la, lb = spread(a, TEXT, ZERO, heap_l, a_text), spread(b, TEXT, ZERO, heap_r, b_text)
            score = jaro_winkler(a_text, ZERO, la, b_text, ZERO, lb)
        out[x] += stride * step_level(score, steps, first, count, True)
    let_go(a_text)
    let_go(b_text)


@inner
def digit_strings(li, ri, left, right, op, ints, out, wait):
    """Edits between texts of digits; what needs a real distance goes to `wait`, whose number is returned.

    Of texts of one length that differ in at most one place, or are to differ in one at most, the differing places are the edits; two edits that
    are not two such places leave at most one of them in place once one text is moved by a digit.
    """
    w, stride, missing, table = np.uint64(op[WORD]), op[STRIDE], op[MISSING], np.uint64(op[TABLE])
    most, waiting = op[MOST], ZERO
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        differing, ua, ub = used_nibbles(a ^ b), used_nibbles(a), used_nibbles(b)
        apart, is_missing = ones(differing), (a == 0) | (b == 0)
        out[x] += stride * (missing if is_missing else ints[table + np.uint64(apart)])
        is_settled = ((a | b) >= 0) & (ua == ub) & ((apart <= 1) | (most <= 1) | ((apart == 2) & (most == 2)))
        if is_missing | is_settled:
            continue
        if (a | b) >= 0 and ua != ub and abs(ones(ua) - ones(ub)) > most:
            out[x] += stride * (missing - 1 - ints[table + np.uint64(apart)])
        elif (a | b) < 0 or ua != ub or most != 2 or is_moved(a, b, differing):
            out[x] -= stride * ints[table + np.uint64(apart)]
            wait[waiting] = x
            waiting += 1
    return waiting


@inner
def is_moved(a, b, differing):
    """Whether, of the places where two texts of digits differ, at most one still does when one of them is moved by a digit."""
    up = ones(used_nibbles((a >> 4) ^ b) & differing)
    return (up <= 1) | (ones(used_nibbles((b >> 4) ^ a) & differing) <= 1)


@inner
def any_texts(li, ri, left, right, op, out, wait):
    """Texts of anything: those missing or the same word are done, the others go to `wait`, whose number is returned."""
    w, stride, missing, waiting = np.uint64(op[WORD]), op[STRIDE], op[MISSING], ZERO
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        is_missing = (a == 0) | (b == 0)
        out[x] += stride * (missing if is_missing else ZERO)
        wait[np.uint64(waiting)] = x
        waiting += np.int64(not is_missing and not (a == b and a > 0))
    return waiting


@inner
def edit_strings(li, ri, wait, waiting, left, right, heap_l, heap_r, op, steps, out):
    """Edits between any two texts that are there; `wait` numbers the pairs to look at."""
    a_text, b_text = held_points(SCRATCH), held_points(SCRATCH)
    row = held_numbers(SCRATCH + 1)
    w, stride, is_digits, most = np.uint64(op[WORD]), op[STRIDE], op[IS_DIGITS] > 0, op[MOST]
    for place in range(waiting):
        x = wait[place]
        a, b = words(li, ri, left, right, w, x)
        if a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r):
            continue
        size = max(heaped_size(a), heaped_size(b))
        if size > len(a_text):
            let_go(a_text)
            let_go(b_text)
            let_go(row)
            a_text, b_text = held_points(size), held_points(size)
            row = held_numbers(size + 1)
        la, lb = spread(a, is_digits, ZERO, heap_l, a_text), spread(b, is_digits, ZERO, heap_r, b_text)
        distance = most + 1
        if abs(la - lb) <= most:
            distance = edits(a_text, ZERO, la, b_text, ZERO, lb, row)
        out[x] += stride * step_level(float(distance), steps, op[STEPS], op[STEP_COUNT], False)
    let_go(a_text)
    let_go(b_text)
    let_go(row)


@inner
def id_numbers(li, ri, left, right, op, out, wait):
    """Levels of identity numbers; what needs its characters goes to `wait`, whose number is returned."""
    w, more, at_bit = np.uint64(op[WORD]), np.uint64(op[MORE]), op[MORE_SHIFT]
    stride, missing, waiting = op[STRIDE], op[MISSING], ZERO
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        c, d = words(li, ri, left, right, more, x)
        c, d = (c >> at_bit) & 0xFFF, (d >> at_bit) & 0xFFF
        if (a == 0) | (b == 0):
            out[x] += stride * missing
            continue
        low, high = used_nibbles(a ^ b), used_nibbles(c ^ d)
        apart = ones(low) + ones(high)
        if ((a | b) > 0) & (min(c, d) > 0xFF) & (apart > 2):
            out[x] += stride * 3  # the common case: two whole numbers that differ in many places
            continue
        ua, ub, uc, ud = used_nibbles(a), used_nibbles(b), used_nibbles(c), used_nibbles(d)
        level = apart if apart < 2 else 3
        is_odd = ((a | b) < 0) | (ua != ub) | (uc != ud) | (apart == 2)
        if is_odd:
            level = ZERO
            if (a | b) < 0 or (ua == ub and uc == ud):
                wait[waiting] = x
                waiting += 1
            elif (low & ua & ub) | (high & uc & ud) != 0:
                level = 3
            else:
                known = min(ones(ua) + ones(uc), ones(ub) + ones(ud))
                level = 2 if known > BEFORE_SEQUENCE else missing
        out[x] += stride * level
    return waiting


@inner
def odd_numbers(li, ri, wait, waiting, left, right, heap_l, heap_r, op, out):
    """Identity numbers read character by character."""
    a_text, b_text = held_points(SCRATCH), held_points(SCRATCH)
    w, more, at_bit, stride = np.uint64(op[WORD]), np.uint64(op[MORE]), op[MORE_SHIFT], op[STRIDE]
    for place in range(waiting):
        x = wait[place]
        a, b = words(li, ri, left, right, w, x)
        c, d = words(li, ri, left, right, more, x)
        if a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r):
            continue
        la = spread(a, DIGITS, (c >> at_bit) & 0xFFF, heap_l, a_text)
        lb = spread(b, DIGITS, (d >> at_bit) & 0xFFF, heap_r, b_text)
        level, short = 3, min(la, lb, SCRATCH)
        if la == lb:
            level = 1 if la <= SCRATCH and one_edit(a_text, ZERO, la, b_text, ZERO, lb) else 3
        else:
            same = 0
            while same < short and a_text[same] == b_text[same]:
                same += 1
            if same == short:
                level = 2 if short > BEFORE_SEQUENCE else op[MISSING]
        out[x] += stride * level
    let_go(a_text)
    let_go(b_text)


@inner
def dates(li, ri, left, right, op, out):
    w, shift, stride, missing = np.uint64(op[WORD]), op[SHIFT], op[STRIDE], op[MISSING]
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        a, b = (a >> shift) & DAY_AND_DIGITS, (b >> shift) & DAY_AND_DIGITS
        p, q = a >> 18, b >> 18
        gap = (a & DAY) - (b & DAY)
        is_year = (p >> 16) == (q >> 16)
        is_swapped = is_year & (((p & 255) << 8 | (p >> 8) & 255) == (q & 0xFFFF))
        is_near = is_swapped | (gap == 1) | (gap == -1) | (ones(used_nibbles(p ^ q)) == 1)
        level = 0 if a == b else 2 if is_near else 3 if is_year else 4
        out[x] += stride * (missing if (a == 0) | (b == 0) else level)


@inner
def lunar_dates(li, ri, left, right, op, out):
    """Where a date is not the other but the other's lunar reading (the day in word MORE), that level instead."""
    w, shift, more, more_shift = np.uint64(op[WORD]), op[SHIFT], np.uint64(op[MORE]), op[MORE_SHIFT]
    stride, missing = op[STRIDE], op[MISSING]
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        a, b = (a >> shift) & DAY_AND_DIGITS, (b >> shift) & DAY_AND_DIGITS
        c, d = words(li, ri, left, right, more, x)
        c, d = (c >> more_shift) & DAY, (d >> more_shift) & DAY
        if a != b and a != 0 and b != 0 and (c == b & DAY or d == a & DAY):
            out[x] += stride * (1 - out[x] // stride % (missing + 1))


@inner
def amounts(li, ri, left, right, op, steps, out):
    w, stride, missing = np.uint64(op[WORD]), op[STRIDE], op[MISSING]
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        gap = abs(as_float(a) - as_float(b))
        level = step_level(gap, steps, op[STEPS], op[STEP_COUNT], False) - 1
        out[x] += stride * (missing if np.isnan(gap) else level)


@inner
def areas(li, ri, left, right, op, out, wait):
    """Area codes as nibbles (1 for 0), the village's digits highest; codes of anything else go to `wait`, whose number is returned."""
    w, stride, missing, waiting = np.uint64(op[WORD]), op[STRIDE], op[MISSING], ZERO
    has_parts = (op[MORE] >= 0) | (op[THIRD] >= 0)
    for x in range(len(out)):
        a, b = words(li, ri, left, right, w, x)
        both = ((a & b) >> DEPTH_AT) & 7
        is_town, is_county = (a & TO_TOWNSHIP) == (b & TO_TOWNSHIP), (a & TO_COUNTY) == (b & TO_COUNTY)
        finer = home_level(li, ri, left, right, op, x) if has_parts else 2
        level = area_level(a == b, is_town, is_county, both, finer, missing)
        is_missing, is_odd = (a == 0) | (b == 0), (a | b) < 0
        out[x] += stride * (missing if is_missing else 0 if is_odd else level)
        wait[np.uint64(waiting)] = x
        waiting += np.int64(is_odd and not is_missing)
    return waiting


@inner
def area_level(is_same, is_town, is_county, both, finer, missing):
    """Level of two places. `both`: 1 where both villages are known, 2 townships, 4 counties, added; `finer`: level within one village."""
    level = 5
    if is_county and both & 4:
        level = 4 if both & 2 else missing
    if is_town and both & 2:
        level = 3 if both & 1 else missing
    if is_same and both & 1:
        level = finer
    return level


@inner
def home_level(li, ri, left, right, op, x):
    """Level of two places in one village: 0 same door, 1 same group, 2 neither."""
    g, h, c, d = ZERO, ZERO, ZERO, ZERO
    if op[MORE] >= 0:
        g, h = words(li, ri, left, right, np.uint64(op[MORE]), x)
    if op[THIRD] >= 0:
        c, d = words(li, ri, left, right, np.uint64(op[THIRD]), x)
    is_group, is_door = g == h and g != 0, c == d and c != 0
    return 0 if is_door and (is_group or g == 0 or h == 0) else 1 if is_group else 2


@inner
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


@inner
def odd_areas(li, ri, wait, waiting, left, right, heap_l, heap_r, op, out):
    """Area codes read character by character."""
    a_text, b_text = held_points(SCRATCH), held_points(SCRATCH)
    w, digits = np.uint64(op[WORD]), (np.int64(1) << DEPTH_AT) - 1
    for place in range(waiting):
        x = wait[place]
        a, b = words(li, ri, left, right, w, x)
        la = spread(a if a < 0 else a & digits, DIGITS, ZERO, heap_l, a_text)
        lb = spread(b if b < 0 else b & digits, DIGITS, ZERO, heap_r, b_text)
        same = 0
        while same < min(la, lb, 9) and a_text[same] == b_text[same]:
            same += 1
        both = depth(a_text, la) & depth(b_text, lb)
        is_same = a < 0 and b < 0 and same_heaped(a, heap_l, b, heap_r)
        finer = home_level(li, ri, left, right, op, x)
        out[x] += op[STRIDE] * area_level(is_same, same >= 9, same >= 6, both, finer, op[MISSING])
    let_go(a_text)
    let_go(b_text)
