"""Distinct values of the Latin comparisons → what their kernels read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from linkage.compare import LATIN, PARTS, STREET, Comparison
from linkage.latin.forms import date_parts, is_nobody, words
from linkage.latin.nicknames import groups

if TYPE_CHECKING:
    from linkage.prepare import Prepared


def latin_names(comparison: Comparison, values: np.ndarray) -> Prepared:
    """Of (name, other name or None) values."""
    from linkage.prepare import _characters, _members, _numbered

    names = [words(str(value[0])) for value in values]
    others = [words(str(value[1])) if value[1] else () for value in values]
    joined = [" ".join(name) for name in names]
    together = _numbered([*joined, *(" ".join(name) for name in others)])
    ints = np.stack(
        [
            together[: len(values)],
            together[len(values) :],
            _numbered([name[0][0] if name else None for name in names]),
            np.array([len(name) == 1 and len(name[0]) == 1 for name in names], dtype=np.int64),
        ],
        axis=1,
    )
    text, start = _characters(joined)
    known = groups()
    forms = _members([sorted(map(str, known.get(name[0], ()))) if name else [] for name in names])
    whole = _members([[word for word in name if len(word) > 1] for name in names])
    steps = np.array(comparison.thresholds, dtype=float)
    usable = np.array([not is_nobody(str(value[0])) for value in values], dtype=bool)
    return (ints, text, start, *whole, *forms, steps), usable


def typed_dates(comparison: Comparison, values: np.ndarray) -> Prepared:
    """Packed characters of year, month and day, and the year as a number."""
    ints = np.zeros((len(values), 4), dtype=np.int64)
    ints[:, 3] = -1
    usable = np.zeros(len(values), dtype=bool)
    for place, value in enumerate(values):
        found = date_parts(str(value))
        if found:
            usable[place] = True
            ints[place, :3] = [int.from_bytes(part.encode("ascii", "replace"), "big") for part in found]
            if found[0].isascii() and found[0].isdecimal():
                ints[place, 3] = int(found[0])
    return (ints, np.array(comparison.thresholds, dtype=float)), usable


def streets(comparison: Comparison, values: np.ndarray) -> Prepared:
    """Of (street, number, flat) values."""
    from linkage.prepare import _characters, _numbered

    name, number, flat = ([" ".join(words(str(v[place] or ""))) for v in values] for place in range(3))
    ints = np.stack([_numbered(part) for part in (name, number, flat)], axis=1)
    text, start = _characters(name)
    digits, digits_start = _characters(number)
    steps = np.array(comparison.thresholds, dtype=float)
    return (ints, text, start, digits, digits_start, steps), np.array([bool(n) for n in name], dtype=bool)


def _alike_names(tables: tuple[np.ndarray, ...]) -> np.ndarray:
    return tables[0][:, 0]


def _alike_dates(tables: tuple[np.ndarray, ...]) -> np.ndarray:
    """Only dates known in all parts can be equal."""
    is_whole = (tables[0][:, :3] != 0).all(axis=1)
    return np.where(is_whole, np.arange(len(is_whole)), -1)


def _alike_houses(tables: tuple[np.ndarray, ...]) -> np.ndarray:
    """Streets with a house number; the flat is passed over."""
    street, number = tables[0][:, 0], tables[0][:, 1]
    return np.where((street >= 0) & (number >= 0), street * (number.max(initial=0) + 1) + number, -1)


ALIKE: dict[int, Callable[..., np.ndarray]] = {
    LATIN: _alike_names,
    PARTS: _alike_dates,
    STREET: _alike_houses,
}
"""Per kind: numbers under which values agree best (−1: with nothing)."""


def numbered(comparison: Comparison, tables: tuple[np.ndarray, ...]) -> np.ndarray:
    """`ALIKE` of a comparison's distinct values, as numbers without gaps."""
    found = ALIKE[comparison.kind](tables)
    known = found >= 0
    out = np.full(len(found), -1, dtype=np.int64)
    out[known] = np.unique(found[known], return_inverse=True)[1]
    return out


def terms(comparison: Comparison, values: np.ndarray) -> np.ndarray:
    """The distinct values as their frequencies are kept."""
    from linkage.terms import term

    named = np.empty(len(values), dtype=object)
    named[:] = [term(comparison, value if isinstance(value, tuple) else (value,)) for value in values]
    return named
