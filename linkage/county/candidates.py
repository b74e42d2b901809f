"""A mention's candidates with their probabilities, what bars one, and who is left as the best.

A candidate table has `left`, `right` (positions), `match_weight`, `match_probability`; a person's probabilities add up to at most one,
the rest being that they are on no register row. Taking a candidate out therefore shifts its share to the others and to nobody in
proportion, which is what removing its odds means.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

SMALLEST = 1e-9
CONTESTED = 0.02  # a candidate below this is not worth a dispute between twins


def missing_probability(candidates: pd.DataFrame, people: int) -> np.ndarray:
    """1 − Σ p by left position."""
    total = np.bincount(
        candidates["left"].to_numpy(), candidates["match_probability"].to_numpy(), minlength=people
    )
    return np.clip(1.0 - total, 0.0, 1.0)


def without(candidates: pd.DataFrame, barred: np.ndarray, people: int) -> pd.DataFrame:
    """The table without the barred rows, probabilities renormalised."""
    if not barred.any():
        return candidates
    left, share = candidates["left"].to_numpy(), candidates["match_probability"].to_numpy()
    gone = np.bincount(left[barred], share[barred], minlength=people)
    rest = candidates[~barred]
    scaled = rest["match_probability"] / np.maximum(1.0 - gone[rest["left"].to_numpy()], SMALLEST)
    return rest.assign(match_probability=scaled.clip(upper=1.0)).reset_index(drop=True)


def held_by_others(candidates: pd.DataFrame, beside: pd.DataFrame, firm: np.ndarray) -> np.ndarray:
    """Whether somebody beside the person in the row or household is firmly linked to the candidate."""
    mates = beside[firm[beside["mate"].to_numpy()] >= 0]
    held = _pair_code(mates["left"].to_numpy(), firm[mates["mate"].to_numpy()])
    return np.isin(_pair_code(candidates["left"].to_numpy(), candidates["right"].to_numpy()), held)


def _pair_code(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return left.astype(np.int64) << 32 | right.astype(np.int64)


def best_candidates(candidates: pd.DataFrame, people: int) -> pd.DataFrame:
    """One row per person: `right` (−1: none), `match_weight`, `match_probability`, `runner_up` (−1), `runner_up_weight`,
    `runner_up_probability`, `missing_probability`."""
    order = np.lexsort(
        (
            candidates["right"].to_numpy(),
            -candidates["match_weight"].to_numpy(),
            -candidates["match_probability"].to_numpy(),
            candidates["left"].to_numpy(),
        )
    )
    ranked = candidates.iloc[order]
    left = ranked["left"].to_numpy()
    start = np.flatnonzero(np.diff(left, prepend=-1))
    second = start + 1
    second = second[(second < len(left))]
    second = second[left[second] == left[second - 1]]
    table = pd.DataFrame({"right": np.full(people, -1), "runner_up": np.full(people, -1)})
    for name, rows in (("", start), ("runner_up_", second)):
        for column in ("match_weight", "match_probability"):
            values = np.full(people, np.nan)
            values[left[rows]] = ranked[column].to_numpy()[rows]
            table[(name + column).replace("runner_up_match", "runner_up")] = values
        table.loc[left[rows], "runner_up" if name else "right"] = ranked["right"].to_numpy()[rows]
    table["missing_probability"] = missing_probability(candidates, people)
    return table


def lost_to_siblings(
    candidates: pd.DataFrame, groups: np.ndarray, order_left: np.ndarray, order_right: np.ndarray
) -> np.ndarray:
    """Which rows are barred because another of the same group (twins of one birth, `groups` −1 for none) has that candidate.

    Within a group everybody is somebody else, so the candidates are dealt out one to one, by the best total; what the evidence cannot
    tell apart goes in order (rank and time of birth against the order of the numbers).
    """
    left, share = candidates["left"].to_numpy(), candidates["match_probability"].to_numpy()
    group = groups[left]
    contested = (group >= 0) & (share >= CONTESTED)
    table = pd.DataFrame({"group": group, "left": left, "right": candidates["right"].to_numpy()})[contested]
    both = table.groupby(["group", "right"])["left"].transform("nunique") > 1
    disputed = np.unique(table.loc[both, "group"].to_numpy())
    barred = np.zeros(len(candidates), dtype=bool)
    if not len(disputed):
        return barred
    nobody = missing_probability(candidates, len(groups))
    bits = np.log2(np.maximum(share, SMALLEST) / np.maximum(nobody[left], SMALLEST))
    rows_of = pd.Series(np.arange(len(candidates)))[np.isin(group, disputed)].groupby(
        group[np.isin(group, disputed)]
    )
    for _, rows in rows_of:
        rows = rows.to_numpy()
        barred[rows] = _dealt_to_another(
            left[rows], candidates["right"].to_numpy()[rows], bits[rows], order_left, order_right
        )
    return barred


def _dealt_to_another(
    left: np.ndarray, right: np.ndarray, bits: np.ndarray, order_left: np.ndarray, order_right: np.ndarray
) -> np.ndarray:
    lefts = np.array(sorted(set(left.tolist()), key=lambda p: (order_left[p], p)))
    rights = np.array(sorted(set(right.tolist()), key=lambda p: (order_right[p], p)))
    row = {p: n for n, p in enumerate(lefts.tolist())}
    column = {p: n for n, p in enumerate(rights.tolist())}
    gain = np.full((len(lefts), len(rights) + len(lefts)), -1e3)
    gain[:, len(rights) :] = 0.0  # nobody
    for a, b, value in zip(left.tolist(), right.tolist(), bits.tolist()):
        gain[row[a], column[b]] = value - 1e-6 * abs(row[a] - column[b])
    chosen = dict(zip(*(x.tolist() for x in linear_sum_assignment(gain, maximize=True))))
    owner = {b: a for a, b in chosen.items() if b < len(rights)}
    return np.array([owner.get(column[b], row[a]) != row[a] for a, b in zip(left.tolist(), right.tolist())])
