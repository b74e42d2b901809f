"""Agreement patterns: the levels of all comparisons of a pair in one integer, and how many pairs show each."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from linkage.block import BlockReport, Blocks
from linkage.compare import Comparison
from linkage.errors import SpecError
from linkage.kernels import is_compiled
from linkage.prepare import Encoded, encode

THREADS = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """How levels are packed: comparison c counts `stride[c]`, has `size[c]` levels, the last being missing."""

    size: np.ndarray
    stride: np.ndarray

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> Layout:
        """Raises: SpecError when the comparisons have too many levels together for one integer."""
        if math.prod(len(c.levels) + 1 for c in comparisons) >= 2**62:
            raise SpecError("too many comparisons or levels for one agreement pattern")
        size = np.array([len(c.levels) + 1 for c in comparisons], dtype=np.int64)
        return cls(size, np.concatenate([[1], np.cumprod(size)[:-1]]).astype(np.int64))

    def unpack(self, patterns: np.ndarray) -> np.ndarray:
        """Levels, one row per pattern, one column per comparison."""
        return (patterns[:, None] // self.stride) % self.size


@dataclass(frozen=True)
class Pairing:
    """Two prepared tables: who is compared with whom, and how."""

    layout: Layout
    encoded: tuple[Encoded, ...]
    blocks: Blocks

    def patterns(self, li: np.ndarray, ri: np.ndarray) -> np.ndarray:
        """The pattern of each pair (int64)."""
        out = np.zeros(len(li), dtype=np.int64)
        for encoded, stride in zip(self.encoded, self.layout.stride):
            encoded.levels(li, ri, int(stride), out)
        return out

    def stream(self, report: BlockReport) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(rule, left rows, right rows, patterns) piece by piece, the comparing done by two threads, in a fixed order."""
        pieces = self.blocks.pairs(report)
        with ThreadPoolExecutor(THREADS) as pool:
            while batch := list(islice(pieces, THREADS)):
                found = pool.map(lambda piece: self.patterns(piece[1], piece[2]), batch)
                for (rule, li, ri), pattern in zip(batch, found):
                    yield rule, li, ri, pattern


def pairing(
    left: pd.DataFrame, right: pd.DataFrame, comparisons: Sequence[Comparison], blocks: Blocks
) -> Pairing:
    """Encode both tables for all comparisons."""
    if not is_compiled():
        log.info("compiling the comparers: the first run on this machine takes some seconds more")
    return Pairing(Layout.of(comparisons), tuple(encode(c, left, right) for c in comparisons), blocks)


@dataclass(frozen=True)
class Counts:
    """Distinct patterns as levels (one row each) with the number of pairs per rule (rules × patterns)."""

    levels: np.ndarray
    pairs: np.ndarray

    @property
    def total(self) -> int:
        return int(self.pairs.sum())


def count(pairs: Pairing, report: BlockReport) -> Counts:
    """Count patterns of all pairs, rule by rule."""
    rules = len(pairs.blocks.rules)
    found: list[dict[int, int]] = [{} for _ in range(rules)]
    for rule, _, _, pattern in pairs.stream(report):
        values, counts = np.unique(pattern, return_counts=True)
        known = found[rule]
        for value, number in zip(values.tolist(), counts.tolist()):
            known[value] = known.get(value, 0) + number
    every = np.array(sorted({value for known in found for value in known}), dtype=np.int64)
    table = np.zeros((rules, len(every)), dtype=np.float64)
    for rule, known in enumerate(found):
        if known:
            table[rule, np.searchsorted(every, sorted(known))] = [known[value] for value in sorted(known)]
    return Counts(pairs.layout.unpack(every), table)
