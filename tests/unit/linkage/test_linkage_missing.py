"""How many records are missing: how often the truth stands in the interval, where the truth was drawn by the test."""

import numpy as np
import pandas as pd
import pytest

from linkage import LinkSpec, Model, block_on, compare, link, train
from linkage.missing import Missing, expected_missing

VALUES = (100, 200, 12, 31, 50, 80)
SPEC = LinkSpec(
    [block_on(f"c{place}") for place in range(len(VALUES))],
    [compare.exact(f"c{place}", u=1 / number) for place, number in enumerate(VALUES)],
    one_to_one="none",
)


def simulated(seed: int, wrong: float = 0.08) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """1,000 records of which 70 % are among 2,000, each value wrong now and then; and how many are not."""
    random = np.random.default_rng(seed)
    right = pd.DataFrame({f"c{p}": random.integers(0, k, 2_000) for p, k in enumerate(VALUES)})
    is_there = random.random(1_000) < 0.7
    left = right.iloc[random.permutation(2_000)[:1_000]].reset_index(drop=True)
    for place, number in enumerate(VALUES):
        other = (random.random(1_000) < wrong) | ~is_there
        left[f"c{place}"] = left[f"c{place}"].mask(other, pd.Series(random.integers(0, number, 1_000)))
    sides = [table.astype(str).assign(record_id=np.arange(len(table))) for table in (left, right)]
    return sides[0], sides[1], int((~is_there).sum())


def test_the_true_number_of_missing_stands_in_its_interval_as_often_as_is_said() -> None:
    stood, widths = [], []
    for seed in range(20):
        left, right, number = simulated(seed)
        found = link(left, right, train(left, right, SPEC)).missing
        stood.append(found.low <= number <= found.high)
        widths.append(found.high - found.low)
    assert np.mean(stood) >= 0.85
    assert np.mean(widths) < 0.02 * 1_000


def test_what_training_leaves_widens_the_interval_to_the_right_width() -> None:
    """One score per record, N(±1.2, 1) bits of two kinds, the share of matches estimated: hundreds of times, without the engine."""
    random, stood, chance_alone = np.random.default_rng(5), [], []
    for _ in range(400):
        is_there = random.random(400) < 0.6
        score = random.normal(np.where(is_there, 1.2, -1.2), 1.0)
        ratio, share = np.exp(2.4 * score), 0.5
        for _ in range(200):
            share = float((share * ratio / (share * ratio + 1 - share)).mean())
        absent = (1 - share) / (share * ratio + 1 - share)
        found = _expected(share, absent)
        number = float((~is_there).sum())
        stood.append(found.low <= number <= found.high)
        chance_alone.append(abs(number - found.expected) <= 1.96 * found.chance)
    assert 0.93 <= np.mean(stood) <= 0.975
    assert np.mean(chance_alone) < 0.93


def _expected(share: float, absent: np.ndarray, pairs: tuple[np.ndarray, ...] | None = None) -> Missing:
    spec = LinkSpec([block_on("x")], [compare.exact("x")])
    numbers = ((0.9, 0.1),), ((0.1, 0.9),), None
    model = Model(spec, *numbers, on_register=share, right_size=9, duplicates=share * len(absent))
    nothing = np.zeros(0, int), np.zeros(0), np.zeros((0, 1), int)
    left, probability, levels = pairs or nothing
    return expected_missing(
        model, absent, None, float(len(absent) - absent.sum()), (left, probability, levels)
    )


def test_levels_learned_from_few_matches_widen_it_further() -> None:
    absent = np.full(40, 0.5)
    levels = np.repeat([0, 1], 20)[:, None]
    known = _expected(0.6, absent)
    learned = _expected(0.6, absent, (np.arange(40), np.full(40, 0.5), levels))
    assert learned.training > 1.5 * known.training
    assert learned.chance == known.chance == pytest.approx(40**0.5 / 2)


def test_what_is_certain_has_no_width() -> None:
    found = _expected(0.5, np.array([0.0, 1.0, 1.0, 0.0]))
    assert (found.expected, found.low, found.high) == (2.0, 2.0, 2.0)
