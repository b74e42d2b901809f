"""The people: their numbers are valid, their rates near the published ones."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.areas import build_areas
from simulation.corruptions import misshapen_number, wrong_name, wrong_number
from simulation.datewords import EPOCH, lunar, write_date, wrong_date
from simulation.dice import Dice, ragged_rank
from simulation.founding import Town, day_number, found_county
from simulation.identity import WEIGHTS, check_digits, complete
from simulation.movement import live_month
from simulation.people import relation_to_head
from simulation.settings import SimulationSettings

START = date(2026, 1, 1)


@pytest.fixture(scope="module")
def town() -> Town:
    settings = SimulationSettings()
    town = Town(build_areas(20_000, 5, START), settings, 5)
    found_county(town, 20_000, day_number(START))
    return town


def test_numbers_are_valid_unique_and_nobodys(town: Town) -> None:
    numbers = town.people.id_number
    assert len(set(numbers)) == len(numbers)
    for number, birth, sex in zip(numbers[:2000], town.people.birth, town.people.sex):
        assert number.startswith("99")
        assert (
            sum(int(d) * int(w) for d, w in zip(number[:17], WEIGHTS)) % 11
            == (12 - (10 if number[17] == "X" else int(number[17]))) % 11
        )
        assert number[6:14] == write_date(int(birth), "packed")
        assert int(number[16]) % 2 == sex % 2


def test_shares_are_near_the_published_ones(town: Town) -> None:
    people = town.people
    assert len(people) == pytest.approx(20_000, rel=0.05)
    living_here = (people.rs_v >= 0).sum()
    assert people.floating.sum() / living_here == pytest.approx(0.27, abs=0.04)
    households = np.bincount(people.hh)
    assert households[households > 0].mean() == pytest.approx(2.6, abs=0.25)
    age = people.age(day_number(START))
    assert 0.10 < (age < 15).mean() < 0.20
    assert 0.12 < (age > 60).mean() < 0.30


def test_surnames_cluster_in_villages(town: Town) -> None:
    people = town.people
    everywhere = np.unique(people.surname, return_counts=True)[1].max() / len(people)
    top = [
        np.unique(people.surname[people.hk_v == v], return_counts=True)[1].max() / (people.hk_v == v).sum()
        for v in range(town.tree.villages)
    ]
    assert np.mean(top) > 1.5 * everywhere


def test_a_year_has_about_the_published_births_and_deaths() -> None:
    settings = SimulationSettings()
    town = Town(build_areas(20_000, 6, START), settings, 6)
    found_county(town, 20_000, day_number(START))
    logs = [live_month(town, START, month) for month in range(12)]
    born = sum(len(log.table("births")) for log in logs)
    died = sum(len(log.table("deaths")) for log in logs)
    assert born / 20 == pytest.approx(5.6, abs=1.6)
    assert died / 20 == pytest.approx(8.0, abs=2.0)
    people = town.people
    wed = np.flatnonzero((people.spouse >= 0) & people.alive)
    assert (people.spouse[people.spouse[wed]] == wed).all(), "marriage is mutual"
    assert people.alive[people.spouse[wed[people.alive[wed]]]].all()
    words = relation_to_head(
        people, town.households.head[people.hh[people.belongs]], np.flatnonzero(people.belongs)
    )
    assert (words == "户主").sum() == len(np.unique(people.hh[people.belongs]))


@given(st.integers(10**16, 10**17 - 1))
def test_the_check_digit_is_that_of_the_standard(first17: int) -> None:
    number = complete(str(first17))
    values = [10 if c == "X" else int(c) for c in number]
    weights = [pow(2, 17 - i, 11) for i in range(18)]
    assert sum(v * w for v, w in zip(values, weights)) % 11 == 1
    assert check_digits(np.array([first17]))[0] == number[17]


@given(st.integers(10**16, 10**17 - 1), st.floats(0, 0.81), st.floats(0, 0.999))
def test_slips_of_a_digit_are_caught_by_the_check_digit(first17: int, u: float, v: float) -> None:
    number = complete(str(first17))
    wrong, kind = wrong_number(number, u, v)
    if wrong != number and len(wrong) == 18 and wrong[:17].isdigit():
        assert complete(wrong[:17]) != wrong, kind


@given(
    st.sampled_from(["王伟", "欧阳娜娜", "李子涵", "买买提·艾力"]), st.floats(0, 0.999), st.floats(0, 0.999)
)
def test_a_wrong_name_is_never_empty(name: str, u: float, v: float) -> None:
    wrong, kind = wrong_name(name, u, v)
    assert wrong and kind


@given(st.integers(-30_000, 20_000), st.floats(0, 0.999), st.floats(0, 0.999))
def test_a_wrong_date_is_a_day_or_a_text(day: int, u: float, v: float) -> None:
    wrong, kind = wrong_date(day, u, v, 0.25)
    assert isinstance(wrong, (int, str)) and kind


@given(st.integers(-25_000, 20_000))
def test_packed_and_iso_dates_read_back(day: int) -> None:
    assert (date.fromisoformat(write_date(day, "iso")) - EPOCH).days == day
    assert write_date(day, "packed") == write_date(day, "iso").replace("-", "")


def test_lunar_new_year_reads_as_the_first_of_the_first() -> None:
    assert lunar((date(2024, 2, 10) - EPOCH).days) == "2024-01-01"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
def test_dice_belong_to_their_owner(keys: list[int]) -> None:
    dice = Dice(1, "x")
    together = dice.uniform(np.array(keys))
    alone = [dice.one(key) for key in keys]
    assert together.tolist() == alone
    assert ((together >= 0) & (together < 1)).all()


def test_ragged_rank_counts_in_order_of_appearance() -> None:
    assert ragged_rank(np.array([5, 3, 5, 5, 3])).tolist() == [0, 0, 1, 2, 1]


def test_misshapen_numbers_keep_their_digits() -> None:
    number = complete("99312219900101123")
    for u in (0.1, 0.4, 0.6):
        shaped, _ = misshapen_number(number, u, 0.5)
        assert (
            "".join(c for c in shaped if c.isalnum())
            .translate(str.maketrans("０１２３４５６７８９Ｘ", "0123456789X"))
            .endswith(number[1:17])
            or len(shaped) >= 18
        )
