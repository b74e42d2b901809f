"""Errors estimated without truth, on links whose truth was drawn by the test."""

import numpy as np
import pytest

from linkage.errors_estimate import Errors, best, from_duplicates, from_neighbours


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, float, int]:
    """Links per record, the true share of false ones, and the records with a match: 70 % have one, found 9 times in 10; 0.05 strangers each."""
    random = np.random.default_rng(7)
    has = random.random(40_000) < 0.7
    found = has & (random.random(40_000) < 0.9)
    strangers = random.poisson(0.05, 40_000)
    return found + strangers, float(strangers.sum() / (found.sum() + strangers.sum())), int(has.sum())


@pytest.mark.parametrize("method", [from_duplicates, from_neighbours], ids=["duplicates", "neighbours"])
def test_false_and_missed_links_are_told_from_links_per_record(method, drawn) -> None:  # type: ignore[no-untyped-def]
    numbers, false, matches = drawn
    errors = method(numbers, matches)
    assert errors.false_match_rate == pytest.approx(false, rel=0.15)
    assert errors.missed_match_rate == pytest.approx(0.1, abs=0.02)
    assert errors.expected_missing == 40_000 - matches


@pytest.mark.parametrize("method", [from_duplicates, from_neighbours], ids=["duplicates", "neighbours"])
def test_no_links_at_all_are_no_false_ones(method) -> None:  # type: ignore[no-untyped-def]
    errors = method(np.zeros(10, dtype=int), 4.0)
    assert (errors.false_match_rate, errors.missed_match_rate) == (0.0, 1.0)


@pytest.mark.parametrize("method", [from_duplicates, from_neighbours], ids=["duplicates", "neighbours"])
def test_where_a_record_has_one_link_only_those_without_their_match_are_linked_to_strangers(method) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(9)
    found = (random.random(40_000) < 0.7) & (random.random(40_000) < 0.9)
    strangers = random.poisson(0.05, 40_000)
    false = float((~found & (strangers > 0)).sum())
    errors = method(found + strangers, 28_000.0, is_competing=True)
    assert errors.false_match_rate == pytest.approx(false / (found.sum() + false), rel=0.15)


def test_false_links_are_counted_where_records_meet_two_and_expected_where_none_does() -> None:
    posteriors, neighbours = Errors(0.1, 0.2, 5.0, 5.0), Errors(0.3, 0.4, 6.0, 4.0)
    assert best(posteriors, neighbours, np.array([0, 1, 2])) == Errors(0.3, 0.2, 5.0, 5.0)
    assert best(posteriors, neighbours, np.array([0, 1, 1])) == posteriors
