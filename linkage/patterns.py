"""Agreement patterns: the levels of all comparisons of a pair in one integer, and how many pairs show each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from linkage import ops, sweep, tally
from linkage.block import AS_THEY_COME, KINDS, BlockReport, Blocks, Buffers, block
from linkage.columns import THREADS, Job, Records
from linkage.compare import Comparison
from linkage.errors import SpecError
from linkage.keys import KeyJob
from linkage.lines import FastEncoded, Lines, PackJob, Plan, lines_key, pack, plan
from linkage.listing import Beside
from linkage.prepare import Encoded, encode
from linkage.spec import LinkSpec

MEMO, FIRST_TALLY = 4096, 4096
COUNTED_PAIRS = 1_500_000
"""Pairs that training counts, more or less: of more, an even sample tells as much."""

_NOTHING = tuple(np.zeros(0, kind) for kind in KINDS)


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

    def compare(self, li: np.ndarray, ri: np.ndarray, table: np.ndarray, patterns: np.ndarray) -> None:
        """Add the levels of some ops to pairs' patterns."""
        a, b, made = self.left, self.right, self.made
        ops.compare_pairs(li, ri, a.words, b.words, a.heap, b.heap, table, made.steps, made.ints, patterns)


@dataclass(frozen=True)
class Step:
    """After the first `compared` ops: pairs are given up whose levels so far weigh less than `floor` bits, terms (`most` at most) included."""

    compared: int
    most: float
    floor: float


@dataclass(frozen=True)
class Filter:
    """Which pairs are worth comparing further, and keeping at last.

    `order`: the ops in the order in which they are compared. `bits`: per op (in that order) and level. `terms`: per op its column of `term_bits`, or
    −1. `term_bits`: left records × term comparisons, added at level 0.
    """

    order: np.ndarray
    bits: np.ndarray
    terms: np.ndarray
    term_bits: np.ndarray
    steps: tuple[Step, ...]


class Choice:
    """A filter at work on one task, with the sums of the patterns that it met lately. `order`: see `Blocks.order`."""

    def __init__(self, wanted: Filter, fast: Fast, blocks: Blocks, order: np.ndarray) -> None:
        made, steps = fast.made, wanted.steps
        self._blocks, self._order = blocks, order
        self._lines = fast.left.words, fast.right.words, fast.left.heap, fast.right.heap
        self._ops = np.ascontiguousarray(made.ops[wanted.order]), made.steps, made.ints
        self._steps = (
            np.array([step.compared for step in steps], np.int64),
            np.array([step.most for step in steps], float),
            np.array([step.floor for step in steps], float),
        )
        self._bits = wanted.bits, wanted.terms, wanted.term_bits
        places = MEMO * len(steps)
        self._memo = np.full((places, 2), -1, np.int64), np.zeros(places)

    def of(self, lo: int, hi: int, made: np.ndarray, use: Buffers) -> Iterator[tuple[np.ndarray, ...]]:
        """(left rows, right rows, rules, patterns by the ops) of the pairs of the streamed rows at lo to hi that pass. `made` adds to all pairs per rule."""
        blocks, rows, streamed = self._blocks, AS_THEY_COME, self._blocks.streamed
        if len(self._order):
            rows = self._order[lo:hi]
            streamed, lo, hi = np.take(streamed, rows, axis=1, mode="clip"), 0, hi - lo
        stand = use.begun(lo)
        sides = streamed, rows, blocks.starts, blocks.ids, blocks.is_self
        buffers = use.seen, use.spans, stand, use.res, use.row, use.rules, made, use.patterns
        while stand[sweep.ROW] < hi:
            n = tally.sift_rows(
                hi, *sides, *buffers, blocks.is_left_resident, *use.kept, *self._lines, *self._ops, *self._steps, *self._bits, *self._memo
            )  # fmt: skip
            yield tuple(part[:n].copy() for part in use.kept)


class Tally:
    """Pairs counted by pattern and rule."""

    def __init__(self, rules: int) -> None:
        self._known, self._counts = np.zeros(FIRST_TALLY, np.int64), np.zeros((FIRST_TALLY, rules), np.int64)
        self._used = np.zeros(1, np.int64)

    def add(self, patterns: np.ndarray, rules: np.ndarray) -> None:
        """Count some pairs."""
        while len(patterns):
            n = tally.count(patterns, rules, len(patterns), self._known, self._counts, self._used)
            patterns, rules = patterns[n:], rules[n:]
            if len(patterns):
                size = 4 * len(self._known)
                known, counts = np.zeros(size, np.int64), np.zeros((size, self._counts.shape[1]), np.int64)
                tally.move(self._known, self._counts, known, counts)
                self._known, self._counts = known, counts

    @property
    def found(self) -> tuple[np.ndarray, np.ndarray]:
        """Distinct patterns, and their pairs per rule (patterns × rules)."""
        seen = np.flatnonzero(self._known)
        return self._known[seen] - 1, self._counts[seen]


@dataclass(frozen=True)
class Pairing:
    """Two prepared tables: who is compared with whom, and how."""

    layout: Layout
    encoded: tuple[Encoded | FastEncoded, ...]
    blocks: Blocks
    fast: Fast

    @property
    def near(self) -> np.ndarray:
        """Lines of the resident side."""
        return (self.fast.left if self.blocks.is_left_resident else self.fast.right).words

    def has(self, li: np.ndarray, ri: np.ndarray) -> bool:
        """Whether there are lines of some rows."""
        sides = ((self.fast.left.has, li), (self.fast.right.has, ri))
        return all(has is None or bool(has[rows].all()) for has, rows in sides)

    @property
    def slow(self) -> list[tuple[Encoded, int]]:
        """Comparisons that no op does, with their strides."""
        return [(e, int(s)) for e, s in zip(self.encoded, self.layout.stride) if isinstance(e, Encoded)]

    def patterns(self, li: np.ndarray, ri: np.ndarray) -> np.ndarray:
        """The pattern of each pair (int64)."""
        li, ri = np.ascontiguousarray(li, np.int32), np.ascontiguousarray(ri, np.int32)
        out = np.zeros(len(li), dtype=np.int64)
        self.fast.compare(li, ri, self.fast.made.ops, out)
        self.finish(li, ri, out)
        return out

    def finish(self, li: np.ndarray, ri: np.ndarray, patterns: np.ndarray) -> None:
        """Add what the ops left out."""
        for encoded, stride in self.slow:
            encoded.levels(li, ri, stride, patterns)

    def compared(
        self, lo: int, hi: int, made: np.ndarray, use: Buffers
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """(left rows, right rows, rules, patterns by the ops) of some streamed rows: see `Blocks.swept`."""
        for li, ri, rules in self.blocks.swept(lo, hi, made, use, self.near):
            patterns = use.patterns[: len(li)]
            patterns[:] = 0
            self.fast.compare(li, ri, self.fast.made.ops, patterns)
            yield li, ri, rules, patterns

    def kept(
        self, wanted: Filter | None, made: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """(left rows, right rows, patterns, rules) of the pairs that pass the filter (all without one), task by task in a fixed order.

        `made` counts all pairs per rule.
        """
        tasks = self.blocks.tasks()
        order = AS_THEY_COME if wanted is None else self.blocks.order()
        free = [self.blocks.buffers() for _ in range(THREADS)]

        def one(task: tuple[int, int]) -> tuple[np.ndarray, ...]:
            own, use = np.zeros_like(made), free.pop()
            found = [_NOTHING]
            if wanted is None:
                found += [tuple(part.copy() for part in each) for each in self.compared(*task, own, use)]
            else:
                found += Choice(wanted, self.fast, self.blocks, order).of(*task, own, use)
            free.append(use)
            li, ri, rules, patterns = map(np.concatenate, zip(*found))
            self.finish(li, ri, patterns)
            return li, ri, patterns, rules, own

        with ThreadPoolExecutor(THREADS) as pool:
            for at in range(0, len(tasks), 2 * THREADS):
                for li, ri, patterns, rules, own in pool.map(one, tasks[at : at + 2 * THREADS]):
                    made += own
                    yield li, ri, patterns, rules

    def stream(self, report: BlockReport) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(rule, left rows, right rows, patterns) of all pairs piece by piece."""
        made = np.zeros(len(self.blocks.rules), np.int64)
        for li, ri, patterns, rule_of in self.kept(None, made):
            for rule in np.unique(rule_of).tolist():
                rows = rule_of == rule
                yield rule, li[rows], ri[rows], patterns[rows]
        self.blocks.note(report, made)


def matched(
    left: Records,
    right: Records | None,
    spec: LinkSpec,
    *,
    tagged: bool = False,
    told: tuple[np.ndarray, np.ndarray] | None = None,
) -> Pairing:
    """Block two tables, or one against itself (`right` None), and make their lines, each table read once for all of it.

    `tagged`: see `block`. `told`: left and right rows that are compared though no rule brings them; with it the larger table has no lines but of these and of
    what is in a block.
    """
    tables = (left, left if right is None else right)
    larger = int(right is not None and len(left) <= len(right))
    beside = lines_for(spec, tables, told[larger] if told and right is not None else None)
    blocks = block(left, right, spec.blocking_rules, spec.largest_block, tagged=tagged, beside=beside)
    found = pairing(*tables, spec.comparisons, blocks)
    for table, lines in zip(tables, (found.fast.left, found.fast.right)):
        if lines.has is not None:  # of some rows alone: not for whoever compares the table next
            table.made.pop(lines_key(found.fast.made), None)
    return found


def lines_for(spec: LinkSpec, tables: Sequence[Records], told: np.ndarray | None = None) -> Beside:
    """What makes a table's lines while it is read; `tables` tell how its words are planned. `told`: see `matched`."""
    made = plan(spec.comparisons, Layout.of(spec.comparisons).stride, tables)

    def beside(table: Records, keys: KeyJob | None) -> list[Job]:
        if lines_key(made) in table.made:
            return []
        return [PackJob(made, table, None if told is None or keys is None else (keys, told))]

    return beside


def pairing(left: Records, right: Records, comparisons: Sequence[Comparison], blocks: Blocks) -> Pairing:
    """Prepare both tables for all comparisons."""
    layout = Layout.of(comparisons)
    made = plan(comparisons, layout.stride, (left, right))
    a = pack(made, left)
    b = a if right is left else pack(made, right)
    rows = {place: row for row, place in enumerate(made.places)}
    encoded = tuple(
        FastEncoded(c, (a, b), (left, right), made, rows[place])
        if place in rows
        else left.once(("encoded", c, right), partial(encode, c, left, right))
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


def count(pairs: Pairing, groups: np.ndarray | None = None, number: int = 1) -> Counts:
    """Count patterns of all pairs, rule by rule; above COUNTED_PAIRS those of an even sample of the streamed rows, scaled up.

    `groups`: of which of `number` groups each left record is; each has rows of its own then, the first group's rules, the second's and so on.
    """
    rules, blocks = len(pairs.blocks.rules), pairs.blocks
    tasks, share = blocks.sample(-(-blocks.pairs_made // COUNTED_PAIRS))
    left = iter(tasks)
    first = None if groups is None else (groups * rules).astype(np.int16)

    def work(_: int) -> Tally:
        own, made, use = Tally(rules * number), np.zeros(rules, np.int64), blocks.buffers()
        for task in left:
            for li, ri, rule_of, patterns in pairs.compared(*task, made, use):
                pairs.finish(li, ri, patterns)
                own.add(patterns, rule_of if first is None else rule_of + first[li])
        return own

    with ThreadPoolExecutor(THREADS) as pool:
        found = [own.found for own in pool.map(work, range(THREADS))]
    every, at = np.unique(np.concatenate([patterns for patterns, _ in found]), return_inverse=True)
    whole = np.zeros((len(every), rules * number))
    np.add.at(whole, at, np.concatenate([counts for _, counts in found]))
    return Counts(pairs.layout.unpack(every), whole.T / share)
