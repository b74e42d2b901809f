"""The comparison levels of two people of one family."""

from __future__ import annotations

import pandas as pd
import pytest
from county_village import MENTION_COLUMNS, County, frame, mention_row

from linkage.county.evidence import FIELDS, MISSING, TRAINED, compare_people, family_levels, one_slip
from linkage.county.frames import mention_frame, register_frame


def level(field: str, left: dict, right: dict) -> int:
    rows = [
        mention_row("police_residents", "f/x", n, "self", **values) for n, values in enumerate((left, right))
    ]
    people = [mention_frame(frame([row], MENTION_COLUMNS)) for row in rows]
    return int(compare_people(*people)[field][0])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("李明", "李明", "exact"),
        ("李明", "李铭", "same sound, or a former name"),
        ("李子明", "李子?", "one character unreadable"),
        ("李子明", "李子涵", "one character off"),
        ("李子明", "张子明", "same given name"),
        ("李子明", "李浩", "surname only"),
        ("李子明", "王浩", "other"),
    ],
    ids=lambda v: str(v),
)
def test_names(left: str, right: str, expected: str) -> None:
    assert FIELDS["name"][level("name", {"name": left}, {"name": right})].name == expected
    assert level("name", {"name": left}, {"name": right}) == level("name", {"name": right}, {"name": left})


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("2019-03-05", "2019-03-05", "exact"),
        ("2019-03-05", "2019-03-15", "one part off"),
        ("2019-03-05", "2019-05-03", "one part off"),
        ("2019-03-31", "2019-04-01", "one part off"),
        ("2019-03-05", "2019-07-21", "same year"),
        ("2019-03-05", "2011-07-21", "other"),
    ],
    ids=lambda v: str(v),
)
def test_birth_dates(left: str, right: str, expected: str) -> None:
    found = level("birth_date", {"birth_date": pd.Timestamp(left)}, {"birth_date": pd.Timestamp(right)})
    assert FIELDS["birth_date"][found].name == expected


def test_a_lunar_reading_is_seen_from_either_side() -> None:
    lunar = {"birth_date": pd.Timestamp(2019, 2, 1), "birth_date_lunar": pd.Timestamp(2019, 3, 7)}
    other = {"birth_date": pd.Timestamp(2019, 3, 7)}
    assert level("birth_date", lunar, other) == level("birth_date", other, lunar) == 1


def test_missing_says_nothing() -> None:
    assert {int(v[0]) for v in compare_people(*_two_unknowns()).values()} == {MISSING}


def _two_unknowns() -> list[pd.DataFrame]:
    rows = [mention_row("police_residents", "f/x", n, "self", former_name="x") for n in range(2)]
    return [mention_frame(frame([row], MENTION_COLUMNS)) for row in rows]


def test_the_date_within_a_number_is_not_heard_twice() -> None:
    known = {"id_number": "991224201503051233", "birth_date": pd.Timestamp(2015, 3, 5)}
    assert level("birth_date", {"id_number": "991224201503051233"}, known) == MISSING
    assert (
        level("birth_date", {"id_number": "991224201503051233"}, {"birth_date": pd.Timestamp(2015, 3, 5)})
        == 0
    )


def test_one_slip_is_a_digit_or_a_swap() -> None:
    number = "991224201503051233"
    assert one_slip(number, "991224201503051238")
    assert one_slip(number, "991224201503052133")
    assert not one_slip(number, "991224201503051244")
    assert not one_slip(number, number[:-1])


def test_family_levels_are_probabilities_and_relatives_share_surname_not_birth_date(county: County) -> None:
    family = family_levels(register_frame(county.register))
    assert set(family) == set(TRAINED)
    for field, shares in family.items():
        assert len(shares) == len(FIELDS[field])
        assert sum(shares) == pytest.approx(1, abs=1e-4) and min(shares) > 0
    assert family["name"][5] > 0.2
    assert family["birth_date"][0] < 0.01
