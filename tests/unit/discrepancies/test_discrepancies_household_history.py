"""A missing household keeps the key under which the police first listed it."""

from __future__ import annotations

import pytest
from discrepancy_frames import HERE, Night

from discrepancies import find

MONTHS = {"2026-03": "2026-04-03", "2026-04": "2026-05-03", "2026-05": "2026-06-03"}


def listed(night: Night, period: str, homes: dict[str, str]) -> None:
    """One month's lists: of each household key the people, one letter each."""
    for key, people in homes.items():
        for person in people:
            night.mention(
                "police_residents",
                entity=f"E{person}",
                birth_date="1980-01-01",
                household_key=f"police_residents:{key}",
                unit=key.split(":")[0],
                period=period,
                arrival=MONTHS[period],
                hukou_area=HERE,
                area_code=HERE,
                is_latest=period == "2026-05",
            )


def subjects(*months: dict[str, str]) -> list[str]:
    night = Night()
    for period, homes in zip(list(MONTHS)[-len(months) :], months):
        listed(night, period, homes)
    found = [c for c in find(night.inputs()) if c.type == "missing_household"]
    return sorted(c.subject.removeprefix("police_residents:") for c in found)


@pytest.mark.parametrize(
    "months",
    [
        [{"东:1": "abc"}, {"西:1": "abc"}],
        [{"东:1": "abc"}, {"西:9": "abc"}],
        [{"东:1": "abc"}, {"南:1": "ab"}, {"西:1": "abd"}],
        [{"东:1": "abc"}, {"西:1": "abcde"}],
    ],
    ids=["the station merged", "with another number", "twice", "with two more"],
)
def test_a_household_whose_station_or_number_changes_is_the_same_discrepancy(
    months: list[dict[str, str]],
) -> None:
    assert subjects(*months) == ["东:1"]


def test_people_who_come_and_go_afterwards_change_nothing() -> None:
    assert subjects({"东:1": "abc"}, {"西:1": "abc"}, {"西:1": "cdefg"}) == ["东:1"]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([{"东:1": "abc"}, {"东:1": "ab", "东:2": "c"}], ["东:1", "东:2"]),
        ([{"东:1": "abcd"}, {"西:1": "ab", "西:2": "cd"}], ["西:1", "西:2"]),
        ([{"东:1": "ab"}, {"西:1": "abcde"}], ["西:1"]),
    ],
    ids=["one moved out", "split in halves", "joined a larger one"],
)
def test_a_household_of_other_people_is_another(months: list[dict[str, str]], expected: list[str]) -> None:
    assert subjects(*months) == expected


def test_the_nights_before_the_merger_had_the_same_subject() -> None:
    assert subjects({"东:1": "abc"}) == subjects({"东:1": "abc"}, {"西:1": "abc"})
