"""Single rows out of a night's frame: from the file that was written for it (`assets.look_up`), else from the frame itself.

Which portions of a file may hold them says the file, once. What was written for it lies in the order of what is looked up, so that a look-up reads one
or two portions. A frame that was written anew is another file.
"""

import json
import os
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from assets.look_up import STARTS
from assets.store import LOOK_UP

if TYPE_CHECKING:
    from upath import UPath

MOST_FILES = 16
ATTEMPTS = 3  # to read a file that is being written anew
Range = tuple[Any, Any] | None  # from, to; nothing where it is not known
Key = tuple[Any, ...]


class _Replaced(Exception):
    """A night has written the file anew since it was looked at."""


class _File(ABC):
    """A frame's file with what is known of its portions: row groups, or batches."""

    def __init__(self, place: "UPath") -> None:
        self.place = place
        self.stamp = _stamp(place)
        self._idle: list[Any] = []  # the file, opened, as often as threads have read it at the same time

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """For one thread; a file of another machine is opened anew each time, since it is not known whether it is the same."""
        if self.stamp is None:
            with self.place.open("rb") as file:
                yield self._reader(file)
            return
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._reader(None)
            if _stamp(self.place) != self.stamp:  # what is known of the portions is of another file
                raise _Replaced from None
        yield reader
        self._idle.append(reader)

    @abstractmethod
    def rows(
        self, by: Sequence[str], wanted: Sequence[Key], columns: Sequence[str] | None
    ) -> list[dict[str, Any]]: ...

    @abstractmethod
    def _reader(self, file: Any | None) -> Any:
        """Over an open file, or over the one in its place."""


_F = TypeVar("_F", bound=_File)


class _LookUpFile(_File):
    """As `assets.look_up` writes it."""

    def __init__(self, place: "UPath") -> None:
        super().__init__(place)
        with self.opened() as reader:
            metadata = reader.schema.metadata or {}
        told = json.loads(metadata.get(STARTS, b"{}"))
        self.by = tuple(told.get("by", ()))  # none: written by an earlier version, in another order
        self._starts: list[Key] = [tuple(start) for start in told.get("starts", ())]
        self._at = {name: place for place, name in enumerate(reader.schema.names)}

    def rows(
        self, by: Sequence[str], wanted: Sequence[Key], columns: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Some tens of rows are gone through: of so few Arrow's own functions cost more to call than they save."""
        asked, names = set(wanted), self._at if columns is None else columns
        found: list[dict[str, Any]] = []
        for number in self._portions(wanted):
            with self.opened() as reader:
                batch = reader.get_batch(number)
            keys = zip(*(batch.column(self._at[name]).to_pylist() for name in by))
            for first, rows in _runs([place for place, key in enumerate(keys) if key in asked]):
                values = [batch.column(self._at[name]).slice(first, rows).to_pylist() for name in names]
                found += [dict(zip(names, row)) for row in zip(*values)]
        return found

    def _portions(self, wanted: Sequence[Key]) -> list[int]:
        found: set[int] = set()
        for value in set(wanted):
            first = bisect_left(self._starts, value) - 1  # the one before may end with it
            found.update(range(max(first, 0), bisect_right(self._starts, value)))
        return sorted(found)

    def _reader(self, file: Any | None) -> Any:
        import pyarrow as pa
        from pyarrow import ipc

        # Some kilobytes: handing their pieces out to threads costs more than the pieces.
        alone = ipc.IpcReadOptions(use_threads=False)
        return ipc.open_file(pa.memory_map(self.place.path) if file is None else file, options=alone)


class _ParquetFile(_File):
    """Of a night that wrote no other."""

    def __init__(self, place: "UPath") -> None:
        import pyarrow.parquet as pq

        super().__init__(place)
        with place.open("rb") as opened:
            self._metadata = pq.read_metadata(opened)
        self._ranges: dict[str, list[Range]] = {}

    def rows(
        self, by: Sequence[str], wanted: Sequence[Key], columns: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Rows that share a portion with them, and have single values of theirs, may be among them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        portions = self._portions(by, wanted)
        if not portions:
            return []
        read = None if columns is None else list(dict.fromkeys((*columns, *by)))
        with self.opened() as reader:
            rows = reader.read_row_groups(portions, read, use_threads=False)
        asked = None
        for at, column in enumerate(by):
            type_ = rows.schema.field(column).type
            if pa.types.is_null(type_):  # a column in which nothing stands
                return []
            values = pa.array(sorted({one[at] for one in wanted}), type=type_)
            fits = pc.is_in(rows.column(column), value_set=values)
            asked = fits if asked is None else pc.and_(asked, fits)
        shown = rows if columns is None else rows.select(list(columns))
        found: list[dict[str, Any]] = shown.filter(asked).to_pylist()
        return found

    def _portions(self, by: Sequence[str], wanted: Sequence[Key]) -> list[int]:
        """Those that may hold rows of which these columns have any of these values."""
        ranges = list(zip(*(self._ranges_of(column) for column in by)))
        return [
            number
            for number, spans in enumerate(ranges)
            if any(all(map(_may_be_in, value, spans)) for value in wanted)
        ]

    def _ranges_of(self, column: str) -> list[Range]:
        """Of each row group the smallest and the largest value."""
        if column not in self._ranges:
            at = self._metadata.schema.names.index(column)
            groups = range(self._metadata.num_row_groups)
            told = [self._metadata.row_group(number).column(at).statistics for number in groups]
            self._ranges[column] = [
                (one.min, one.max) if one is not None and one.has_min_max else None for one in told
            ]
        return self._ranges[column]

    def _reader(self, file: Any | None) -> Any:
        import pyarrow.parquet as pq

        return pq.ParquetFile(self.place.path if file is None else file, metadata=self._metadata)


@dataclass(frozen=True)
class FrameRows:
    """The frames under `root`, for threads that look things up at the same time."""

    root: str
    _files: "OrderedDict[str, _File]" = field(default_factory=OrderedDict, repr=False, compare=False)
    _guard: Lock = field(default_factory=Lock, repr=False, compare=False)

    def find(
        self,
        name: str,
        night: str,
        by: Sequence[str],
        wanted: Sequence[Key],
        columns: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of which the columns `by` have any of these values; none where that night wrote no such frame.

        Rows that share a portion with them, and have single values of theirs, may be among them.
        """
        for _ in range(ATTEMPTS):
            try:
                file = self._file(name, night, tuple(by)) if wanted else None
                return [] if file is None else file.rows(by, wanted, columns)
            except (_Replaced, FileNotFoundError):
                continue
        return []

    def _file(self, name: str, night: str, by: tuple[str, ...]) -> _File | None:
        """What is there of this frame, where it is found by these columns."""
        look_up, frame = _places(self.root, name, night)
        made = self._as_it_is(*look_up, _LookUpFile)
        return made if made is not None and made.by == by else self._as_it_is(*frame, _ParquetFile)

    def _as_it_is(self, key: str, place: "UPath", kind: type[_F]) -> _F | None:
        """A file that was written anew is another."""
        try:
            stamp = _stamp(place)
        except FileNotFoundError:
            return None
        with self._guard:
            known = self._files.get(key)
            if isinstance(known, kind) and stamp is not None and known.stamp == stamp:
                self._files.move_to_end(key)
                return known
        if stamp is None and not place.exists():
            return None
        file = kind(place)
        with self._guard:
            self._files[key] = file
            while len(self._files) > MOST_FILES:
                self._files.popitem(last=False)
        return file


@lru_cache(maxsize=64)
def _places(root: str, name: str, night: str) -> tuple[tuple[str, "UPath"], ...]:
    """Where what was written for looking up would be, and the frame: as text, and as a path, which costs as much to make as the rest of finding a file."""
    from upath import UPath

    folder = UPath(root) / name
    return tuple(
        (str(place), place) for place in (folder / f"night={night}.{end}" for end in (LOOK_UP, "parquet"))
    )


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Of ascending places those that follow each other: the first, and how many."""
    for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        (_, first), *more = run
        yield first, 1 + len(more)


def _stamp(place: "UPath") -> tuple[int, int, int] | None:
    """What is another as soon as the file is; not known of what is no file of this machine."""
    if not isinstance(place, os.PathLike):
        return None
    told = place.stat()
    return told.st_ino, told.st_mtime_ns, told.st_size


def _may_be_in(value: Any, span: Range) -> bool:
    return span is None or span[0] <= value <= span[1]
