"""A year of each unit: its numbers counted by hand, those of the lists they lead to, each user's own, and what needs attention first."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from desk_clients import Browser
from desk_county import TOWNSHIPS
from httpx import Response
from test_desk_exports import noted
from test_desk_lists import sheets
from test_desk_overview import NUMBER, ROWS, TOTAL, UNUSABLE, missed, timed

from discrepancies.schedule import CALENDAR, DUE_DAYS
from register.database import Database
from register.work import unit_of_work
from stewardship.deliveries.calendar import Late
from stewardship.deliveries.timely import UnitYear, due_within, year_until

BIRTHS = "Police: births"
ONES = {  # unit → due, on time, late, by days, did not come, taken, refused, rows, unusable
    "甲所": ["12", "2", "2", "3 days late", "8", "6", "1", "54", "12 (22.2 %)"],
    "乙所": ["1", "1", "0", "–", "0", "1", "0", "9", "2 (22.2 %)"],
    "unit not known": ["–", "0", "0", "–", "0", "1", "0", "1", "1 (100.0 %)"],
}
GAPS = [f"2025-{month:02d}" for month in range(5, 13)]  # of the first: what did not come
LEADING = (1, 2, 5, 6, 7, 8)  # the columns of these numbers that lead to a list


def told(page: Response, asked_at: int | None = 7) -> dict[tuple[str, str], list[str]]:
    """Unit and feed → numbers, in the page's order; what is missing now left out."""
    found = {}
    table = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    table = re.sub(r"</summary>[^<]*</details>", "", table)  # which ones did not come
    for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL):
        unit, feed, *numbers = (
            re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        )
        if asked_at is not None:
            del numbers[asked_at - 2]
        found[unit, feed] = numbers
    return found


@pytest.mark.parametrize(
    "user", ["steward", "officer.north", "officer.south", "contact.police", "operator.1"]
)
def test_a_year_of_each_unit_is_told_and_each_number_is_that_of_its_list(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    timed(county)
    one = browser(user)
    page = one.get("/deliveries/units")
    found = told(page, None if user == "operator.1" else 7)
    assert {unit: numbers for (unit, feed), numbers in found.items() if feed == BIRTHS} == ONES
    others = set() if user == "contact.police" else {"Hospital births", "Police: residents"}
    assert {feed for _, feed in found} == {BIRTHS, *others}
    assert f"<details><summary>8</summary>{' '.join(GAPS)}</details>" in page.text
    numbers = NUMBER.findall(page.text)
    assert len(numbers) == sum(not row[at].startswith("0") for row in found.values() for at in LEADING)
    for link, text in numbers:
        listed = one.get(link.replace("&amp;", "&")).text
        of_rows = ROWS.search(listed) if link.endswith("#rows") else None
        total = of_rows or UNUSABLE.search(listed) or TOTAL.search(listed)
        assert total is not None and total[1] == text, link


def test_a_contact_sees_the_units_of_the_own_feed_alone(
    browser: Callable[..., Browser], county: Database
) -> None:
    timed(county)
    missed(county)
    one = browser("contact.hospital")
    page = one.get("/deliveries/units")
    assert {feed for _, feed in told(page)} == {"Hospital births"}
    assert not any(name in page.text for name in ("甲所", "乙所", "丙所", "D000000000"))
    (link,) = {
        link
        for link, _ in NUMBER.findall(browser("steward").get("/deliveries/units").text)
        if "timely=late" in link
    }
    assert TOTAL.search(one.get(link.replace("&amp;", "&")).text)[1] == "0"  # type: ignore[index]
    assert "甲所" not in str(sheets(one.send(page, "/deliveries/units/export")))


def test_what_is_missing_now_leads_to_it_and_comes_first(
    browser: Callable[..., Browser], county: Database
) -> None:
    timed(county)
    of_first, *_ = missed(county)
    with unit_of_work(county) as work:  # a township whose register never came
        work.connection.execute(
            sa.text(
                "UPDATE discrepancy SET subject = 'register:990101002:baseline' WHERE subject LIKE '%丁所%'"
            )
        )
    for user, first in (
        ("steward", "甲所"),
        ("officer.north", "甲所"),
        ("officer.south", TOWNSHIPS["south"]),
    ):
        page = browser(user).get("/deliveries/units")
        assert next(iter(told(page)))[0] == first, user
        assert (f'href="/discrepancies/{of_first}"' in page.text) == (first == "甲所"), user
        assert ("first list" in page.text) == (user != "officer.north") and "baseline" not in page.text, user
    operator = browser("operator.1").get("/deliveries/units").text
    assert "missing now</th>" not in operator and of_first not in operator


def test_the_units_are_taken_out_as_the_page_is_narrowed(
    browser: Callable[..., Browser], county: Database
) -> None:
    timed(county)
    missed(county)
    one = browser("officer.north")
    page = one.get("/deliveries/units?feed=police_births")
    assert {feed for _, feed in told(page)} == {BIRTHS}
    (table,) = sheets(one.send(page, "/deliveries/units/export?feed=police_births")).values()
    rows = {row[0]: row[1:] for row in table[1:]}
    assert rows["甲所"] == [
        *(BIRTHS, "12", "2", "2", "3", "8", " · ".join(GAPS), "2026-03", "6", "1", "54", "12", "22.2 %"),
    ]
    assert [row[0] for row in table[1:]] == [unit for unit, _ in told(page)]
    assert noted(county)[-1][1:2] == ("export.units",) and noted(county)[-1][4]["feed"] == "police_births"
    assert "Nothing of this feed came" in one.get("/deliveries/units?feed=civil_marriages").text
    every = told(one.get("/deliveries/units?feed=x"))
    assert len(every) > len(rows)


def test_where_nothing_came_the_page_says_so(browser: Callable[..., Browser], county: Database) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE delivery SET arrival = '2020-01-01'"))
    page = browser("steward", "zh").get("/deliveries/units").text
    assert "还没有" in page and "<tbody>" not in page and "/deliveries/units/export" not in page


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 2, 28), date(2026, 5, 5), date(2026, 12, 31)])
@pytest.mark.parametrize("feed", CALENDAR)
def test_a_year_of_a_feed_has_each_due_day_of_it_once(feed: str, today: date) -> None:
    found = due_within(feed, DUE_DAYS, today)
    first = year_until(today)
    every = {first + timedelta(days=n) for n in range((today - first).days)}
    months = {"month": set(range(1, 13)), "quarter": {1, 4, 7, 10}, "term": {4, 10}}[CALENDAR[feed].every]
    assert set(found.values()) == {day for day in every if day.day == DUE_DAYS[feed] and day.month in months}
    assert len(set(found.values())) == len(found)


def test_what_needs_attention_is_first_what_is_missed_then_lists_then_rows() -> None:
    late = Late("D1", "police_births", "a", "2026-03", date(2026, 4, 20))
    quiet = UnitYear("police_births", "quiet", missing=GAPS)
    units = [
        UnitYear("police_births", "fine", on_time=12, rows=10),
        quiet,
        UnitYear("police_births", "unusable", on_time=12, rows=10, unusable=5),
        UnitYear("police_residents", "no list", missing=["2026-02", "2026-03"]),
        UnitYear("police_births", "late", late=[3, 1, 40, 2]),
        UnitYear("police_births", "missed", asked=[late]),
    ]
    names = [one.unit for one in sorted(units, key=lambda one: one.attention)]
    assert names == ["missed", "late", "no list", "unusable", "quiet", "fine"]
    assert (units[4].days_late, units[4].due, quiet.days_late, quiet.share_unusable) == (2, 4, None, None)
