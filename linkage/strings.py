"""String distances, compiled: on characters (code points), as rapidfuzz defines them, with exact filters before them.

Texts come as words (see `packers`). Two texts of up to three characters need no kernel at all: the window within which Jaro–Winkler looks for a
character is their own place, so its value depends on the lengths and on which places agree, 128 cases. Longer ones are first bounded by
their letters' signatures.
"""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np

from linkage.bits import held_numbers, let_go, ones
from linkage.compiled import inner
from linkage.packers import HEAD, POINT

PLACE = (1 << 40) - 1
NIBBLES = 0x1111111111111111


@inner
def used_nibbles(x):
    """The low bit of each nibble that is not 0."""
    x = x | (x >> 1)
    return (x | (x >> 2)) & NIBBLES


@inner
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


@inner
def same_heaped(a, heap_a, b, heap_b):
    """Whether two heaped texts are equal, by hash."""
    i, j = a & PLACE, b & PLACE
    return heap_a[i] == heap_b[j] and heap_a[i + 1] == heap_b[j + 1]


@inner
def heaped_size(word):
    """Characters of a heaped text, 0 for any other."""
    return (word >> 40) & ((1 << 22) - 1) if word < 0 else 0


@inner
def prefix_bonus(score, prefix):
    """Jaro → Jaro–Winkler (Winkler 1990; prefix weight 0.1 up to 4 characters, above 0.7)."""
    return score + prefix * 0.1 * (1.0 - score) if score > 0.7 else score


@inner
def common_prefix(text_a, a0, la, text_b, b0, lb):
    """How many of their first four characters two texts share before they differ."""
    prefix = 0
    while prefix < min(4, la, lb) and text_a[a0 + prefix] == text_b[b0 + prefix]:
        prefix += 1
    return prefix


@inner
def jaro_winkler(text_a, a0, la, text_b, b0, lb):
    """Similarity of two texts."""
    if la == 0 or lb == 0:
        return 0.0
    window = max(max(la, lb) // 2 - 1, 0)
    size = (max(la, lb) >> 6) + 1
    taken = held_numbers(2 * size)  # the first's, then the second's
    for place in range(2 * size):
        taken[place] = 0
    matches = 0
    for i in range(la):
        for j in range(max(0, i - window), min(lb, i + window + 1)):
            if text_a[a0 + i] == text_b[b0 + j] and not (taken[size + (j >> 6)] >> (j & 63)) & 1:
                taken[i >> 6] |= np.int64(1) << (i & 63)
                taken[size + (j >> 6)] |= np.int64(1) << (j & 63)
                matches += 1
                break
    if matches == 0:
        let_go(taken)
        return 0.0
    swapped, j = 0, 0
    for i in range(la):
        if (taken[i >> 6] >> (i & 63)) & 1:
            while not (taken[size + (j >> 6)] >> (j & 63)) & 1:
                j += 1
            swapped += text_a[a0 + i] != text_b[b0 + j]
            j += 1
    let_go(taken)
    score = (matches / la + matches / lb + (matches - swapped // 2) / matches) / 3.0
    return prefix_bonus(score, common_prefix(text_a, a0, la, text_b, b0, lb))


@inner
def most_similar(a, heap_a, b, heap_b):
    """What Jaro–Winkler of two heaped texts cannot exceed, from which letters each has once and twice."""
    i, j, la, lb = a & PLACE, b & PLACE, heaped_size(a), heaped_size(b)
    sign_a = np.int64(heap_a[i + 2]) | (np.int64(heap_a[i + 3]) << 32)
    sign_b = np.int64(heap_b[j + 2]) | (np.int64(heap_b[j + 3]) << 32)
    shared = min(la - ones(sign_a & ~sign_b), lb - ones(sign_b & ~sign_a))
    if shared <= 0:
        return 0.0
    score = (shared / la + shared / lb + 1.0) / 3.0
    return prefix_bonus(score, common_prefix(heap_a, i + HEAD, la, heap_b, j + HEAD, lb))


@inner
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


@inner
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
