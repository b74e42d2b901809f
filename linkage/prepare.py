"""Tables → numbers, once: what is compared per pair are integers, and strings are read per distinct value.

Both sides of a comparison are encoded together (a comparison's distinct values get one number each), so that equality of values is equality of
numbers. A pair's levels depend on the two records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from linkage import kernels as k
from linkage.compare import ADDRESS, DATE, EXACT, ID, NAME, NUMBER, SETS, STRING, Comparison
from linkage.errors import SpecError
from linkage.spec import RECORD_ID, LinkSpec

Table = Any  # pandas, Arrow, or a path to Parquet
Level = Callable[[np.ndarray, np.ndarray, int, np.ndarray], None]
"""(left rows, right rows, stride, patterns): adds stride × level to each pair's pattern."""


def as_frame(table: Table, spec: LinkSpec, side: str, *, more: Sequence[str] = ()) -> pd.DataFrame:
    """A table of any accepted sort as pandas, with just the columns that are needed.

    Raises:
        SpecError: a column is missing, `record_id` has blanks or repeats, or the table is of no known sort.
    """
    if isinstance(table, (str, Path)):
        frame = pd.read_parquet(table)
    elif isinstance(table, pd.DataFrame):
        frame = table
    elif hasattr(table, "to_pandas"):
        frame = table.to_pandas()
    else:
        raise SpecError(f"the {side} table is neither a data frame, an Arrow table nor a path")
    spec.check(frame.columns, side)
    frame = frame.loc[:, list(dict.fromkeys([RECORD_ID, *spec.columns, *more]))].reset_index(drop=True)
    if frame[RECORD_ID].isna().any() or frame[RECORD_ID].duplicated().any():
        raise SpecError(f"the {side} table's record_id has blanks or repeats")
    return frame


@dataclass(frozen=True)
class Encoded:
    """One comparison over two tables: `levels` adds to patterns; `left`, `right` number the values (−1 missing), `values` are they."""

    levels: Level
    left: np.ndarray
    right: np.ndarray
    values: np.ndarray


def encode(comparison: Comparison, left: pd.DataFrame, right: pd.DataFrame) -> Encoded:
    """Encode one comparison."""
    if comparison.kind == NUMBER:
        return _numbers(comparison, left, right)
    lc, rc, values = _codes(comparison, left, right)
    missing = len(comparison.levels)
    if comparison.kind == EXACT:
        return _with(k.exact_levels, lc, rc, values, missing)
    if comparison.kind == STRING:
        text, start = _characters([str(v) for v in values])
        return _with(
            k.string_levels,
            lc,
            rc,
            values,
            missing,
            text,
            start,
            np.array(comparison.thresholds, dtype=float),
        )
    if comparison.kind == NAME:
        return _names(lc, rc, values, missing)
    if comparison.kind == ID:
        return _with(k.id_levels, lc, rc, values, missing, *_characters([str(v) for v in values]))
    if comparison.kind == DATE:
        return _with(k.date_levels, lc, rc, values, missing, _dates(values))
    if comparison.kind == SETS:
        return _with(k.set_levels, lc, rc, values, missing, *_sets(values))
    if comparison.kind == ADDRESS:
        return _with(k.address_levels, lc, rc, values, missing, _places(values))
    raise SpecError(f"comparison {comparison.name}: no such kind")


def _with(
    kernel: Any, lc: np.ndarray, rc: np.ndarray, values: np.ndarray, missing: int, *tables: np.ndarray
) -> Encoded:
    def levels(li: np.ndarray, ri: np.ndarray, stride: int, out: np.ndarray) -> None:
        kernel(li, ri, lc, rc, *tables, stride, missing, out)

    return Encoded(levels, lc, rc, values)


def _codes(
    comparison: Comparison, left: pd.DataFrame, right: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of both sides' values, and the distinct values (tuples when a comparison reads several columns)."""
    columns = list(comparison.columns)
    both = [pd.concat([left[c], right[c]], ignore_index=True) for c in columns]
    if len(columns) == 1 and comparison.kind != DATE:
        codes, values = pd.factorize(
            _sets_as_text(both[0]) if comparison.kind == SETS else both[0].astype(object)
        )
        return (
            codes[: len(left)].astype(np.int32),
            codes[len(left) :].astype(np.int32),
            np.asarray(values, dtype=object),
        )
    parts = [pd.factorize(column.astype(object)) for column in both]
    mixed = np.zeros(len(both[0]), dtype=np.int64)
    for part, distinct in parts:
        mixed = mixed * (len(distinct) + 1) + part + 1
    codes, keys = pd.factorize(mixed)
    first = (
        pd.Series(np.arange(len(codes))).groupby(codes).first().to_numpy()
        if len(codes)
        else np.zeros(0, dtype=int)
    )
    values = np.empty(len(keys), dtype=object)
    values[:] = list(zip(*(_with_none(distinct)[part[first]] for part, distinct in parts)))
    head = parts[0][0]
    codes = np.where(head < 0, -1, codes)
    return codes[: len(left)].astype(np.int32), codes[len(left) :].astype(np.int32), values


def _with_none(distinct: Any) -> np.ndarray:
    """Distinct values with None at the end, which is what code −1 finds."""
    values = np.empty(len(distinct) + 1, dtype=object)
    values[:-1] = np.asarray(distinct, dtype=object)
    return values


def _sets_as_text(column: pd.Series) -> pd.Series:
    joined = column.map(
        lambda v: (
            "|".join(sorted(map(str, v))) if isinstance(v, (list, tuple, set, frozenset, np.ndarray)) else v
        )
    )
    return joined.where(joined.notna() & (joined != ""), None).astype(object)


def _characters(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Code points of all texts end to end, and where each starts (one more at the end)."""
    sizes = np.fromiter((len(t) for t in texts), dtype=np.int64, count=len(texts))
    start = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(sizes, out=start[1:])
    joined = "".join(texts)
    text = (
        np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        if joined
        else np.zeros(0, np.uint32)
    )
    return text, start


def _numbered(texts: Sequence[str]) -> np.ndarray:
    codes, _ = pd.factorize(np.array([t or None for t in texts], dtype=object))
    return codes.astype(np.int64)


def _names(lc: np.ndarray, rc: np.ndarray, values: np.ndarray, missing: int) -> Encoded:
    from linkage.chinese.names import lookalike_pairs, name_keys

    keys = [name_keys(str(value)) for value in values]
    parts = ("folded", "toned", "fuzzy", "given", "surname")
    ints = np.stack([_numbered([getattr(key, part) for key in keys]) for part in parts], axis=1)
    text, start = _characters([key.folded for key in keys])
    alike = np.array(lookalike_pairs(), dtype=np.int64)
    return _with(k.name_levels, lc, rc, values, missing, ints, text, start, alike)


def _dates(values: np.ndarray) -> np.ndarray:
    """Day number, YYYYMMDD, and the lunar reading's day number (−1 for none) of (date[, lunar date]) tuples."""
    ints = np.full((len(values), 3), -1, dtype=np.int64)
    for place in range(2):
        days = pd.to_datetime(
            pd.Series([v[place] if len(v) > place else None for v in values], dtype=object), errors="coerce"
        )
        known = days.notna().to_numpy()
        numbers = days.to_numpy().astype("datetime64[D]").astype(np.int64)
        ints[known, 0 if place == 0 else 2] = numbers[known] + 1_000_000
        if place == 0:
            ints[known, 1] = (days.dt.year * 10_000 + days.dt.month * 100 + days.dt.day).to_numpy()[known]
    return ints


def _sets(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    members = [str(value).split("|") for value in values]
    flat = [member for each in members for member in each]
    codes = _numbered(flat)
    start = np.zeros(len(members) + 1, dtype=np.int64)
    np.cumsum([len(each) for each in members], out=start[1:])
    for a, b in zip(start[:-1], start[1:]):
        codes[a:b].sort()
    return codes.reshape(-1, 1), start


def _places(values: np.ndarray) -> np.ndarray:
    """Village, township, county (−1 when the code is not that deep), group, door of (area[, group[, door]]) values."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    areas = [str(row[0]) if row[0] is not None else "" for row in rows]
    village = [a if len(a) >= 12 and a[9:12] != "000" else "" for a in areas]
    township = [a[:9] if len(a) >= 9 and a[6:9] != "000" else "" for a in areas]
    county = [a[:6] if len(a) >= 6 and a[4:6] != "00" else "" for a in areas]
    group = [_part(row, 1) for row in rows]
    door = [_part(row, 2) for row in rows]
    return np.stack([_numbered(part) for part in (village, township, county, group, door)], axis=1)


def _part(row: tuple[Any, ...], place: int) -> str:
    return str(row[place]) if len(row) > place and row[place] is not None and row[place] == row[place] else ""


def _numbers(comparison: Comparison, left: pd.DataFrame, right: pd.DataFrame) -> Encoded:
    column = comparison.columns[0]
    a = pd.to_numeric(left[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    b = pd.to_numeric(right[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    steps, missing = np.array(comparison.thresholds, dtype=float), len(comparison.levels)

    def levels(li: np.ndarray, ri: np.ndarray, stride: int, out: np.ndarray) -> None:
        k.number_levels(li, ri, a, b, steps, stride, missing, out)

    codes = (np.where(np.isnan(v), -1, 0).astype(np.int32) for v in (a, b))
    return Encoded(levels, next(codes), next(codes), np.zeros(1, dtype=object))
