"""Dual-system estimates: two lists, what is on both, and how many are on neither.

The two lists here are the register and the departments' (hospital or police): lists that feed each other count as one. For three
lists this is the log-linear model in which hospital and police depend on each other in any way and the register on neither
(Fienberg 1972, Biometrika 59), so what the certificate does between the two departments does no harm; only a dependence of
the register on them does.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, xlogy

ENOUGH_OVERLAP = 30
"""With fewer on both lists the plain estimate is biased and Chapman's is used."""


def chandrasekaran_deming(first: np.ndarray, second: np.ndarray, both: np.ndarray) -> np.ndarray:
    """N = n₁ n₂ / m (Chandra Sekar & Deming 1949, JASA 44), elementwise; ∞ where nothing is on both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both > 0, first * second / both, np.inf)


def chapman(first: np.ndarray, second: np.ndarray, both: np.ndarray) -> np.ndarray:
    """N = (n₁+1)(n₂+1)/(m+1) − 1 (Chapman 1951), nearly unbiased for small lists."""
    return np.asarray((first + 1) * (second + 1) / (both + 1) - 1)


def estimate(table: np.ndarray) -> np.ndarray:
    """`table` (…, 3): on the first alone, on the second alone, on both. Chapman's below `ENOUGH_OVERLAP`."""
    alone, other, both = np.moveaxis(np.asarray(table, float), -1, 0)
    first, second = alone + both, other + both
    small = both < ENOUGH_OVERLAP
    return np.where(small, chapman(first, second, both), chandrasekaran_deming(first, second, both))


def log_likelihood(table: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Profile log-likelihood of how many are on neither list; `table` (…, 3), `unseen` (…, grid) → (…, grid)."""
    alone, other, both = (part[..., None] for part in np.moveaxis(np.asarray(table, float), -1, 0))
    seen = alone + other + both
    total = seen + unseen
    first, second = alone + both, other + both
    fitted = xlogy(first, first) + xlogy(second, second) - 2 * xlogy(total, total)
    fitted = fitted + xlogy(total - first, total - first) + xlogy(total - second, total - second)
    return np.asarray(gammaln(total + 1) - gammaln(unseen + 1) + fitted)


def collapse(counts: np.ndarray) -> np.ndarray:
    """Histories of K lists → (…, 3): the first list against all others together."""
    counts = np.asarray(counts, float)
    history = np.arange(1, counts.shape[-1] + 1)
    first, others = history & 1 == 1, history > 1
    return np.stack(
        [counts[..., part].sum(-1) for part in (first & ~others, ~first, first & others)], axis=-1
    )
