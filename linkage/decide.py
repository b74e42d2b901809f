"""Probabilities → decisions: thresholds, one-to-one, and what people already decided.

A steward's word comes first: a must-link is a link whatever it weighs, a cannot-link never is. Then each record takes its best candidate, or, where both
sides are told to be unique, the assignment of greatest total weight within each group of records that compete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from linkage.candidates import Candidates
from linkage.later import pd

LINK, POSSIBLE = "link", "possible"


@dataclass(frozen=True)
class Decided:
    """`places` of the candidates that are links or possible links, by left record, the best first; and which of them are links."""

    places: np.ndarray
    is_link: np.ndarray


def decide(
    pairs: Candidates,
    probability: np.ndarray,
    ids: tuple[np.ndarray, np.ndarray],
    *,
    threshold: float,
    lower: float,
    one_to_one: str,
) -> Decided:
    """Which candidates are links, and which are possible.

    At most one link per left record when `one_to_one` is `left` or `both`, per right record when `right` or `both`; a pair that people decided
    (`told`) is a link always, and what competes with it is not. `ids`: of each pair's left and right record; of equals the lower comes first.
    """
    keys = [_ordered(side) for side in ids]
    places = np.flatnonzero(pairs.told | (probability >= min(lower, threshold)))
    by = (~pairs.told, -probability, -pairs.weight, *keys)
    if one_to_one in ("left", "none"):  # no right record chooses, and so they stand already
        by = (pairs.left, *by)
    best = places[_order(by, places)]
    some, chance = pairs.take(best), probability[best]
    linked = (chance >= threshold) & ~_competes(some, some.told, one_to_one)
    if one_to_one == "both":
        linked[linked] = _assigned(some.take(linked))
    elif one_to_one in ("left", "right"):
        linked &= _is_first(getattr(some, one_to_one))
    linked |= some.told
    possible = ~linked & (chance >= lower)
    possible &= ~_competes(some, linked, "left" if one_to_one == "both" else one_to_one)
    kept = np.flatnonzero(linked | possible)
    kept = kept[_order((keys[0], -pairs.weight, keys[1]), best[kept])]
    return Decided(best[kept], linked[kept])


def _ordered(ids: np.ndarray) -> np.ndarray:
    """Numbers that are in order as ids are."""
    if ids.dtype.kind in "biuf":
        return ids
    found: np.ndarray = pd.factorize(ids, sort=True)[0]  # which knows an order of numbers and texts
    return found


def _order(keys: Iterable[np.ndarray], places: np.ndarray) -> np.ndarray:
    """Order of some places by keys, the first before the second."""
    some = [key[places] for key in keys]
    return np.arange(len(places)) if _are_ordered(some) else np.lexsort(some[::-1])


def _are_ordered(keys: Sequence[np.ndarray]) -> bool:
    """Whether what is to be sorted is."""
    is_open = np.ones(max(len(keys[0]) - 1, 0), bool)
    for key in keys:
        if (is_open & (key[:-1] > key[1:])).any():
            return False
        is_open &= key[:-1] == key[1:]
    return True


def _is_first(rows: np.ndarray) -> np.ndarray:
    """Which places have a row that none before has."""
    first = np.empty(int(rows.max(initial=-1)) + 1, np.int64)
    first[rows[::-1]] = np.arange(len(rows))[::-1]  # of several the last is written
    return np.asarray(first[rows] == np.arange(len(rows)))


def _competes(pairs: Candidates, chosen: np.ndarray, one_to_one: str) -> np.ndarray:
    """Which pairs share a record, on a side that links once, with a chosen pair and are not it."""
    found = np.zeros(len(pairs), dtype=bool)
    for side in ("left", "right"):
        if one_to_one in (side, "both") and chosen.any():
            rows = getattr(pairs, side)
            is_taken = np.zeros(int(rows.max()) + 1, dtype=bool)
            is_taken[rows[chosen]] = True
            found |= is_taken[rows]
    return found & ~chosen


def _numbered(rows: np.ndarray) -> tuple[np.ndarray, int]:
    """Rows numbered as they come, and how many there are."""
    _, first, which = np.unique(rows, return_index=True, return_inverse=True)
    turn = np.empty(len(first), np.int64)
    turn[np.argsort(first)] = np.arange(len(first))
    return turn[which], len(first)


def _assigned(pairs: Candidates) -> np.ndarray:
    """Which pairs belong to the best matching, component by component."""
    from scipy.sparse import coo_matrix  # 1 s
    from scipy.sparse.csgraph import connected_components

    chosen = np.zeros(len(pairs), dtype=bool)
    if not len(pairs):
        return chosen
    (left, lefts), (right, rights) = _numbered(pairs.left), _numbered(pairs.right)
    size = lefts + rights
    graph = coo_matrix((np.ones(len(pairs)), (left, right + lefts)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][left]
    alone = np.bincount(component)[component] == 1
    chosen[alone] = True
    rest = np.flatnonzero(~alone)
    rest = rest[np.argsort(component[rest], kind="stable")]
    for rows in np.split(rest, np.flatnonzero(np.diff(component[rest])) + 1) if len(rest) else ():
        chosen[rows[_best(left[rows], right[rows], pairs.weight[rows])]] = True
    return chosen


def _best(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Positions of the pairs of the matching with the greatest total weight (weights below 0 count 0)."""
    from scipy.optimize import linear_sum_assignment

    (a, lefts), (b, rights) = _numbered(left), _numbered(right)
    value = np.zeros((lefts, rights))
    at = np.full(value.shape, -1)
    value[a, b], at[a, b] = np.maximum(weight, 1e-9), np.arange(len(left))
    rows, columns = linear_sum_assignment(value, maximize=True)
    found = at[rows, columns]
    return found[found >= 0]
