"""A column of any sort as text or as numbers, in Arrow's own memory.

Dates become ISO, 12.0 becomes "12", what is blank is missing: so a table read from Parquet and one read from CSV agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from linkage import later
from linkage.later import pc, pd
from linkage.packers import POINT


@dataclass(frozen=True)
class Text:
    """A column's texts: `data[start[i]:start[i + 1]]` is row i's UTF-8, `known` its validity bits (empty when all are known)."""

    data: np.ndarray
    start: np.ndarray
    known: np.ndarray
    shift: int
    array: pa.Array


def as_arrow(numbers: np.ndarray) -> pa.Array:
    """Numbers as Arrow has them, in the same memory (what `pa.array` gives, which loads pandas)."""
    whole = np.ascontiguousarray(numbers)
    kind = pa.from_numpy_dtype(whole.dtype)
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(whole)])


def text_array(texts: Sequence[str]) -> pa.Array:
    """Some texts as Arrow has them, likewise."""
    raw = [each.encode() for each in texts]
    start = np.cumsum([0, *map(len, raw)]).astype(np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(raw), [None, pa.py_buffer(start), pa.py_buffer(b"".join(raw))]
    )


@dataclass(frozen=True)
class Coded:
    """Texts told by number: row i's is `few[codes[i]]`, −1 missing. `made`: what was made of the few, for all rows that refer to them."""

    few: pa.Array
    codes: np.ndarray
    made: dict[Any, np.ndarray | None] = field(default_factory=dict)

    @classmethod
    def of(cls, array: pa.DictionaryArray) -> Coded:
        """Of a dictionary with numbers of 32 bits."""
        codes = array.indices
        known, numbers = codes.buffers()
        found = np.frombuffer(numbers, np.int32, len(codes), codes.offset * 4)
        if codes.null_count:
            bits = np.unpackbits(np.frombuffer(known, np.uint8), bitorder="little")
            found = np.where(bits[codes.offset : codes.offset + len(codes)], found, np.int32(-1))
        return cls(array.dictionary, found)

    def slice(self, at: int, rows: int) -> Coded:
        """Some rows."""
        return Coded(self.few, self.codes[at : at + rows], self.made)

    def spread(self, key: Any, make: Callable[[Text], np.ndarray | None]) -> np.ndarray | None:
        """Each row's item of what `make` gives for the few (made once), 0 where missing; None where it gives none."""
        if key not in self.made:
            found = make(text(self.few))
            self.made[key] = None if found is None else np.append(found, np.zeros(1, found.dtype))
        items = self.made[key]
        return None if items is None else items[self.codes]

    @property
    def array(self) -> pa.Array:
        """The texts one by one."""
        return self.few.take(pa.array(self.codes, mask=self.codes < 0))


POINT_BITS, SHORT = POINT.bit_length(), 3
"""Bits of a character in the word of a short text, and characters of one at most."""


@dataclass(frozen=True)
class Short:
    """Texts of up to three characters, each a word of their code points (int64; see `packers`)."""

    words: np.ndarray

    @classmethod
    def among(cls, texts: Iterable[str]) -> tuple[Short, np.ndarray]:
        """Those of some texts that are short (and have no character 0), and their places."""
        found = list(texts)
        sizes = np.fromiter(map(len, found), np.int64, len(found))
        points = np.frombuffer("".join(found).encode("utf-32-le", "surrogatepass"), np.uint32)
        starts = np.cumsum(sizes) - sizes
        words, is_whole = np.zeros(len(found), np.int64), sizes <= SHORT
        for place in range(SHORT):
            has = is_whole & (sizes > place)
            point = points[starts[has] + place].astype(np.int64)
            words[has] |= point << POINT_BITS * place
            is_whole[np.flatnonzero(has)[point == 0]] = False
        places = np.flatnonzero(is_whole)
        return cls(words[places]), places

    @property
    def array(self) -> pa.Array:
        """The texts."""
        points = np.stack([self.words >> POINT_BITS * n & POINT for n in range(SHORT)], axis=1)
        return pa.array(points.astype(np.uint32).view(f"<U{SHORT}").ravel(), pa.string())


def text(column: Any) -> Text:
    """A column of one piece as texts."""
    array = arrow_text(column)
    known, start, data = array.buffers()
    size = len(array)
    offsets = np.frombuffer(start, np.int32, size + 1, array.offset * 4) if start else np.zeros(1, np.int32)
    raw = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    bits = np.frombuffer(known, np.uint8) if known and array.null_count else np.zeros(0, np.uint8)
    return Text(raw, offsets, bits, array.offset, array)


def arrow_text(column: Any) -> pa.Array:
    """A column as one Arrow array of text (or of bytes, where a text is no proper Unicode)."""
    array = _arrow(column)
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        try:
            return array.cast(pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            return array.cast(pa.binary())
    if (
        pa.types.is_null(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_date32(kind)
    ):
        return array.cast(pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is None:
        days = array.cast(pa.date32(), safe=False)
        if pc.all(pc.equal(days.cast(kind), array)).as_py() is not False:
            return days.cast(pa.string())
    if pa.types.is_floating(kind):
        whole = np.asarray(array.to_numpy(zero_copy_only=False), dtype=float)
        known = np.isfinite(whole)
        if (
            (np.abs(whole[known]) < 2**53).all()
            and (whole[known] == np.floor(whole[known])).all()
            and known.sum() == len(whole) - int(np.isnan(whole).sum())
        ):
            return pa.array(np.where(known, whole, 0).astype(np.int64), mask=~known).cast(pa.string())
    series = column if later.is_series(column) else column.to_pandas()
    return _from_python(as_text(series))


def _arrow(column: Any) -> pa.Array:
    """An Arrow array of one chunk; what Arrow cannot type becomes text value by value."""
    if later.is_series(column):
        try:
            column = pa.Array.from_pandas(column)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeEncodeError):
            column = _from_python(as_text(column))
    if isinstance(column, Coded):
        return column.array
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column


def _from_python(texts: pd.Series) -> pa.Array:
    try:
        return pa.array(texts, pa.string(), from_pandas=True)
    except UnicodeEncodeError:
        raw = [None if t is None else t.encode("utf-8", "surrogatepass") for t in texts]
        return pa.array(raw, pa.binary())


def as_text(column: pd.Series) -> pd.Series:
    """A column as text, once per distinct value; None where missing or blank. Lists and sets become members joined by `|`."""
    if pd.api.types.infer_dtype(column, skipna=True) == "mixed":
        column = column.map(lambda v: "|".join(sorted(map(str, v))) if _is_collection(v) else v)
    codes, distinct = pd.factorize(column)
    texts = np.empty(len(distinct) + 1, dtype=object)
    texts[:-1] = [_text(value) for value in distinct]
    texts[-1] = None
    return pd.Series(texts[codes], index=column.index, dtype=object)


def _is_collection(value: object) -> bool:
    return isinstance(value, (list, tuple, set, frozenset, np.ndarray))


def _text(value: Any) -> str | None:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    found = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return found.removesuffix("T00:00:00") or None


def numbers(column: Any) -> np.ndarray:
    """A column as float64, NaN where it is no number."""
    array = _arrow(column)
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        return np.asarray(array.to_numpy(zero_copy_only=False), dtype=float)
    return np.array([_number(text) for text in arrow_text(column).to_pylist()], dtype=float)


def _number(text: str | bytes | None) -> float:
    """The number nearest to what is written (pandas is often the last bit off), NaN for anything else."""
    try:
        return np.nan if not text or "_" in str(text) else float(text)
    except ValueError:
        return np.nan
