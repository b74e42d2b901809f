"""Tables in Parquet, a row group at a time. One file is read as it is; a folder of files as Arrow's datasets have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.texts import Coded

PART, BUFFER = 1 << 15, 1 << 16
"""Rows that are handed out at a time, and bytes of each column of a file in memory: little, used again and again."""
WHOLE_ROWS = 1 << 18
"""Rows of a row group that is read column by column, which takes three quarters of the time; a larger one is read some rows at a time."""
CODED_BYTES = 6.0
"""What a value of a column read coded takes in the file at most, its dictionary's share included (as text it takes five and more)."""

CODES = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Group:
    """A row group: `number` in its file, whose columns (`own`) can be others than the whole table's (`schema`); then `fragment` reads them as those."""

    path: str
    filesystem: Any
    metadata: Any
    number: int
    own: pa.Schema
    schema: pa.Schema
    fragment: Any = None

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Some columns of all rows."""
        if self._has(columns):
            return self._file().read_row_group(self.number, columns=list(columns), use_threads=False)
        return self.fragment.to_table(schema=self.schema, columns=list(columns), use_threads=False)

    def first(self, rows: int, columns: Sequence[str]) -> dict[str, Any]:
        """Some columns of the first rows."""
        if not self._has(columns):
            return {c: column[:rows] for c, column in zip(columns, self.read(columns).columns)}
        batches = self._file().iter_batches(
            rows, row_groups=[self.number], columns=list(columns), use_threads=False
        )
        batch = next(batches)
        return {c: batch.column(c) for c in columns}

    def parts(
        self, columns: Sequence[str], pool: Executor | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]] | None:
        """(rows, columns), PART rows at a time; None where they are not as in the whole table. Text that the file has as a dictionary comes `Coded`."""
        if not columns or not self._has(columns):
            return None
        return self._sliced(columns, pool) if self._rows <= WHOLE_ROWS else self._streamed(columns)

    @property
    def _rows(self) -> int:
        return int(self.metadata.row_group(self.number).num_rows)

    def _streamed(self, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Decoded some rows at a time."""
        for batch in self._file().iter_batches(
            PART, row_groups=[self.number], columns=list(columns), use_threads=False
        ):
            yield len(batch), {c: batch.column(c) for c in columns}

    def _sliced(self, columns: Sequence[str], pool: Executor | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Decoded column by column."""
        coded = self._coded(columns)
        if pool is None:
            file = self._file(coded)
            whole = {c: self._column(file, c) for c in columns}
        else:  # no two threads read one open file
            found = pool.map(lambda c: self._column(self._file([c] if c in coded else []), c), columns)
            whole = dict(zip(columns, found))
        for at in range(0, self._rows, PART):
            size = min(PART, self._rows - at)
            yield size, {c: each.slice(at, size) for c, each in whole.items()}

    def _column(self, file: Any, name: str) -> Coded | pa.Array:
        column = file.read_row_group(self.number, columns=[name], use_threads=False).column(name)
        one = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        return Coded.of(one) if one.type == CODES else one

    def _coded(self, columns: Sequence[str]) -> list[str]:
        """Those of some columns that are few texts told by number."""
        group, few = self.metadata.row_group(self.number), []
        for place in range(group.num_columns):
            column = group.column(place)
            if (name := column.path_in_schema) in columns and pa.types.is_string(self.own.field(name).type):
                is_small = column.total_uncompressed_size <= CODED_BYTES * max(column.num_values, 1)
                few += [name] if column.has_dictionary_page and is_small else []
        return few

    def _has(self, columns: Sequence[str]) -> bool:
        """Whether the file has some columns as the whole table has them."""
        if self.fragment is None:
            return True
        places = [(self.own.get_field_index(c), self.schema.get_field_index(c)) for c in columns]
        return all(a >= 0 and self.own.field(a).type == self.schema.field(b).type for a, b in places)

    def _file(self, coded: Sequence[str] = ()) -> Any:
        from pyarrow import parquet

        return parquet.ParquetFile(
            self.path,
            filesystem=self.filesystem,
            metadata=self.metadata,
            pre_buffer=False,
            buffer_size=BUFFER,
            read_dictionary=list(coded),
        )


def groups(path: str) -> tuple[list[str], list[tuple[int, Group]]]:
    """Names of a table's columns, and each row group with the number of its rows."""
    if Path(path).is_file():
        from pyarrow import parquet  # datasets take six times as long to import

        with parquet.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
        every = range(metadata.num_row_groups)
        return list(schema.names), [
            (metadata.row_group(n).num_rows, Group(path, None, metadata, n, schema, schema)) for n in every
        ]
    from pyarrow import dataset

    whole = dataset.dataset(path)
    found = []
    for fragment in whole.get_fragments():
        for part in fragment.split_by_row_group():
            group = part.row_groups[0]
            own = Group(part.path, part.filesystem, part.metadata, group.id, part.physical_schema, whole.schema, part)  # fmt: skip
            found.append((group.num_rows, own))
    return list(whole.schema.names), found


def stamp(path: str) -> tuple[tuple[str, int, int], ...] | None:
    """The files at a path with their times of change (ns) and sizes; None where they are not on this machine."""
    try:
        if Path(path).is_file():
            files = [path]
        else:
            from pyarrow import dataset

            files = dataset.dataset(path).files
        found = [(file, Path(file).stat()) for file in files]
    except OSError:
        return None
    return tuple((file, state.st_mtime_ns, state.st_size) for file, state in found)


__all__ = ["Group", "groups", "stamp"]
