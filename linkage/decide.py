"""Probabilities → decisions: thresholds, one-to-one, and what people already decided.

A steward's word comes first: a must-link is a link whatever it weighs, a cannot-link never is. Then each record takes its best candidate, or, where both
sides are told to be unique, the assignment of greatest total weight within each group of records that compete.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

LINK, POSSIBLE, NONE = "link", "possible", "none"
Pairs = Iterable[tuple[object, object]] | None


def decide(
    scored: pd.DataFrame,
    *,
    threshold: float,
    lower: float,
    one_to_one: str,
    must_link: Pairs = None,
    cannot_link: Pairs = None,
) -> pd.DataFrame:
    """`scored` (left_id, right_id, match_weight, match_probability) → the same rows that matter, with `decision`.

    At most one `link` per left record when `one_to_one` is `left` or `both`, per right record when `right` or `both`.
    """
    frame = _without(scored, cannot_link)
    frame = _with(frame, must_link)
    order = ["match_probability", "match_weight", "left_id", "right_id"]
    frame = frame.sort_values(order, ascending=[False, False, True, True], kind="stable", ignore_index=True)
    linked = frame["match_probability"].to_numpy() >= threshold
    if one_to_one == "both":
        linked &= _assigned(frame)
    elif one_to_one in ("left", "right"):
        linked &= ~frame[f"{one_to_one}_id"].duplicated().to_numpy()
    possible = ~linked & (frame["match_probability"].to_numpy() >= lower)
    if one_to_one in ("left", "both"):
        possible &= ~frame["left_id"].isin(frame.loc[linked, "left_id"]).to_numpy()
    frame["decision"] = np.where(linked, LINK, np.where(possible, POSSIBLE, NONE))
    found = frame[frame["decision"] != NONE]
    return found.sort_values(
        ["left_id", "match_weight", "right_id"], ascending=[True, False, True], ignore_index=True
    )


def _key(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["left_id", "right_id"]])


def _without(frame: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    wanted = list(pairs or ())
    return frame[~_key(frame).isin(wanted)] if wanted and len(frame) else frame


def _with(frame: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    """Must-links at probability 1, in place of anything else their left record could be."""
    wanted = list(dict.fromkeys(pairs or ()))
    if not wanted:
        return frame
    known = {} if frame.empty else dict(zip(_key(frame), frame["match_weight"]))
    rows = pd.DataFrame(
        {
            "left_id": [a for a, _ in wanted],
            "right_id": [b for _, b in wanted],
            "match_weight": [float(known.get(pair, 0.0)) for pair in wanted],
            "match_probability": 1.0,
        }
    )
    rest = frame[~frame["left_id"].isin(rows["left_id"])]
    return pd.concat([rows, rest], ignore_index=True) if len(rest) else rows


def _assigned(frame: pd.DataFrame) -> np.ndarray:
    """Which rows belong to the best matching, component by component."""
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
    a, lefts = pd.factorize(left)
    b, rights = pd.factorize(right)
    value = np.zeros((len(lefts), len(rights)))
    at = np.full(value.shape, -1)
    value[a, b], at[a, b] = np.maximum(weight, 1e-9), np.arange(len(left))
    rows, columns = linear_sum_assignment(value, maximize=True)
    found = at[rows, columns]
    return found[found >= 0]
