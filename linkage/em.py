"""Expectation–maximisation on pattern counts: how often each level is seen among matches, non-matches and co-residents.

Pairs are counted per blocking rule. Within a rule the comparisons that it already decides say nothing, and matches have a share of their own; the level
probabilities are common to all rules (Fellegi & Sunter 1969; Winkler 1988). `u` comes from random pairs and stays; `h`, the probabilities among
different people of one household, comes from the right table's own households and stays: without it the missing are linked to their relatives. Only `m`
and the shares move, held by priors (small tables lean on them), by floors of agreement, and by levels' order.
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
    """`m` per comparison and level; `shares` per rule: match, co-resident, neither; `matches`: expected number of matching pairs."""

    m: tuple[np.ndarray, ...]
    shares: np.ndarray
    matches: float
    iterations: int
    is_converged: bool


def fit(
    counts: Counts,
    comparisons: Sequence[Comparison],
    covered: np.ndarray,
    u: tuple[np.ndarray, ...],
    h: tuple[np.ndarray, ...] | None,
    start: tuple[np.ndarray, ...] | None = None,
) -> Fit:
    """Estimate m and the shares.

    Args:
        counts: pairs per rule and pattern.
        covered: bool, rules × comparisons: what a rule already decides.
        u, h: per comparison its levels' probabilities (missing left out); `h` None for two classes.
        start: where m starts; the comparisons' own by default.
    """
    prior = tuple(np.array([level.m for level in c.levels]) for c in comparisons)
    m = tuple(np.array(p) for p in (start or prior))
    shares = np.tile(SHARES if h is not None else (0.4, 0.0, 0.6), (len(counts.pairs), 1))
    matches = 0.0
    for step in range(1, ITERATIONS + 1):
        weight, shares = _expect(counts, covered, m, u, h, shares)
        found = tuple(
            _maximise(c, counts.levels[:, place], weight[~covered[:, place]].sum(axis=0), p)
            for place, (c, p) in enumerate(zip(comparisons, prior))
        )
        change = max(float(np.abs(a - b).max()) for a, b in zip(m, found))
        m, matches = found, float(weight.sum())
        if change < TOLERANCE:
            return Fit(m, shares, matches, step, True)
    return Fit(m, shares, matches, ITERATIONS, False)


def _expect(
    counts: Counts,
    covered: np.ndarray,
    m: tuple[np.ndarray, ...],
    u: tuple[np.ndarray, ...],
    h: tuple[np.ndarray, ...] | None,
    shares: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Expected matches per rule and pattern, and the rules' new shares."""
    classes = (m, h, u)
    logs = [
        None if probabilities is None else log_levels(probabilities, counts.levels)
        for probabilities in classes
    ]
    matches = np.zeros_like(counts.pairs)
    renewed = shares.copy()
    for rule, pairs in enumerate(counts.pairs):
        seen = np.flatnonzero(pairs)
        if not len(seen):
            continue
        use = ~covered[rule]
        total = [
            np.full(len(seen), -np.inf)
            if log is None
            else np.log(shares[rule, c] + 1e-300) + log[seen][:, use].sum(axis=1)
            for c, log in enumerate(logs)
        ]
        stacked = np.stack(total)
        stacked -= stacked.max(axis=0)
        posterior = np.exp(stacked)
        posterior /= posterior.sum(axis=0)
        matches[rule, seen] = pairs[seen] * posterior[0]
        mass = (posterior * pairs[seen]).sum(axis=1) + np.array([1.0, 1.0 if h is not None else 0.0, 1.0])
        renewed[rule] = mass / mass.sum()
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


def monotone(m: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights that fall from the best level to the worst: neighbours out of order are pooled (Ayer et al. 1955)."""
    groups: list[list[int]] = []
    for level in range(len(m)):
        groups.append([level])
        while len(groups) > 1 and _ratio(groups[-1], m, u) > _ratio(groups[-2], m, u):
            last = groups.pop()
            groups[-1] += last
    pooled = np.array(m)
    for group in groups:
        pooled[group] = u[group] * _ratio(group, m, u)
    return pooled / pooled.sum(), u


def _ratio(group: list[int], m: np.ndarray, u: np.ndarray) -> float:
    return float(m[group].sum() / u[group].sum())
