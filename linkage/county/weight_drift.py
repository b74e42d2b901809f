"""How far the match weights of a feed's rows have moved from those of the first night that went by the model.

Strangers are not among them: each row counts once, by the weight of the best candidate it had, whatever people said of it since. Numbers of
rows alone, so that a night that runs again gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from linkage.drift import stability_index, verdict_of

Counts = Mapping[str, int]  # band of match weights → rows
BITS: Final = 4  # of a band; below LOWEST and above HIGHEST there is one each
LOWEST, HIGHEST = -12, 48
NOBODY: Final = "none"
FEWEST: Final = 500  # rows of which shares say something: of fewer, chance alone moves them


@dataclass(frozen=True)
class FeedDrift:
    """`index`: the population stability index, None of too few rows; `since`: the night that it is measured from."""

    feed: str
    rows: int
    since: str
    index: float | None
    verdict: str


def weight_counts(links: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Feed → band → rows, of a frame with `feed` and `match_weight`."""
    weights = links["match_weight"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    lower = np.clip(np.floor(weights / BITS) * BITS, LOWEST, HIGHEST)
    bands = pd.Series(lower, index=links.index).map(lambda bits: NOBODY if np.isnan(bits) else f"{bits:+.0f}")
    found: dict[str, dict[str, int]] = {}
    for (feed, band), rows in links.groupby([links["feed"].astype(str), bands]).size().sort_index().items():
        found.setdefault(feed, {})[band] = int(rows)
    return found


def are_enough(counts: Counts) -> bool:
    return sum(counts.values()) >= FEWEST


def weight_drift(feed: str, since: str, before: Counts, now: Counts) -> FeedDrift:
    rows = sum(now.values())
    if not (are_enough(before) and are_enough(now)):
        return FeedDrift(feed, rows, since, None, "too few")
    index = stability_index(*(pd.Series(told, dtype=float).sort_index() for told in (before, now)))
    return FeedDrift(feed, rows, since, round(index, 4), verdict_of(index))
