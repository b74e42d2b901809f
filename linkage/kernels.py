"""The comparers, compiled: a block of pairs in, levels added to agreement patterns out.

Each works on distinct values by number (`codes`, −1 is missing): `ints` holds what can be compared as integers, `text` and `start` the characters (code
points) of what must be read. Level 0 is the best; a missing side gives the level after the worst. Compiled once per machine
(numba caches), free of the interpreter lock, so that threads share the work.
"""

from __future__ import annotations

import numpy as np

from linkage.compiled import cached, inner
from linkage.strings import one_edit


@inner
def all_alike(text, a0, b0, size, alike):  # type: ignore[no-untyped-def]
    """Whether every character that differs is a look-alike of the other."""
    for i in range(size):
        a, b = np.int64(text[a0 + i]), np.int64(text[b0 + i])
        if a != b:
            key = (a << 21) | b
            at = np.searchsorted(alike, key)
            if at >= len(alike) or alike[at] != key:
                return False
    return True


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[,]", "u4[]", "i8[]", "i8[]", "i8", "i8", "i8[]")
def name_levels(li, ri, lc, rc, ints, text, start, alike, stride, missing, out):  # type: ignore[no-untyped-def]
    """`ints` per distinct name: folded, toned, fuzzy, given, surname (numbers; −1 for none)."""
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
            continue
        if a == b:
            continue
        la, lb = start[a + 1] - start[a], start[b + 1] - start[b]
        if ints[a, 0] == ints[b, 0]:
            level = 1
        elif ints[a, 1] == ints[b, 1]:
            level = 2
        elif ints[a, 2] == ints[b, 2]:
            level = 3
        elif la == lb and all_alike(text, start[a], start[b], la, alike):
            level = 4
        elif max(la, lb) > 2 and one_edit(text, start[a], la, text, start[b], lb):
            level = 5
        elif ints[a, 3] == ints[b, 3] and ints[a, 3] >= 0:
            level = 6
        else:
            level = 7
        out[x] += stride * level


@inner
def in_common(members, start, a, b, enough):  # type: ignore[no-untyped-def]
    """How many members sets a and b share, counted up to `enough`; `members[start[a]:start[a + 1]]` are a's, ascending."""
    i, j, shared = start[a], start[b], 0
    while i < start[a + 1] and j < start[b + 1]:
        if members[i] == members[j]:
            shared += 1
            if shared == enough:
                break
            i += 1
            j += 1
        elif members[i] < members[j]:
            i += 1
        else:
            j += 1
    return shared


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[]", "i8[]", "i8", "i8", "i8[]")
def set_levels(li, ri, lc, rc, members, start, stride, missing, out):  # type: ignore[no-untyped-def]
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
        else:
            out[x] += stride * (1 - in_common(members, start, a, b, 1))


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[]", "i8[]", "i8[]", "i8[]", "i8", "i8", "i8[]")
def relatives_levels(li, ri, lc, rc, names, names_start, sounds, sounds_start, stride, missing, out):  # type: ignore[no-untyped-def]
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0:
            out[x] += stride * missing
            continue
        level = 2 - in_common(names, names_start, a, b, 2)
        if level == 2 and not in_common(sounds, sounds_start, a, b, 1):
            level = 3
        out[x] += stride * level


@inner
def full_years(born, day):  # type: ignore[no-untyped-def]
    """Birthdays between two days, both YYYYMMDD."""
    return day // 10_000 - born // 10_000 - (day % 10_000 < born % 10_000)


@cached("i4[]", "i4[]", "i4[]", "i4[]", "i8[,]", "i8", "i8", "i8[]")
def age_levels(li, ri, lc, rc, ints, stride, missing, out):  # type: ignore[no-untyped-def]
    """`ints` per distinct value: age (−1 none), date of birth, date at which the age was true (YYYYMMDD, 0 none)."""
    for x in range(len(li)):
        a, b = lc[li[x]], rc[ri[x]]
        if a < 0 or b < 0 or (ints[a, 1] > 0 and ints[b, 1] > 0):
            out[x] += stride * missing
            continue
        if ints[b, 1] > 0:
            a, b = b, a
        years, day, born = ints[b, 0], ints[b, 2], ints[a, 1]
        if born > 0:
            gap = years - full_years(born, day)
            is_best = gap == 0 or years == day // 10_000 - born // 10_000
        else:
            gap = years - ints[a, 0] - (day // 10_000 - ints[a, 2] // 10_000)
            is_best = abs(gap) <= 1
        level = 2 if abs(gap) <= 2 else 3 if abs(gap) <= 5 else 4
        if is_best:
            level = 0
        elif born > 0 and 1 <= gap <= 2:
            level = 1
        out[x] += stride * level
