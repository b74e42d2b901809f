"""The comparers of Latin names, typed dates and streets, compiled; in the manner of `linkage.kernels`."""

from __future__ import annotations

from linkage.compiled import cached, inner
from linkage.kernels import in_common
from linkage.strings import jaro_winkler, one_edit


@inner
def similarity(text, start, a, b):  # type: ignore[no-untyped-def]
    return jaro_winkler(text, start[a], start[a + 1] - start[a], text, start[b], start[b + 1] - start[b])


@cached(
    "i4[]",
    "i4[]",
    "i4[]",
    "i4[]",
    "i8[,]",
    "u4[]",
    "i8[]",
    "i8[]",
    "i8[]",
    "i8[]",
    "i8[]",
    "f8[]",
    "i8",
    "i8",
    "i8[]",
)
def latin_levels(li, ri, lc, rc, ints, text, start, words, w0, forms, f0, steps, stride, missing, out):  # type: ignore[no-untyped-def]
    """`ints` per distinct (name, other name): number of the name, of the other, of its first word's initial, and whether it is but an initial."""
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
            continue
        if ints[a, 0] == ints[b, 0]:
            continue
        if ints[a, 1] >= 0 and ints[a, 0] == ints[b, 1] and ints[a, 1] == ints[b, 0]:
            out[x] += stride * (5 if steps[2] else missing)
            continue
        if in_common(words, w0, a, b, 1) or in_common(forms, f0, a, b, 1):
            level = 1
        elif (ints[a, 3] or ints[b, 3]) and ints[a, 2] == ints[b, 2]:
            level = 4
        else:
            score = similarity(text, start, a, b)
            level = 2 if score >= steps[0] else 3 if score >= steps[1] else 6
        out[x] += stride * level


@inner
def digits_off(a, b, width):  # type: ignore[no-untyped-def]
    """In how many of `width` characters, packed eight bits each, two words differ."""
    found, rest = 0, a ^ b
    for _ in range(width):
        found += (rest & 255) != 0
        rest >>= 8
    return found


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[,]", "f8[]", "i8", "i8", "i8[]")
def parts_levels(li, ri, lc, rc, ints, steps, stride, missing, out):  # type: ignore[no-untyped-def]
    """`ints` per distinct date: year, month, day as packed characters (0 unknown), and the year as a number (−1 when it is none)."""
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
            continue
        known, agreed, off = 0, 0, 0
        for part in range(3):
            p, q = ints[a, part], ints[b, part]
            if p != 0 and q != 0:
                known += 1
                agreed += p == q
                off += digits_off(p, q, 4)
        same_year = ints[a, 0] == ints[b, 0] and ints[a, 0] != 0
        years_known = ints[a, 3] >= 0 and ints[b, 3] >= 0
        near = years_known and abs(ints[a, 3] - ints[b, 3]) <= steps[0]
        if known == 0:
            level = missing
        elif agreed == known:
            level = 0 if known == 3 else 4 if known == 2 or same_year else missing
        elif known == 3 and agreed == 2:
            level = 1 if off == 1 else 3
        elif known == 3 and same_year and ints[a, 1] == ints[b, 2] and ints[a, 2] == ints[b, 1]:
            level = 2
        else:
            level = 5 if same_year else 6 if near else 7
        out[x] += stride * level


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[,]", "u4[]", "i8[]", "u4[]", "i8[]", "f8[]", "i8", "i8", "i8[]")
def street_levels(li, ri, lc, rc, ints, text, start, digits, digits_start, steps, stride, missing, out):  # type: ignore[no-untyped-def]
    """`ints` per distinct place: street, house number, flat (numbers; −1 unknown)."""
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
            continue
        same = ints[a, 0] == ints[b, 0]
        alike = same or similarity(text, start, a, b) >= steps[0]
        unknown = ints[a, 1] < 0 or ints[b, 1] < 0
        equal = not unknown and ints[a, 1] == ints[b, 1]
        near = False
        if alike and not unknown and not equal:
            la, lb = digits_start[a + 1] - digits_start[a], digits_start[b + 1] - digits_start[b]
            near = one_edit(digits, digits_start[a], la, digits, digits_start[b], lb)
        other_flat = ints[a, 2] >= 0 and ints[b, 2] >= 0 and ints[a, 2] != ints[b, 2]
        if same and equal:
            level = 3 if other_flat else 0
        elif alike and equal:
            level = 1
        elif same and (near or unknown):
            level = 2
        elif same:
            level = 3
        elif near:
            level = 4
        else:
            level = 5
        out[x] += stride * level


__all__ = ["latin_levels", "parts_levels", "street_levels"]
