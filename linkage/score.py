"""Patterns → match weights, and a record's candidates → probabilities.

    match_weight = log2(π / n) + Σ log2(m / u) + term frequency − log2(1 + relatives' odds)

with π the share of left records that are on the right table and n its size. The last part is the third class: how much better "another person of the
same household" explains the pair than "a stranger". A record's candidates compete with each other and with "not there":
p_j = o_j / [(1 − π) + π(1 − Z) + Σ o_k], Z being the share of matches that blocking catches, so that two rows for one person share what they
deserve and nobody's relatives stand in for them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from linkage.block import BlockReport
from linkage.candidates import Candidates
from linkage.columns import THREADS
from linkage.memory import give_back
from linkage.model import Model
from linkage.patterns import Filter, Pairing, Step
from linkage.shares import shares_of

KEPT_BITS = -8.0
BEST = 5
SLACK = 1e-6  # bits, for sums taken in another order
HELD = 5_000_000  # candidates in memory before only the best are kept


@dataclass(frozen=True)
class Terms:
    """Per comparison with term frequencies: extra bits of exact agreement on each left record's value."""

    place: int
    bits: np.ndarray


class Scorer:
    """Scores pairs of two prepared tables with a frozen model."""

    def __init__(self, model: Model, pairs: Pairing) -> None:
        self.model = model
        self.pairs = pairs
        self._m = [np.append(np.log2(row), 0.0) for row in map(np.asarray, model.m)]
        self._u = [np.append(np.log2(row), 0.0) for row in map(np.asarray, model.u)]
        self._h = [np.append(np.log2(row), 0.0) for row in map(np.asarray, model.h)] if model.h else None
        with_terms = [place for place, c in enumerate(model.spec.comparisons) if c.term_frequency]
        with ThreadPoolExecutor(THREADS) as pool:
            self._terms = list(pool.map(self._term_bits, with_terms))
        give_back()

    @property
    def prior(self) -> float:
        """log2 of the odds that a pair is a match before anything is compared."""
        return self.model.prior

    def _term_bits(self, place: int) -> Terms:
        """log2(u / share) of each left record's value; one seen once or never counts as one in the table."""
        model, comparison = self.model, self.model.spec.comparisons[place]
        shares = model.terms.get(comparison.name, {})
        rare = 1.0 / max(model.right_size, 1)
        encoded = self.pairs.encoded[place]
        codes, values = encoded.left_values()
        found = np.append(shares_of(shares, values, rare), rare)
        return Terms(place, (np.log2(model.u[place][0]) - np.log2(found))[codes])

    @property
    def filter(self) -> Filter:
        """What a pair may weigh at most: its levels and term frequencies, as if nobody had relatives, and what is not compared yet at its best.

        What tells most is compared first, and pairs are given up as soon as they can be.
        """
        places = self.pairs.fast.made.places
        gains = [m - u for m, u in zip(self._m, self._u)]
        of_terms = {term.place: term.bits for term in self._terms}
        most = [
            float(of_terms[place].max(initial=0.0)) if place in of_terms else 0.0
            for place in range(len(gains))
        ]
        best = [float(gain.max()) + more for gain, more in zip(gains, most)]
        rows = sorted(range(len(places)), key=lambda row: float(gains[places[row]].min()) - best[places[row]])
        order = [places[row] for row in rows]
        bits = np.zeros((len(order) + 1, max(len(gain) for gain in gains)))
        terms = np.full(len(order), -1)
        columns: list[np.ndarray] = []
        for turn, place in enumerate(order):
            bits[turn, : len(gains[place])] = gains[place]
            if place in of_terms:
                terms[turn] = len(columns)
                columns.append(of_terms[place])
        table = np.stack(columns, axis=1) if columns else np.zeros((1, 1))
        above = (
            KEPT_BITS - SLACK - self.prior - sum(best)
        )  # below 0: how much a pair may fall short of the best
        losses = np.cumsum([float(gains[place].min()) - best[place] for place in order])
        first = int(np.searchsorted(-losses, -above)) + 1  # ops after which the first pair can be given up
        counts = sorted({min(count, len(order)) for count in (first, first + 1, len(order))})
        steps = [
            Step(n, sum(most[place] for place in order[:n]), above + sum(best[place] for place in order[:n]))
            for n in counts
        ]
        return Filter(np.array(rows, np.int64), bits, terms, table, tuple(steps))

    def parts(
        self, li: np.ndarray, ri: np.ndarray, patterns: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per pair: bits of each comparison (pairs × comparisons), of term frequencies (likewise), and of the co-resident class."""
        levels = self.pairs.layout.unpack(patterns)
        columns = range(levels.shape[1])
        m = np.stack([self._m[c][levels[:, c]] for c in columns], axis=1)
        u = np.stack([self._u[c][levels[:, c]] for c in columns], axis=1)
        terms = np.zeros_like(m)
        for term in self._terms:
            exact = levels[:, term.place] == 0
            terms[exact, term.place] = term.bits[li[exact]]
        relatives = np.zeros(len(li))
        if self._h is not None and self.model.relatives > 0:
            h = np.stack([self._h[c][levels[:, c]] for c in columns], axis=1).sum(axis=1)
            chance = self.model.relatives / max(self.model.right_size, 1)
            against = (u - terms).sum(axis=1)
            relatives = -(np.logaddexp2(against, h + np.log2(chance)) - against)
        return m - u, terms, relatives

    def weights(self, li: np.ndarray, ri: np.ndarray, patterns: np.ndarray) -> np.ndarray:
        """Match weight of each pair, in bits: one lookup per distinct pattern, then what depends on the value."""
        distinct, at = np.unique(patterns, return_inverse=True)
        levels = self.pairs.layout.unpack(distinct)
        m = sum(self._m[c][levels[:, c]] for c in range(levels.shape[1]))
        u = sum(self._u[c][levels[:, c]] for c in range(levels.shape[1]))
        terms = np.zeros(len(li))
        for term in self._terms:
            exact = (levels[:, term.place] == 0)[at]
            terms[exact] += term.bits[li[exact]]
        against = u[at] - terms
        if self._h is not None and self.model.relatives > 0:
            h = sum(self._h[c][levels[:, c]] for c in range(levels.shape[1]))
            chance = np.log2(self.model.relatives / max(self.model.right_size, 1))
            against = np.logaddexp2(against, h[at] + chance)
        return self.prior + m[at] - against

    def candidates(self, report: BlockReport, *, best: int | None = BEST) -> Candidates:
        """Each left row's best, in order (None: all)."""
        found: list[Candidates] = []
        made = np.zeros(len(self.pairs.blocks.rules), np.int64)
        for li, ri, patterns, _ in self.pairs.kept(self.filter, made):
            weight = self.weights(li, ri, patterns)
            keep = weight >= KEPT_BITS
            found.append(Candidates.of(li[keep], ri[keep], weight[keep]))
            if best is not None and sum(map(len, found)) > HELD:
                found = [Candidates.joined(found).best(best)]
        self.pairs.blocks.note(report, made)
        return Candidates.joined(found).best(best)


def record_probabilities(
    model: Model, candidates: Candidates, lefts: int, strata: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Each candidate's probability among all of its left record's, and each left record's probability of being on none of them.

    `strata` are the left records' own: a match weight stands on the overall share of records that have a match, and is moved to the stratum's.

    With a calibrated model a record's only candidate has just the probability that the curve gives its weight; several compete by such odds.

    A candidate that people decided (`told`) is certain, and nothing else of its left record is possible.
    """
    weights = candidates.weight
    odds = np.exp2(np.clip(weights, -200, 200))
    left = candidates.left
    share = np.full(lefts, model.on_register)
    if strata is not None and model.strata:
        share = np.array([model.strata.get(str(name), model.on_register) for name in strata])
    odds = odds * (share / model.on_register)[left]
    absent = 1.0 - share * model.caught
    if model.calibration is not None:
        alone = model.calibration(weights)
        odds, absent = alone / (1.0 - alone) * (share / model.on_register)[left], np.ones(lefts)
    mass = np.bincount(left, odds, minlength=lefts) + absent
    probability, missing = odds / mass[left], absent / mass
    if candidates.told.any():
        told = candidates.told
        settled = np.zeros(lefts, dtype=bool)
        settled[left[told]] = True
        probability = np.where(told, 1.0, np.where(settled[left], 0.0, probability))
        missing = np.where(settled, 0.0, missing)
    return probability, missing


def pair_probabilities(model: Model, weights: np.ndarray) -> np.ndarray:
    """Probability of a pair taken alone."""
    if model.calibration is not None:
        return model.calibration(weights)
    return 1.0 / (1.0 + np.exp2(-np.clip(weights, -200, 200)))
