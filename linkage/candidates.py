"""Pairs of rows with their match weights, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Candidates:
    """`left`, `right` (row numbers, int32), `weight` (bits) and whether people `told` that they are one, a place each per pair."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    told: np.ndarray

    @classmethod
    def of(cls, left: np.ndarray, right: np.ndarray, weight: np.ndarray, *, told: bool = False) -> Candidates:
        """Some pairs, all told or none."""
        rows = np.asarray(left, np.int32), np.asarray(right, np.int32)
        return cls(*rows, np.asarray(weight, float), np.full(len(rows[0]), told))

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """Some behind the others."""
        if not parts:
            return cls.of(np.zeros(0), np.zeros(0), np.zeros(0))
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__annotations__))

    def __len__(self) -> int:
        return len(self.left)

    def take(self, which: np.ndarray) -> Candidates:
        """Those at some places, or of a mask."""
        return Candidates(self.left[which], self.right[which], self.weight[which], self.told[which])

    def best(self, number: int | None) -> Candidates:
        """Each left row's best, in order (all of them when `number` is None)."""
        order = np.lexsort((self.right, -self.weight, self.left))
        if number is not None and len(order):
            ranked = self.left[order]
            first = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
            turn = np.arange(len(ranked)) - np.repeat(first, np.diff(np.append(first, len(ranked))))
            order = order[turn < number]
        return self.take(order)


__all__ = ["Candidates"]
