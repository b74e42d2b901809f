"""Probabilities → decisions: thresholds, one-to-one, and what people already decided.

A steward's word comes first: a must-link is a link whatever it weighs, a cannot-link never is. Then each record takes its best candidate, or, where both
sides are told to be unique, the assignment of greatest total weight within each group of records that compete.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.later import pd

LINK, POSSIBLE, NONE = "link", "possible", "none"


def decide(scored: pd.DataFrame, *, threshold: float, lower: float, one_to_one: str) -> pd.DataFrame:
    """`scored` (left_id, right_id, match_weight, match_probability[, told]) → the same rows that matter, with `decision`.

    At most one `link` per left record when `one_to_one` is `left` or `both`, per right record when `right` or `both`; a pair that people decided
    (`told`) is a link always, and what competes with it is not.
    """
    frame = scored.copy() if "told" in scored else scored.assign(told=False)
    frame = _sorted(frame[frame["told"] | (frame["match_probability"] >= min(lower, threshold))])
    told = frame["told"].to_numpy(dtype=bool)
    linked = (frame["match_probability"].to_numpy() >= threshold) & ~_competes(frame, told, one_to_one)
    if one_to_one == "both":
        linked[linked] = _assigned(frame[linked])
    elif one_to_one in ("left", "right"):
        linked &= ~frame[f"{one_to_one}_id"].duplicated().to_numpy()
    linked |= told
    possible = ~linked & (frame["match_probability"].to_numpy() >= lower)
    possible &= ~_competes(frame, linked, "left" if one_to_one == "both" else one_to_one)
    frame["decision"] = np.where(linked, LINK, np.where(possible, POSSIBLE, NONE))
    found = frame[frame["decision"] != NONE].drop(columns="told")
    return _sorted(found, ["left_id", "match_weight", "right_id"])


def _sorted(
    frame: pd.DataFrame,
    by: Sequence[str] = ("told", "match_probability", "match_weight", "left_id", "right_id"),
) -> pd.DataFrame:
    """Rows by some columns, numbers that tell for a pair descending, ids ascending."""
    if not all(pd.api.types.is_numeric_dtype(frame[name]) for name in by):
        ascending = [name.endswith("_id") for name in by]
        return frame.sort_values(list(by), ascending=ascending, kind="stable", ignore_index=True)
    keys = {name: frame[name].to_numpy() for name in by}
    telling = {name: key for name, key in keys.items() if name == by[-1] or (key != key[:1]).any()}
    order = np.lexsort([key if name.endswith("_id") else -key.astype(float) for name, key in telling.items()][::-1])  # fmt: skip
    return frame.iloc[order].reset_index(drop=True)


def _competes(frame: pd.DataFrame, chosen: np.ndarray, one_to_one: str) -> np.ndarray:
    """Which rows share a record, on a side that links once, with a chosen row and are not it."""
    found = np.zeros(len(frame), dtype=bool)
    for side in ("left", "right"):
        if one_to_one in (side, "both"):
            found |= frame[f"{side}_id"].isin(frame.loc[chosen, f"{side}_id"]).to_numpy()
    return found & ~chosen


def _assigned(frame: pd.DataFrame) -> np.ndarray:
    """Which rows belong to the best matching, component by component."""
    from scipy.sparse import coo_matrix  # 1 s
    from scipy.sparse.csgraph import connected_components

    left, lefts = pd.factorize(frame["left_id"])
    right, rights = pd.factorize(frame["right_id"])
    if not len(frame):
        return np.zeros(0, dtype=bool)
    size = len(lefts) + len(rights)
    graph = coo_matrix((np.ones(len(frame)), (left, right + len(lefts))), shape=(size, size))
    component = connected_components(graph, directed=False)[1][left]
    chosen = np.zeros(len(frame), dtype=bool)
    counts = np.bincount(component)
    chosen[counts[component] == 1] = True
    rest = np.flatnonzero(counts[component] > 1)
    for rows in (
        rest[group] for group in pd.Series(component[rest]).groupby(component[rest]).indices.values()
    ):
        chosen[rows[_best(left[rows], right[rows], frame["match_weight"].to_numpy()[rows])]] = True
    return chosen


def _best(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Positions of the pairs of the matching with the greatest total weight (weights below 0 count 0)."""
    from scipy.optimize import linear_sum_assignment

    a, lefts = pd.factorize(left)
    b, rights = pd.factorize(right)
    value = np.zeros((len(lefts), len(rights)))
    at = np.full(value.shape, -1)
    value[a, b], at[a, b] = np.maximum(weight, 1e-9), np.arange(len(left))
    rows, columns = linear_sum_assignment(value, maximize=True)
    found = at[rows, columns]
    return found[found >= 0]
