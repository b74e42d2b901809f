"""Which pairs are compared: records that agree on all columns of a rule, each pair once.

Records of one key under a rule are a block, and blocks are numbered (`linkage.keys`). The sizes of all blocks are known before a pair is made: where a left
record would meet too many right ones under a rule, both must agree on one more column; where that is still too many, the block is given up. What was
given up is counted. The smaller side lies listed by block in memory, the other streams past it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from linkage import sweep
from linkage.columns import THREADS, Job, Records
from linkage.keys import KeyJob, sampled_runs
from linkage.later import pd
from linkage.listing import Beside, Listing, counted, listed_rows
from linkage.spec import BlockingRule

ROWS, MOST_ROWS = 1 << 15, 1 << 18
"""Of the streamed side in one task, and where they make few pairs."""
PAIRS_OF_TASK = 1 << 18
PAIRS = 1 << 13  # in a buffer: their records' lines fit a processor's second cache
KINDS = np.int32, np.int32, np.int16, np.int64
"""Of what tells pairs: two rows, rule, pattern."""
KEPT_BUFFERS = 4
NOTHING = np.zeros((1, 1), np.int64)
AS_THEY_COME = np.zeros(0, np.int32)
"""For an order of rows (see `Blocks.order`)."""
PAIRS_OF_ROW = 24
"""Of a streamed row, from which on it is worth while to order the rows: 11 pairs took a quarter longer for it, 40 a sixth less (2026-11-28)."""
SAMPLED_RECORDS = 10_000
"""Left records from whose pairs training tells how columns agree, about."""


@dataclass
class BlockReport:
    """Per rule: pairs that it was the first to make, pairs in blocks too large, left records that met such a block."""

    rules: list[str]
    pairs: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    records_given_up: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, rules: Sequence[BlockingRule]) -> BlockReport:
        """Nothing counted yet."""
        return cls([" + ".join(rule.columns) for rule in rules])

    @classmethod
    def uncounted(cls, rules: Sequence[BlockingRule]) -> BlockReport:
        """Of candidates that were put together from several runs: no number is known (−1)."""
        unknown = [-1] * len(rules)
        return replace(cls.of(rules), pairs=unknown, given_up=unknown, records_given_up=unknown)

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
class Buffers:
    """One thread's memory for sweeping (see `sweep.met`), used again and again: fresh memory is dear.

    `kept`: left rows, right rows, rules and patterns of the pairs that are handed out at a time.
    """

    seen: np.ndarray
    spans: np.ndarray
    stand: np.ndarray
    res: np.ndarray
    row: np.ndarray
    rules: np.ndarray
    patterns: np.ndarray
    kept: tuple[np.ndarray, ...]

    def begun(self, row: int) -> np.ndarray:
        """Where a sweep stands that begins at a row. Turns go on from those of the sweep before, which `seen` still notes."""
        self.stand[: sweep.TURN] = row, *sweep.AT_START
        return self.stand

    @classmethod
    def of(cls, resident: int, rules: int) -> Buffers:
        """For so many resident rows and rules."""
        seen, spans = np.zeros(resident, np.uint16), np.empty((rules + 1, sweep.BATCH), np.int64)
        res, row, rule, patterns = (np.empty(PAIRS, kind) for kind in KINDS)
        kept = tuple(np.empty(KEPT_BUFFERS * PAIRS, kind) for kind in KINDS)
        return cls(seen, spans, np.zeros(sweep.TURN + 1, np.int64), res, row, rule, patterns, kept)


@dataclass(frozen=True)
class Blocks:
    """Both sides' records by block.

    `resident`, `streamed`: number of each record's block under each rule (rules × rows, −1 none); of one table against itself they are the same.
    `starts`, `ids`: the resident rows of block b are `ids[starts[b]:starts[b + 1]]`. `given_up`, `records_given_up`: per rule, pairs and left records (see
    `BlockReport`). `pairs_of`: pairs of each rule (of a portion: its share); one of several rules counts for each.
    """

    rules: tuple[BlockingRule, ...]
    resident: np.ndarray
    streamed: np.ndarray
    starts: np.ndarray
    ids: np.ndarray
    is_left_resident: bool
    is_self: bool
    given_up: tuple[int, ...] = ()
    records_given_up: tuple[int, ...] = ()
    pairs_of: tuple[int, ...] = ()

    @classmethod
    def of(cls, listing: Listing, streamed: np.ndarray) -> Blocks:
        """Of a listing and the records that stream past it (its own for a table against itself)."""
        return cls(
            listing.rules,
            listing.numbers,
            streamed,
            listing.starts,
            listing.ids,
            listing.is_left,
            streamed is listing.numbers,
            listing.given_up,
            listing.records_given_up,
            listing.pairs_of,
        )

    @classmethod
    def none(cls) -> Blocks:
        """For pairs that are given, not made."""
        nothing = np.zeros((0, 0), np.int32)
        return cls((), nothing, nothing, np.zeros(1, np.int32), np.zeros(0, np.int32), True, False)

    @property
    def left(self) -> np.ndarray:
        """Blocks of the left records."""
        return self.resident if self.is_left_resident else self.streamed

    @property
    def right(self) -> np.ndarray:
        """Blocks of the right records."""
        return self.streamed if self.is_left_resident else self.resident

    @property
    def pairs_made(self) -> int:
        """Pairs of all rules, those of several counted for each."""
        return sum(self.pairs_of)

    def order(self) -> np.ndarray:
        """The streamed rows, block by block of the rule that makes most pairs, so that the resident ones whom a row meets are mostly in a processor's cache already.

        Nothing (as they come) where rows make few pairs.
        """
        rows = self.streamed.shape[1]
        ways = 2 if self.is_self else 1  # a pair of one table stands in its block both ways round
        if self.pairs_made <= ways * PAIRS_OF_ROW * rows:
            return AS_THEY_COME
        numbers = self.streamed[int(np.argmax(self.pairs_of))]
        _, listed = listed_rows(numbers[None], counted([numbers[None]], len(self.starts) - 1))
        return np.concatenate([listed, np.flatnonzero(numbers < 0).astype(np.int32)])

    def tasks(self) -> list[tuple[int, int]]:
        """Ranges of streamed rows."""
        rows = self.streamed.shape[1]
        few = rows * PAIRS_OF_TASK // max(self.pairs_made, 1)
        size = min(max(few, ROWS), MOST_ROWS, max(-(-rows // THREADS), ROWS))
        return [(at, min(at + size, rows)) for at in range(0, rows, size)]

    def sample(self, every: int) -> tuple[list[tuple[int, int]], float]:
        """Ranges of streamed rows, one in `every` (see `keys.sampled_runs`), and the share of the rows that they are."""
        runs, share = sampled_runs(self.streamed.shape[1], every)
        return (runs, share) if share < 1 else (self.tasks(), share)

    def note(self, report: BlockReport, made: np.ndarray) -> None:
        """Write what was made and given up into a report."""
        nothing = (0,) * len(self.rules)
        report.pairs += made.tolist()
        report.given_up += self.given_up or nothing
        report.records_given_up += self.records_given_up or nothing

    def swept(
        self, lo: int, hi: int, made: np.ndarray, use: Buffers, near: np.ndarray = NOTHING
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(left rows, right rows, rules) of the streamed rows lo to hi, a buffer at a time.

        `made`: adds to pairs per rule. `near`: what will be read of the resident records (a row each), fetched while their pairs are made.
        Of a table against itself only left < right.
        """
        stand = use.begun(lo)
        left, right = (use.res, use.row) if self.is_left_resident else (use.row, use.res)
        while stand[sweep.ROW] < hi:
            n = sweep.probe(
                hi, self.streamed, AS_THEY_COME, self.starts, self.ids, self.is_self, near, NOTHING, use.seen, use.spans, stand, use.res, use.row, use.rules, made
            )  # fmt: skip
            if n:
                yield left[:n], right[:n], use.rules[:n]

    def buffers(self) -> Buffers:
        """What one thread needs to sweep any rows."""
        return Buffers.of(self.resident.shape[1], len(self.rules))

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


def nothing_more(_: Records, __: KeyJob | None) -> list[Job]:
    """No further jobs."""
    return []


def block(
    left: Records,
    right: Records | None,
    rules: Sequence[BlockingRule],
    largest: int,
    *,
    tagged: bool = False,
    beside: Beside = nothing_more,
) -> Blocks:
    """Blocks of two tables, or of one against itself (`right` None), made once; those too large are split.

    `tagged`: keep tags of a sample (see `keys.Tags`). `beside`: what else is to be made of a table while it is read.
    """

    def make() -> Blocks:
        is_left_resident = right is None or len(left) <= len(right)
        own, other = (left, right) if right is None or is_left_resident else (right, left)
        listing = Listing(tuple(rules), own, is_left_resident, tagged, beside)
        if other is None:
            listing.settle(None, largest)
            return Blocks.of(listing, listing.numbers)
        runs = sampled_runs(len(other), len(left) // SAMPLED_RECORDS)[0] if tagged else None
        numbers = listing.look_up(other, runs, beside)
        listing.settle(lambda: iter([(other, numbers)]), largest)
        listing.renumber(other, numbers)
        return Blocks.of(listing, numbers)

    found: Blocks = left.once(("blocks", right, tuple(rules), largest), make)
    return found


def block_in_portions(
    left: Records,
    right: Records,
    rules: Sequence[BlockingRule],
    largest: int,
    portions: Sequence[Records],
    beside: Beside,
) -> Callable[[Records], Blocks]:
    """What gives the blocks of a portion of the larger table and the smaller one, as `block` makes them of the whole; all portions are counted first."""
    is_left_resident = len(left) <= len(right)
    listing = Listing(tuple(rules), left if is_left_resident else right, is_left_resident, False, beside)

    def streams() -> Iterator[tuple[Records, np.ndarray]]:
        return ((portion, listing.look_up(portion, None, nothing_more)) for portion in portions)

    larger = max(len(left), len(right))

    def blocks_of(portion: Records) -> Blocks:
        numbers = listing.look_up(portion, None, beside)
        listing.renumber(portion, numbers)
        blocks = Blocks.of(listing, numbers)
        return replace(blocks, pairs_of=tuple(n * len(portion) // larger for n in blocks.pairs_of))

    listing.settle(streams, largest)
    return blocks_of


__all__ = ["BlockReport", "Blocks", "Buffers", "block", "block_in_portions", "by_rule"]
