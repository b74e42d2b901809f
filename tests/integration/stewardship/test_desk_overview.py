"""The overview: its numbers agree with the lists they lead to, each user's area alone, and charts that need nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from desk_clients import ORIGIN, PASSWORD, RULES, SETTINGS, Browser, FixedSources, now
from desk_county import NIGHT, NOW, TOWNSHIPS, VILLAGES
from starlette.testclient import TestClient

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.night_tally import keep_tally
from register.work import unit_of_work
from stewardship import create_app
from stewardship.overview.sources import ALL, BirthShare, BirthSteps, LinkQuality


class FixedReports:
    """As a night writes them, for the county and both townships."""

    def births(self, night: date) -> Sequence[BirthShare]:
        townships = (ALL, *(code[:9] for code in TOWNSHIPS.values()))
        known = [
            BirthShare(code, sex, quarter, "estimated", 90, 100.0, 0.9, 0.81, 0.99)
            for code in townships
            for sex, quarter in ((ALL, ALL), ("女", "2026-Q1"))
        ]
        return [*known, BirthShare(townships[1], "男", "2026-Q1", "too_few", 1, None, None, None, None)]

    def steps(self, night: date) -> Sequence[BirthSteps]:
        return [
            BirthSteps(township, month, 10 * n, 7 * n, n, n, n)
            for n, township in enumerate((TOWNSHIPS["north"], TOWNSHIPS["south"], ALL), start=1)
            for month in ("2026-03", ALL)
        ]

    def links(self, night: date) -> LinkQuality | None:
        return LinkQuality(night, "m1", 1234, 56, 78, 0.0123, 0.0456)


@pytest.fixture
def overseer(desk: Desk, county: Database) -> Callable[..., Browser]:
    """Signed in where there are reports."""
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))

    def of(user: str, language: str = "en") -> Browser:
        with unit_of_work(county) as work:
            AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
        app = create_app(desk, now, SETTINGS, FixedSources(), reports=FixedReports())
        one = Browser(TestClient(app, base_url=ORIGIN, headers={"accept-language": language}))
        assert one.send(one.get("/sign-in"), "/sign-in", user=user, password=PASSWORD).status_code == 303
        return one

    return of


@pytest.mark.parametrize("user", ["steward", "officer.north", "officer.both"])
def test_every_number_agrees_with_the_list_it_leads_to(overseer: Callable[..., Browser], user: str) -> None:
    one = overseer(user)
    numbers = re.findall(
        r'<td class="figures"><a href="(/queue\?[^"]*)">(\d+)</a>', one.get("/overview").text
    )
    assert len(numbers) >= 3
    for link, rows in numbers:
        total = re.search(r'class="count total">(\d+)<', one.get(link.replace("&amp;", "&")).text)
        assert total is not None and total[1] == rows, link


def test_an_officer_is_shown_the_own_townships_alone(overseer: Callable[..., Browser]) -> None:
    north, south = TOWNSHIPS["north"], TOWNSHIPS["south"]
    page = overseer("officer.north").get("/overview").text
    assert north in page and south not in page and "whole county" not in page and "1234" not in page
    assert re.search(r'<th scope="row">2026-03</th><td class="figures">10</td>', page)
    county = overseer("steward").get("/overview").text
    assert north in county and south in county and "whole county" in county and "1234" in county
    assert re.search(r'<th scope="row">2026-03</th><td class="figures">30</td>', county)
    assert "90.0 %" in county and "(81.0 % – 99.0 %)" in county and "too few births" in county


def test_what_came_and_was_closed_is_told_from_what_nights_kept(
    overseer: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        run = work.connection.execute
        ids = (
            run(sa.text("SELECT discrepancy_id FROM discrepancy WHERE type = 'missing_item' ORDER BY 1"))
            .scalars()
            .all()
        )
        run(
            sa.text("UPDATE discrepancy SET status = 'decided' WHERE discrepancy_id = ANY (:ids)"),
            {"ids": ids[:2]},
        )
        run(
            sa.text("""INSERT INTO discrepancy SELECT 'D0123456789ab', type, 'another', 'open', priority, confidence,
            area_code, household_no, person_no, person_no_2, field, register_value, proposed_value, reason, evidence_hash,
            evidence_version, 0, first_night, last_night FROM discrepancy WHERE discrepancy_id = :id"""),
            {"id": ids[2]},
        )
        keep_tally(work.connection, NIGHT + timedelta(days=1))
        keep_tally(work.connection, NIGHT + timedelta(days=1))
    page = overseer("steward").get("/overview").text
    row = page.partition('<th scope="row">Item missing</th>')[2].partition("</tr>")[0]
    assert re.findall(r">(\d+)<", row) == ["3", "0", "2", "0", "1", "2"]
    with county.read() as connection:
        kept = connection.execute(
            sa.text('SELECT area_code, "open", decided FROM night_tally WHERE night > :n AND type = :t'),
            {"n": NIGHT, "t": "missing_item"},
        ).all()
    assert {code for code, _, _ in kept} == {"", *TOWNSHIPS.values()} and VILLAGES["n1"] not in str(kept)
    assert (sum(row[1] for row in kept), sum(row[2] for row in kept)) == (3, 2)


@pytest.mark.parametrize("name", ["open", "births", "steps"])
def test_a_chart_is_an_image_that_names_no_other_place(overseer: Callable[..., Browser], name: str) -> None:
    one = overseer("steward", "zh")
    assert f'<img src="/overview/{name}.svg"' in one.get("/overview").text
    answer = one.get(f"/overview/{name}.svg")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for element in root.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "style", "image", "foreignObject", "a")
        assert not any("href" in attribute or attribute == "style" for attribute in element.attrib)


def test_the_page_without_reports_says_what_is_missing(browser: Callable[..., Browser]) -> None:
    one = browser("officer.north")
    page = one.get("/overview").text
    assert "has estimated nothing" in page and "No department has told of a birth yet" in page
    assert one.get("/overview/births.svg").status_code == 404
    assert one.get("/overview/none.svg").content == one.get("/no/such/page").content


@pytest.mark.parametrize("language", ["zh", "en"])
def test_estimates_and_steps_are_taken_out_as_each_role_sees_them(
    overseer: Callable[..., Browser], language: str
) -> None:
    from test_desk_lists import sheets

    for user, is_of_county in (("steward", True), ("officer.north", False)):
        one = overseer(user, language)
        told = sheets(one.send(one.get("/overview"), "/overview/export"))
        births = told["Births on the register, by estimate" if language == "en" else "出生登记率估计"][1:]
        whole = "whole county" if language == "en" else "全县"
        assert (whole in {row[0] for row in births}) == is_of_county
        assert ["90.0 %", "81.0 %", "99.0 %"] in [row[4:7] for row in births]
        south = TOWNSHIPS["south"]
        assert (south in str(told)) == is_of_county and "Project-Id" not in str(told)
        assert ("m1" in str(told)) == is_of_county
