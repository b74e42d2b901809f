"""What missed and false links do to capture histories, and how that is undone.

A missed link shows one child as two: the record stands alone, and the overlap of the lists is too small (too many births are
estimated, completeness is understated). A false link hides a child behind another one. Both leave each list's own length as it
is, so histories can be corrected by a matrix: of observed links a share φ is false and is taken apart; of true links a share α
was found, so what was found is divided by α. With two lists this is the corrected overlap m(1−φ)/α of Ding & Fienberg (1994,
Survey Methodology 20) with the false links of Di Consiglio & Tuoto (2015, Journal of Official Statistics 31), and for more lists
in the way of Di Consiglio & Tuoto (2018, Statistica Neerlandica 72).

Histories are counted 1 … 2^K − 1: bit k says that list k has the child. The first list that has it (the register before all) is what
the records of the others are linked to; what is not linked there is linked among itself, as entities are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np

RATES_KNOWN_WITHIN = 1.5
"""Rates told without truth are right within about this factor (docs/benchmarks/accuracy.md)."""
MOST_MISSED, MOST_FALSE = 0.5, 0.2
"""Beyond these the correction would say more than the data."""

Outcomes = tuple[tuple[float, tuple[int, ...]], ...]


@dataclass(frozen=True)
class LinkageError:
    """Of one list: `false_match_rate`, share of its links that are false; `missed_match_rate`, share of its matches that are no links."""

    false_match_rate: float = 0.0
    missed_match_rate: float = 0.0

    def scaled(self, factor: float) -> LinkageError:
        """Both rates times `factor`, within what can be corrected."""
        return LinkageError(
            min(self.false_match_rate * factor, MOST_FALSE), min(self.missed_match_rate * factor, MOST_MISSED)
        )


@dataclass(frozen=True)
class Correction:
    """The correction of histories for one error per list (the first list's is not used: the others are linked to it)."""

    errors: tuple[LinkageError, ...]

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        missed = tuple(min(e.missed_match_rate, MOST_MISSED) for e in self.errors)
        false = tuple(min(e.false_match_rate, MOST_FALSE) for e in self.errors)
        size = 2 ** len(self.errors)
        split = [moments(outcomes_of_missed_links(history, missed), size) for history in range(1, size)]
        apart = [moments(_taken_apart(history, false), size) for history in range(1, size)]
        undo = np.linalg.inv(np.array([mean for mean, _ in split]).T)
        taken = np.array([mean for mean, _ in apart]).T
        return undo, taken, np.array([c for _, c in split]), np.array([c for _, c in apart])

    def corrected(self, counts: np.ndarray) -> np.ndarray:
        """Expected true counts; `counts` and the result are (…, 2^K − 1), list totals are kept but where a count would fall below 0."""
        undo, taken, _, _ = self._moments
        return np.maximum(np.asarray(counts, float) @ (undo @ taken).T, 0.0)

    def covariance(self, counts: np.ndarray) -> np.ndarray:
        """(…, H, H): how far the corrected counts lie from the true ones by the chance of which links were missed or false."""
        undo, _, split, apart = self._moments
        noise = np.tensordot(np.asarray(counts, float), apart, 1)
        noise = noise + np.tensordot(self.corrected(counts), split, 1)
        return np.asarray(undo @ noise @ undo.T)

    def scaled(self, factor: float) -> Correction:
        """The same with other rates, to see how much hangs on them."""
        return Correction(tuple(error.scaled(factor) for error in self.errors))


def moments(outcomes: Outcomes, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of how many units of each history one child is seen as."""
    chance = np.array([p for p, _ in outcomes])
    seen = np.array([np.bincount(histories, minlength=size)[1:] for _, histories in outcomes], float)
    mean = chance @ seen
    return mean, (seen.T * chance) @ seen - np.outer(mean, mean)


@lru_cache
def outcomes_of_missed_links(history: int, missed: tuple[float, ...]) -> Outcomes:
    """As what a child of this true history is seen when links are missed."""
    members = [k for k in range(len(missed)) if history >> k & 1]
    if len(members) < 2:
        return ((1.0, (history,)),)
    first, others = members[0], members[1:]
    found: list[tuple[float, tuple[int, ...]]] = []
    for linked in product((True, False), repeat=len(others)):
        chance = float(np.prod([1 - missed[k] if is_in else missed[k] for k, is_in in zip(others, linked)]))
        together = 1 << first | sum(1 << k for k, is_in in zip(others, linked) if is_in)
        rest = history & ~together
        for more, parts in outcomes_of_missed_links(rest, missed) if rest else ((1.0, ()),):
            found.append((chance * more, (together, *parts)))
    return tuple(found)


@lru_cache
def _taken_apart(history: int, false: tuple[float, ...]) -> Outcomes:
    """What a unit of this observed history truly is when links are false: the record that is not the child's is another child's."""
    members = [k for k in range(len(false)) if history >> k & 1]
    first, others = members[0], members[1:]
    found = []
    for is_false in product((True, False), repeat=len(others)):
        chance = float(np.prod([false[k] if wrong else 1 - false[k] for k, wrong in zip(others, is_false)]))
        alone = tuple(1 << k for k, wrong in zip(others, is_false) if wrong)
        found.append(
            (chance, (1 << first | sum(1 << k for k, wrong in zip(others, is_false) if not wrong), *alone))
        )
    return tuple(found)
