"""One table of an index as it lies on disk: segments that are written once, one behind the other, and which of their rows still count.

A segment is two files: the rows (Arrow, text as the engine reads it) and their keys under each blocking rule (numpy). A changed row is written anew in a later
segment and counts no more in the earlier one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.columns import Records, ids_in_arrow
from linkage.compare import NUMBER
from linkage.errors import SpecError
from linkage.keys import KeyJob, keys_key
from linkage.later import pd
from linkage.spec import RECORD_ID, LinkSpec
from linkage.strata import names_of
from linkage.texts import numbers

MOST_SEGMENTS = 16
"""Beyond so many, or when half of the rows count no more, a side is written anew as one."""


@dataclass(frozen=True)
class Side:
    """`table`: all rows ever written, those counting no more among them (rows are numbered by it); `keys`: their keys (rules × rows, uint64; 0 for none, and
    for rows that count no more); `alive`: which count; `segments`: names of the files, oldest first.
    """

    folder: Path
    spec: LinkSpec
    name: str
    table: pa.Table
    keys: np.ndarray
    alive: np.ndarray
    segments: tuple[str, ...]

    @classmethod
    def of(cls, records: Records, spec: LinkSpec, name: str, folder: Path) -> Side:
        """A table's rows, written as one segment."""
        table, keys = rows_of(records, spec, name), keys_of(records, spec)
        segment = write(folder, name, table, keys)
        return cls.read(folder, spec, name, (segment,), np.ones(len(table), bool))

    @classmethod
    def read(
        cls, folder: Path, spec: LinkSpec, name: str, segments: tuple[str, ...], alive: np.ndarray
    ) -> Side:
        """What was written."""
        tables = [pa.ipc.open_file(pa.memory_map(str(folder / f"{s}.arrow"))).read_all() for s in segments]
        keys = [np.load(folder / f"{s}.npy", mmap_mode="r") for s in segments]
        whole = np.ascontiguousarray(np.concatenate(keys, axis=1))
        whole[:, ~alive] = 0
        return cls(folder, spec, name, pa.concat_tables(tables), whole, alive, segments)

    def changed(self, records: Records | None, gone: np.ndarray) -> Side:
        """With some rows (by number) counting no more, and others written behind them."""
        alive, segments = self.alive.copy(), self.segments
        alive[gone] = False
        if records is not None and len(records):
            table = _as_before(rows_of(records, self.spec, self.name), self.table.schema, self.name)
            segments = (*segments, write(self.folder, self.name, table, keys_of(records, self.spec)))
            alive = np.append(alive, np.ones(len(table), bool))
        return Side.read(self.folder, self.spec, self.name, segments, alive)

    @property
    def is_scattered(self) -> bool:
        """Whether it should be written anew."""
        return len(self.segments) > MOST_SEGMENTS or 2 * len(self.rows) < len(self.alive)

    def gathered(self) -> Side:
        """The rows that count, written anew as one segment, in order."""
        table = self.present
        segment = write(self.folder, self.name, table, self.keys[:, self.rows])
        return Side.read(self.folder, self.spec, self.name, (segment,), np.ones(len(table), bool))

    @cached_property
    def rows(self) -> np.ndarray:
        """Numbers of the rows that count, in order."""
        return np.flatnonzero(self.alive)

    @cached_property
    def present(self) -> pa.Table:
        """The rows that count, in order."""
        return self.table if self.alive.all() else self.table.filter(pa.array(self.alive))

    @cached_property
    def ids(self) -> pd.Index:
        """Ids of the rows that count, in order."""
        return pd.Index(self.table.column(RECORD_ID).filter(pa.array(self.alive)).to_pandas())

    @cached_property
    def places(self) -> np.ndarray:
        """Of every row that counts, how many count before it."""
        return np.cumsum(self.alive) - 1

    def rows_with(self, ids: Any) -> np.ndarray:
        """Numbers of the rows that count and have some ids; of an id that none has, none."""
        found = self.ids.get_indexer(pd.Index(ids))
        return self.rows[found[found >= 0]]

    def records(self, rows: np.ndarray | None = None) -> Records:
        """Some rows as a table (None: all, in place), with their keys; they are known by their number there, not by their id."""
        table, keys = self.table, self.keys
        if rows is not None:
            table, keys = table.take(pa.array(rows)), np.ascontiguousarray(keys[:, rows])
        table = table.set_column(0, RECORD_ID, pa.array(np.arange(len(table), dtype=np.int64)))
        more = [self.spec.strata] if self.spec.strata and self.name == "left" else []
        found = Records(table, self.spec, self.name, more=more)
        found.made[keys_key(self.spec.blocking_rules)] = keys
        return found


def rows_of(records: Records, spec: LinkSpec, name: str) -> pa.Table:
    """What is kept of a table. Raises: SpecError when a text is no proper Unicode."""
    found: dict[str, Any] = {RECORD_ID: _ids(records.ids, name)}
    numeric = _numeric(spec)
    for column in spec.columns:
        if column in numeric:
            found[column] = pa.array(numbers(records.column(column)))
            continue
        texts = records.texts(column)
        if not pa.types.is_string(texts.type):
            raise SpecError(f"the {name} table's column {column} has text that is no proper Unicode")
        found[column] = texts
    if spec.strata and name == "left" and spec.strata not in found:
        found[spec.strata] = pa.array([each or None for each in names_of(records[spec.strata])], pa.string())
    return pa.table(found)


def _numeric(spec: LinkSpec) -> set[str]:
    """Columns of which nothing but the number counts: their text need not give the same number again."""
    told = {column for rule in spec.blocking_rules for column in rule.columns}
    told |= {column for c in spec.comparisons if c.kind != NUMBER for column in c.reads}
    return {column for c in spec.comparisons if c.kind == NUMBER for column in c.reads} - told


def _ids(ids: pd.Series | pa.ChunkedArray, name: str) -> pa.Array | pa.ChunkedArray:
    """A table's ids as Arrow has them. Raises: SpecError."""
    found = ids_in_arrow(ids, f"the {name} table's ")
    if pa.types.is_dictionary(found.type):
        found = found.dictionary_decode()
    if pa.types.is_integer(found.type) and not pa.types.is_uint64(found.type):
        found = found.cast(pa.int64())
    return found


def _as_before(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """Rows of the types that an index has. Raises: SpecError."""
    try:
        return table.cast(schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise SpecError(f"the {name} table's record_id is of another type than the index has") from None


def keys_of(records: Records, spec: LinkSpec) -> np.ndarray:
    """A table's keys under each rule."""
    job = KeyJob(records, spec.blocking_rules)
    records.run(job)
    return job.keys


def write(folder: Path, name: str, table: pa.Table, keys: np.ndarray) -> str:
    """Write a segment; returns its name."""
    segment = f"{name}-{secrets.token_hex(8)}"
    path = str(folder / f"{segment}.arrow")
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    np.save(folder / f"{segment}.npy", np.ascontiguousarray(keys))
    return segment


def settled(paths: Iterable[Path]) -> None:
    """Wait until files (or a folder's list of them) are on the disk."""
    for path in paths:
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def removed(folder: Path, kept: Sequence[str]) -> None:
    """Delete the files of segments that nothing names any more."""
    for path in folder.iterdir():
        if path.suffix in (".arrow", ".npy") and path.stem not in kept:
            path.unlink(missing_ok=True)


__all__ = ["Side", "removed", "settled"]
