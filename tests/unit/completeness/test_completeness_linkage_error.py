"""Missed and false links, made and undone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from completeness.dual_system import collapse
from completeness.linkage_error import Correction, LinkageError, moments, outcomes_of_missed_links
from completeness.linkage_rates import linkage_errors

NONE = LinkageError()
TRUE = np.array([30.0, 40, 500, 20, 60, 90, 700])


def on_list(counts: np.ndarray) -> list[float]:
    return [float(counts[np.arange(1, len(counts) + 1) >> k & 1 == 1].sum()) for k in range(3)]


def seen(true: np.ndarray, missed: tuple[float, ...]) -> np.ndarray:
    """What is expected to be observed when links are missed."""
    means = [moments(outcomes_of_missed_links(h, missed), 8)[0] for h in range(1, 8)]
    return np.asarray(true @ np.array(means))


def test_with_two_lists_the_overlap_is_that_of_ding_and_fienberg() -> None:
    error = LinkageError(missed_match_rate=0.1)
    observed = np.array([100.0, 50, 900])

    assert Correction((NONE, error)).corrected(observed)[2] == pytest.approx(900 / 0.9)


def test_with_two_lists_false_links_are_taken_out_as_di_consiglio_and_tuoto_do() -> None:
    error = LinkageError(false_match_rate=0.02, missed_match_rate=0.05)
    both = Correction((NONE, error)).corrected(np.array([200.0, 150, 900]))[2]
    alpha, beta = (
        0.95,
        0.02 * 900 / (1_100 - 900 * 0.98 / 0.95),
    )  # β: chance of a false link of who has no match
    assert both == pytest.approx(900 * 0.98 / 0.95)
    assert both == pytest.approx((900 - beta * 1_100) / (alpha - beta))


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.2], ids=str)
def test_what_missed_links_did_is_undone(rate: float) -> None:
    correction = Correction((LinkageError(missed_match_rate=rate),) * 3)
    assert correction.corrected(seen(TRUE, (rate,) * 3)) == pytest.approx(TRUE)


def test_unlinked_records_of_one_child_are_linked_to_each_other() -> None:
    chance = {parts: p for p, parts in outcomes_of_missed_links(7, (0.0, 0.1, 0.2))}
    assert chance[(7,)] == pytest.approx(0.9 * 0.8)
    assert chance[(1, 6)] == pytest.approx(0.1 * 0.2 * 0.8)
    assert chance[(1, 2, 4)] == pytest.approx(0.1 * 0.2 * 0.2)
    assert sum(chance.values()) == pytest.approx(1)


rates = st.floats(0, 0.3)


@given(missed=rates, false=st.floats(0, 0.1), counts=st.lists(st.integers(200, 900), min_size=7, max_size=7))
def test_no_list_gets_longer_or_shorter(missed: float, false: float, counts: list[int]) -> None:
    correction = Correction((LinkageError(false, missed),) * 3)
    observed = seen(np.array(counts, float), (missed,) * 3)
    corrected = correction.corrected(observed)
    if corrected.min() > 0:  # nothing was cut off at zero
        assert on_list(corrected) == pytest.approx(on_list(observed))


def test_the_covariance_is_what_simulation_finds() -> None:
    random = np.random.default_rng(3)
    rate = 0.1
    correction = Correction((LinkageError(missed_match_rate=rate),) * 3)
    true = TRUE.astype(int)
    found = []
    for _ in range(3_000):
        observed = np.zeros(8)
        for history, children in enumerate(true, start=1):
            outcomes = outcomes_of_missed_links(history, (rate,) * 3)
            often = random.multinomial(children, [p for p, _ in outcomes])
            for (_, parts), times in zip(outcomes, often):
                np.add.at(observed, list(parts), times)
        found.append(collapse(correction.corrected(observed[1:])))
    spread = np.cov(np.array(found).T)
    together = np.array([collapse(row) for row in np.eye(7)]).T
    expected = together @ correction.covariance(seen(TRUE, (rate,) * 3)) @ together.T
    assert np.diag(expected) == pytest.approx(np.diag(spread), rel=0.12)


def test_the_rates_are_told_by_the_links() -> None:
    import pandas as pd

    children = pd.DataFrame(
        {
            "list": ["hospital"] * 4 + ["police"],
            "content_key": ["a", "b", "c", "c", "d"],
            "is_linked": [True, True, False, False, True],
            "match_probability": [1.0, 0.9, 0.1, 0.1, 1.0],
            "missing_probability": [0.0, 0.1, 0.9, 0.9, 0.0],
        }
    )
    register, hospital, police = linkage_errors(children)
    assert (register, police) == (NONE, NONE)
    assert hospital.false_match_rate == pytest.approx(0.05)
    assert hospital.missed_match_rate == pytest.approx(0.1 / 2.0)
