"""The candidates of two tables: all at once, or the larger table in portions that fit a memory limit. Both give the same.

Beside the numbers of a portion and of the smaller table, what is read takes about READING bytes while it is made into numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from linkage.block import BlockReport, Blocks, block_in_portions
from linkage.candidates import Candidates
from linkage.columns import Records
from linkage.lines import plan
from linkage.model import Model
from linkage.patterns import Layout, Pairing, lines_for, matched, pairing
from linkage.score import BEST, Scorer
from linkage.spec import LinkSpec

READING = 140 << 20
NUMBER, LISTED = (
    4,
    40,
)  # bytes of a block's number; of a record of the smaller table and a rule, while it is listed

Rows = tuple[np.ndarray, np.ndarray]
Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Left rows, right rows → match weights."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """Rows (n × 2: left, right) of pairs that people decided: one person, or not."""

    must: np.ndarray
    apart: np.ndarray

    def within(self, lefts: tuple[int, int], rights: tuple[int, int]) -> Told:
        """Those among some rows of both tables, numbered from their first."""
        found = []
        for rows in (self.must, self.apart):
            inside = [
                (lo <= rows[:, side]) & (rows[:, side] < hi) for side, (lo, hi) in enumerate((lefts, rights))
            ]
            found.append(rows[inside[0] & inside[1]] - np.array([lefts[0], rights[0]], np.int32))
        return Told(*found)


@dataclass(frozen=True)
class Found:
    """`scorer_of` gives, for a pair of rows, what scores it and its rows there;
    `pairing` both tables whole, which after a search in portions are read anew."""

    candidates: Candidates
    report: BlockReport
    scorer_of: Callable[[int, int], tuple[Scorer, np.ndarray, np.ndarray]]
    pairing: Callable[[], Pairing]


def search(
    model: Model, left: Records, right: Records | None, told: Told, memory_limit: int | None = None
) -> Found:
    """The best candidates of every left record (all pairs of one table, when `right` is None)."""
    spec = model.spec
    report = BlockReport.of(spec.blocking_rules)
    if memory_limit is not None and right is not None:
        larger = right if len(left) <= len(right) else left
        portions = larger.portions(rows_within(memory_limit, spec, left, right))
        if len(portions) > 1:
            return _in_portions(model, left, right, told, portions, report)
    scorer = Scorer(model, matched(left, right, spec, told=(told.must[:, 0], told.must[:, 1])))
    found = as_told(
        scorer.candidates(report, best=BEST if right is not None else None), _weigher(scorer), told
    )

    def scorer_of(li: int, ri: int) -> tuple[Scorer, np.ndarray, np.ndarray]:
        pair = _pair(li, ri)
        if right is None or scorer.pairs.has(*pair):
            return scorer, *pair
        return _alone(model, left, right, li, ri)

    return Found(found, report, scorer_of, lambda: scorer.pairs)


def rows_within(limit: int, spec: LinkSpec, left: Records, right: Records) -> int:
    """How many rows of the larger table fit beside the smaller one."""
    made = plan(spec.comparisons, Layout.of(spec.comparisons).stride, (left, right))
    slow = len(spec.comparisons) - len(made.places)
    of_row = len(spec.blocking_rules) + 1 + 2 * slow  # its blocks, and a place in their order
    row = 8 * made.words + NUMBER * of_row
    smaller = min(len(left), len(right)) * (row + LISTED * len(spec.blocking_rules))
    rows = (
        limit - READING - smaller - 2 * 8 * (len(left) + len(right))
    ) // row  # ids are kept, and looked up
    if rows < 1:
        log.warning("the smaller table alone takes more than the memory limit")
    return max(int(rows), 1)


def _in_portions(
    model: Model, left: Records, right: Records, told: Told, portions: list[Records], report: BlockReport
) -> Found:
    spec = model.spec
    beside = lines_for(spec, (left, right))
    blocks_of = block_in_portions(left, right, spec.blocking_rules, spec.largest_block, portions, beside)
    found: list[Candidates] = []
    made: list[list[int]] = []
    for portion in portions:
        some, own = _of_portion(model, left, right, told, portion, blocks_of)
        found, made = [_best([*found, some])], [*made, own.pairs]
        portion.made.clear()
    report.pairs, report.given_up, report.records_given_up = (
        np.sum(made, axis=0).tolist(),
        own.given_up,
        own.records_given_up,
    )
    return Found(
        found[0],
        report,
        lambda li, ri: _alone(model, left, right, li, ri),
        lambda: matched(left, right, spec),
    )


def _of_portion(
    model: Model,
    left: Records,
    right: Records,
    told: Told,
    portion: Records,
    blocks_of: Callable[[Records], Blocks],
) -> tuple[Candidates, BlockReport]:
    """Candidates of one portion, and what its rules made."""
    is_left_whole = len(left) <= len(right)
    sides = (left, portion) if is_left_whole else (portion, right)
    ranges = [(table.begins, table.begins + len(table)) for table in sides]
    scorer = Scorer(model, pairing(*sides, model.spec.comparisons, blocks_of(portion)))
    report = BlockReport([])
    found = as_told(scorer.candidates(report), _weigher(scorer), told.within(ranges[0], ranges[1]))
    side = "right" if is_left_whole else "left"
    found = replace(found, **{side: getattr(found, side) + np.int32(portion.begins)})
    whole = left if is_left_whole else right
    for key in [key for key in whole.made if portion in key]:
        del whole.made[key]
    return found, report


def _best(found: list[Candidates]) -> Candidates:
    """Each left record's best, and all that were told."""
    every = Candidates.joined(found)
    return Candidates.joined([every.take(~every.told).best(BEST), every.take(every.told)]).best(None)


def _alone(
    model: Model, left: Records, right: Records, li: int, ri: int
) -> tuple[Scorer, np.ndarray, np.ndarray]:
    """A scorer of one pair, read again."""
    sides = left.row(li), right.row(ri)
    return Scorer(model, matched(*sides, model.spec)), *_pair(0, 0)


def _pair(li: int, ri: int) -> Rows:
    return np.array([li], np.int32), np.array([ri], np.int32)


def _weigher(scorer: Scorer) -> Weigh:
    return lambda li, ri: scorer.weights(li, ri, scorer.pairs.patterns(li, ri))


def as_told(found: Candidates, weigh: Weigh, told: Told) -> Candidates:
    """Candidates after people's word: must-links (weighed like any pair) are told, cannot-links are gone."""
    if not len(told.must) and not len(told.apart):
        return found
    key = found.left.astype(np.int64) << 32 | found.right
    taken = np.concatenate([told.must, told.apart]).astype(np.int64)
    rest = found.take(~np.isin(key, taken[:, 0] << 32 | taken[:, 1]))
    if not len(told.must):
        return rest
    li, ri = told.must[:, 0], told.must[:, 1]
    return Candidates.joined([rest, Candidates.of(li, ri, weigh(li, ri), told=True)]).best(None)


__all__ = ["Found", "Told", "as_told", "rows_within", "search"]
