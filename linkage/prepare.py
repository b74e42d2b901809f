"""Tables → numbers, once: what is compared per pair are integers, and strings are read per distinct value.

For the comparisons that no op does (see `lines`): both sides of a comparison are encoded together (a comparison's distinct values get one number
each), so that equality of values is equality of numbers. A pair's levels depend on the two records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from linkage import kernels as k
from linkage.columns import Records, Table
from linkage.compare import (
    AGE,
    LATIN,
    NAME,
    PARTS,
    RELATIVES,
    SETS,
    SINGLE_VALUED,
    STREET,
    Comparison,
)
from linkage.errors import SpecError
from linkage.later import pd
from linkage.latin import encode as latin
from linkage.latin import kernels as latin_kernels
from linkage.spec import LinkSpec

Level = Callable[[np.ndarray, np.ndarray, int, np.ndarray], None]
"""(left rows, right rows, stride, patterns): adds stride × level to each pair's pattern."""
Prepared = tuple[tuple[np.ndarray, ...], np.ndarray]
"""What a kernel reads of the distinct values, and which of them are usable (the others count as missing)."""


def as_frame(table: Table, spec: LinkSpec, side: str, *, more: Sequence[str] = ()) -> Records:
    """A table of any accepted sort, read when and as far as it is needed (see `columns`)."""
    return Records(table, spec, side, more=more)


@dataclass(frozen=True)
class Encoded:
    """One comparison over two tables: `levels` adds to patterns; `left`, `right` number the values (−1 missing), `values` are they.

    `alike` numbers the values so that equal numbers are level 0, where level 0 is equality of one value; else it is None.
    """

    levels: Level
    left: np.ndarray
    right: np.ndarray
    values: np.ndarray
    alike: np.ndarray | None

    def meetings(self) -> tuple[float, float, float] | None:
        """How many right rows but one have each left row's value, summed; left, then right rows whose value can meet itself.

        None where level 0 is not equality of one value.
        """
        if self.alike is None:
            return None
        size = int(self.alike.max(initial=-1)) + 1
        left, right = (
            np.bincount(numbers[numbers >= 0], minlength=size)
            for numbers in (self.alike[codes[codes >= 0]] for codes in (self.left, self.right))
        )
        return float((left * np.maximum(right - 1, 0)).sum()), float(left.sum()), float(right.sum())

    def left_values(self) -> tuple[np.ndarray, np.ndarray]:
        """Number of each left record's value (−1 missing), and the values."""
        return self.left, self.values


def encode(comparison: Comparison, left: Records, right: Records) -> Encoded:
    """Encode one comparison."""
    if comparison.kind not in KINDS:
        raise SpecError(f"comparison {comparison.name}: no such kind")
    kernel, prepare = KINDS[comparison.kind]
    lc, rc, values = _codes(comparison, left, right)
    tables, usable = prepare(comparison, values)
    lc, rc = (
        np.append(np.where(usable, np.arange(len(values)), -1), -1)[c].astype(np.int32) for c in (lc, rc)
    )
    missing = len(comparison.levels)

    def levels(li: np.ndarray, ri: np.ndarray, stride: int, out: np.ndarray) -> None:
        kernel(li, ri, lc, rc, *tables, stride, missing, out)

    alike = np.arange(len(values)) if comparison.kind in SINGLE_VALUED else None
    if comparison.kind in latin.ALIKE:
        alike, values = latin.numbered(comparison, tables), latin.terms(comparison, values)
    return Encoded(levels, lc, rc, values, alike)


def _codes(
    comparison: Comparison, left: Records, right: Records
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of both sides' values, and the distinct values: texts, or tuples where the comparison reads several columns."""
    both = [_stacked(column, left, right) for column in comparison.columns]
    parts = [pd.factorize(column) for column in both]
    if len(parts) == 1 and comparison.kind != RELATIVES:
        codes, values = parts[0][0], np.asarray(parts[0][1], dtype=object)
        return codes[: len(left)], codes[len(left) :], values
    mixed = np.zeros(len(both[0]), dtype=np.int64)
    for part, distinct in parts:
        mixed = mixed * (len(distinct) + 1) + part + 1
    codes, keys = pd.factorize(mixed)
    first = np.full(len(keys), 0)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    values = np.empty(len(keys), dtype=object)
    values[:] = list(zip(*(_with_none(distinct)[part[first]] for part, distinct in parts)))
    if comparison.kind not in (RELATIVES, AGE):
        codes = np.where(parts[0][0] < 0, -1, codes)
    return codes[: len(left)], codes[len(left) :], values


def _stacked(column: str, left: Records, right: Records) -> pd.Series:
    if not column:
        return pd.Series(np.full(len(left) + len(right), None), dtype=object)
    return pd.concat([left[column].astype(object), right[column].astype(object)], ignore_index=True)


def _with_none(distinct: Any) -> np.ndarray:
    """Distinct values with None at the end, which is what code −1 finds."""
    values = np.empty(len(distinct) + 1, dtype=object)
    values[:-1] = np.asarray(distinct, dtype=object)
    return values


def _characters(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Code points of all texts end to end, and where each starts (one more at the end)."""
    start = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter((len(t) for t in texts), dtype=np.int64, count=len(texts)), out=start[1:])
    encoded = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(encoded, dtype=np.uint32), start


def _numbered(texts: Sequence[str | None]) -> np.ndarray:
    """Equal texts get equal numbers; blank −1."""
    codes, _ = pd.factorize(np.array([t or None for t in texts], dtype=object))
    return codes.astype(np.int64)


def _all(values: np.ndarray) -> np.ndarray:
    return np.ones(len(values), dtype=bool)


def _names(comparison: Comparison, values: np.ndarray) -> Prepared:
    from linkage.chinese.names import lookalike_pairs, name_keys
    from linkage.chinese.placeholders import is_placeholder

    keys = [name_keys(str(value)) for value in values]
    parts = ("folded", "toned", "fuzzy", "given", "surname")
    ints = np.stack([_numbered([getattr(key, part) for key in keys]) for part in parts], axis=1)
    text, start = _characters([key.folded for key in keys])
    usable = np.array([not is_placeholder(str(value)) for value in values], dtype=bool)
    return (ints, text, start, np.array(lookalike_pairs(), dtype=np.int64)), usable


def _members(sets: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of all sets' members end to end, ascending within each, and where each set starts."""
    distinct = [list(dict.fromkeys(each)) for each in sets]
    numbers = _numbered([member for each in distinct for member in each])
    start = np.zeros(len(sets) + 1, dtype=np.int64)
    np.cumsum([len(each) for each in distinct], out=start[1:])
    which = np.repeat(np.arange(len(sets)), np.diff(start))
    return numbers[np.lexsort((numbers, which))], start


def _sets(comparison: Comparison, values: np.ndarray) -> Prepared:
    return _members([str(value).split("|") for value in values]), _all(values)


def _relatives(comparison: Comparison, values: np.ndarray) -> Prepared:
    from linkage.chinese.names import name_keys
    from linkage.chinese.placeholders import is_placeholder

    named = [
        [name for part in value if part for name in str(part).split("|") if name and not is_placeholder(name)]
        for value in values
    ]
    keys = [[name_keys(name) for name in each] for each in named]
    names = _members([[key.folded for key in each] for each in keys])
    sounds = _members([[key.toned for key in each] for each in keys])
    return (*names, *sounds), np.array([bool(each) for each in named], dtype=bool)


def _ages(comparison: Comparison, values: np.ndarray) -> Prepared:
    """Of (age, date of birth, date of the age) values; whoever has no date of birth needs both others."""
    ints = np.zeros((len(values), 3), dtype=np.int64)
    fixed = int(comparison.thresholds[0]) if comparison.thresholds else 0
    for place, (age, born, day) in enumerate(values):
        text = str(age or "")
        ints[place, 0] = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else -1
        ints[place, 1:] = _day(born), fixed or _day(day)
    return (ints,), (ints[:, 1] > 0) | ((ints[:, 0] >= 0) & (ints[:, 2] > 0))


def _day(typed: object) -> int:
    """A whole date as typed, as YYYYMMDD; 0 for anything else."""
    from linkage.latin.forms import date_parts

    parts = date_parts(str(typed or ""))
    if not parts or not all(part.isascii() and part.isdecimal() for part in parts):
        return 0
    try:
        return int(f"{date(*map(int, parts)):%Y%m%d}")
    except ValueError:
        return 0


KINDS: dict[int, tuple[Any, Callable[[Comparison, np.ndarray], Prepared]]] = {
    NAME: (k.name_levels, _names),
    SETS: (k.set_levels, _sets),
    RELATIVES: (k.relatives_levels, _relatives),
    AGE: (k.age_levels, _ages),
    LATIN: (latin_kernels.latin_levels, latin.latin_names),
    PARTS: (latin_kernels.parts_levels, latin.typed_dates),
    STREET: (latin_kernels.street_levels, latin.streets),
}
"""Kernel of each kind, and what prepares the distinct values for it."""
