"""Errors told from labels, beside those told without, on candidates whose truth was drawn by the test."""

import numpy as np
import pandas as pd
import pytest

from linkage import LabelError, LinkSpec, block_on, compare, link, train
from linkage.labels import draw, errors_from_labels


def candidates(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """20,000 pairs, some surer than they ought to be, links from 0.9, and which pairs are matches."""
    random = np.random.default_rng(seed)
    weight = np.where(random.random(20_000) < 0.3, random.normal(8, 4, 20_000), random.normal(-6, 4, 20_000))
    probability = 1 / (1 + np.exp2(-weight))
    true = random.random(20_000) < 1 / (1 + np.exp2(-(0.6 * weight - 1)))
    found = pd.DataFrame({"left_id": range(20_000), "right_id": range(20_000)})
    found["match_weight"], found["match_probability"] = weight, probability
    return found, found[probability >= 0.9].assign(decision="link"), true


def test_precision_and_recall_stand_in_their_intervals_as_often_as_is_said() -> None:
    stood: list[list[bool]] = []
    for seed in range(60):
        found, links, true = candidates(seed)
        some = draw(found, 60, seed)
        told = errors_from_labels(some.assign(is_match=true[some["left_id"]]), links, found, 1.0)
        hits, matches = float(true[links["left_id"]].sum()), float(true.sum())
        shares = zip(
            (told.precision, told.recall, told.expected_matches), (hits / len(links), hits / matches, matches)
        )
        stood.append([share.low <= number <= share.high for share, number in shares])
    assert (np.mean(stood, axis=0) >= 0.9).all()
    assert told.unlabelled == 0


def test_all_labels_give_the_truth_itself() -> None:
    found, links, true = candidates(1)
    told = errors_from_labels(found.assign(is_match=true), links, found, 1.0)
    hits = float(true[links["left_id"]].sum())
    for share, number in ((told.precision, hits / len(links)), (told.recall, hits / true.sum())):
        assert (share.low, share.value, share.high) == pytest.approx((number,) * 3)


def test_without_labels_nothing_is_claimed() -> None:
    found, links, _ = candidates(2)
    told = errors_from_labels(found.head(0).assign(is_match=True), links, found, 1.0)
    assert (told.precision.low, told.precision.high, told.labels) == (pytest.approx(0.0), 1.0, 0)
    assert told.unlabelled == len(found)


def test_pairs_to_label_come_from_every_stratum_and_in_an_order_that_tells_nothing() -> None:
    found, _, _ = candidates(3)
    some = draw(found, 25, 7)
    assert len(some) == 250
    assert abs(np.corrcoef(some.index, some["match_weight"])[0, 1]) < 0.2
    pd.testing.assert_frame_equal(some, draw(found, 25, 7))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (pd.DataFrame({"left_id": [1], "right_id": [1]}), "no column is_match"),
        (pd.DataFrame({"left_id": [1], "right_id": [1], "is_match": [None]}), "True or False"),
        (pd.DataFrame({"left_id": [1, 1], "right_id": [1, 1], "is_match": [True, True]}), "labelled twice"),
    ],
    ids=["no-label", "undecided", "twice"],
)
def test_labels_that_cannot_be_used_are_refused(labels: pd.DataFrame, message: str) -> None:
    found, links, _ = candidates(4)
    with pytest.raises(LabelError, match=message):
        errors_from_labels(labels, links, found, 1.0)


def test_labels_stand_beside_the_three_methods() -> None:
    random = np.random.default_rng(1)
    right = pd.DataFrame({"a": random.integers(0, 80, 600), "b": random.integers(0, 90, 600)}).astype(str)
    left = right.head(400).copy()
    left.loc[random.random(400) < 0.2, "a"] = "0"
    spec = LinkSpec([block_on("a"), block_on("b")], [compare.exact("a", u=0.01), compare.exact("b", u=0.01)])
    a, b = (table.assign(record_id=np.arange(len(table))) for table in (left, right))
    result = link(a, b, train(a, b, spec), 0.8)
    some = result.to_label(30, seed=2)
    found = result.errors_beside(some.assign(is_match=some["left_id"] == some["right_id"]))
    assert found.index.tolist() == ["posteriors", "duplicates", "neighbours", "labels"]
    labels = found.loc["labels"]
    assert labels["false_match_rate_low"] <= labels["false_match_rate"] <= labels["false_match_rate_high"]
    linked = result.links[result.links["decision"] == "link"]
    wrong = float((linked["left_id"] != linked["right_id"]).mean())
    assert labels["false_match_rate_low"] <= wrong <= labels["false_match_rate_high"]
