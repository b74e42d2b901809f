"""Agreement patterns: the levels of all comparisons of a pair in one integer, and how many pairs show each."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from linkage import sweep
from linkage.block import BlockReport, Blocks
from linkage.columns import Records
from linkage.compare import Comparison
from linkage.errors import SpecError
from linkage.kernels import is_compiled
from linkage.lines import FastEncoded, Lines, Plan, pack, plan
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
class Fast:
    """What the ops compare: both tables' lines, and the plan of their words."""

    made: Plan
    left: Lines
    right: Lines


@dataclass(frozen=True)
class Filter:
    """Which pairs are worth keeping: those that may weigh `floor` bits.

    `bits`: per op and level. `terms`: per op its column of `term_bits`, or −1. `term_bits`: left records × term comparisons, added at level 0;
    `most` bounds their sum.
    """

    bits: np.ndarray
    terms: np.ndarray
    term_bits: np.ndarray
    most: float
    floor: float


EVERYTHING = Filter(np.zeros((1, 1)), np.full(64, -1), np.zeros((1, 1)), 0.0, -np.inf)


@dataclass(frozen=True)
class Pairing:
    """Two prepared tables: who is compared with whom, and how."""

    layout: Layout
    encoded: tuple[Encoded | FastEncoded, ...]
    blocks: Blocks
    fast: Fast

    @property
    def slow(self) -> list[tuple[Encoded | FastEncoded, int]]:
        """Comparisons that no op does, with their strides."""
        done = set(self.fast.made.places)
        return [
            (e, int(s)) for n, (e, s) in enumerate(zip(self.encoded, self.layout.stride)) if n not in done
        ]

    def patterns(self, li: np.ndarray, ri: np.ndarray) -> np.ndarray:
        """The pattern of each pair (int64)."""
        out, fast = np.zeros(len(li), dtype=np.int64), self.fast
        a, b, made = fast.left, fast.right, fast.made
        sweep.compare_pairs(li, ri, a.words, b.words, a.heap, b.heap, made.ops, made.steps, made.ints, out)
        self.finish(li, ri, out)
        return out

    def finish(self, li: np.ndarray, ri: np.ndarray, patterns: np.ndarray) -> None:
        """Add what the ops left out."""
        for encoded, stride in self.slow:
            encoded.levels(li, ri, stride, patterns)

    def swept(self, lo: int, hi: int, made: np.ndarray, wanted: Filter | None) -> Any:
        """One task of the sweep: counted when `wanted` is None, else filtered by it. See `sweep.sweep`."""
        blocks, fast = self.blocks, self.fast
        index, use = blocks.index, wanted or EVERYTHING
        own, other = (fast.left, fast.right) if blocks.is_left_resident else (fast.right, fast.left)
        bits = (
            use.bits if wanted is not None and len(use.bits) > 1 else np.zeros((len(fast.made.ops) + 1, 64))
        )
        return sweep.sweep(
            lo, hi, blocks.streamed, index.tables, index.ids, index.slots, blocks.is_self, blocks.is_left_resident, wanted is None,
            own.words, own.heap, other.words, other.heap, fast.made.ops, fast.made.steps, fast.made.ints,
            bits, use.terms, use.term_bits, use.most, use.floor, made,
        )  # fmt: skip

    def kept(
        self, wanted: Filter, made: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """(left rows, right rows, patterns, rules) of the pairs that pass the filter, task by task, in a fixed order; `made` counts all pairs."""
        tasks = self.blocks.tasks()
        left, right = (0, 1) if self.blocks.is_left_resident else (1, 0)
        _ = self.blocks.index

        def one(task: tuple[int, int]) -> tuple[np.ndarray, ...]:
            own = np.zeros_like(made)
            _, _, kept, rule_of, n = self.swept(*task, own, wanted)
            li, ri = kept[:n, left].astype(np.int32), kept[:n, right].astype(np.int32)
            patterns = kept[:n, 2].copy()
            self.finish(li, ri, patterns)
            return li, ri, patterns, rule_of[:n], own

        with ThreadPoolExecutor(THREADS) as pool:
            for at in range(0, len(tasks), 2 * THREADS):
                for li, ri, patterns, rule_of, own in pool.map(one, tasks[at : at + 2 * THREADS]):
                    made += own
                    yield li, ri, patterns, rule_of

    def stream(self, report: BlockReport) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(rule, left rows, right rows, patterns) of all pairs piece by piece."""
        made = np.zeros(len(self.blocks.rules), np.int64)
        for li, ri, patterns, rule_of in self.kept(EVERYTHING, made):
            for rule in np.unique(rule_of).tolist():
                rows = rule_of == rule
                yield rule, li[rows], ri[rows], patterns[rows]
        self.blocks.note(report, made)


def pairing(left: Records, right: Records, comparisons: Sequence[Comparison], blocks: Blocks) -> Pairing:
    """Prepare both tables for all comparisons."""
    if not is_compiled():
        log.info("compiling the comparers: the first run on this machine takes some seconds more")
    layout = Layout.of(comparisons)
    made = plan(comparisons, layout.stride, (left, right))
    a = pack(made, left)
    b = a if right is left else pack(made, right)
    rows = {place: row for row, place in enumerate(made.places)}
    encoded = tuple(
        FastEncoded(c, (a, b), (left, right), made, rows[place]) if place in rows else encode(c, left, right)
        for place, c in enumerate(comparisons)
    )
    return Pairing(layout, encoded, blocks, Fast(made, a, b))


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
    made = np.zeros(rules, np.int64)
    patterns, table = _counted_by_ops(pairs, made) if not pairs.slow else _counted(pairs, made)
    pairs.blocks.note(report, made)
    every, at = np.unique(patterns, return_inverse=True)
    whole = np.zeros((len(every), rules))
    np.add.at(whole, at, table)
    return Counts(pairs.layout.unpack(every), whole.T.copy())


def _counted_by_ops(pairs: Pairing, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patterns and their pairs per rule, counted within the sweep (a pattern may come several times)."""
    _ = pairs.blocks.index

    def one(task: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own = np.zeros_like(made)
        known, counts, _, _, _ = pairs.swept(*task, own, None)
        seen = np.flatnonzero(known)
        return known[seen] - 1, counts[seen], own

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(one, pairs.blocks.tasks()))
    for _, _, own in found:
        made += own
    none = np.zeros(0, np.int64)
    return np.concatenate([none, *(f[0] for f in found)]), np.concatenate(
        [np.zeros((0, len(made))), *(f[1] for f in found)]
    )


def _counted(pairs: Pairing, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same where some comparisons are done after the sweep."""
    patterns, tables = [np.zeros(0, np.int64)], [np.zeros((0, len(made)))]
    for _, _, found, rule_of in pairs.kept(EVERYTHING, made):
        distinct, at = np.unique(found, return_inverse=True)
        table = np.bincount(at * len(made) + rule_of, minlength=len(distinct) * len(made))
        patterns.append(distinct)
        tables.append(table.reshape(-1, len(made)).astype(float))
    return np.concatenate(patterns), np.concatenate(tables)
