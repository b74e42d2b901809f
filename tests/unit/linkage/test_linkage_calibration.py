"""Labels recalibrate weights, drift is seen, and blocking is known before it is done."""

import numpy as np
import pandas as pd
import pytest

from linkage import LinkSpec, ModelError, block_on, compare
from linkage.calibration import drift, isotonic, logistic


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
    assert drift(before, before * 10) < 0.01
    assert drift(before, pd.Series({1: 400, 2: 90, 4: 510})) > 0.25


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
