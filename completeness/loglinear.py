"""Log-linear models of capture histories: three or more lists, and which of them depend on each other.

Fienberg (1972, Biometrika 59); Bishop, Fienberg & Holland (1975, ch. 6). Each model has the lists' main effects and some of
their pairwise dependences; the count of children on no list is what the model says for the missing cell, with no dependence of all lists
at once (which no data can tell). Chosen by AICc; the interval does not lean on the choice (`intervals`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import gammaln, xlogy

STEPS, TOLERANCE = 60, 1e-9
LEAST = 1e-10
RIDGE = 1e-9
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Model:
    """The dependences between lists that a model has, as pairs of list numbers."""

    lists: int
    pairs: Pairs

    @property
    def parameters(self) -> int:
        return 1 + self.lists + len(self.pairs)

    def design(self) -> np.ndarray:
        """2^K × parameters; the first row is the cell of those on no list."""
        on = np.arange(2**self.lists)[:, None] >> np.arange(self.lists) & 1
        both = [on[:, [a]] * on[:, [b]] for a, b in self.pairs]
        return np.hstack([np.ones((len(on), 1)), on, *both]).astype(float)

    def named(self, names: tuple[str, ...]) -> str:
        """`independent`, or `hospital*police` and the like."""
        return "+".join(f"{names[a]}*{names[b]}" for a, b in self.pairs) or "independent"


@dataclass(frozen=True)
class Fit:
    """`unseen`: estimated number on no list; `aicc` of the observed cells."""

    model: Model
    unseen: float
    aicc: float


def models(lists: int) -> Iterator[Model]:
    """All hierarchical models with dependences of two lists at most."""
    every = list(combinations(range(lists), 2))
    for size in range(len(every) + 1):
        for pairs in combinations(every, size):
            yield Model(lists, pairs)


def poisson(counts: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Maximum likelihood coefficients of log-linear Poisson means by iteratively reweighted least squares.

    `counts` (batch, cells) need not be whole; → (batch, parameters). Where a margin is empty the coefficient stops far down.
    """
    counts = np.atleast_2d(counts)
    mean = counts + 0.5
    eta = np.log(mean)
    last = np.full(len(counts), np.inf)
    ridge = RIDGE * np.eye(design.shape[1])
    for _ in range(STEPS):
        working = eta + (counts - mean) / mean
        weighted = design.T @ (mean[:, :, None] * design) + ridge
        score = (mean * working) @ design
        beta = np.linalg.solve(weighted, score[:, :, None])[:, :, 0]
        eta = np.clip(beta @ design.T, -25.0, 25.0)
        mean = np.exp(eta)
        deviance = -2 * (xlogy(counts, mean) - mean).sum(1)
        if np.all(np.abs(deviance - last) < TOLERANCE * (np.abs(deviance) + 1)):
            break
        last = deviance
    return np.asarray(beta)


def unseen(counts: np.ndarray, model: Model) -> np.ndarray:
    """Estimated number on no list per row of `counts` (batch, 2^K − 1): the intercept's mean."""
    beta = poisson(counts, model.design()[1:])
    return np.asarray(np.exp(np.clip(beta[:, 0], -25.0, 25.0)))


def fit(counts: np.ndarray, model: Model) -> Fit:
    """One stratum's histories under one model."""
    counts = np.asarray(counts, float)
    design = model.design()[1:]
    beta = poisson(counts, design)[0]
    mean = np.maximum(np.exp(np.clip(design @ beta, -25.0, 25.0)), LEAST)
    likelihood = float((xlogy(counts, mean) - mean - gammaln(counts + 1)).sum())
    return Fit(model, float(np.exp(min(beta[0], 25.0))), penalty(model, counts.sum()) - 2 * likelihood)


def penalty(model: Model, children: float) -> float:
    """AICc's (Hurvich & Tsai 1989), with as many observations as children."""
    k = model.parameters
    return 2 * k + 2 * k * (k + 1) / max(children - k - 1, 1.0)


def best(counts: np.ndarray) -> Fit:
    """The model of least AICc among those whose estimate is bounded by twenty times what was seen."""
    counts = np.asarray(counts, float)
    lists = int(np.log2(len(counts) + 1))
    fits = [fit(counts, model) for model in models(lists)]
    bounded = [found for found in fits if found.unseen < 20 * counts.sum()]
    return min(bounded or fits, key=lambda found: found.aicc)


def log_likelihood(counts: np.ndarray, model: Model, grid: np.ndarray) -> np.ndarray:
    """Profile log-likelihood of how many are on no list (Cormack 1992, Biometrics 48), for each number of the grid."""
    counts = np.asarray(counts, float)
    tables = np.column_stack([grid, np.tile(counts, (len(grid), 1))])
    total = tables.sum(1)
    design = model.design()
    mean = np.maximum(np.exp(np.clip(poisson(tables, design) @ design.T, -25.0, 25.0)), LEAST)
    share = mean / mean.sum(1, keepdims=True)
    return np.asarray(gammaln(total + 1) - gammaln(grid + 1) + xlogy(tables, share).sum(1))
