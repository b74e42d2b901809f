"""Match weights of a feed: more of the same is no drift, others are, and few rows say nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from linkage.county.weight_drift import FEWEST, FeedDrift, weight_counts, weight_drift


def links(feed: str, *weights: float | None) -> pd.DataFrame:
    return pd.DataFrame({"feed": feed, "match_weight": pd.array(weights, dtype="Float64")})


def test_rows_are_counted_by_feed_and_band_and_those_with_no_candidate_apart() -> None:
    frame = pd.concat(
        [links("b", 3.9, 4.0, 7.9, None, -99.0), links("a", 99.0, -0.1), links("c")], ignore_index=True
    )
    found = weight_counts(frame)
    assert found == {"a": {"+48": 1, "-4": 1}, "b": {"+0": 1, "+4": 2, "-12": 1, "none": 1}}
    assert weight_counts(frame.sample(frac=1.0, random_state=1)) == found
    assert weight_counts(frame.iloc[:0]) == {}


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [(0.0, "steady"), (2.0, "moving"), (6.0, "train anew")],
    ids=["same", "some", "much"],
)
def test_the_further_weights_move_the_greater_is_the_index(shift: float, verdict: str) -> None:
    weights = np.random.default_rng(1).normal(20.0, 6.0, 4_000)
    before, now = (
        weight_counts(links("a", *told))["a"] for told in (weights[:2_000], weights[2_000:] + shift)
    )
    found = weight_drift("a", "2026-05-01", before, now)
    assert (found.verdict, found.rows, found.since) == (verdict, 2_000, "2026-05-01")
    assert found == weight_drift("a", "2026-05-01", dict(reversed(before.items())), now)
    assert weight_drift("a", "2026-05-01", before, before).index == 0.0


@pytest.mark.parametrize(
    ("before", "now"), [(FEWEST - 1, FEWEST), (FEWEST, FEWEST - 1)], ids=["before", "now"]
)
def test_few_rows_say_nothing(before: int, now: int) -> None:
    told = weight_drift("a", "", {"+4": before}, {"none": now})
    assert told == FeedDrift("a", now, "", None, "too few")
