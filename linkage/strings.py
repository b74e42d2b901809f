"""String distances, compiled: on characters (code points), as rapidfuzz defines them, with exact filters before them.

Texts come as words (see `packers`). Two texts of up to three characters need no kernel at all: the window within which Jaro–Winkler looks for a
character is their own place, so its value depends on the lengths and on which places agree, 128 cases. Longer ones are first bounded by
their letters' signatures.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np
from numba import njit

from linkage.bits import OPTIONS, ones
from linkage.packers import HEAD, POINT

LONGEST = 63  # what one machine word marks; longer texts take the slow way
PLACE = (1 << 40) - 1
NIBBLES = 0x1111111111111111


@njit(**OPTIONS)
def used_nibbles(x):
    """The low bit of each nibble that is not 0."""
    x = x | (x >> 1)
    return (x | (x >> 2)) & NIBBLES


@njit(**OPTIONS)
def spread(word, is_digits, more, heap, out):
    """Write a text's characters to `out` (uint32) as far as they fit; returns how many it has."""
    size = 0
    if word < 0:
        length, at = (word >> 40) & ((1 << 22) - 1), (word & PLACE) + HEAD
        for place in range(min(length, len(out))):
            out[place] = heap[at + place]
        return length
    if is_digits:
        for part in (word, more):
            while part != 0:
                value = part & 15
                out[size] = 88 if value == 11 else value + 47
                part >>= 4
                size += 1
        return size
    while word != 0:
        out[size] = word & POINT
        word >>= 21
        size += 1
    return size


@njit(**OPTIONS)
def same_heaped(a, heap_a, b, heap_b):
    """Whether two heaped texts are equal, by hash."""
    i, j = a & PLACE, b & PLACE
    return heap_a[i] == heap_b[j] and heap_a[i + 1] == heap_b[j + 1]


@njit(**OPTIONS)
def signature(heap, at):
    return np.int64(heap[at + 2]) | (np.int64(heap[at + 3]) << 32)


@njit(**OPTIONS)
def winkler(score, text_a, a0, la, text_b, b0, lb):
    """Jaro → Jaro–Winkler (Winkler 1990; prefix weight 0.1 up to 4 characters, above 0.7)."""
    if score > 0.7:
        prefix = 0
        while prefix < min(4, la, lb) and text_a[a0 + prefix] == text_b[b0 + prefix]:
            prefix += 1
        score += prefix * 0.1 * (1.0 - score)
    return score


@njit(**OPTIONS)
def jaro_winkler(text_a, a0, la, text_b, b0, lb):
    """Similarity of two texts of up to LONGEST characters."""
    if la == 0 or lb == 0:
        return 0.0
    window = max(max(la, lb) // 2 - 1, 0)
    taken_a, taken_b, matches = np.int64(0), np.int64(0), 0
    for i in range(la):
        for j in range(max(0, i - window), min(lb, i + window + 1)):
            if text_a[a0 + i] == text_b[b0 + j] and not (taken_b >> j) & 1:
                taken_a |= np.int64(1) << i
                taken_b |= np.int64(1) << j
                matches += 1
                break
    if matches == 0:
        return 0.0
    swapped, j = 0, 0
    for i in range(la):
        if (taken_a >> i) & 1:
            while not (taken_b >> j) & 1:
                j += 1
            swapped += text_a[a0 + i] != text_b[b0 + j]
            j += 1
    score = (matches / la + matches / lb + (matches - swapped // 2) / matches) / 3.0
    return winkler(score, text_a, a0, la, text_b, b0, lb)


@njit(**OPTIONS)
def long_jaro_winkler(text_a, a0, la, text_b, b0, lb):
    """The same for texts of any length."""
    window = max(max(la, lb) // 2 - 1, 0)
    taken_a, taken_b = np.zeros(la, np.bool_), np.zeros(lb, np.bool_)
    matches = 0
    for i in range(la):
        for j in range(max(0, i - window), min(lb, i + window + 1)):
            if text_a[a0 + i] == text_b[b0 + j] and not taken_b[j]:
                taken_a[i] = taken_b[j] = True
                matches += 1
                break
    if matches == 0:
        return 0.0
    swapped, j = 0, 0
    for i in range(la):
        if taken_a[i]:
            while not taken_b[j]:
                j += 1
            swapped += text_a[a0 + i] != text_b[b0 + j]
            j += 1
    score = (matches / la + matches / lb + (matches - swapped // 2) / matches) / 3.0
    return winkler(score, text_a, a0, la, text_b, b0, lb)


@njit(**OPTIONS)
def most_similar(sign_a, text_a, a0, la, sign_b, text_b, b0, lb):
    """What Jaro–Winkler cannot exceed, from which letters each text has once and twice."""
    shared = min(la - ones(sign_a & ~sign_b), lb - ones(sign_b & ~sign_a))
    if shared <= 0:
        return 0.0
    score = (shared / la + shared / lb + 1.0) / 3.0
    return winkler(score, text_a, a0, la, text_b, b0, lb)


@njit(**OPTIONS)
def one_edit(text_a, a0, la, text_b, b0, lb):
    """Whether two texts differ by one insertion, deletion, substitution, or swap of neighbours."""
    if abs(la - lb) > 1:
        return False
    i = 0
    while i < la and i < lb and text_a[a0 + i] == text_b[b0 + i]:
        i += 1
    ea, eb = la, lb
    while ea > i and eb > i and text_a[a0 + ea - 1] == text_b[b0 + eb - 1]:
        ea -= 1
        eb -= 1
    if ea - i <= 1 and eb - i <= 1:
        return True
    if ea - i == 2 and eb - i == 2:
        return text_a[a0 + i] == text_b[b0 + i + 1] and text_a[a0 + i + 1] == text_b[b0 + i]
    return False


@njit(**OPTIONS)
def edits(text_a, a0, la, text_b, b0, lb, row):
    """Levenshtein distance; `row` is scratch of at least lb + 1."""
    for j in range(lb + 1):
        row[j] = j
    for i in range(la):
        before = row[0]
        row[0] = i + 1
        for j in range(lb):
            above = row[j + 1]
            cost = before + np.int64(text_a[a0 + i] != text_b[b0 + j])
            row[j + 1] = min(cost, min(above, row[j]) + 1)
            before = above
    return row[lb]
