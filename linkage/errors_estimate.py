"""How many links are false and how many matches are missed, without truth, by three methods that fail for different reasons (DESIGN 4.9).

`posteriors`: expected from the match probabilities; as good as the model is calibrated.
`duplicates`: a left record with two links has at least one false one, and records without a match meet strangers as often (Blakely & Salmond 2002).
`neighbours`: links per left record are a match, or not, and a Poisson number of strangers (Dasylva & Goussanou 2022).
The last two count all pairs above the threshold taken alone and presume a right table without duplicates. Where a left record has one link at most
(`is_competing`), a stranger is linked only if the record's own match is not above the threshold beside it: of the strangers met, as many become false links as
there are records whose match is not linked.

`best` takes from each what it can see: false links are rare and stand where probabilities are least to be trusted (levels that depend on each other), but are met
where they can be counted, beside true ones; missed matches cannot be counted, and are expected from the probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from linkage.decide import LINK
from linkage.later import pd

STEPS = 500


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


def best(posteriors: Errors, neighbours: Errors, links_per_record: np.ndarray) -> Errors:
    """Missed matches from the probabilities, false links as counted; from the probabilities too where no record meets two and there is nothing to count."""
    if links_per_record.max(initial=0) < 2:
        return posteriors
    return replace(posteriors, false_match_rate=neighbours.false_match_rate)


def from_duplicates(
    links_per_record: np.ndarray, expected_matches: float, *, is_competing: bool = False
) -> Errors:
    """From how many left records have one and two or more links above the threshold.

    Args:
        links_per_record: whole numbers, one per left record, 0 where it has none.
        expected_matches: left records that have a match (the method itself knows only those that are linked).
        is_competing: whether each left record has one link at most.
    """
    n = len(links_per_record)
    linked, twice = int((links_per_record > 0).sum()), int((links_per_record > 1).sum())
    half = (linked + twice) / 2
    found = half + np.sqrt(max(half**2 - n * twice, 0.0)) if twice else float(linked)
    true = min(float(found), float(linked))
    return _errors(true, float(links_per_record.sum()), n, expected_matches, is_competing)


def from_neighbours(
    links_per_record: np.ndarray, expected_matches: float, *, is_competing: bool = False
) -> Errors:
    """From the distribution of links per left record: a match linked with chance p, and Poisson(λ) strangers, by EM. Arguments as above."""
    counts = np.bincount(links_per_record)
    n, number = len(links_per_record), np.arange(len(counts))
    total = float((counts * number).sum())
    if not total:
        return _errors(0.0, 0.0, n, expected_matches, is_competing)
    p, strangers = min(total / n, 0.99), 0.01
    for _ in range(STEPS):
        odds = p * number / ((1 - p) * strangers + p * number)  # that one of so many links is the match
        p = float(np.clip((counts * odds).sum() / n, 1e-9, 1 - 1e-9))
        strangers = max(total / n - p, 1e-12)
    return _errors(p * n, total, n, expected_matches, is_competing)


def _errors(true: float, links: float, records: int, expected_matches: float, is_competing: bool) -> Errors:
    matches = max(expected_matches, true)
    if is_competing and records:
        meets_strangers = 1.0 - np.exp(-(links - true) / records)
        links = true + (records - true) * float(meets_strangers)
    return Errors(
        false_match_rate=1.0 - true / links if links else 0.0,
        missed_match_rate=1.0 - true / matches if matches else 0.0,
        expected_matches=matches,
        expected_missing=max(records - matches, 0.0),
    )
