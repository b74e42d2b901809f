"""Errors told from labels: people look at some pairs, drawn at random within strata of match probability, and each stratum's labels stand for all its pairs.

Intervals are Wilson's within a stratum, put together over strata by the method of variance estimates recovery (MOVER: Zou & Donner 2008), and for
recall, a ratio of two such sums, by its form for ratios (Donner & Zou 2012). What nobody has labelled counts as the model has it, with the whole interval
from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.decide import LINK
from linkage.errors import LabelError
from linkage.later import pd

STRATA = (0.0, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0)
"""Bounds of match probability between which labels are drawn."""
COLUMNS = ("left_id", "right_id", "is_match")
Z95 = 1.959964


@dataclass(frozen=True)
class Share:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LabelledErrors:
    """`precision`: share of links that are matches; `recall`: share of matches that are links, among all that blocking is taken to catch and, by
    `caught`, those that it is not. `labels`: pairs that were used; `unlabelled`: pairs in strata in which nobody labelled any."""

    precision: Share
    recall: Share
    expected_matches: Share
    labels: int
    unlabelled: int


def draw(candidates: pd.DataFrame, per_stratum: int, seed: int) -> pd.DataFrame:
    """Candidates to be labelled: up to `per_stratum` of each stratum at random, in an order that tells nothing of their weight."""
    picked = candidates.sample(frac=1.0, random_state=seed)
    stratum = _stratum(picked["match_probability"])
    return picked[picked.groupby(stratum).cumcount() < per_stratum].reset_index(drop=True)


def matched_labels(labels: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """The labelled candidates with weight, probability and `is_match`.

    Raises: LabelError when a column is missing, a label is neither True nor False, or a pair is labelled twice.
    """
    lacking = [name for name in COLUMNS if name not in labels]
    if lacking:
        raise LabelError(f"the labels have no column {', '.join(lacking)}")
    if not labels["is_match"].isin([True, False]).all():
        raise LabelError("is_match must be True or False in every row")
    if labels.duplicated(["left_id", "right_id"]).any():
        raise LabelError("a pair is labelled twice")
    known = labels[list(COLUMNS)].astype({"is_match": bool})
    return candidates.merge(known, on=["left_id", "right_id"])


def errors_from_labels(
    labels: pd.DataFrame, links: pd.DataFrame, candidates: pd.DataFrame, caught: float
) -> LabelledErrors:
    """Precision and recall of the decided links. `labels`: left_id, right_id, is_match; those of pairs that are no candidates are passed over."""
    linked = links.loc[links["decision"] == LINK, ["left_id", "right_id"]].assign(is_link=True)
    every = candidates.merge(linked, on=["left_id", "right_id"], how="left")
    every["is_link"] = every["is_link"].notna()
    every["stratum"] = _stratum(every["match_probability"])
    known = matched_labels(labels, every)
    true, false = (_total(every[side], known[known["is_link"] == own]) for side, own in _sides(every))
    pairs = int(every["is_link"].sum())
    precision = Share(*(x / pairs if pairs else 1.0 for x in _values(true)))
    found = _ratio(false, true)
    recall = Share(*(caught / (1.0 + x) for x in (found.value, found.high, found.low)))
    spread = [
        np.hypot(true.value - a, false.value - b) for a, b in zip(_values(true)[1:], _values(false)[1:])
    ]
    total = true.value + false.value
    matches = Share(*(x / caught for x in (total, max(total - spread[0], 0.0), total + spread[1])))
    numbers = known.groupby(["is_link", "stratum"]).size()
    sizes = every.groupby(["is_link", "stratum"]).size()
    return LabelledErrors(
        precision, recall, matches, len(known), int(sizes[~sizes.index.isin(numbers.index)].sum())
    )


def _sides(every: pd.DataFrame) -> list[tuple[pd.Series, bool]]:
    return [(every["is_link"], True), (~every["is_link"], False)]


def _values(share: Share) -> tuple[float, float, float]:
    return share.value, share.low, share.high


def _stratum(probability: pd.Series) -> pd.Series:
    return pd.Series(
        np.searchsorted(STRATA[1:-1], probability, "right"), index=probability.index, name="stratum"
    )


def _total(pairs: pd.DataFrame, known: pd.DataFrame) -> Share:
    """Expected number of matches among some pairs, with its interval."""
    total = below = above = unknown_below = unknown_above = 0.0
    for stratum, own in pairs.groupby("stratum"):
        labelled = known[known["stratum"] == stratum]["is_match"]
        share = _wilson(int(labelled.sum()), len(labelled), float(own["match_probability"].mean()), len(own))
        total += len(own) * share.value
        down, up = len(own) * (share.value - share.low), len(own) * (share.high - share.value)
        if len(labelled):
            below, above = below + down**2, above + up**2
        else:  # no draws whose errors would make up for each other
            unknown_below, unknown_above = unknown_below + down, unknown_above + up
    low, high = total - below**0.5 - unknown_below, total + above**0.5 + unknown_above
    return Share(total, max(low, 0.0), min(high, float(len(pairs))))


def _wilson(matches: int, labels: int, expected: float, pairs: int) -> Share:
    """Share of matches in a stratum of so many pairs; `expected` where there is no label, and no interval where every pair is labelled."""
    if labels == 0:
        return Share(expected, 0.0, 1.0)
    value = matches / labels
    if labels >= pairs:
        return Share(value, value, value)
    size = labels * (pairs - 1) / (pairs - labels)  # labels without replacement tell more
    middle, spread = (
        value + Z95**2 / (2 * size),
        Z95 * (value * (1 - value) / size + (Z95 / (2 * size)) ** 2) ** 0.5,
    )
    whole = 1 + Z95**2 / size
    return Share(value, max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0))


def _ratio(top: Share, bottom: Share) -> Share:
    """top / bottom, whose errors are independent."""
    both = top.value * bottom.value
    if bottom.value <= 0:
        return Share(np.inf, 0.0, np.inf)
    squared, low, high = both**2, 0.0, np.inf
    of_top, of_bottom = top.low * (2 * top.value - top.low), bottom.high * (2 * bottom.value - bottom.high)
    if of_top > 0:
        low = of_top / (both + max(squared - of_top * of_bottom, 0.0) ** 0.5)
    of_top, of_bottom = top.high * (2 * top.value - top.high), bottom.low * (2 * bottom.value - bottom.low)
    if of_bottom > 0:
        high = (both + max(squared - of_top * of_bottom, 0.0) ** 0.5) / of_bottom
    return Share(top.value / bottom.value, low, high)


__all__ = ["LabelledErrors", "Share", "draw", "errors_from_labels", "matched_labels"]
