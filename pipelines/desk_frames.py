"""Single rows out of a night's frame: which of its row groups may hold them says the frame's own footer, read once.

A frame lies in the order of what is looked up in it, in groups of few rows (`assets.store`), so that a look-up reads one or two groups. A frame
that was written anew is another file, and its footer is read again.
"""

import os
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow.parquet as pq
    from upath import UPath

MOST_FOOTERS = 16
Range = tuple[Any, Any] | None  # from, to; nothing where it is not known


@dataclass(frozen=True)
class _Spans:
    """Of each row group the smallest and the largest value of a column; whether the groups lie in their order."""

    ranges: list[Range]
    is_ordered: bool
    starts: list[Any] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, ranges: list[Range]) -> "_Spans":
        known = [span for span in ranges if span is not None]
        starts, ends = [span[0] for span in known], [span[1] for span in known]
        is_ordered = len(known) == len(ranges) and starts == sorted(starts) and ends == sorted(ends)
        return cls(ranges, is_ordered, starts, ends)

    def with_(self, value: Any) -> Sequence[int]:
        """The groups that may hold this value."""
        if self.is_ordered:
            return range(bisect_left(self.ends, value), bisect_right(self.starts, value))
        return [number for number, span in enumerate(self.ranges) if _may_be_in(value, span)]


@dataclass(frozen=True)
class _Footer:
    """`spans`: by column; `idle`: the file, opened, as often as threads have read it at the same time."""

    stamp: tuple[int, int, int] | None
    metadata: "pq.FileMetaData"
    spans: dict[str, _Spans]
    idle: "list[pq.ParquetFile]" = field(default_factory=list)


@dataclass(frozen=True)
class FrameRows:
    """The frames under `root`, for threads that look things up at the same time."""

    root: str
    _footers: "OrderedDict[str, _Footer]" = field(default_factory=OrderedDict, repr=False, compare=False)
    _guard: Lock = field(default_factory=Lock, repr=False, compare=False)

    def find(
        self,
        name: str,
        night: str,
        by: Sequence[str],
        wanted: Sequence[tuple[Any, ...]],
        columns: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of which the columns `by` have any of these values; none where that night wrote no such frame.

        Rows that share a row group with them, and have single values of theirs, may be among them.
        """
        import pyarrow as pa
        import pyarrow.compute as pc
        from upath import UPath

        place = UPath(self.root) / name / f"night={night}.parquet"
        if not wanted or not place.exists():
            return []
        footer = self._footer(place, by)
        groups = _groups(footer, by, wanted)
        if not groups:
            return []
        read = None if columns is None else list(dict.fromkeys((*columns, *by)))
        with _opened(place, footer) as file:
            rows = file.read_row_groups(groups, read, use_threads=False)
        asked = pa.array([True] * rows.num_rows)
        for at, column in enumerate(by):
            type_ = rows.schema.field(column).type
            if pa.types.is_null(type_):  # a column in which nothing stands
                return []
            values = pa.array(sorted({one[at] for one in wanted}), type=type_)
            asked = pc.and_(asked, pc.is_in(rows.column(column), value_set=values))
        shown = rows if columns is None else rows.select(list(columns))
        found: list[dict[str, Any]] = shown.filter(asked).to_pylist()
        return found

    def _footer(self, place: "UPath", by: Sequence[str]) -> _Footer:
        import pyarrow.parquet as pq

        key = f"{place}|{','.join(by)}"
        stamp = _stamp(place)
        with self._guard:
            known = self._footers.get(key)
            if known is not None and stamp is not None and known.stamp == stamp:
                self._footers.move_to_end(key)
                return known
        with place.open("rb") as opened:
            metadata = pq.read_metadata(opened)
        spans = {column: _Spans.of(_ranges(metadata, column)) for column in by}
        footer = _Footer(stamp, metadata, spans)
        with self._guard:
            self._footers[key] = footer
            while len(self._footers) > MOST_FOOTERS:
                self._footers.popitem(last=False)
        return footer


@contextmanager
def _opened(place: "UPath", footer: _Footer) -> "Iterator[pq.ParquetFile]":
    """The file for one thread; a file of another machine is opened anew each time, since it is not known whether it is the same."""
    import pyarrow.parquet as pq

    if footer.stamp is None:
        with place.open("rb") as opened:
            yield pq.ParquetFile(opened, metadata=footer.metadata)
        return
    try:
        file = footer.idle.pop()
    except IndexError:
        file = pq.ParquetFile(place.path, metadata=footer.metadata)
    yield file
    footer.idle.append(file)


def _stamp(place: "UPath") -> tuple[int, int, int] | None:
    """What is another as soon as the file is; not known of what is no file of this machine."""
    if not isinstance(place, os.PathLike):
        return None
    told = place.stat()
    return told.st_ino, told.st_mtime_ns, told.st_size


def _ranges(metadata: "pq.FileMetaData", column: str) -> list[Range]:
    at = metadata.schema.names.index(column)
    found: list[Range] = []
    for number in range(metadata.num_row_groups):
        told = metadata.row_group(number).column(at).statistics
        found.append((told.min, told.max) if told is not None and told.has_min_max else None)
    return found


def _groups(footer: _Footer, by: Sequence[str], wanted: Sequence[tuple[Any, ...]]) -> list[int]:
    """The row groups that may hold any of what is wanted."""
    first, *others = (footer.spans[column] for column in by)
    within: dict[Any, Sequence[int]] = {}
    found: set[int] = set()
    for value, *rest in wanted:
        if value not in within:
            within[value] = first.with_(value)
        found.update(
            number
            for number in within[value]
            if all(_may_be_in(one, spans.ranges[number]) for one, spans in zip(rest, others))
        )
    return sorted(found)


def _may_be_in(value: Any, span: Range) -> bool:
    return span is None or span[0] <= value <= span[1]
