"""Which pairs are compared: records that agree on all columns of a rule, each pair once.

One 64-bit key per rule and record (its columns' hashes mixed, 0 when any is missing). The right side lies sorted by key, so the size of every block is
known before a pair is made; a left record that would meet too many skips that rule, and what was given up is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from linkage import kernels as k
from linkage.spec import BlockingRule

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
CHUNK = 1 << 20


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


def keys_of(frame: pd.DataFrame, rules: Sequence[BlockingRule]) -> np.ndarray:
    """Keys, one row per rule: uint64, 0 where a column of the rule is missing."""
    hashes: dict[str, np.ndarray] = {}
    out = np.zeros((len(rules), len(frame)), dtype=np.uint64)
    for place, rule in enumerate(rules):
        key = np.full(len(frame), np.uint64(place + 1), dtype=np.uint64)
        known = np.ones(len(frame), dtype=bool)
        for column in rule.columns:
            if column not in hashes:
                hashes[column] = _hashes(frame[column])
            value = hashes[column]
            known &= value != 0
            key = (key ^ value) * GOLDEN
            key ^= key >> np.uint64(29)
        out[place] = np.where(known, np.maximum(key, np.uint64(1)), np.uint64(0))
    return out


def _hashes(column: pd.Series) -> np.ndarray:
    """64-bit hashes of a column's values, the same in every process; 0 for missing."""
    codes, values = pd.factorize(column)
    if len(values) == 0:
        return np.zeros(len(column), dtype=np.uint64)
    texts = np.array([str(value) for value in values], dtype=object)
    hashed = np.maximum(pd.util.hash_array(texts, categorize=False).astype(np.uint64), np.uint64(1))
    return np.append(hashed, np.uint64(0))[codes]


@dataclass(frozen=True)
class Blocks:
    """Both sides' keys and, per rule, the right rows in order of their key."""

    rules: tuple[BlockingRule, ...]
    left_keys: np.ndarray
    right_keys: np.ndarray
    largest: int
    is_self: bool

    def pairs(self, report: BlockReport) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(rule, left rows, right rows) in pieces of about a million pairs. Of a table against itself only left < right."""
        used = self.left_keys.copy()
        for place in range(len(self.rules)):
            made = 0
            keys = self.right_keys[place]
            order = np.argsort(keys, kind="stable")
            order = order[np.searchsorted(keys[order], np.uint64(1)) :]
            ranked = keys[order]
            wanted = self.left_keys[place]
            left = np.flatnonzero(wanted)
            first = np.searchsorted(ranked, wanted[left], side="left")
            last = np.searchsorted(ranked, wanted[left], side="right")
            size = last - first
            too_large = size > self.largest
            given_up, records = int(size[too_large].sum()), int(too_large.sum())
            used[place, left[too_large]] = 0  # a rule that a record does not use makes none of its pairs
            use = (size > 0) & ~too_large
            left, first, last, size = left[use], first[use], last[use], size[use]
            for a, b in _pieces(size):
                li, ri = self._fill(place, used, left[a:b], first[a:b], last[a:b], order)
                made += len(li)
                if len(li):
                    yield place, li, ri
            report.pairs.append(made)
            report.given_up.append(given_up)
            report.records_given_up.append(records)

    def _fill(
        self,
        place: int,
        used: np.ndarray,
        left: np.ndarray,
        first: np.ndarray,
        last: np.ndarray,
        order: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        total = int((last - first).sum())
        out_l, out_r = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
        n = k.fill_pairs(first, last, order, left, place, used, self.right_keys, out_l, out_r)
        li, ri = out_l[:n], out_r[:n]
        if not self.is_self:
            return li, ri
        half = li < ri
        return li[half], ri[half]


def _pieces(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of left rows whose blocks together hold about CHUNK pairs."""
    total = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        base = total[start - 1] if start else 0
        end = max(int(np.searchsorted(total, base + CHUNK, side="right")), start + 1)
        yield start, end
        start = end


def block(
    left: pd.DataFrame, right: pd.DataFrame | None, rules: Sequence[BlockingRule], largest: int
) -> Blocks:
    """Blocks of two tables, or of one against itself (`right` None)."""
    left_keys = keys_of(left, rules)
    right_keys = left_keys if right is None else keys_of(right, rules)
    return Blocks(tuple(rules), left_keys, right_keys, largest, right is None)
