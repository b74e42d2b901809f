"""Labels recalibrate a model, drift is seen, and blocking is known before it is done."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage import LinkResult, LinkSpec, Model, ModelError, block_on, compare, dedupe, link, train
from linkage.calibration import isotonic, logistic
from linkage.drift import stability_index


@pytest.mark.parametrize("method", [isotonic, logistic], ids=["isotonic", "logistic"])
def test_a_model_too_sure_of_itself_is_put_right_by_labels(method) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(2)
    weights = random.normal(0, 6, 20_000)
    true = 1 / (1 + np.exp2(-(0.5 * weights - 1)))
    curve = method(weights, random.random(20_000) < true)
    at = np.array([-8.0, -2.0, 0.0, 2.0, 8.0])
    assert curve(at) == pytest.approx(1 / (1 + np.exp2(-(0.5 * at - 1))), abs=0.05)
    assert (np.diff(curve(np.linspace(-30, 30, 200))) >= -1e-12).all()


@pytest.mark.parametrize("method", [isotonic, logistic], ids=["isotonic", "logistic"])
def test_labels_of_one_sort_are_refused(method) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match="rejected"):
        method(np.array([1.0, 2.0]), np.array([True, True]))


def test_drift_is_nothing_for_more_of_the_same_and_much_for_another_mix() -> None:
    before = pd.Series({1: 900, 2: 90, 3: 10})
    assert stability_index(before, before * 10) < 0.01
    assert stability_index(before, pd.Series({1: 400, 2: 90, 4: 510})) > 0.25


def test_blocking_is_counted_rule_by_rule() -> None:
    left = pd.DataFrame({"record_id": list("abc"), "x": ["1", "1", None], "y": ["p", "q", "q"]})
    right = pd.DataFrame({"record_id": list("de"), "x": ["1", "1"], "y": ["p", "q"]})
    spec = LinkSpec([block_on("x"), block_on("y")], [compare.exact("x"), compare.exact("y")])
    found = spec.analyse(left, right).set_index("rule")
    assert found["pairs"].tolist() == [4, 3]
    assert found["adds"].tolist() == [4, 1]
    assert found["largest_block"].tolist() == [4, 2]
    assert found["records_without"].tolist() == [1, 0]
    assert spec.analyse(right)["pairs"].tolist() == [1, 0]


SIZES = (300, 400, 350, 320)
SPEC = LinkSpec(
    [*map(block_on, "abcd")],
    [compare.exact(c, u=0.003, term_frequency=c == "a") for c in "abcd"],
    one_to_one="none",
)


def tables(seed: int, wrong: float, share: float = 0.7) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)
    right = pd.DataFrame({c: random.integers(0, k, 3_000) for c, k in zip("abcd", SIZES)})
    left = right.iloc[random.permutation(3_000)[:1_500]].reset_index(drop=True)
    is_there = random.random(1_500) < share
    for column, size in zip("abcd", SIZES):
        other = (random.random(1_500) < wrong) | ~is_there
        left[column] = left[column].mask(other, pd.Series(random.integers(0, size, 1_500)))
    sides = [table.astype(str).assign(record_id=np.arange(len(table))) for table in (left, right)]
    return sides[0], sides[1]


@pytest.fixture(scope="module")
def result() -> LinkResult:
    left, right = tables(1, 0.05)
    return link(left, right, train(left, right, SPEC))


def labels(result: LinkResult) -> pd.DataFrame:
    """Labels by which a weight is worth half of what it says, less two bits."""
    random = np.random.default_rng(8)
    some = result.to_label(60, seed=4)
    chance = 1 / (1 + np.exp2(-(0.5 * some["match_weight"] - 2)))
    return some.assign(is_match=random.random(len(some)) < chance)


@pytest.mark.parametrize("method", ["isotonic", "logistic"])
def test_a_recalibrated_model_keeps_its_weights_and_its_curve_in_its_file(
    result: LinkResult, method: str, tmp_path: Path
) -> None:
    left, right = tables(1, 0.05)
    renewed = result.model.recalibrated(labels(result), method)
    renewed.save(tmp_path / "m.json")
    loaded = Model.load(tmp_path / "m.json")
    assert loaded == renewed
    assert loaded.version == renewed.version != result.model.version
    again = link(left, right, loaded)
    pd.testing.assert_series_equal(again.candidates["match_weight"], result.candidates["match_weight"])
    alone = again.candidates[~again.candidates["left_id"].duplicated(keep=False)]
    wanted = loaded.calibration(alone["match_weight"].to_numpy())  # type: ignore[misc]
    assert alone["match_probability"].to_numpy() == pytest.approx(wanted, abs=1e-12)
    total = again.candidates.groupby("left_id")["match_probability"].sum()
    absent = again.missing_probability.reindex(total.index)
    assert (total + absent).to_numpy() == pytest.approx(1.0, abs=1e-9)


def test_a_recalibrated_model_deduplicates_by_its_curve(result: LinkResult) -> None:
    _, right = tables(1, 0.05)
    model = train(right, None, SPEC)
    before = dedupe(right, model, 0.5)
    renewed = model.recalibrated(labels(result))
    found = dedupe(right, renewed, 0.5).candidates
    assert found["match_weight"].tolist() == before.candidates["match_weight"].tolist()
    wanted = renewed.calibration(found["match_weight"].to_numpy())  # type: ignore[misc]
    assert found["match_probability"].tolist() == wanted.tolist()


def test_an_unknown_method_is_refused(result: LinkResult) -> None:
    with pytest.raises(ModelError, match="isotonic, logistic"):
        result.model.recalibrated(labels(result), "linear")


def test_a_frozen_model_scores_to_the_last_bit_as_before_and_so_does_a_file_from_before_patterns_were_kept(
    result: LinkResult, tmp_path: Path
) -> None:
    left, right = tables(1, 0.05)
    result.model.save(tmp_path / "m.json")
    content = json.loads((tmp_path / "m.json").read_text("utf-8"))
    assert "calibration" not in content
    del content["patterns"]
    (tmp_path / "old.json").write_text(json.dumps(content), encoding="utf-8")
    for name in ("m.json", "old.json"):
        again = link(left, right, Model.load(tmp_path / name))
        pd.testing.assert_frame_equal(again.candidates, result.candidates, check_exact=True)
    with pytest.raises(ModelError, match="no pattern counts"):
        Model.load(tmp_path / "old.json").drift(result)


def test_the_tables_of_training_have_not_drifted_and_others_of_their_kind_hardly(result: LinkResult) -> None:
    same = result.model.drift(result)
    assert max(same.all_pairs, same.likely, same.balance) < 1e-4
    other = result.model.drift(link(*tables(2, 0.05), result.model))
    assert other.verdict == "steady"


def test_worse_matches_are_seen_though_they_are_few_among_all_pairs(result: LinkResult) -> None:
    found = result.model.drift(link(*tables(3, 0.4), result.model))
    assert found.verdict == "train anew"
    assert found.all_pairs < 0.1 < found.likely + found.balance
    assert found.patterns["adds"].is_monotonic_decreasing
    assert found.patterns["pattern"].iloc[0] == "0 0 0 0"


def test_a_models_file_keeps_few_patterns_but_counts_every_pair(result: LinkResult) -> None:
    kept = result.model.patterns
    assert len(kept) <= 402
    assert sum(kept.values()) == pytest.approx(result.pattern_counts().total, rel=1e-3)
