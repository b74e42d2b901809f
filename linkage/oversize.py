"""Blocks too large: where a left record would meet too many right ones, both must agree on one more column; where that is still too many, the block is given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linkage import packers
from linkage.bits import GOLDEN
from linkage.columns import Records
from linkage.keys import Numbering, column_hashes
from linkage.spec import BlockingRule, further_column


@dataclass(frozen=True)
class Split:
    """One rule's large blocks, told apart by a further column.

    `over`: by block, whether it is too large (the last place is that of no block). `column` None: they are given up as they are. `known`: the resident
    records' finer blocks, numbered. `fits`: by finer block, whether it is small enough (the last place is that of none).
    """

    place: int
    column: str | None
    over: np.ndarray
    known: Numbering
    fits: np.ndarray

    @classmethod
    def of(
        cls, rules: Sequence[BlockingRule], place: int, resident: Records, own: np.ndarray, over: np.ndarray
    ) -> Split:
        """`own`: the resident records' blocks under the rule."""
        column = further_column(rules, place)
        known = Numbering(_keys(column, resident, own, over)[None])
        return cls(place, column, over, known, np.zeros(0, bool))

    @property
    def size(self) -> int:
        """How many finer blocks there are."""
        return int(self.known.first[-1])

    def finer(self, table: Records, own: np.ndarray) -> np.ndarray:
        """Finer blocks of records whose blocks are `own`, −1 of none."""
        found = np.empty(len(own), np.int32)
        self.known.look_up(0, _keys(self.column, table, own, self.over), found)
        return found

    def judged(self, rights: np.ndarray, largest: int) -> Split:
        """When the right records of each finer block have been counted."""
        return replace(self, fits=np.append(rights <= largest, False))

    def put(self, own: np.ndarray, finer: np.ndarray, total: int) -> None:
        """Renumber records (in place): finer blocks are numbered from `total` on, those still too large are none."""
        large = self.over[own]
        own[large] = np.where(self.fits[finer], finer + total, -1)[large]


def too_large(lefts: np.ndarray, rights: np.ndarray, largest: int) -> np.ndarray:
    """By block whether it is; one place more, for no block."""
    return np.append((rights > largest) & (lefts > 0), False)


def _keys(column: str | None, table: Records, own: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Keys of the records in large blocks, block and column mixed; 0 for the others, and where the column is missing (or there is none).

    GOLDEN alone would swallow whatever is mixed with it: no block may have it.
    """
    keys = np.where(over[own], (own.astype(np.uint64) + np.uint64(2)) * GOLDEN, np.uint64(0))
    if column is None:
        return np.zeros_like(keys)
    packers.mix_keys(column_hashes(table, column), 1, keys)
    return keys


__all__ = ["Split", "too_large"]
