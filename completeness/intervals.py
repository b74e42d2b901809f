"""95 % intervals of how many births there were.

Which children the lists happened to catch (profile likelihood, skewed as it is: Cormack 1992, Biometrics 48) and which links happened to
be missed or false (delta method on the corrected histories) are chance and added in quadrature on either side. How well the rates of
linkage error are known is not: the interval reaches from the estimate at rates 1.5 times smaller to that at rates 1.5 times larger, and
beyond either by chance. For log-linear models the likelihood is the upper envelope over all models, each with its AICc penalty, so
that the interval also holds what a runner-up says (discrete profiling: Dauncey et al. 2015, Journal of Instrumentation 10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from completeness import dual_system, loglinear
from completeness.linkage_error import RATES_KNOWN_WITHIN, Correction

NORMAL_95, CHI2_95 = 1.959964, 3.841459
GRID, COARSE_GRID = 400, 60
REACH = 20.0
"""The unseen are looked for up to so many times the seen; an interval that goes on is none."""
STEP = 0.05


def grid_of(seen: np.ndarray, points: int) -> np.ndarray:
    """(…, points): possible numbers of unseen, dense near 0."""
    top = np.log1p(REACH * (np.asarray(seen, float) + 1.0))
    return np.asarray(np.expm1(top[..., None] * np.linspace(0.0, 1.0, points)))


def crossings(grid: np.ndarray, deviance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the deviance (…, grid) is within the 95 % point of its least: lower and upper end, ∞ where it does not end."""
    inside = deviance - deviance.min(-1, keepdims=True) <= CHI2_95
    last = grid.shape[-1] - 1
    low = np.argmax(inside, -1)
    high = last - np.argmax(inside[..., ::-1], -1)
    excess = deviance - deviance.min(-1, keepdims=True) - CHI2_95

    def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        at = [np.take_along_axis(t, i[..., None], -1)[..., 0] for i in (a, b) for t in (grid, excess)]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(at[3] > at[1], -at[1] / (at[3] - at[1]), 0.0)
        return np.asarray(at[0] + share * (at[2] - at[0]))

    lower = np.where(low == 0, grid[..., 0], between(low, np.maximum(low - 1, 0)))
    upper = np.where(high == last, np.inf, between(high, np.minimum(high + 1, last)))
    return lower, upper


def dual_profile(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of N for dual-system tables (batch, 3)."""
    seen = table.sum(-1)
    grid = grid_of(seen, GRID)
    lower, upper = crossings(grid, -2 * dual_system.log_likelihood(table, grid))
    return seen + lower, seen + upper


def loglinear_profile(counts: np.ndarray) -> tuple[float, float]:
    """Lower and upper end of N over all models of one stratum's histories."""
    seen = float(counts.sum())
    grid = grid_of(np.array(seen), COARSE_GRID)
    lists = int(np.log2(len(counts) + 1))
    deviance = [
        loglinear.penalty(model, seen) - 2 * loglinear.log_likelihood(counts, model, grid)
        for model in loglinear.models(lists)
    ]
    lower, upper = crossings(grid, np.min(deviance, axis=0))
    return seen + float(lower), seen + float(upper)


@dataclass(frozen=True)
class LinkageSpread:
    """What linkage error adds (batch,): half a 95 % interval for its chance, and the estimates' range over the rates it may have."""

    half: np.ndarray
    least: np.ndarray
    most: np.ndarray


def linkage_spread(
    counts: np.ndarray, correction: Correction, estimate: Callable[[np.ndarray], np.ndarray]
) -> LinkageSpread:
    """`counts` (batch, H) are the observed histories, `estimate` takes corrected ones."""
    true = correction.corrected(counts)
    at = estimate(true)
    step = np.maximum(STEP * np.sqrt(true.sum(-1, keepdims=True)), STEP)
    slope = np.stack(
        [(estimate(true + step * unit) - at) / step[..., 0] for unit in np.eye(counts.shape[-1])], axis=-1
    )
    variance = np.einsum("bi,bij,bj->b", slope, correction.covariance(counts), slope)
    factors = (1 / RATES_KNOWN_WITHIN, RATES_KNOWN_WITHIN)
    others = [estimate(correction.scaled(factor).corrected(counts)) for factor in factors]
    half = NORMAL_95 * np.sqrt(np.maximum(variance, 0.0))
    return LinkageSpread(np.asarray(half), np.min([at, *others], axis=0), np.max([at, *others], axis=0))


def widened(
    at: np.ndarray, lower: np.ndarray, upper: np.ndarray, spread: LinkageSpread, longest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The ends moved out by the spread, to whole births, never below the longest list."""
    down = np.hypot(np.maximum(at - lower, 0.0), spread.half) + at - spread.least
    up = np.hypot(np.maximum(upper - at, 0.0), spread.half) + spread.most - at
    return np.maximum(np.floor(at - down + 1e-9), longest), np.maximum(np.ceil(at + up - 1e-9), longest)
