"""The births behind the numbers from notice to register: each number is as long as its list, each user's area alone, masked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from desk_births import Births, birth
from desk_clients import ORIGIN, PASSWORD, RULES, SECRETS, SETTINGS, Browser, FixedSources, now
from desk_county import NIGHT, NOW, TOWNSHIPS
from starlette.testclient import TestClient
from test_desk_exports import noted
from test_desk_lists import sheets

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.work import unit_of_work
from stewardship import create_app
from stewardship.overview.births import STAGES

LINKED: Final = re.compile(r'<a href="(/overview/births[^"]*)">(\d+)</a>')
TOTAL: Final = re.compile(r'class="count total">(\d+)<')
ROW: Final = re.compile(r'<tr><td class="figures">(.*?)</tr>', re.DOTALL)
FURTHER: Final = re.compile(r'rel="next" href="([^"]*)"')


@pytest.fixture
def leads(county: Database) -> dict[str, str]:
    """Place → the discrepancy of its person."""
    with county.read() as connection:
        query = sa.text("SELECT person_no, discrepancy_id FROM discrepancy WHERE type = 'missing_item'")
        return {str(place): str(id_) for place, id_ in connection.execute(query)}


@pytest.fixture
def births(leads: dict[str, str]) -> Births:
    north, south = TOWNSHIPS["north"][:9], TOWNSHIPS["south"]
    steps = list(STAGES)[1:]
    some = [birth(n, (north, south, "")[n % 3], steps[n % 4]) for n in range(9)]
    return Births(
        [
            *some,
            birth(10, north, "later", unit="n1"),
            birth(11, north, "later", unit="s1"),
            birth(12, north, "not_yet", discrepancy_id=leads["n2"]),
            birth(13, north, "not_yet", discrepancy_id=leads["s1"]),
            birth(14, north, "not_yet", due=NIGHT + timedelta(days=1)),
            birth(15, north, "not_yet", due=NIGHT),
            birth(16, south, "within_30_days", unit="s1"),
        ]
    )


@pytest.fixture
def overseer(desk: Desk, county: Database, births: Births) -> Callable[..., Browser]:
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        work.connection.execute(sa.text("UPDATE person SET name = '王小明', birth_date = '2026-04-11'"))

    def of(user: str, language: str = "en", rows: int = 50) -> Browser:
        with unit_of_work(county) as work:
            AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
        settings = replace(SETTINGS, rows_per_page=rows)
        app = create_app(desk, now, settings, FixedSources(), reports=births)
        one = Browser(TestClient(app, base_url=ORIGIN, headers={"accept-language": language}))
        assert one.send(one.get("/sign-in"), "/sign-in", user=user, password=PASSWORD).status_code == 303
        return one

    return of


def rows(page: str) -> list[str]:
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in ROW.findall(page)]


@pytest.mark.parametrize(
    ("user", "seen"), [("steward", 16), ("officer.north", 9), ("officer.south", 4), ("officer.both", 13)]
)
def test_each_number_is_as_long_as_the_list_it_leads_to(
    overseer: Callable[..., Browser], user: str, seen: int
) -> None:
    one = overseer(user)
    numbers = LINKED.findall(one.get("/overview").text)
    assert len(numbers) > 8
    for link, number in numbers:
        page = one.get(link.replace("&amp;", "&")).text
        assert TOTAL.findall(page) == [number] and len(rows(page)) == int(number), link
    everything = one.get("/overview/births").text
    assert TOTAL.findall(everything) == [str(seen)] and len(rows(everything)) == seen


def test_births_of_another_area_are_in_no_byte(overseer: Callable[..., Browser]) -> None:
    one = overseer("officer.north")
    nowhere = one.get("/no/such/page").content
    for asked in (f"township={TOWNSHIPS['south']}", "step=nothing", "month=2026-13", "township=0"):
        assert one.get(f"/overview/births?{asked}").content == nowhere
        to = f"/overview/births/export?{asked}"
        assert one.post(to, {"token": one.token()}).content == nowhere
    page = one.get("/overview/births")
    assert TOWNSHIPS["south"] not in page.text and "2026-03-17" not in page.text  # the one of the south
    told = sheets(one.send(page, "/overview/births/export"))["Births that departments told of"]
    assert len(told) == 10 and {row[2] for row in told[1:]} == {TOWNSHIPS["north"]}


def test_beside_each_birth_stands_who_it_is_or_why_nobody_does(
    overseer: Callable[..., Browser], births: Births, leads: dict[str, str]
) -> None:
    one = overseer("officer.north")
    page = one.get("/overview/births").text
    told = {row[:10]: row for row in rows(page)}
    assert '<a href="/persons/n1"><b class="name">' in page and '"/persons/s1"' not in page
    assert f'<a href="/discrepancies/{leads["n2"]}">' in page and leads["s1"] not in page
    assert "is the phone" in told["2026-03-13"] and "● needs checking" in told["2026-03-13"]
    unseen = [row for row in rows(page) if "In an area that is not yours" in row]
    assert [row.partition(" 990101")[0] for row in unseen] == [
        "– In an area that is not yours"  # nothing of whoever is elsewhere
    ] * len(unseen)
    assert len(unseen) >= 2 and "2026-04-12" not in page and "2026-04-14" not in page
    assert "runs until 2 May 2026" in told["2026-03-15"]
    assert "Nothing asks about it" in told["2026-04-16"]
    assert "hospital_births" in page and "row 17" in page
    steward = overseer("steward").get("/overview/births").text
    assert '"/persons/s1"' in steward and leads["s1"] in steward and "not yours" not in steward
    assert {row[:10] for row in rows(steward) if "Gone since" in row} == {
        one.born.isoformat() for one in births.ones or () if one.person_no and one.unit[0] == "E"
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_is_taken_out_as_the_page_has_it_and_noted(
    overseer: Callable[..., Browser], county: Database, leads: dict[str, str], language: str
) -> None:
    one = overseer("officer.north", language)
    page = one.get("/overview/births?step=not_yet")
    (told,) = sheets(one.send(page, "/overview/births/export?step=not_yet")).values()
    assert len(told) - 1 == len(rows(page.text)) and leads["n2"] in str(told) and leads["s1"] not in str(told)
    assert not any(secret in str(told) or secret in page.text for secret in SECRETS)
    who, what, _, _, details = noted(county)[-1]
    assert (who, what) == ("officer.north", "export.told_births")
    assert (details["step"], details["rows"], details["night"]) == (
        "not_yet",
        len(told) - 1,
        NIGHT.isoformat(),
    )


def test_pages_of_the_list_leave_out_none_and_repeat_none(overseer: Callable[..., Browser]) -> None:
    one = overseer("steward", rows=5)
    place, found = "/overview/births", []
    for _ in range(5):
        page = one.get(place).text
        found += rows(page)
        following = FURTHER.search(page)
        if following is None:
            break
        place = following[1].replace("&amp;", "&")
    assert len(found) == len(set(found)) == 16 and found == sorted(found, reverse=True)
    assert "This was the end of the list." in one.get("/overview/births?from=16").text


def test_a_night_that_kept_no_births_says_so(overseer: Callable[..., Browser], births: Births) -> None:
    births.ones = None
    one = overseer("steward")
    page = one.get("/overview").text
    assert "kept no list of them" in page and not LINKED.findall(page)
    assert "kept no list of them" in one.get("/overview/births").text
