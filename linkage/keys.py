"""A record's block under each rule, as a number: equal where all columns of the rule are.

A rule's columns are hashed and mixed into one 64-bit key (0 when any is missing). The resident side's keys are numbered; the other side's are looked up piece by
piece as it is read and are never kept, for a key that no resident record has makes no pair. Beside the numbers a few bits of each column's hash are kept of
some rows, from which training tells how often columns agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from linkage import packers, sweep
from linkage.columns import THREADS, Records
from linkage.errors import SpecError
from linkage.spec import BlockingRule
from linkage.texts import Coded, Text, text

RUN = 1 << 10  # rows in a row, in a sample
SEEN_SHARE = 1 << 4
"""Places of a table for each word of the bits that tell what is not in it: four bits a place, some eight a key."""
Runs = list[tuple[int, int]]


def sampled_runs(rows: int, every: int) -> tuple[Runs, float]:
    """Ranges of rows, one in `every` and spread evenly, and the share of the rows that they are (all where they are few)."""
    if every < 2 or rows < every * RUN:
        return [(0, rows)], 1.0
    runs = [(at, min(at + RUN, rows)) for at in range(0, rows, every * RUN)]
    return runs, sum(hi - lo for lo, hi in runs) / rows


@dataclass(frozen=True)
class Tags:
    """32 bits of the hash of each column's values (0 where missing), of the rows in some runs, one run behind the other."""

    runs: Runs
    columns: Mapping[str, np.ndarray]

    def of(self, column: str, rows: np.ndarray) -> np.ndarray:
        """Those of some rows, each in one of the runs."""
        first = np.array([lo for lo, _ in self.runs])
        skipped = first - np.cumsum([0, *(hi - lo for lo, hi in self.runs[:-1])])
        found: np.ndarray = self.columns[column][rows - skipped[np.searchsorted(first, rows, "right") - 1]]
        return found


def tags_key(rules: Sequence[BlockingRule]) -> tuple[Any, ...]:
    """What a table's tags are known by."""
    return ("tags", tuple(rules))


def keys_key(rules: Sequence[BlockingRule]) -> tuple[Any, ...]:
    """What a table's keys are known by, where they are known before it is read."""
    return ("keys", tuple(rules))


class KeyJob:
    """What the rules' columns give of one table: its keys, or their numbers as another table's were numbered; and tags of the rows in `tagged`.

    Args:
        known: the other table's numbering; with it `numbers` is filled and no key is kept, without it `keys` (rules × rows, uint64).
        tagged: ranges of rows.
    """

    def __init__(
        self,
        records: Records,
        rules: Sequence[BlockingRule],
        *,
        known: Numbering | None = None,
        tagged: Runs | None = None,
    ) -> None:
        self.columns = list(dict.fromkeys(column for rule in rules for column in rule.columns))
        self._rules, self._known = rules, known
        shape = (len(rules), len(records))
        self.keys = np.zeros(shape if known is None else (0, 0), np.uint64)
        self.numbers = np.empty((0, 0) if known is None else shape, np.int32)
        self._runs = tagged or []
        size = sum(hi - lo for lo, hi in self._runs)
        self._tags = {column: np.zeros(size, np.uint32) for column in self.columns}

    def part(self, at: int, rows: int, table: Mapping[str, Any]) -> None:
        """Do some rows."""
        hashes = {column: hashes_of(table[column]) for column in self.columns}
        self._tag(at, rows, hashes)
        scratch = np.empty(rows if self._known else 0, np.uint64)
        for place, rule in enumerate(self._rules):
            keys = scratch if self._known else self.keys[place, at : at + rows]
            for turn, column in enumerate(rule.columns):
                packers.mix_keys(hashes[column], turn, keys)
            if self._known:
                self._known.look_up(place, keys, self.numbers[place, at : at + rows])

    def _tag(self, at: int, rows: int, hashes: Mapping[str, np.ndarray]) -> None:
        """Keep the tags of those rows that lie in a run."""
        before = 0
        for lo, hi in self._runs:
            first, last = max(lo, at), min(hi, at + rows)
            if first < last:
                where = slice(before + first - lo, before + last - lo)
                for column, found in hashes.items():
                    packers.tag(found[first - at : last - at], self._tags[column][where])
            before += hi - lo

    def done(self) -> dict[Any, Any]:
        """The tags; keys and numbers are the caller's."""
        return {tags_key(self._rules): Tags(self._runs, self._tags)} if self._runs else {}


class Numbering:
    """The resident side's keys, numbered: rule by rule, one rule's numbers behind the other's."""

    def __init__(self, keys: np.ndarray) -> None:
        """Keys: rules × rows. Raises: SpecError when there are more than 2³¹ of them, known ones."""
        rules, rows = keys.shape
        size = 1 << max(int(rows * 3 // 2).bit_length(), 4)
        self._tables = np.zeros((rules, size), np.int64)
        self._distinct: list[np.ndarray] = [np.zeros(0, np.uint64)] * rules
        self._seen = np.zeros((rules, max(size // SEEN_SHARE, 1)), np.uint64)
        self.numbers = np.empty((rules, rows), np.int32)
        with ThreadPoolExecutor(THREADS) as pool:
            counts = list(pool.map(lambda rule: self._number(rule, keys[rule]), range(rules)))
        self.first = np.concatenate([[0], np.cumsum(counts)])
        if rules * rows >= 2**31:
            raise SpecError("too many records and blocking rules")
        for rule, own in enumerate(self.numbers):
            own[own >= 0] += np.int32(self.first[rule])

    def _number(self, rule: int, keys: np.ndarray) -> int:
        distinct = np.empty(len(keys), np.uint64)
        used = int(sweep.number(keys, self._tables[rule], distinct, self.numbers[rule]))
        self._distinct[rule] = distinct[:used].copy()
        sweep.note(self._distinct[rule], self._seen[rule])
        return used

    def look_up(self, rule: int, keys: np.ndarray, numbers: np.ndarray) -> None:
        """Write the numbers of some keys of a rule, −1 for those that no resident record has."""
        table, distinct = self._tables[rule], self._distinct[rule]
        sweep.find(keys, table, distinct, self._seen[rule], self.first[rule], numbers)


def hashes_of(column: object) -> np.ndarray:
    """Values as numbers, 0 where missing."""
    if isinstance(column, Coded):
        return cast("np.ndarray", column.spread("hashes", _hashes))
    return _hashes(text(column))


def _hashes(read: Text) -> np.ndarray:
    found = np.empty(len(read.array), np.uint64)
    packers.hash_texts(read.data, read.start, read.known, read.shift, found)
    return found


def numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each value's number (−1 for 0, which is missing), the lower value's first; and a row that has each."""
    distinct, rows, numbers = np.unique(values, return_index=True, return_inverse=True)
    missing = int(np.searchsorted(distinct, 1))
    return numbers - missing, rows[missing:]


def column_hashes(records: Records, column: str) -> np.ndarray:
    """A whole column's values as numbers, 0 where missing."""
    found = np.zeros(len(records), np.uint64)
    for piece, (at, rows) in enumerate(records.pieces):
        found[at : at + rows] = hashes_of(records.read(piece, [column])[column])
    return found


__all__ = [
    "KeyJob",
    "Numbering",
    "Tags",
    "column_hashes",
    "hashes_of",
    "keys_key",
    "numbered",
    "sampled_runs",
    "tags_key",
]
