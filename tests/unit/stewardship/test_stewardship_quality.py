"""The numbers of a quality sample: worked examples as published, other programs, and the engine's own estimates from labels."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pandas as pd
import pytest

from linkage.labels import errors_from_labels
from register.quality import Judged, Pair, Sample, Stratum, verdict
from stewardship.quality.results import finding, result_of
from stewardship.quality.statistics import (
    Counted,
    cohens_kappa,
    krippendorffs_alpha,
    precision,
    recall,
    total,
    wilson,
)

S, D, U = "same_person", "different_person", "cannot_tell"
# Fleiss, Levin & Paik 2003, table 18.1: two raters' diagnoses (psychotic, neurotic, organic) of 100 subjects.
DIAGNOSES = {
    ("p", "p"): 75,
    ("p", "n"): 1,
    ("p", "o"): 4,
    ("n", "p"): 5,
    ("n", "n"): 4,
    ("n", "o"): 1,
    ("o", "o"): 10,
}


def test_cohens_kappa_is_that_of_the_published_example() -> None:
    found = cohens_kappa(DIAGNOSES)
    assert found.value == pytest.approx(0.676, abs=5e-4)
    assert found.low is not None and found.high is not None
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.0877, abs=5e-4)


def test_cohens_kappa_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import cohen_kappa_score

    first, second = zip(*[both for both, times in DIAGNOSES.items() for _ in range(times)])
    assert cohens_kappa(DIAGNOSES).value == pytest.approx(cohen_kappa_score(first, second))


def test_the_standard_error_of_kappa_is_that_of_the_delta_method() -> None:
    """Derivatives taken numerically, over the covariance of a multinomial sample."""
    cells = list(product("pno", "pno"))
    n = sum(DIAGNOSES.values())
    p = np.array([DIAGNOSES.get(cell, 0) / n for cell in cells])

    def kappa(share: np.ndarray) -> float:
        table = share.reshape(3, 3)
        expected = float(table.sum(axis=1) @ table.sum(axis=0))
        return float((np.trace(table) - expected) / (1 - expected))

    step = 1e-6
    slope = np.array([(kappa(p + step * e) - kappa(p - step * e)) / (2 * step) for e in np.eye(9)])
    error = math.sqrt(slope @ ((np.diag(p) - np.outer(p, p)) / n) @ slope)
    found = cohens_kappa(DIAGNOSES)
    assert found.low is not None and found.value is not None
    assert (found.value - found.low) / 1.959964 == pytest.approx(error, rel=1e-4)


def test_kappa_says_nothing_where_chance_alone_would_agree() -> None:
    assert cohens_kappa({(S, S): 12}).value is None
    assert cohens_kappa({}).value is None
    whole = cohens_kappa({(S, S): 5, (D, D): 5})
    assert (whole.value, whole.low, whole.high) == (1.0, None, None)


def by_observer(*rows: str) -> list[list[str]]:
    """Units out of observers' rows; `*` is not judged."""
    return [[said for said in unit if said != "*"] for unit in zip(*(row.split() for row in rows))]


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        pytest.param(("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), 0.095, id="A, binary"),
        pytest.param(("a a b b d c c c e d d a", "b a b b b c c c e d d d"), 0.692, id="B, nominal"),
        pytest.param(
            (
                "1 2 3 3 2 1 4 1 2 * * *",
                "1 2 3 3 2 2 4 1 2 5 * 3",
                "* 3 3 3 2 3 4 2 2 5 1 *",
                "1 2 3 3 2 4 4 1 2 5 1 *",
            ),
            0.743,
            id="C, four observers with gaps",
        ),
    ],
)
def test_krippendorffs_alpha_is_that_of_his_worked_examples(rows: tuple[str, ...], alpha: float) -> None:
    found = krippendorffs_alpha(by_observer(*rows))
    assert found.value == pytest.approx(alpha, abs=5e-4)
    assert found.low is not None and found.high is not None and found.low < alpha < found.high


def test_the_interval_of_alpha_is_about_that_of_a_bootstrap() -> None:
    made = np.random.default_rng(7)
    units = [(S, S)] * 50 + [(D, D)] * 30 + [(S, D)] * 12 + [(D, U)] * 8
    drawn = [
        krippendorffs_alpha([units[i] for i in made.integers(0, 100, 100)]).value or 0.0 for _ in range(400)
    ]
    found = krippendorffs_alpha(units)
    assert found.low is not None and found.high is not None
    assert found.low == pytest.approx(float(np.quantile(drawn, 0.025)), abs=0.03)
    assert found.high == pytest.approx(float(np.quantile(drawn, 0.975)), abs=0.03)


@pytest.mark.parametrize(
    ("matches", "labels", "low", "high"),
    [
        pytest.param(81, 263, 0.2553, 0.3662, id="81 of 263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="15 of 148"),
        pytest.param(0, 20, 0.0, 0.1611, id="0 of 20"),
        pytest.param(1, 29, 0.0061, 0.1718, id="1 of 29"),
    ],
)
def test_wilsons_interval_is_that_of_newcombe_1998(
    matches: int, labels: int, low: float, high: float
) -> None:
    from scipy.stats import binomtest

    found = wilson(matches, labels)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    other = binomtest(matches, labels).proportion_ci(method="wilson")
    assert (found.low, found.high) == (pytest.approx(other.low), pytest.approx(other.high))


def test_a_stratum_that_was_judged_whole_leaves_no_doubt_and_one_without_verdicts_all_of_it() -> None:
    assert wilson(3, 4, 4).low == wilson(3, 4, 4).high == 0.75
    known = total([Counted(4, 4, 3)])
    assert known is not None and (known.value, known.low, known.high) == (3.0, 3.0, 3.0)
    half = total([Counted(4, 4, 3), Counted(2, 0, 0)])
    assert half is not None and (half.value, half.low, half.high) == (4.5, 3.0, 5.0)
    assert total([Counted(4, 0, 0)]) is None and precision([]) is None
    assert recall([Counted(10, 5, 5)], [Counted(10, 0, 0)]) is None


def test_precision_and_recall_are_those_of_the_engine_from_the_same_labels() -> None:
    """Of strata that are the engine's own, with every stratum labelled."""
    bounds = {0.0005: (900, 40, 1), 0.3: (60, 20, 6), 0.97: (80, 30, 27), 0.9995: (5000, 90, 89)}
    rows = [(p, number) for p, (pairs, _, _) in bounds.items() for number in range(pairs)]
    every = pd.DataFrame(rows, columns=["match_probability", "number"])
    every["left_id"], every["right_id"] = every.index.astype(str), "r"
    every["match_weight"] = 0.0
    links = every[every["match_probability"] > 0.95].assign(decision="link")
    drawn = every[every["number"] < every["match_probability"].map({p: n for p, (_, n, _) in bounds.items()})]
    labels = drawn.assign(
        is_match=drawn["number"] < drawn["match_probability"].map({p: m for p, (*_, m) in bounds.items()})
    )
    other = errors_from_labels(labels, links, every, 1.0)
    counted = {p: Counted(*numbers) for p, numbers in bounds.items()}
    own = (
        precision([counted[0.97], counted[0.9995]]),
        recall([counted[0.97], counted[0.9995]], [counted[0.0005], counted[0.3]]),
    )
    for mine, theirs in zip(own, (other.precision, other.recall)):
        assert mine is not None
        assert (mine.value, mine.low, mine.high) == pytest.approx(
            (theirs.value, theirs.low, theirs.high), rel=1e-5
        )


def test_the_weighted_precision_covers_the_truth_about_as_often_as_it_says() -> None:
    made = np.random.default_rng(11)
    strata = ((400, 20, 0.6), (5000, 80, 0.985))
    truth = sum(n * p for n, _, p in strata) / sum(n for n, _, _ in strata)
    hits = 0
    for _ in range(600):
        counted = [Counted(n, k, int(made.binomial(k, p))) for n, k, p in strata]
        found = precision(counted)
        assert found is not None
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 600 <= 0.99


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        pytest.param((), None, id="nobody"),
        pytest.param((S,), None, id="one"),
        pytest.param((S, S), S, id="two alike"),
        pytest.param((S, D), None, id="two that differ"),
        pytest.param((S, D, D), D, id="the third decides"),
        pytest.param((S, U, D), None, id="three that differ"),
        pytest.param((U, U), U, id="nobody can tell"),
        pytest.param((S, D, D, S), None, id="two against two"),
    ],
)
def test_a_verdict_is_what_most_say(kinds: tuple[str, ...], word: str | None) -> None:
    assert verdict(kinds) == word


MONTH, NIGHT, AT = date(2026, 5, 1), date(2026, 5, 1), datetime(2026, 5, 3, tzinfo=UTC)
STRATA = [
    Stratum(1, "link", 0.99, 1.0, 1000),
    Stratum(2, "possible", 0.0, 0.99, 10),
    Stratum(3, "none", 0.0, 1.0, 100),
]


def judged(stratum: int, *kinds: str, by: tuple[str, ...] = ("a", "b", "c"), decision: str = "") -> Judged:
    pair = Pair("Q1", MONTH, None, "k", "p", "f", "f", "", 2, "self")
    return Judged(MONTH, stratum, kinds, by[: len(kinds)], pair, decision)


def test_a_result_counts_first_answers_for_agreement_and_verdicts_for_the_links() -> None:
    sample = Sample(MONTH, NIGHT, "m", 8, AT, AT, "s")
    pairs = [judged(1, S, S), judged(1, S, S), judged(1, S, D, S), judged(1, D, D), judged(1, S)]
    pairs += [judged(2, S, S), judged(3, D, D), judged(3, U, U)]
    found = result_of(sample, STRATA, pairs)
    assert (found.units, found.agreed, found.unsettled, found.unanswered) == (7, 6, 1, 1)
    assert [line.counted for line in found.lines] == [
        Counted(1000, 4, 3),
        Counted(10, 1, 1),
        Counted(100, 1, 0),
    ]
    assert found.reviewers == 2 and found.agreement == cohens_kappa(
        {(S, S): 3, (S, D): 1, (D, D): 2, (U, U): 1}
    )
    assert found.precision is not None and found.precision.value == 0.75
    assert found.recall is not None and found.recall.value == pytest.approx(750 / 760)


def test_of_two_reviewers_each_keeps_the_own_side_whoever_was_first_and_of_three_it_is_alpha() -> None:
    sample = Sample(MONTH, NIGHT, "m", 2, AT, AT, "s")
    two = [judged(1, S, D, by=("a", "b")), judged(1, D, S, by=("b", "a")), judged(1, D, D)]
    assert result_of(sample, STRATA, two).agreement == cohens_kappa({(S, D): 2, (D, D): 1})
    three = [*two, judged(1, S, S, by=("c", "a"))]
    found = result_of(sample, STRATA, three)
    assert found.reviewers == 3
    assert found.agreement == krippendorffs_alpha([(S, D), (D, S), (D, D), (S, S)])


def test_no_recall_is_said_where_nothing_that_was_passed_over_could_be_drawn() -> None:
    sample = Sample(MONTH, NIGHT, "m", 2, AT, AT, "s")
    found = result_of(sample, STRATA[:2], [judged(1, S, S), judged(2, D, D)])
    assert found.recall is None and found.precision is not None


def test_what_is_worth_looking_at_is_a_wrong_link_a_missed_one_or_a_difference() -> None:
    assert finding(judged(1, D, D, decision="link")) == "false_link"
    assert finding(judged(1, S, D, D, decision="link")) == "false_link"
    assert finding(judged(3, S, S, decision="none")) == "missed"
    assert finding(judged(1, S, D, S, decision="link")) == "differ"
    assert finding(judged(1, S, S, decision="link")) == ""
