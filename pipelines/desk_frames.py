"""Single rows out of a night's frame: which of its row groups may hold them says the frame's own footer, read once.

A frame lies in the order of what is looked up in it, in groups of few rows (`assets.store`), so that a look-up reads one or two groups. A frame
that was written anew is another file, and its footer is read again.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow.parquet as pq
    from upath import UPath

MOST_FOOTERS = 16
Range = tuple[Any, Any] | None  # from, to; nothing where it is not known


@dataclass(frozen=True)
class _Footer:
    """`ranges`: column → of each row group the smallest and the largest value."""

    stamp: tuple[int, int, int] | None
    metadata: "pq.FileMetaData"
    ranges: dict[str, list[Range]]


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
        import pyarrow.parquet as pq
        from upath import UPath

        place = UPath(self.root) / name / f"night={night}.parquet"
        if not wanted or not place.exists():
            return []
        footer = self._footer(place, by)
        groups = _groups(footer, by, wanted)
        if not groups:
            return []
        read = None if columns is None else list(dict.fromkeys((*columns, *by)))
        with place.open("rb") as opened:
            file = pq.ParquetFile(opened, metadata=footer.metadata)
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
        footer = _Footer(stamp, metadata, {column: _ranges(metadata, column) for column in by})
        with self._guard:
            self._footers[key] = footer
            while len(self._footers) > MOST_FOOTERS:
                self._footers.popitem(last=False)
        return footer


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
    first, *others = (footer.ranges[column] for column in by)
    within: dict[Any, list[int]] = {}
    found: set[int] = set()
    for value, *rest in wanted:
        if value not in within:
            within[value] = [number for number, span in enumerate(first) if _may_be_in(value, span)]
        found.update(
            number
            for number in within[value]
            if all(_may_be_in(one, spans[number]) for one, spans in zip(rest, others))
        )
    return sorted(found)


def _may_be_in(value: Any, span: Range) -> bool:
    return span is None or span[0] <= value <= span[1]
