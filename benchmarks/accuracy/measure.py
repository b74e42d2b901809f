"""What was linked against the truth: pairs, missing records, newborns, clusters, and what the engine itself thought of its errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.accuracy.data import DataSet
from linkage import LinkResult


@dataclass(frozen=True)
class Accuracy:
    """Shares between 0 and 1; NaN where a set has no such thing. `missing_f1` and `newborn` judge a record missing when its
    candidates' probabilities together stay below the threshold."""

    precision: float
    recall: float
    f1: float
    missing_f1: float
    newborn: float
    false_rate: float
    false_estimated: float
    missed_rate: float
    missed_estimated: float
    missing: float
    missing_estimated: float


METHODS = ("posteriors", "duplicates", "neighbours")
NEAR = 1.5


@dataclass(frozen=True)
class Told:
    """What one method that sees no truth says of a rate, against the truth; `is_near`: within a factor of 1.5 of it."""

    method: str
    rate: str
    truth: float
    estimated: float

    @property
    def is_near(self) -> bool:
        low, high = sorted((self.truth, self.estimated))
        return high <= NEAR * low


def told(accuracy: Accuracy, result: LinkResult) -> list[Told]:
    """The false and the missed rate by each method; of deduplication only posteriors, since the others count links between two tables."""
    truth = {"false": accuracy.false_rate, "missed": accuracy.missed_rate}
    if result.model.is_dedupe:
        errors = result.errors
        estimates = {"posteriors": (errors.false_match_rate, errors.missed_match_rate)}
    else:
        table = result.errors_by_method[["false_match_rate", "missed_match_rate"]]
        estimates = {name: (float(row[0]), float(row[1])) for name, row in zip(table.index, table.to_numpy())}
    return [
        Told(name, rate, truth[rate], estimate)
        for place, rate in enumerate(("false", "missed"))
        for name, estimate in ((name, estimates[name][place]) for name in METHODS if name in estimates)
    ]


def of_links(data: DataSet, result: LinkResult) -> Accuracy:
    """Links between two tables, left record by left record: one is found when it is linked to a right row of its person."""
    truth = data.truth
    linked = result.links[result.links["decision"] == "link"]
    true = set(zip(truth.pairs["left_id"], truth.pairs["right_id"]))
    matched = set(truth.pairs["left_id"])
    hits = sum(pair in true for pair in zip(linked["left_id"], linked["right_id"]))
    precision, recall = hits / max(len(linked), 1), hits / max(len(matched), 1)
    absent = set(data.left["record_id"]) - matched
    judged = set(result.missing_probability.index[result.missing_probability > 1 - result.threshold])
    newborn = truth.newborn & absent
    errors = result.errors
    return Accuracy(
        precision,
        recall,
        2 * precision * recall / max(precision + recall, 1e-9),
        2 * len(judged & absent) / max(len(judged) + len(absent), 1) if absent else np.nan,
        len(judged & newborn) / len(newborn) if newborn else np.nan,
        1 - precision,
        errors.false_match_rate,
        1 - recall,
        errors.missed_match_rate,
        len(absent),
        errors.expected_missing,
    )


def of_clusters(data: DataSet, result: LinkResult) -> Accuracy:
    """Pairs of records within one cluster against pairs of one entity."""
    assert data.truth.clusters is not None
    found = result.clusters.merge(data.truth.clusters, on="record_id")
    both = _pairs(found.groupby(["cluster_id", "entity_id"]).size())
    linked, true = _pairs(found.groupby("cluster_id").size()), _pairs(found.groupby("entity_id").size())
    precision, recall = both / max(linked, 1), both / max(true, 1)
    errors = result.errors
    return Accuracy(
        precision,
        recall,
        2 * both / max(linked + true, 1),
        np.nan,
        np.nan,
        1 - precision,
        errors.false_match_rate,
        1 - recall,
        errors.missed_match_rate,
        np.nan,
        np.nan,
    )


def _pairs(sizes: pd.Series) -> float:
    return float((sizes * (sizes - 1) / 2).sum())
