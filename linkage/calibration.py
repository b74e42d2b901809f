"""Labels → probabilities: a match weight read anew after what stewards decided.

Platt's logistic curve on the weight needs few labels; isotonic regression (pool adjacent violators) needs hundreds and presumes only
that a higher weight is never less probable. Neither is ever surer than so many labels allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.errors import ModelError

RIDGE = 1e-3
STEP = 0.5  # bits between two points of a curve
LEAST = 1e-12


@dataclass(frozen=True)
class Calibration:
    """Probabilities at some weights (ascending, bits); between them by straight lines, beyond them as at the ends."""

    weights: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        return np.asarray(np.interp(weights, self.weights, self.probabilities))


def isotonic(weights: np.ndarray, labels: np.ndarray) -> Calibration:
    """Labels (True: one person) of pairs of these weights. Raises: ModelError when all labels are alike."""
    x, y = _both(weights, labels)
    at, place = np.unique(x, return_inverse=True)
    number = np.bincount(place).astype(float)
    value = np.bincount(place, y) / number
    groups: list[list[float]] = []  # mean, weight, how many distinct weights
    for mean, size in zip(value, number):
        groups.append([mean, size, 1])
        while len(groups) > 1 and groups[-2][0] >= groups[-1][0]:
            b, a = groups.pop(), groups.pop()
            total = a[1] + b[1]
            groups.append([(a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]])
    pooled = np.repeat([g[0] for g in groups], [int(g[2]) for g in groups])
    pooled = np.clip(pooled, 1 / (len(x) + 2), (len(x) + 1) / (len(x) + 2))
    return Calibration(tuple(map(float, at)), tuple(map(float, pooled)))


def logistic(weights: np.ndarray, labels: np.ndarray) -> Calibration:
    """p = 1 / (1 + 2^−(a + b · weight)), b ≥ 0, by greatest likelihood. Raises: ModelError when all labels are alike."""
    from scipy.optimize import minimize  # 0.3 s

    x, y = _both(weights, labels)

    def loss(given: np.ndarray) -> float:
        bits = np.log(2) * (given[0] + given[1] * x)
        ridge = RIDGE * float(given[0] ** 2 + (given[1] - 1) ** 2)
        return float((np.logaddexp(0, bits) - y * bits).sum()) + ridge

    a, b = minimize(loss, np.array([0.0, 1.0]), bounds=[(None, None), (0, None)], method="L-BFGS-B").x
    grid = np.arange(np.floor(x.min()) - 20, np.ceil(x.max()) + 20, STEP)
    curve = np.clip(1 / (1 + np.exp2(-np.clip(a + b * grid, -500, 500))), LEAST, 1 - LEAST)
    return Calibration(tuple(map(float, grid)), tuple(map(float, curve)))


def _both(weights: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(weights, dtype=float), np.asarray(labels, dtype=float)
    if len(x) == 0 or y.min() == y.max():
        raise ModelError("calibration needs pairs that were confirmed and pairs that were rejected")
    return x, y


METHODS = {"isotonic": isotonic, "logistic": logistic}
