"""The rows behind the numbers of possible links and of what is not linked: a steward's alone, as many as were counted, masked, with what asks about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
import sqlalchemy as sa
from desk_births import Births
from desk_clients import Browser, discrepancy_of, secrets_in
from desk_county import NIGHT, NOW, USERS
from test_desk_exports import noted
from test_desk_lists import sheets

from register.database import Database
from register.work import unit_of_work
from stewardship.overview.sources import UnlinkedRow

LINKED: Final = re.compile(r'<a href="(/overview/unlinked[^"]*)">(\d+)</a>')
TOTAL: Final = re.compile(r'class="count total">(\d+)<')
ROW: Final = re.compile(r"<tr><td class=\"figures\">(.*?)</tr>", re.DOTALL)
FURTHER: Final = re.compile(r'rel="next" href="([^"]*)"')


def row(number: int, feed: str = "police_births", **values: object) -> UnlinkedRow:
    return UnlinkedRow(feed, feed, "", number, "self", "none", None, 0.01, None)._replace(**values)  # type: ignore[arg-type]


@pytest.fixture
def reports(county: Database) -> Births:
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        work.connection.execute(sa.text("UPDATE person SET name = '王小明', phone = '13987654321'"))
    asked = {"discrepancy_id": discrepancy_of(county, "n2")}
    return Births(
        rows=[
            *(row(n) for n in range(2, 6)),
            row(6, role="mother", decision="possible", person_no="n1", probability=0.25),
            row(7, decision="possible", person_no="s1", probability=0.75, **asked),
            row(2, "hospital_births", **asked),
        ]
    )


@pytest.fixture
def one(browser: Callable[..., Browser], reports: Births) -> Browser:
    return browser("steward", reports=reports)


def test_each_number_is_as_long_as_the_list_it_leads_to(one: Browser) -> None:
    numbers = LINKED.findall(one.get("/overview").text)
    assert [number for _, number in numbers] == ["2", "5"]
    for link, number in numbers:
        assert TOTAL.findall(one.get(link).text) == [number]
    for asked, number in (("feed=hospital_births&decision=none", 1), ("asked=yes", 2), ("asked=no", 5)):
        assert TOTAL.findall(one.get(f"/overview/unlinked?{asked}").text) == [str(number)]


def test_all_of_them_are_on_one_page_or_another(one: Browser) -> None:
    place, found = "/overview/unlinked", []
    for _ in range(4):
        page = one.get(place).text
        found += [" ".join(re.sub("<[^>]*>", " ", told).split()) for told in ROW.findall(page)]
        following = FURTHER.search(page)
        if following is None:
            break
        place = following[1].replace("&amp;", "&")
    assert len(found) == len(set(found)) == 7
    assert "This was the end of the list." in one.get("/overview/unlinked?from=7").text


def test_who_it_may_be_and_what_asks_about_it_stand_beside_the_row(one: Browser, county: Database) -> None:
    page = one.get("/overview/unlinked?decision=possible")
    assert '<a href="/persons/n1"><b class="name">王●明</b>' in page.text and ">0.25<" in page.text
    assert f'<a href="/discrepancies/{discrepancy_of(county, "n2")}">' in page.text
    assert (
        page.text.count("Speaks of") == 1
        and "mother" in page.text
        and "row 7" in page.text
        and secrets_in(page.content) == []
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_is_taken_out_as_it_is_narrowed_and_noted(
    browser: Callable[..., Browser], reports: Births, county: Database, language: str
) -> None:
    one = browser("steward", language, reports=reports)
    asked = "?decision=none"
    answer = one.send(one.get(f"/overview/unlinked{asked}"), f"/overview/unlinked/export{asked}")
    (told,) = sheets(answer).values()
    assert len(told) == 6 and discrepancy_of(county, "n2") in str(told)
    who, what, _, _, details = noted(county)[-1]
    assert (who, what) == ("steward", "export.unlinked")
    assert (details["link"], details["rows"], details["night"]) == ("none", 5, NIGHT.isoformat())


def test_what_was_not_asked_for_rightly_is_no_page(one: Browser) -> None:
    nowhere = one.get("/no/such/page").content
    for asked in ("decision=link", "feed=none", "asked=1"):
        assert one.get(f"/overview/unlinked?{asked}").content == nowhere


@pytest.mark.parametrize("user", sorted(set(USERS) - {"steward"}))
def test_it_is_the_stewards_alone(browser: Callable[..., Browser], reports: Births, user: str) -> None:
    one = browser(user, reports=reports)
    assert one.get("/overview/unlinked").content == one.get("/no/such/page").content
    assert not LINKED.findall(one.get("/overview").text)


def test_a_night_that_kept_no_rows_says_so(browser: Callable[..., Browser], reports: Births) -> None:
    reports.rows = None
    one = browser("steward", reports=reports)
    assert not LINKED.findall(one.get("/overview").text)
    assert "kept no list of them" in one.get("/overview/unlinked").text
