"""How many left records are on no right row, with an interval, from the match probabilities alone.

What the interval holds, added in quadrature:
- chance: each record is missing or not with its own probability, so that the number is Poisson-binomial;
- training, share: π was estimated from finitely many records, of which it is not seen whether they match. The log odds of π have the information
  n π (1 − π) less what is hidden, V = Σ q (1 − q) (Louis 1982), and move the expected number by V;
- training, levels: m was estimated from finitely many matches N, as the shares of a multinomial; the expected number moves with log m of a level by the
  sum of p · q over the candidates at that level, and by as much more as π moves with it.

Not in it: that levels may depend on each other, that u and h come from samples, that blocking may catch less than is thought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.model import Model

NORMAL_95 = 1.959964
LEAST_INFORMATION = 0.02
"""Of the information on π that whole data would have, the least share that is taken to be seen."""


@dataclass(frozen=True)
class Missing:
    """Left records on no right row: `expected`, and a 95 % interval made of the standard deviations `chance` and `training`."""

    expected: float
    low: float
    high: float
    chance: float
    training: float


def shares_of(model: Model, strata: np.ndarray | None, records: int) -> np.ndarray:
    """Share of its stratum's records that have a match, for each left record."""
    if strata is None or not model.strata:
        return np.full(records, model.on_register)
    return np.array([model.strata.get(str(name), model.on_register) for name in strata])


def expected_missing(
    model: Model,
    absent: np.ndarray,
    strata: np.ndarray | None,
    matches: float,
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Missing:
    """The number and its interval.

    Args:
        absent: per left record the probability of being on none of its candidates.
        matches: expected number of left records that have a match, caught by blocking or not.
        pairs: of the candidates: left row, probability, levels (one column per comparison).
    """
    share = shares_of(model, strata, len(absent))
    missing = absent * (1 - share) / (1 - share * model.caught)
    trained = model.duplicates / max(model.caught * model.on_register, 1e-9)
    ratio = trained / max(len(absent), 1)
    hidden, of_share, whole, seen = 0.0, 0.0, 0.0, 0.0
    for own in np.unique(share):
        here = missing[share == own]
        variance = float((here * (1 - here)).sum())
        complete = ratio * len(here) * own * (1 - own)
        left = max(complete - ratio * variance, LEAST_INFORMATION * complete, 1e-9)
        hidden, of_share = hidden + variance, of_share + variance**2 / left
        whole, seen = whole + complete, seen + left
    of_levels = _of_levels(model, missing, *pairs) * (whole / seen if seen else 1.0) ** 2
    half = NORMAL_95 * (hidden + of_share + of_levels) ** 0.5
    number, records = max(len(absent) - matches, 0.0), float(len(absent))
    training = (of_share + of_levels) ** 0.5
    return Missing(number, max(number - half, 0.0), min(number + half, records), hidden**0.5, training)


def _of_levels(
    model: Model, missing: np.ndarray, left: np.ndarray, probability: np.ndarray, levels: np.ndarray
) -> float:
    """Variance of the number from that of m (see above)."""
    matches, moved, found = max(model.duplicates, 1.0), missing[left] * probability, 0.0
    for place, (m, comparison) in enumerate(zip(model.m, model.spec.comparisons)):
        if "m" not in comparison.pinned:
            slope = np.bincount(levels[:, place], moved, minlength=len(m) + 1)[: len(m)]
            found += float((slope**2 / np.array(m)).sum() - slope.sum() ** 2) / matches
    return max(found, 0.0)


__all__ = ["Missing", "expected_missing", "shares_of"]
