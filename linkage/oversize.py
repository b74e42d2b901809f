"""Blocks too large: where a left record would meet too many right ones, both must agree on one more column; where that is still too many, the block is given up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage import packers
from linkage.bits import GOLDEN
from linkage.columns import Records
from linkage.keys import Numbering, column_hashes
from linkage.spec import BlockingRule, further_column


def split(
    rules: Sequence[BlockingRule],
    sides: tuple[np.ndarray, np.ndarray],
    tables: tuple[Records, Records],
    sizes: tuple[np.ndarray, np.ndarray],
    largest: int,
) -> tuple[list[int], list[int], int]:
    """Renumber (in place) the records of blocks that are too large.

    Args:
        sides: left and right records' blocks, rules × rows, −1 none; the same array for a table against itself.
        tables: left and right. sizes: left and right records of each block.

    Returns: per rule the pairs and the left records given up; how many numbers are used then.
    """
    over = np.append((sizes[1] > largest) & (sizes[0] > 0), False)
    pairs = np.append(sizes[0].astype(np.int64) * sizes[1], 0)
    total, given_up, records = len(sizes[0]), [], []
    for place in range(len(rules)):
        left, right = (side[place] for side in sides)
        met = over[left]
        if not met.any():
            given_up.append(0)
            records.append(0)
            continue
        before = int(pairs[np.unique(left[met])].sum())
        records.append(int(np.count_nonzero(met)))
        kept, total = _finer(further_column(rules, place), (left, right), tables, over, total, largest)
        given_up.append(before - kept)
    return given_up, records, total


def _finer(
    column: str | None,
    sides: tuple[np.ndarray, np.ndarray],
    tables: tuple[Records, Records],
    over: np.ndarray,
    total: int,
    largest: int,
) -> tuple[int, int]:
    """Split one rule's large blocks by a column; returns the pairs that remain of them, and how many numbers are used then."""
    is_self = np.may_share_memory(*sides)
    keys = [_keys(column, table, own, over) for table, own in zip(tables, sides[: 1 if is_self else 2])]
    known = Numbering(keys[0][None])
    numbers = [known.numbers[0]]
    if not is_self:
        numbers.append(np.empty(len(sides[1]), np.int32))
        known.look_up(0, keys[1], numbers[1])
    counts = [np.bincount(own[own >= 0], minlength=int(known.first[-1])) for own in (numbers * 2)[:2]]
    fits = np.append(counts[1] <= largest, False)
    for own, fresh in zip(sides, numbers):
        large = over[own]
        own[large] = np.where(fits[fresh], fresh + total, -1)[large]
    return int((counts[0] * counts[1])[fits[:-1]].sum()), total + int(known.first[-1])


def _keys(column: str | None, table: Records, own: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Keys of the records in large blocks, block and column mixed; 0 for the others, and where the column is missing (or there is none)."""
    keys = np.where(over[own], (own.astype(np.uint64) + np.uint64(1)) * GOLDEN, np.uint64(0))
    if column is None:
        return np.zeros_like(keys)
    packers.mix_keys(column_hashes(table, column), 1, keys)
    return keys


__all__ = ["split"]
