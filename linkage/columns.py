"""Tables of any sort as columns of text, a piece of rows at a time.

Every column is read as text (dates as ISO, 12.0 as "12", blank as missing), so that a table read from Parquet and one read from CSV agree. Text stays
where Arrow put it, as bytes and offsets: compiled code hashes and packs it from there, and no Python string is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from linkage import later
from linkage.compiled import machine_code
from linkage.errors import SpecError
from linkage.later import pc, pd
from linkage.memory import give_back
from linkage.parquet import Group, groups, stamp
from linkage.spec import RECORD_ID, LinkSpec
from linkage.texts import arrow_text, as_arrow

Table = Any  # pandas, Arrow, or a path to Parquet
PIECE = 1 << 17
"""Rows of a table in memory that are read together."""
THREADS = 2
LOOKED = "first"
"""Key (with the column) of what was looked at of a table before its lines were planned."""


class Job(Protocol):
    """What is to be made of a whole table, piece by piece, from some of its columns."""

    @property
    def columns(self) -> Sequence[str]:
        """Those that it reads."""

    def part(self, at: int, rows: int, table: Mapping[str, Any]) -> None:
        """Do some rows, the first of them number `at`; several threads do so at once."""

    def done(self) -> dict[Any, Any]:
        """What was made of all pieces, by key."""


class Records:
    """One table, its rows numbered, read column by column and piece by piece.

    Raises:
        SpecError: a column is missing, `record_id` has blanks or repeats, or the table is of no known sort.
    """

    def __init__(self, table: Table, spec: LinkSpec, side: str, *, more: Sequence[str] = ()) -> None:
        self._pieces: list[tuple[int, int, Any]] = []  # first row, rows, where they are
        whole: Any = None
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        if isinstance(table, (str, Path)):
            names = self._open(str(table))
        elif later.is_frame(table):
            names, whole = list(table.columns), table
        elif hasattr(table, "column_names") and hasattr(table, "slice"):
            names, whole = list(table.column_names), table
        else:
            raise SpecError(f"the {side} table is neither a data frame, an Arrow table nor a path")
        spec.check(names, side, more)
        self._wanted = list(dict.fromkeys([RECORD_ID, *spec.columns, *more]))
        self._raw = {RECORD_ID, *more} - set(spec.columns)
        self._spec, self._side = spec, side
        self._stamp = stamp(str(table)) if isinstance(table, (str, Path)) else None
        self.made: dict[Any, Any] = {}  # what was made of the whole table: keys, lines, shares
        self.begins = 0  # of a portion: its first row in the whole table
        self._set(whole)
        if has_blanks_or_repeats(self.ids):
            raise SpecError(f"the {side} table's record_id has blanks or repeats")

    def _set(self, whole: Any) -> None:
        self._whole = whole
        if whole is not None:
            self._pieces = [(at, min(PIECE, len(whole) - at), whole) for at in range(0, len(whole), PIECE)]
        self.rows = sum(rows for _, rows, _ in self._pieces)
        self.ids = self.column(RECORD_ID)

    def __len__(self) -> int:
        return self.rows

    def portions(self, rows: int) -> list[Records]:
        """Portions one behind the other, of as many whole pieces as make at most so many rows (one at least)."""
        if len(self._pieces) < 2:
            return [self]
        starts = [0]
        for piece, (at, size, _) in enumerate(self._pieces):
            if at + size - self._pieces[starts[-1]][0] > rows and piece > starts[-1]:
                starts.append(piece)
        return [self._cut(slice(lo, hi)) for lo, hi in zip(starts, [*starts[1:], len(self._pieces)])]

    def sampled(self, rows: int) -> Records:
        """Pieces spread evenly, of about so many rows (one piece at least)."""
        return self._cut(slice(None, None, max(-(-self.rows // max(rows, 1)), 1)))

    def row(self, number: int) -> Records:
        """One record, as a table."""
        if self._whole is not None:
            return self._like(_rows_of(self._whole, number, 1))
        piece = next(p for p, (at, size, _) in enumerate(self._pieces) if at <= number < at + size)
        table = pa.table(self.read(piece, self._wanted))
        return self._like(table.slice(number - self._pieces[piece][0], 1))

    def _cut(self, which: slice) -> Records:
        """Some pieces as a table; what was looked at to plan its lines is the whole table's."""
        pieces = self._pieces[which]
        if self._whole is not None:
            parts = [_rows_of(self._whole, at, size) for at, size, _ in pieces]
            found = self._like(pd.concat(parts) if later.is_frame(self._whole) else pa.concat_tables(parts))
        else:
            found = self._like(None)
            found._pieces, at = [], 0
            for _, size, where in pieces:
                found._pieces.append((at, size, where))
                at += size
            found._set(None)
        found.begins = pieces[0][0] if pieces else 0
        return found

    def _like(self, whole: Any) -> Records:
        """Other rows read as these are."""
        found = copy(self)
        found._stamp, found.begins = None, 0
        found.made = {key: made for key, made in self.made.items() if key[0] == LOOKED}
        if whole is not None:
            found._set(whole)
        return found

    def _open(self, path: str) -> list[str]:
        names, found = groups(path)
        at = 0
        for rows, group in found:
            self._pieces += [(at, rows, group)] if rows else []
            at += rows
        return names

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """First row and number of rows of each piece."""
        return [(at, rows) for at, rows, _ in self._pieces]

    def read(self, piece: int, columns: Sequence[str]) -> dict[str, Any]:
        """Columns of one piece, as Arrow arrays or pandas series."""
        at, rows, where = self._pieces[piece]
        if isinstance(where, Group):
            table = where.read(columns)
            return {c: table.column(c) for c in columns}
        if later.is_frame(where):
            return {c: where[c].iloc[at : at + rows] for c in columns}
        return {c: where.column(c).slice(at, rows) for c in columns}

    def parts(
        self, piece: int, columns: Sequence[str], pool: Executor | None = None
    ) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(first row, rows, columns) of one piece, decoded some rows or a column at a time (these by `pool`)."""
        at, rows, where = self._pieces[piece]
        if isinstance(where, Group) and (parts := where.parts(columns, pool)):
            for size, table in parts:
                yield at, size, table
                at += size
            return
        yield at, rows, self.read(piece, columns)

    def column(self, name: str) -> pd.Series | pa.ChunkedArray:
        """A whole column as it is."""
        if later.is_frame(self._whole):
            return self._whole[name].reset_index(drop=True)
        if self._whole is not None:
            return self._whole.column(name)
        with ThreadPoolExecutor(THREADS) as pool:
            parts = list(pool.map(lambda piece: self.read(piece, [name])[name], range(len(self._pieces))))
        return (
            pa.chunked_array([chunk for part in parts for chunk in part.chunks])
            if parts
            else pa.chunked_array([[]])
        )

    def __getitem__(self, wanted: str | list[str]) -> Any:
        """A column as pandas has it, or a frame of several: text or None, but `record_id` and what the specification does not name as it is."""
        if isinstance(wanted, list):
            return pd.DataFrame({name: self[name] for name in wanted})
        if wanted in self._raw:
            found = self.column(wanted)
            return found if later.is_series(found) else found.to_pandas()
        return self.texts(wanted).to_pandas().replace("", None).astype(object)

    @property
    def columns(self) -> list[str]:
        """Names of the columns that are needed."""
        return self._wanted

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` makes of this table, made once."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def run(self, *jobs: Job) -> None:
        """Do some jobs, every piece read once for all of them; `made` gets what they give."""
        if not jobs:
            return
        columns = list(dict.fromkeys(column for job in jobs for column in job.columns))

        def do(part: tuple[int, int, Mapping[str, Any]]) -> None:
            is_ready.result()
            for job in jobs:
                job.part(*part)

        def one(piece: int) -> None:
            for part in self.parts(piece, columns):
                do(part)
            pa.default_memory_pool().release_unused()

        with ThreadPoolExecutor(THREADS) as pool:
            is_ready = pool.submit(machine_code)  # loaded while the first rows are decoded
            if len(self._pieces) == 1:  # one for all threads
                list(pool.map(do, self.parts(0, columns, pool)))
            else:
                list(pool.map(one, range(len(self._pieces))))
        give_back()
        for job in jobs:
            self.made.update(job.done())

    def made_by(self, key: Any, job: Callable[[], Job]) -> Any:
        """What a job gives under a key, done once."""
        if key not in self.made:
            self.run(job())
        return self.made[key]

    def first(self, rows: int, columns: Sequence[str]) -> dict[str, pa.Array]:
        """The texts of the first records, of one piece at most."""
        if not self._pieces:
            return {name: pa.array([], pa.string()) for name in columns}
        where = self._pieces[0][2]
        found = where.first(rows, columns) if isinstance(where, Group) else self.read(0, columns)
        texts = {name: arrow_text(column[:rows]) for name, column in found.items()}
        pa.default_memory_pool().release_unused()
        return texts

    def is_of(self, table: Table, spec: LinkSpec, side: str, more: Sequence[str]) -> bool:
        """Whether these are a table's records as they would be read now. Never sure of a pandas frame, which can change."""
        if (spec, side) != (self._spec, self._side) or not set(more) <= set(self._wanted):
            return False
        if isinstance(table, (str, Path)):
            return self._stamp is not None and stamp(str(table)) == self._stamp
        return table is self._whole and not later.is_frame(table)

    def texts(self, name: str) -> pa.ChunkedArray:
        """A whole column as text."""
        parts = [arrow_text(self.read(piece, [name])[name]) for piece in range(len(self._pieces))]
        if len({part.type for part in parts}) > 1:  # in some, text is no proper Unicode
            parts = [part.cast(pa.binary()) for part in parts]
        return pa.chunked_array(parts, type=None if parts else pa.string())


def _rows_of(whole: Any, at: int, rows: int) -> Any:
    """Some rows of a pandas frame or an Arrow table."""
    return whole.iloc[at : at + rows] if later.is_frame(whole) else whole.slice(at, rows)


def has_blanks_or_repeats(ids: pd.Series | pa.ChunkedArray) -> bool:
    """Whether any id is missing or stands twice."""
    if later.is_series(ids):
        return bool(ids.isna().any() or ids.duplicated().any())
    if not len(ids):
        return False
    if ids.null_count:
        return True
    if pa.types.is_integer(ids.type):
        numbers = _integers(ids)
        if len(numbers) < 2 or bool((numbers[1:] > numbers[:-1]).all()):
            return False
        return bool(pd.Series(numbers).duplicated().any())
    return bool(pc.count_distinct(ids).as_py() != len(ids))


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    """Whole numbers of a column that has them all (what `to_numpy` gives, which loads pandas)."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int64)


def ids_in_arrow(ids: pd.Series | pa.ChunkedArray, whose: str = "") -> pa.Array:
    """Ids as Arrow has them. Raises: SpecError when they are of several types (`whose` they are is told before)."""
    try:
        return pa.Array.from_pandas(ids) if later.is_series(ids) else ids.combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise SpecError(f"{whose}record_id is of several types") from None


@dataclass(frozen=True)
class Ids:
    """A table's record ids, kept as they came until they are asked for."""

    column: pd.Series | pa.ChunkedArray

    def __len__(self) -> int:
        return len(self.column)

    @cached_property
    def index(self) -> pd.Index:
        """All of them."""
        ids = self.column if later.is_series(self.column) else self.column.to_pandas()
        return pd.Index(ids, name=RECORD_ID)

    @cached_property
    def _numbers(self) -> np.ndarray | None:
        """All of them, where Arrow has them as whole numbers."""
        if later.is_series(self.column) or not pa.types.is_integer(self.column.type):
            return None
        return _integers(self.column)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Those of some rows."""
        if self._numbers is not None:
            return self._numbers[rows]
        if later.is_series(self.column):
            return self.column.to_numpy()[rows]
        return np.asarray(self.column.take(pa.array(rows)).to_pandas().to_numpy())

    def arrow(self, rows: np.ndarray) -> pa.Array:
        """Those of some rows, for Arrow. Raises: SpecError when they are of several types."""
        if self._numbers is not None:
            return as_arrow(self._numbers[rows])
        is_series = later.is_series(self.column)
        return ids_in_arrow(self.column.iloc[rows] if is_series else self.column.take(as_arrow(rows)))


__all__ = ["PIECE", "Ids", "Records", "Table"]
