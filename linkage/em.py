"""Expectation–maximisation on pattern counts: how often each level is seen among matches, non-matches and co-residents.

Pairs are counted per blocking rule, each under the first that makes it. Within a rule the comparisons that it already decides do not help to tell
classes apart, and matches have a share of their own; but its matches count for all comparisons, or a number that one rule blocks on would be judged
by the pairs in which it differs. The level probabilities of matches are common to all rules (Fellegi & Sunter 1969; Winkler 1988). What non-matches
look like is known beforehand and stays: `u`, rule by rule, since strangers who share a birth date or a village are not strangers at random (else
matches drift to "neighbour"); and `h`, different people of one household, from the right table's own: without it the missing are linked to their
relatives. Only `m` and the shares move, held by priors (small tables lean on them), by floors of agreement, and by levels' order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.compare import Comparison
from linkage.patterns import Counts

ITERATIONS = 200
TOLERANCE = 1e-6
PRIOR_PAIRS = 30.0
SHARES = (0.3, 0.2, 0.5)


@dataclass(frozen=True)
class Fit:
    """`m` per comparison and level; `shares` per rule: match, co-resident, neither; `matches`: expected number of matching pairs.

    `held`: names of the comparisons whose agreement stands at its floor, a sign that the data do not carry them.
    """

    m: tuple[np.ndarray, ...]
    shares: np.ndarray
    matches: float
    iterations: int
    is_converged: bool
    held: tuple[str, ...]


def fit(
    counts: Counts,
    comparisons: Sequence[Comparison],
    covered: np.ndarray,
    u: Sequence[tuple[np.ndarray, ...]],
    h: tuple[np.ndarray, ...] | None,
) -> Fit:
    """Estimate m and the shares.

    Args:
        counts: pairs per rule and pattern.
        covered: bool, rules × comparisons: what a rule already decides.
        u: per rule and comparison the levels' probabilities among non-matches that the rule makes (missing left out).
        h: per comparison the same among co-residents; None for two classes.
    """
    prior = tuple(np.array([level.m for level in c.levels]) for c in comparisons)
    m = prior
    cells = _cells(counts, covered, u, h)
    shares = np.tile(SHARES if h is not None else (0.4, 0.0, 0.6), (len(counts.pairs), 1))
    matches, change, step = 0.0, np.inf, 0
    while step < ITERATIONS and change >= TOLERANCE:
        step += 1
        weight, shares = _expect(cells, m, shares, counts.pairs.shape)
        seen = weight.sum(axis=0)
        found = tuple(
            p if "m" in c.pinned else _maximise(c, counts.levels[:, place], seen, p)
            for place, (c, p) in enumerate(zip(comparisons, prior))
        )
        change = max(float(np.abs(a - b).max()) for a, b in zip(m, found))
        m, matches = found, float(weight.sum())
    held = tuple(c.name for c, row in zip(comparisons, m) if row[: c.agreement].sum() <= c.floor + 1e-9)
    return Fit(m, shares, matches, step, change < TOLERANCE, held)


@dataclass(frozen=True)
class _Cells:
    """One rule's patterns that were seen: which, how many pairs, levels of the comparisons used, logs of u and h."""

    rule: int
    seen: np.ndarray
    pairs: np.ndarray
    used: np.ndarray
    levels: np.ndarray
    fixed: tuple[np.ndarray | None, np.ndarray]


def _cells(
    counts: Counts,
    covered: np.ndarray,
    u: Sequence[tuple[np.ndarray, ...]],
    h: tuple[np.ndarray, ...] | None,
) -> list[_Cells]:
    found = []
    for rule, pairs in enumerate(counts.pairs):
        seen = np.flatnonzero(pairs)
        if len(seen):
            levels, used = counts.levels[seen], ~covered[rule]
            log_u = log_levels(u[rule], levels)[:, used].sum(axis=1)
            log_h = None if h is None else log_levels(h, levels)[:, used].sum(axis=1)
            found.append(_Cells(rule, seen, pairs[seen], used, levels, (log_h, log_u)))
    return found


def _expect(
    cells: Sequence[_Cells], m: tuple[np.ndarray, ...], shares: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Expected matches per rule and pattern, and the rules' new shares."""
    matches, renewed = np.zeros(shape), shares.copy()
    for cell in cells:
        log_m = log_levels(m, cell.levels)[:, cell.used].sum(axis=1)
        has_third = cell.fixed[0] is not None
        logs = [
            log_m,
            np.full(len(log_m), -np.inf) if cell.fixed[0] is None else cell.fixed[0],
            cell.fixed[1],
        ]
        stacked = np.stack(logs) + np.log(shares[cell.rule] + 1e-300)[:, None]
        stacked -= stacked.max(axis=0)
        posterior = np.exp(stacked)
        posterior *= cell.pairs / posterior.sum(axis=0)
        matches[cell.rule, cell.seen] = posterior[0]
        mass = posterior.sum(axis=1) + np.array([1.0, 1.0 if has_third else 0.0, 1.0])
        renewed[cell.rule] = mass / mass.sum()
    return matches, renewed


def _maximise(
    comparison: Comparison, levels: np.ndarray, weight: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    size = len(comparison.levels)
    seen = np.bincount(levels, weight, minlength=size + 1)[:size]
    m = seen + PRIOR_PAIRS * prior
    m /= m.sum()
    agreed = m[: comparison.agreement].sum()
    if agreed < comparison.floor:
        m[: comparison.agreement] *= comparison.floor / agreed
        m[comparison.agreement :] *= (1 - comparison.floor) / (1 - agreed)
    return m


def log_levels(probabilities: tuple[np.ndarray, ...], levels: np.ndarray) -> np.ndarray:
    """Natural logs of each comparison's probability per pattern; a missing value counts 1."""
    return np.stack(
        [np.append(np.log(p), 0.0)[levels[:, place]] for place, p in enumerate(probabilities)], axis=1
    )


def shares_of_levels(
    comparison: Comparison, levels: np.ndarray, prior: np.ndarray, strength: float
) -> np.ndarray:
    """Probabilities of a comparison's levels from a sample of pairs, leaning on a prior; missing left out."""
    size = len(comparison.levels)
    seen = np.bincount(levels, minlength=size + 1)[:size].astype(float)
    smoothed = seen + strength * prior
    return smoothed / smoothed.sum()


def settled(comparison: Comparison, m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """m as it is used: weights that fall from level to level, none above a level's `most`; a pinned m stays as it is."""
    if "m" in comparison.pinned:
        return m
    ordered = monotone(m, u)
    caps = np.array([np.inf if level.most is None else level.most for level in comparison.levels])
    return np.minimum(ordered, u * np.exp2(caps))


def monotone(m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """m such that m / u falls from the best level to the worst: neighbours out of order are pooled (Ayer et al. 1955).

    As both sum to 1, the best level never weighs less than 0 bits and the worst never more.
    """
    groups: list[list[int]] = []
    for level in range(len(m)):
        groups.append([level])
        while len(groups) > 1 and _ratio(groups[-1], m, u) > _ratio(groups[-2], m, u):
            last = groups.pop()
            groups[-1] += last
    pooled = np.array(m)
    for group in groups:
        pooled[group] = u[group] * _ratio(group, m, u)
    return pooled / pooled.sum()


def _ratio(group: list[int], m: np.ndarray, u: np.ndarray) -> float:
    return float(m[group].sum() / u[group].sum())
