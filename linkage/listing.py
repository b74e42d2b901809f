"""The smaller side listed by block, past which the larger one streams, whole or in portions that fit a memory limit.

The sizes of all blocks are known before a pair is made, whatever the portions: the larger side's records are counted first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from linkage import sweep
from linkage.columns import THREADS, Job, Records
from linkage.keys import KeyJob, Numbering, Runs, keys_key
from linkage.oversize import Split, too_large
from linkage.spec import BlockingRule

Beside = Callable[[Records, KeyJob | None], list[Job]]
"""What else is to be made of a table while it is read, and looked up by a job (None: listed)."""
Streams = Callable[[], Iterator[tuple[Records, np.ndarray]]]
"""The larger side's portions and their records' blocks, as often as it is called."""


class Listing:
    """`numbers`: the block of each record of the smaller side under each rule (rules × rows, −1 none).

    `starts`, `ids`: rows of block b are `ids[starts[b]:starts[b + 1]]`. `given_up`, `records_given_up`: per rule, pairs and left records of blocks
    that stay too large. `pairs_of`: per rule, its pairs. The last four are known once it is settled.
    """

    def __init__(
        self, rules: tuple[BlockingRule, ...], own: Records, is_left: bool, tagged: bool, beside: Beside
    ) -> None:
        keys = own.made.get(keys_key(rules))
        if keys is None:
            job = KeyJob(own, rules, tagged=[(0, len(own))] if tagged else None)
            own.run(job, *beside(own, None))
            keys = job.keys
        self.rules, self.own, self.is_left = rules, own, is_left
        self._known = Numbering(keys)
        self.numbers, self._total = self._known.numbers, int(self._known.first[-1])
        self._splits: list[tuple[Split, int]] = []
        self.given_up = self.records_given_up = (0,) * len(rules)
        self.starts, self.ids, self.pairs_of = np.zeros(1, np.int32), np.zeros(0, np.int32), (0,) * len(rules)

    def look_up(self, other: Records, tagged: Runs | None, beside: Beside) -> np.ndarray:
        """Blocks of the other side's records, as they were numbered first."""
        keys = other.made.get(keys_key(self.rules))
        if keys is not None:
            numbers = np.empty(keys.shape, np.int32)
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(self._known.look_up, range(len(keys)), keys, numbers))
            return numbers
        job = KeyJob(other, self.rules, known=self._known, tagged=tagged)
        other.run(job, *beside(other, job))
        return job.numbers

    def settle(self, streams: Streams | None, largest: int) -> None:
        """Count all blocks, split those too large, and list the rows. `streams` None: the table streams past itself."""
        own = counted([self.numbers], self._total)
        other = own if streams is None else counted((numbers for _, numbers in streams()), self._total)
        lefts, rights = self._sides(own, other)
        over = too_large(lefts, rights, largest)
        pairs = lefts.astype(np.int64) * rights
        of_rules = np.diff(np.append(0, np.cumsum(pairs))[self._known.first])
        self.pairs_of = tuple(of_rules.tolist())
        if over.any():
            self._split(streams, over, np.append(pairs, 0), largest)
            own = counted([self.numbers], self._total)
        self.starts, self.ids = listed_rows(self.numbers, own)

    def _sides(self, own: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Left, right."""
        return (own, other) if self.is_left else (other, own)

    def _split(self, streams: Streams | None, over: np.ndarray, pairs: np.ndarray, largest: int) -> None:
        """Find finer blocks for those too large, and renumber the rows of the smaller side."""
        splits = [
            Split.of(self.rules, place, self.own, own, over)
            for place, own in enumerate(self.numbers)
            if over[own].any()
        ]
        owns = [np.bincount(s.known.numbers[0][s.known.numbers[0] >= 0], minlength=s.size) for s in splits]
        others = owns if streams is None else [np.zeros(s.size, np.int64) for s in splits]
        left_met = (
            [int(np.count_nonzero(over[own])) for own in self.numbers]
            if self.is_left
            else [0] * len(self.rules)
        )
        for table, numbers in streams() if streams else ():
            for split, counts in zip(splits, others):
                finer = split.finer(table, numbers[split.place])
                counts += np.bincount(finer[finer >= 0], minlength=split.size)
            if not self.is_left:
                left_met = [n + int(np.count_nonzero(over[own])) for n, own in zip(left_met, numbers)]
        given_up = [0] * len(self.rules)
        for split, own, other in zip(splits, owns, others):
            lefts, rights = self._sides(own, other)
            judged = split.judged(rights, largest)
            large = np.unique(self.numbers[split.place])
            kept = int((lefts.astype(np.int64) * rights)[judged.fits[:-1]].sum())
            given_up[split.place] = int(pairs[large[over[large]]].sum()) - kept
            self._splits.append((judged, self._total))
            judged.put(self.numbers[split.place], split.known.numbers[0], self._total)
            self._total += split.size
        self.pairs_of = tuple(of - lost for of, lost in zip(self.pairs_of, given_up))
        self.given_up, self.records_given_up = tuple(given_up), tuple(left_met)

    def renumber(self, other: Records, numbers: np.ndarray) -> None:
        """Put other records (in place) into the finer blocks."""
        for split, first in self._splits:
            own = numbers[split.place]
            split.put(own, split.finer(other, own), first)


def counted(sides: Sequence[np.ndarray] | Iterator[np.ndarray], total: int) -> np.ndarray:
    """Records of each block."""
    counts = np.zeros(total, np.int32)
    for numbers in sides:
        with ThreadPoolExecutor(
            THREADS
        ) as pool:  # no block is of two rules: no two threads count in one place
            list(pool.map(sweep.count_blocks, numbers, [counts] * len(numbers)))
    return counts


def listed_rows(numbers: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`Listing.starts` and `ids`."""
    starts = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=starts[1:])
    ids, ends = np.empty(int(starts[-1]), np.int32), starts[:-1].copy()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda own: sweep.list_rows(own, ends, ids), numbers))
    return starts, ids


__all__ = ["Beside", "Listing", "counted", "listed_rows"]
