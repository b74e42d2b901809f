"""Barring candidates, dealing twins out, and the best that is left."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.county.candidates import best_candidates, lost_to_siblings, missing_probability, without


def table(*rows: tuple[int, int, float]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["left", "right", "match_probability"])
    return made.assign(match_weight=np.log2(made["match_probability"]))


def test_a_barred_candidate_leaves_its_share_to_the_rest_and_to_nobody() -> None:
    rest = without(table((0, 1, 0.9), (0, 2, 0.08)), np.array([True, False]), 1)
    assert rest["match_probability"].tolist() == pytest.approx([0.8])
    assert missing_probability(rest, 1)[0] == pytest.approx(0.2)


@given(st.lists(st.floats(1e-4, 1e4), min_size=2, max_size=6), st.data())
def test_barring_is_the_same_as_never_having_had_the_odds(odds: list[float], data: st.DataObject) -> None:
    barred = np.array(data.draw(st.lists(st.booleans(), min_size=len(odds), max_size=len(odds))))
    share = np.array(odds) / (1 + sum(odds))
    rest = without(table(*((0, n, p) for n, p in enumerate(share))), barred, 1)
    kept = np.array(odds)[~barred]
    assert rest["match_probability"].to_numpy() == pytest.approx(kept / (1 + kept.sum()), rel=1e-3)


def test_best_and_runner_up() -> None:
    best = best_candidates(table((2, 5, 0.3), (2, 6, 0.6), (0, 1, 0.9)), 3)
    assert best["right"].tolist() == [1, -1, 6]
    assert best["runner_up"].tolist() == [-1, -1, 5]
    assert best["missing_probability"].tolist() == pytest.approx([0.1, 1.0, 0.1])


def test_twins_who_cannot_be_told_apart_are_dealt_out_in_order() -> None:
    pairs = table((0, 7, 0.49), (0, 8, 0.49), (1, 7, 0.49), (1, 8, 0.49))
    lost = lost_to_siblings(pairs, np.array([0, 0]), np.array([0, 1]), np.arange(9))
    assert pairs[~lost][["left", "right"]].to_numpy().tolist() == [[0, 7], [1, 8]]


def test_the_twin_who_is_on_no_register_gets_nobody() -> None:
    pairs = table((0, 7, 0.95), (1, 7, 0.9))
    lost = lost_to_siblings(pairs, np.array([0, 0]), np.array([0, 1]), np.arange(9))
    assert lost.tolist() == [False, True]


def test_people_of_different_births_do_not_dispute() -> None:
    pairs = table((0, 7, 0.95), (1, 7, 0.9))
    for groups in ([0, 1], [-1, -1]):
        assert not lost_to_siblings(pairs, np.array(groups), np.array([0, 1]), np.arange(9)).any()
