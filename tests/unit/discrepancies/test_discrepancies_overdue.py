"""Files that have not come, and what waits for them."""

from __future__ import annotations

import datetime as dt

import pytest
from discrepancy_frames import HERE, Night, id_number

from discrepancies import RuleSettings, find, next_clock
from discrepancies.overdue import find_overdue
from discrepancies.schedule import due_on, name_of, number_of
from discrepancies.view import build

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
STATION = "柳口镇派出所"


def night_of(day: str) -> Night:
    return Night(night=dt.date.fromisoformat(day))


def overdue(night: Night) -> list[str]:
    return [c.subject for c in find_overdue(build(night.inputs()))]


def monthly(day: str, feed: str, months: tuple[str, ...], **values: object) -> Night:
    night = night_of(day)
    for month in months:
        night.delivery(feed, month, **values)
    return night


@pytest.mark.parametrize(
    ("period", "every", "due"),
    [
        ("2026-05", "month", dt.date(2026, 6, 5)),
        ("2025-12", "month", dt.date(2026, 1, 5)),
        ("2026-Q2", "quarter", dt.date(2026, 7, 5)),
        ("2026-Q4", "quarter", dt.date(2027, 1, 5)),
        ("2026-spring", "term", dt.date(2026, 4, 5)),
        ("2026-autumn", "term", dt.date(2026, 10, 5)),
    ],
    ids=["month", "December", "quarter", "last quarter", "spring", "autumn"],
)
def test_a_file_is_due_in_the_month_after_its_period(period: str, every: str, due: dt.date) -> None:
    number = number_of(period, every)
    assert number is not None and name_of(number, every) == period
    assert due_on(number, every, 5) == due


@pytest.mark.parametrize(("text", "every"), [("x", "month"), ("20260-05", "month"), ("0000-05", "month"), ("2026-13", "month"), ("2026-05", "term"), ("2026-Q5", "quarter")])  # fmt: skip
def test_what_is_no_period_has_no_place(text: str, every: str) -> None:
    assert number_of(text, every) is None


def test_a_full_list_is_asked_for_after_the_days_of_grace_and_not_before() -> None:
    night = monthly("2026-06-09", "police_residents", MONTHS[:4])
    assert overdue(night) == []
    assert next_clock(night.inputs()) == dt.date(2026, 6, 10)
    night.night = dt.date(2026, 6, 10)
    assert overdue(night) == [f"police_residents:{STATION}:2026-05"]


def test_it_closes_itself_when_the_file_comes() -> None:
    assert overdue(monthly("2026-06-10", "police_residents", MONTHS)) == []


def test_only_the_newest_missing_list_is_asked_for_and_of_a_silent_unit_nothing_newer() -> None:
    night = monthly("2026-08-12", "police_residents", MONTHS)
    assert overdue(night) == [f"police_residents:{STATION}:2026-07"]
    night.night = dt.date(2026, 12, 12)
    assert overdue(night) == [f"police_residents:{STATION}:2026-08"]


def test_due_days_and_grace_are_settings() -> None:
    night = monthly("2026-06-09", "police_residents", MONTHS[:4])
    night.settings = RuleSettings(overdue_grace_days=0)
    assert overdue(night) == [f"police_residents:{STATION}:2026-05"]
    night.settings = RuleSettings(
        overdue_grace_days=0, due_days={**night.settings.due_days, "police_residents": 20}
    )
    assert overdue(night) == []


@pytest.mark.parametrize(("rows", "is_asked"), [(10, True), (2, False)], ids=["busy", "quiet"])
def test_a_unit_that_tells_of_events_is_asked_only_when_silence_is_strange(rows: int, is_asked: bool) -> None:
    night = monthly("2026-06-10", "hospital_deaths", MONTHS[:4], rows=rows)
    assert overdue(night) == ([f"hospital_deaths:{STATION}:2026-05"] if is_asked else [])


def test_where_no_unit_is_asked_the_feed_as_a_whole_may_be() -> None:
    night = night_of("2026-06-10")
    for unit in ("甲医院", "乙医院", "丙医院"):
        for month in MONTHS[:4]:
            night.delivery("hospital_births", month, unit=unit, rows=2)
    assert overdue(night) == ["hospital_births:*:2026-05"]
    night.delivery("hospital_births", "2026-05", unit="甲医院", rows=1)
    assert overdue(night) == []


def test_an_event_file_stays_missing_though_later_ones_come() -> None:
    night = monthly("2026-06-10", "hospital_deaths", (*MONTHS[:3], MONTHS[4]))
    assert overdue(night) == [f"hospital_deaths:{STATION}:2026-04"]


def test_a_file_all_of_whose_rows_are_no_use_has_not_come() -> None:
    night = monthly("2026-06-10", "hospital_deaths", MONTHS[:4])
    night.delivery("hospital_deaths", "2026-05", rows=0)
    assert overdue(night) == []
    night.quarantine(night.files[-1], 4, rule="wrong_feed")
    assert overdue(night) == [f"hospital_deaths:{STATION}:2026-05"]


def test_a_station_whose_people_another_lists_since_is_asked_no_more() -> None:
    night = monthly("2026-06-10", "police_residents", MONTHS[:4], unit="马坪乡派出所")
    for month in MONTHS:
        night.delivery("police_residents", month)
    night.person("P1")
    night.mention("police_residents", link="P1", unit="马坪乡派出所", period="2026-04", is_latest=False)
    assert overdue(night) == ["police_residents:马坪乡派出所:2026-05"]
    night.mention("police_residents", link="P1", unit=STATION, period="2026-05")
    assert overdue(night) == []


def test_a_period_still_to_come_is_a_slip() -> None:
    night = monthly("2026-06-10", "police_residents", (*MONTHS[:4], "2062-05"))
    assert overdue(night) == [f"police_residents:{STATION}:2026-05"]


def late_register(registered: int) -> Night:
    """A township of sixty listed people, of whom so many are on the register, and a birth there."""
    night = Night()
    for n in range(60):
        born = f"{1950 + n}-02-03"
        if n < registered:
            night.person(f"P{n}", household_no=f"H{n}", id_number=id_number(born, 11))
        night.mention(
            "police_residents",
            entity=None if n < registered else f"E{n}",
            link=f"P{n}" if n < registered else None,
            birth_date=born,
            area_code=HERE,
            household_key=f"police_residents:柳口镇派出所:{n % 30}",
        )
    night.mention("hospital_births", entity="EB", birth_date="2026-03-03", area_code=HERE)
    return night


ABSENCE = ("missing_person", "missing_household", "unregistered_birth", "possible_link", "feed_overdue")


def argued_from_absence(night: Night) -> dict[str, str]:
    return {c.type: c.subject for c in find(night.inputs()) if c.type in ABSENCE}


def test_a_late_register_shows_one_overdue_file_and_nobody_missing() -> None:
    assert argued_from_absence(late_register(2)) == {"feed_overdue": "register:991224100:baseline"}


def test_once_the_register_is_there_the_others_are_missing() -> None:
    assert {"missing_person", "unregistered_birth"} <= set(argued_from_absence(late_register(40)))
    assert "feed_overdue" not in argued_from_absence(late_register(40))


def test_in_a_small_township_nothing_waits() -> None:
    night = late_register(2)
    night.settings = RuleSettings(register_least_listed=61)
    assert "unregistered_birth" in argued_from_absence(night)
