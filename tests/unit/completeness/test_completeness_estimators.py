"""Published examples, and what the estimators do at their edges."""

from __future__ import annotations

import numpy as np
import pytest

from completeness import dual_system, intervals, loglinear
from completeness.estimates import dual_rows
from completeness.linkage_error import Correction, LinkageError
from completeness.loglinear import Model

# Hepatitis A in Taiwan (Chao, Tsay, Lin, Shau & Chao 2001, Statistics in Medicine 20): lists P, Q, E with 135, 122 and 126 cases,
# 271 different people; histories 1 … 7 with P = 1, Q = 2, E = 4.
HEPATITIS = np.array([69.0, 55, 21, 63, 17, 18, 28])
PAIRS = {"PQ": (0, 1), "PE": (0, 2), "QE": (1, 2)}


def on(history: int) -> np.ndarray:
    return np.arange(1, 8) & history == history


def test_the_histories_are_those_published() -> None:
    assert [HEPATITIS[on(1 << k)].sum() for k in range(3)] == [135, 122, 126]
    assert HEPATITIS.sum() == 271


@pytest.mark.parametrize(
    ("pair", "published"), [pytest.param("PQ", 336), pytest.param("PE", 378), pytest.param("QE", 334)]
)
def test_the_dual_system_estimates_of_hepatitis_are_those_published(pair: str, published: int) -> None:
    a, b = PAIRS[pair]
    lists = [HEPATITIS[on(1 << k)].sum() for k in (a, b)]
    both = HEPATITIS[on(1 << a | 1 << b)].sum()
    assert round(float(dual_system.chandrasekaran_deming(*lists, both))) == published


@pytest.mark.parametrize(
    ("dependent", "published"),
    [pytest.param((), 388, id="independent"), pytest.param(("PQ", "PE", "QE"), 1313, id="all pairs")],
)
def test_the_log_linear_estimates_of_hepatitis_are_those_published(
    dependent: tuple[str, ...], published: int
) -> None:
    model = Model(3, tuple(PAIRS[pair] for pair in dependent))
    assert round(271 + float(loglinear.unseen(HEPATITIS, model)[0])) == published


def test_one_dependent_pair_is_the_dual_system_of_the_two_as_one_list() -> None:
    """Fienberg 1972: closed form; it is why the departments count as one list."""
    unseen = float(loglinear.unseen(HEPATITIS, Model(3, (PAIRS["QE"],)))[0])
    alone, other, both = dual_system.collapse(HEPATITIS)
    assert unseen == pytest.approx(alone * other / both, rel=1e-6)
    assert (alone + both, alone + other + both) == (135, 271)


def test_chapmans_estimate_of_the_textbook() -> None:
    """Ten marked, fifteen caught, five of them marked: 30 by Lincoln and Petersen, 28.3 by Chapman."""
    assert float(dual_system.chandrasekaran_deming(10, 15, 5)) == 30
    assert float(dual_system.chapman(10, 15, 5)) == pytest.approx(16 * 11 / 6 - 1)


def test_without_overlap_the_plain_estimate_has_no_end() -> None:
    assert np.isinf(dual_system.chandrasekaran_deming(np.array([3.0]), np.array([4.0]), np.array([0.0])))[0]


def test_a_few_on_both_lists_are_estimated_by_chapman() -> None:
    small, large = dual_system.estimate(np.array([[4.0, 2.0, 10.0], [40.0, 20.0, 100.0]]))
    assert small == pytest.approx(15 * 13 / 11 - 1)
    assert large == pytest.approx(140 * 120 / 100)


def test_least_squares_reweighted_is_maximum_likelihood() -> None:
    """At the maximum fitted and observed agree on every margin of the model."""
    model = Model(3, (PAIRS["PQ"], PAIRS["PE"]))
    design = model.design()[1:]
    fitted = np.exp(loglinear.poisson(HEPATITIS, design) @ design.T)[0]
    assert design.T @ fitted == pytest.approx(design.T @ HEPATITIS, rel=1e-6)


def test_an_empty_margin_does_not_stop_the_fit() -> None:
    counts = np.array([30.0, 20, 0, 10, 5, 6, 0])  # nobody on the first two lists
    unseen = [float(loglinear.unseen(counts, model)[0]) for model in loglinear.models(3)]
    assert all(np.isfinite(unseen))


def test_there_are_eight_hierarchical_models_of_three_lists() -> None:
    names = [model.named(("a", "b", "c")) for model in loglinear.models(3)]
    assert len(names) == len(set(names)) == 8
    assert (names[0], names[-1]) == ("independent", "a*b+a*c+b*c")


def test_the_model_chosen_has_the_dependence_that_is_there() -> None:
    register, hospital = 0.85, 0.75
    cells = {
        history: 4_000 * (register if history & 1 else 1 - register) * (hospital if history & 2 else 1 - hospital)
        * (police if history & 4 else 1 - police)
        for history in range(1, 8)
        for police in [0.95 if history & 2 else 0.5]
    }  # fmt: skip
    found = loglinear.best(np.array([cells[history] for history in range(1, 8)]))
    assert found.model.pairs == ((1, 2),)
    assert found.unseen == pytest.approx(4_000 * 0.15 * 0.25 * 0.5, rel=1e-4)


def test_the_profile_interval_holds_the_estimate_and_ends_above_what_was_seen() -> None:
    table = np.array([[40.0, 20.0, 100.0], [3.0, 2.0, 9.0], [0.0, 0.0, 12.0]])
    lower, upper = intervals.dual_profile(table)
    at = dual_system.chandrasekaran_deming(table[:, 0] + table[:, 2], table[:, 1] + table[:, 2], table[:, 2])
    assert np.all((table.sum(1) <= lower) & (lower <= at + 1e-6) & (at <= upper) & np.isfinite(upper))


def test_the_profile_interval_is_where_the_likelihood_has_fallen_by_the_chi_square_point() -> None:
    table = np.array([[40.0, 20.0, 100.0]])
    lower, upper = intervals.dual_profile(table)
    ends = np.array([[lower[0], upper[0]]]) - table.sum()
    best = dual_system.log_likelihood(table, np.linspace(0, 40, 4_001)[None]).max()
    fallen = 2 * (best - dual_system.log_likelihood(table, ends)[0])
    assert fallen == pytest.approx([intervals.CHI2_95] * 2, abs=0.02)


def test_an_interval_over_all_models_holds_that_of_the_chosen_one() -> None:
    low, high = intervals.loglinear_profile(HEPATITIS)
    grid = np.linspace(0, 5_000, 5_001)
    deviance = -2 * loglinear.log_likelihood(HEPATITIS, loglinear.best(HEPATITIS).model, grid)
    inside = grid[deviance - deviance.min() <= intervals.CHI2_95] + 271
    assert low <= inside[0] * 1.02
    assert high >= inside[-1] * 0.98


@pytest.mark.parametrize("births", [20, 60, 1_400], ids=str)
def test_intervals_hold_the_truth_nine_times_in_ten(births: int) -> None:
    """A certificate makes a police entry likelier; the register is independent of both (the full measure is benchmarks/completeness)."""
    random = np.random.default_rng(births)
    cells = [
        (0.85 if h & 1 else 0.15) * (0.75 if h & 2 else 0.25) * (p if h & 4 else 1 - p)
        for h in range(8)
        for p in [0.9 if h & 2 else 0.6]
    ]
    counts = random.multinomial(births, cells, size=400)[:, 1:].astype(float)
    rows = dual_rows(counts, Correction((LinkageError(),) * 3))
    assert rows["status"].eq("estimated").all()
    assert rows["lower"].le(births).mul(rows["upper"].ge(births)).mean() >= 0.9
    assert (rows["upper"] - rows["lower"]).median() < births * 0.12
