"""Which pairs are compared: records that agree on all columns of a rule, each pair once.

One 64-bit key per rule and record (its columns' hashes mixed, 0 when any is missing). The sizes of all blocks are known before a pair is made: where a
left record would meet too many right ones under a rule, both must agree on one more column; where that is still too many, the left record
does not use the rule. What was given up is counted. The smaller side lies indexed in memory, the other streams past it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from linkage import packers, sweep
from linkage.columns import Records, text
from linkage.spec import BlockingRule, further_column

THREADS = 2
ROWS = 1 << 15  # of the streamed side in one task
RUN = 1 << 10  # of the streamed side in a row, in a sample
PAIRS = 1 << 14  # in a buffer


@dataclass
class BlockReport:
    """Per rule: pairs that it was the first to make, pairs in blocks too large, left records that met such a block."""

    rules: list[str]
    pairs: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    records_given_up: list[int] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """The report as a table."""
        return pd.DataFrame(
            {
                "rule": self.rules,
                "pairs": self.pairs,
                "pairs_given_up": self.given_up,
                "records_given_up": self.records_given_up,
            }
        )


@dataclass(frozen=True)
class Index:
    """One side's rows by block key, all rules: see `sweep.build`."""

    tables: np.ndarray
    ids: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray) -> Index:
        """Keys: rules × rows."""
        rules, rows = keys.shape
        size = 1 << max(int(rows * 3 // 2).bit_length(), 4)
        tables, ids = np.zeros((rules, size, 2), np.int64), np.zeros((rules, max(rows, 1)), np.int32)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda r: sweep.build(keys[r], tables[r], ids[r]), range(rules)))
        return cls(tables, ids)


@dataclass(frozen=True)
class Buffers:
    """One thread's memory for sweeping (see `sweep.probe`), used again and again: fresh memory is dear."""

    seen: np.ndarray
    spans: np.ndarray
    res: np.ndarray
    row: np.ndarray
    rules: np.ndarray
    patterns: np.ndarray

    @classmethod
    def of(cls, resident: int, rules: int) -> Buffers:
        """For so many resident rows and rules."""
        kinds = (np.int32, np.int32, np.int16, np.int64)
        seen, spans = np.full(resident, -1, np.int32), np.empty((rules, sweep.BATCH), np.int64)
        return cls(seen, spans, *(np.empty(PAIRS, kind) for kind in kinds))


@dataclass(frozen=True)
class Blocks:
    """Both sides' keys, rules × rows, as they are used: of a block too large, with the further column mixed in.

    `given_up`, `records_given_up`: per rule, pairs and left records (see `BlockReport`). `most_pairs`: no more pairs than that are made (0: unknown).
    """

    rules: tuple[BlockingRule, ...]
    left_keys: np.ndarray
    right_keys: np.ndarray
    largest: int
    is_self: bool
    given_up: tuple[int, ...] = ()
    records_given_up: tuple[int, ...] = ()
    most_pairs: int = 0

    @property
    def is_left_resident(self) -> bool:
        """Whether the left side is the indexed one."""
        return self.is_self or self.left_keys.shape[1] <= self.right_keys.shape[1]

    @cached_property
    def index(self) -> Index:
        return Index.of(self.left_keys if self.is_left_resident else self.right_keys)

    @property
    def streamed(self) -> np.ndarray:
        """Keys of the side that streams."""
        return self.right_keys if self.is_left_resident else self.left_keys

    def tasks(self) -> list[tuple[int, int]]:
        """Ranges of streamed rows."""
        rows = self.streamed.shape[1]
        return [(at, min(at + ROWS, rows)) for at in range(0, rows, ROWS)]

    def sample(self, every: int) -> tuple[list[tuple[int, int]], float]:
        """Ranges of streamed rows, one in `every` and spread evenly, and the share of the rows that they are (1 where they are few)."""
        rows = self.streamed.shape[1]
        if every < 2 or rows < every * RUN:
            return self.tasks(), 1.0
        runs = [(at, min(at + RUN, rows)) for at in range(0, rows, every * RUN)]
        return runs, sum(hi - lo for lo, hi in runs) / rows

    def note(self, report: BlockReport, made: np.ndarray) -> None:
        """Write what was made and given up into a report."""
        nothing = (0,) * len(self.rules)
        report.pairs += made.tolist()
        report.given_up += self.given_up or nothing
        report.records_given_up += self.records_given_up or nothing

    def swept(
        self, lo: int, hi: int, made: np.ndarray, use: Buffers
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(left rows, right rows, rules) of the streamed rows lo to hi, a buffer at a time. `made`: adds to pairs per rule.

        Of a table against itself only left < right.
        """
        index, stand = self.index, np.array([lo, 0, -1, -1], np.int64)
        left, right = (use.res, use.row) if self.is_left_resident else (use.row, use.res)
        tables, ids = index.tables, index.ids
        while stand[sweep.ROW] < hi:
            n = sweep.probe(
                hi, self.streamed, tables, ids, self.is_self, use.seen, use.spans, stand, use.res, use.row, use.rules, made
            )  # fmt: skip
            if n:
                yield left[:n], right[:n], use.rules[:n]

    def buffers(self) -> Buffers:
        """What one thread needs to sweep any rows, each once."""
        return Buffers.of(self.index.ids.shape[1], len(self.rules))

    def pairs(self, report: BlockReport) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(rule, left rows, right rows) piece by piece, rule by rule within each."""
        made, use = np.zeros(len(self.rules), np.int64), self.buffers()
        for task in self.tasks():
            found = [(li.copy(), ri.copy(), rules.copy()) for li, ri, rules in self.swept(*task, made, use)]
            if found:
                yield from by_rule(*map(np.concatenate, zip(*found)))
        self.note(report, made)


def by_rule(
    li: np.ndarray, ri: np.ndarray, rules: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Pairs rule by rule."""
    order = np.argsort(rules, kind="stable")
    cuts = np.flatnonzero(np.diff(rules[order], prepend=-1, append=-1))
    for start, stop in zip(cuts, cuts[1:]):
        rows = order[start:stop]
        yield int(rules[rows[0]]), li[rows], ri[rows]


class KeyJob:
    """Keys, one row per rule (uint64, 0 where a column of the rule is missing), and, if `tagged`, tags: see `tags_of`."""

    def __init__(self, records: Records, rules: Sequence[BlockingRule], *, tagged: bool = False) -> None:
        self.columns = list(dict.fromkeys(column for rule in rules for column in rule.columns))
        self._pieces, self._rules = records.pieces, rules
        self._keys = np.zeros((len(rules), len(records)), dtype=np.uint64)
        self._tags = {column: np.zeros(len(records) if tagged else 0, np.uint32) for column in self.columns}
        self._tagged = tagged

    def piece(self, number: int, table: Mapping[str, Any]) -> None:
        """Do one piece."""
        at, rows = self._pieces[number]
        hashes = {column: _hashes(table[column], rows) for column in self.columns}
        for column, found in hashes.items() if self._tagged else ():
            packers.tag(found, self._tags[column][at : at + rows])
        for place, rule in enumerate(self._rules):
            for turn, column in enumerate(rule.columns):
                packers.mix_keys(hashes[column], turn, self._keys[place, at : at + rows])

    def done(self) -> dict[Any, Any]:
        """Keys and tags."""
        rules = tuple(self._rules)
        return {("keys", rules): self._keys, **({("tags", rules): self._tags} if self._tagged else {})}


def keys_of(records: Records, rules: Sequence[BlockingRule]) -> np.ndarray:
    """Keys, one row per rule: uint64, 0 where a column of the rule is missing. Made once per table: not to be written to."""
    found: np.ndarray = records.made_by(("keys", tuple(rules)), lambda: KeyJob(records, rules))
    return found


def tags_of(records: Records, rules: Sequence[BlockingRule]) -> dict[str, np.ndarray]:
    """Per column of the rules 32 bits of each value's hash, 0 where missing: enough to tell agreement in a sample."""
    key = ("tags", tuple(rules))
    found: dict[str, np.ndarray] = records.made_by(key, lambda: KeyJob(records, rules, tagged=True))
    return found


def _hashes(column: object, rows: int) -> np.ndarray:
    read, found = text(column), np.zeros(rows, np.uint64)
    packers.hash_texts(read.data, read.start, read.known, read.shift, found)
    return found


def block(
    left: Records,
    right: Records | None,
    rules: Sequence[BlockingRule],
    largest: int,
    *,
    rows: np.ndarray | None = None,
) -> Blocks:
    """Blocks of two tables, or of one against itself (`right` None); those too large are split. `rows`: of the left table only these."""
    if rows is not None:
        return _block(left, right, rules, largest, rows)
    found: Blocks = left.once(
        ("blocks", right, tuple(rules), largest), lambda: _block(left, right, rules, largest, None)
    )
    return found


def _block(
    left: Records, right: Records | None, rules: Sequence[BlockingRule], largest: int, rows: np.ndarray | None
) -> Blocks:
    left_keys = keys_of(left, rules)
    left_keys = left_keys if rows is None else np.ascontiguousarray(left_keys[:, rows])
    right_keys = left_keys if right is None else keys_of(right, rules)
    whole = Blocks(tuple(rules), left_keys, right_keys, largest, right is None)
    with ThreadPoolExecutor(THREADS) as pool:
        sizes = list(pool.map(lambda place: _sizes(whole, place), range(len(rules))))
    most = sum(int(size.clip(max=largest).sum()) for size in sizes)
    if not any((size > largest).any() for size in sizes):
        return replace(whole, most_pairs=most)
    fresh = replace(whole, left_keys=left_keys.copy(), right_keys=right_keys.copy())
    told = [_split(fresh, place, size, left, right, rows) for place, size in enumerate(sizes)]
    return replace(
        fresh, given_up=tuple(t[0] for t in told), records_given_up=tuple(t[1] for t in told), most_pairs=most
    )


def _sizes(blocks: Blocks, place: int) -> np.ndarray:
    """Per left row, how many right rows it meets under a rule."""
    table, keys = blocks.index.tables[place], blocks.left_keys[place]
    own = np.empty(len(keys), np.int64)
    sweep.find(keys, table, 0, len(keys), own)
    if not blocks.is_left_resident:
        return (own & sweep.LOW) - (own >> 32)
    counts, spans = np.zeros(len(keys) + 1, np.int32), np.empty(ROWS, np.int64)
    for lo, hi in blocks.tasks():
        sweep.find(blocks.streamed[place], table, lo, hi, spans)
        sweep.count_starts(spans[: hi - lo], counts)
    return np.where(own != 0, counts[own >> 32], 0)


def _split(
    blocks: Blocks,
    place: int,
    size: np.ndarray,
    left: Records,
    right: Records | None,
    rows: np.ndarray | None,
) -> tuple[int, int]:
    """Mix the further column into the keys of blocks too large (in place); returns pairs and left records given up."""
    over = size > blocks.largest
    if not over.any():
        return 0, 0
    left_keys, right_keys = blocks.left_keys[place], blocks.right_keys[place]
    over_right = np.isin(right_keys, np.unique(left_keys[over]))
    column = further_column(blocks.rules, place)
    given_up, records = int(size[over].sum()), int(over.sum())
    if column is None:
        left_keys[over] = 0
        return given_up, records
    hashes = column_hashes(left, column)
    hashes = hashes if rows is None else hashes[rows]
    left_keys[over] = _finer(left_keys[over], hashes[over])
    hashes = hashes if right is None else column_hashes(right, column)
    right_keys[over_right] = _finer(right_keys[over_right], hashes[over_right])
    fine, number = np.unique(right_keys[over_right], return_counts=True)
    place_of = np.searchsorted(fine, left_keys[over]).clip(max=max(len(fine) - 1, 0))
    met = np.where((fine[place_of] == left_keys[over]) & (left_keys[over] != 0), number[place_of], 0)
    still = met > blocks.largest
    left_keys[np.flatnonzero(over)[still]] = 0
    return given_up - int(met[~still].sum()), records


def _finer(keys: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    found = keys.copy()
    packers.mix_keys(hashes, 1, found)
    return found


def column_hashes(records: Records, column: str) -> np.ndarray:
    """A column's values as numbers, 0 where missing."""
    found = np.zeros(len(records), np.uint64)
    for piece, (at, rows) in enumerate(records.pieces):
        found[at : at + rows] = _hashes(records.read(piece, [column])[column], rows)
    return found
