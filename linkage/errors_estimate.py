"""How many links are false and how many matches are missed, without truth: expected from the posteriors (DESIGN 4.9, first of three methods).

As good as the model is calibrated. What blocking never brought together is not seen by it but for the model's `caught`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from linkage.decide import LINK


@dataclass(frozen=True)
class Errors:
    """`false_match_rate`: share of links that are false; `missed_match_rate`: share of matches that are no links.

    `expected_matches`: how many left records (or, in deduplication, pairs) have a match; `expected_missing`: how many left records have none.
    """

    false_match_rate: float
    missed_match_rate: float
    expected_matches: float
    expected_missing: float


def from_posteriors(
    links: pd.DataFrame, candidates: pd.DataFrame, missing: pd.Series, caught: float
) -> Errors:
    """Expected errors of the decided links."""
    linked = links[links["decision"] == LINK]
    sure = float(linked["match_probability"].sum())
    everything = float(candidates["match_probability"].sum()) / caught
    return Errors(
        false_match_rate=max(1.0 - sure / len(linked), 0.0) if len(linked) else 0.0,
        missed_match_rate=max(1.0 - sure / everything, 0.0) if everything else 0.0,
        expected_matches=everything,
        expected_missing=max(len(missing) - everything, 0.0),
    )
