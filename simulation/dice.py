"""Randomness that stays with its owner: the same person, clerk or file draws the same number every month.

A clerk's typo is still there in next month's snapshot because it is a function of (seed, feed, field,
person), not of the order in which things were drawn.
"""

import hashlib
from typing import Any

import numpy as np

Array = Any  # numpy arrays; numpy's own generics add nothing here
NOTHING: Any = None  # a missing cell, as numpy's types take it

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _seed(parts: tuple[object, ...]) -> np.uint64:
    text = "\x1f".join(str(part) for part in parts).encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big"))


def generator(*parts: object) -> np.random.Generator:
    """A sequential generator for what happens once."""
    return np.random.default_rng(int(_seed(parts)))


class Dice:
    """Counter-based draws: `keys` are integers naming the owners."""

    def __init__(self, *parts: object) -> None:
        self._base = _seed(parts)

    def bits(self, keys: Array) -> Array:
        """64 uniform bits per key (splitmix64)."""
        with np.errstate(over="ignore"):
            x = (np.asarray(keys).astype(np.int64).astype(np.uint64) + np.uint64(1)) * _GOLDEN + self._base
            x ^= x >> np.uint64(30)
            x *= np.uint64(0xBF58476D1CE4E5B9)
            x ^= x >> np.uint64(27)
            x *= np.uint64(0x94D049BB133111EB)
            x ^= x >> np.uint64(31)
        return x

    def uniform(self, keys: Array) -> Array:
        """Uniform on [0, 1)."""
        return (self.bits(keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, keys: Array, n: int) -> Array:
        """Integers 0 … n−1."""
        return (self.uniform(keys) * n).astype(np.int64)

    def one(self, key: int = 0) -> float:
        return float(self.uniform(np.array([key]))[0])


def ragged_rank(keys: Array) -> Array:
    """Rank of each element among the equal ones, in order of appearance."""
    order = np.argsort(keys, kind="stable")
    ordered = np.asarray(keys)[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]]
    position = np.arange(len(ordered))
    first = np.maximum.accumulate(np.where(starts, position, 0))
    rank = np.empty(len(ordered), dtype=np.int64)
    rank[order] = position - first
    return rank
