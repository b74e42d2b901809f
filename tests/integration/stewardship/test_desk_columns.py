"""The columns of the queue: each is left out by itself, on every list of the queue of this browser and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import Browser
from httpx import Response
from test_desk_exports import read

from register.database import Database
from register.work import unit_of_work
from stewardship.columns import OF_THE_COUNTY, OPTIONAL

Browsers = Callable[..., Browser]
# Column → what a row has of it and of nothing else.
PARTS: Final = {
    "type": re.compile(r'<span class="kind">'),
    "values": re.compile(r'<span class="change">'),
    "assignee": re.compile(r"<span>☞ Assigned to"),
    "place": re.compile(r'<span class="where">'),
    "rows": re.compile(r'<span class="figures evidence">'),
    "days": re.compile(r'<span class="figures days">'),
    "confidence": re.compile(r'<span class="figures confidence">'),
}
ROW: Final = re.compile(r'<a href="/discrepancies/[^"]+">.*?</a></li>', re.DOTALL)
SEEING: Final = {
    "clerk.n1": set(OPTIONAL),
    "officer.north": set(OPTIONAL),
    "steward": set(OPTIONAL),
    "contact.police": set(OPTIONAL) - OF_THE_COUNTY,
}


@pytest.fixture(autouse=True)
def all_assigned(county: Database) -> None:
    """So that every column has something in every row."""
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE discrepancy SET assignee = 'steward'"))


def shown(page: Response) -> set[str]:
    """The columns that the rows of a list have; whom they are about, or their sentence, they always have."""
    assert page.status_code == 200
    found = ROW.findall(page.text)
    said = ('<b class="name">', '<span class="sentence">')
    assert found and all('<span class="what">' in row and any(one in row for one in said) for row in found)
    return {name for name, part in PARTS.items() if any(part.search(row) for row in found)}


def ticked(browser: Browser, page: Response) -> set[str]:
    return browser.form(page, "/queue/columns")[1].keys() - {"token"}


def leave_out(browser: Browser, *columns: str, place: str = "/queue") -> Response:
    """By the form of a page, on which all other columns are ticked."""
    page = browser.get(place)
    to, fields = browser.form(page, "/queue/columns")
    boxes = re.findall(r'<label><input type="checkbox" name="(\w+)" value="1"', page.text)
    kept = {name: "1" for name in boxes if name not in columns}
    return browser.post(to, {"token": fields["token"], **kept})


@pytest.mark.parametrize("user", SEEING)
def test_each_column_is_left_out_by_itself_and_the_rest_stays(browser: Browsers, user: str) -> None:
    one, own = browser(user), SEEING[user]
    page = one.get("/queue")
    assert shown(page) & own == ticked(one, page) == own
    for column in own:
        assert leave_out(one, column).headers["location"] == "/queue?"
        page = one.get("/queue")
        assert shown(page) & own == ticked(one, page) == own - {column}
    assert one.send(page, "/queue/columns", do="all").status_code == 303
    assert shown(one.get("/queue")) & own == own
    assert "bulou_columns" not in one.client.cookies


def test_with_every_column_left_out_a_row_still_says_what_it_is_about(browser: Browsers) -> None:
    one = browser("steward")
    assert "At least one stays" in one.get("/queue").text
    leave_out(one, *OPTIONAL)
    page = one.get("/queue")
    assert (
        shown(page) == set() and "Nothing is ticked." in page.text and "they cannot be left out" in page.text
    )
    assert '<span class="state"><span class="sign open"' in page.text and '<b class="name">' in page.text
    assert '<span class="people"></span>' not in page.text


def test_one_comes_back_to_the_same_list_and_place_in_it(browser: Browsers) -> None:
    one = browser("steward")
    first = one.get("/queue?status=all&tab=mine")
    further = one.links(first, "/queue?status=all&tab=mine&after=")[0]
    answer = leave_out(one, "days", "place", place=further)
    assert answer.status_code == 303 and answer.headers["location"] == further


def test_what_is_left_out_is_so_on_every_list_of_the_queue_and_on_no_other(browser: Browsers) -> None:
    one = browser("steward")
    leave_out(one, "rows", "confidence", "assignee")
    page = one.get("/queue")
    further = one.links(page, "/queue?&after=")
    for place in ("/queue?type=missing_item", "/queue?tab=mine&status=all", further[0]):
        assert shown(one.get(place)) == {"type", "values", "place", "days"}
    found = one.send(page, "/search", wanted="n")
    assert {"rows", "confidence"} <= shown(found)


def test_a_part_of_the_queue_is_fetched_as_before(browser: Browsers) -> None:
    one = browser("steward")
    place = one.links(one.get("/queue?type=missing_item"), "/discrepancies/D")[0].replace("?", "/preview?")
    before = one.get(place)
    leave_out(one, *OPTIONAL)
    after = one.get(place)
    assert before.status_code == after.status_code == 200 and before.text == after.text


def test_the_file_has_every_column(browser: Browsers) -> None:
    one = browser("steward")
    before = read(one.send(one.get("/queue"), "/queue/export"))
    leave_out(one, *OPTIONAL)
    assert read(one.send(one.get("/queue"), "/queue/export")) == before


def test_the_cookie_holds_names_of_columns_and_is_out_of_reach_of_scripts(browser: Browsers) -> None:
    one = browser("steward")
    for place, is_secure in (("/queue/columns", False), ("https://testserver/queue/columns", True)):
        told = {"token": one.token(), "type": "1", "values": "1", "assignee": "1", "days": "1", "x": "王小明"}
        name, *said = one.post(place, told).headers["set-cookie"].split("; ")
        assert name == "bulou_columns=place.rows.confidence"
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=31536000"} <= set(said)
        assert ("Secure" in said) == is_secure


@pytest.mark.parametrize(
    ("forged", "left"),
    [
        pytest.param("days.sentence.name.what", {"days"}, id="names of no column"),
        pytest.param("", set(), id="nothing"),
        pytest.param("<script>alert(1)</script>", set(), id="markup"),
        pytest.param(".".join(["days"] * 500), {"days"}, id="many times"),
        pytest.param("days,rows", set(), id="otherwise separated"),
    ],
)
def test_a_forged_cookie_leaves_out_columns_at_most(browser: Browsers, forged: str, left: set[str]) -> None:
    one = browser("steward")
    one.client.cookies.set("bulou_columns", forged)
    page = one.get("/queue")
    assert shown(page) == ticked(one, page) == set(OPTIONAL) - left
    assert "alert(1)" not in page.text


def test_what_a_contact_is_not_offered_stays_as_another_role_left_it(browser: Browsers) -> None:
    one = browser("contact.police")
    one.client.cookies.set("bulou_columns", "assignee.days")
    page = one.get("/queue")
    assert ticked(one, page) == SEEING["contact.police"] - {"days"}
    answer = one.send(page, "/queue/columns", do="all")
    assert answer.headers["set-cookie"].startswith("bulou_columns=assignee;")


def test_without_the_token_of_the_session_nothing_is_left_out(browser: Browsers) -> None:
    one = browser("steward")
    refused = [
        one.post("/queue/columns", {"type": "1"}),
        one.post("/queue/columns", {"type": "1", "token": "0" * 64}),
        one.post("/queue/columns", {"type": "1", "token": one.token()}, sec_fetch_site="cross-site"),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert not any("set-cookie" in answer.headers for answer in refused)
    assert shown(one.get("/queue")) == set(OPTIONAL)


@pytest.mark.parametrize("user", ["operator.1", "auditor"])
def test_who_has_no_queue_has_no_columns(browser: Browsers, user: str) -> None:
    one = browser(user)
    answer = one.post("/queue/columns", {"token": one.token()})
    assert answer.status_code == 404 and "set-cookie" not in answer.headers


def test_a_row_says_which_departments_it_rests_on_and_that_a_date_is_lunar(
    browser: Browsers, county: Database
) -> None:
    with unit_of_work(county) as work:
        change = """UPDATE discrepancy SET feeds = '{police_residents,police_births,register,school_enrolment}',
            reason = 'by:police_residents,school_enrolment;lunar;for:2;against:0' WHERE person_no IS NOT NULL"""
        work.connection.execute(sa.text(change))
    steward = browser("steward")
    text = steward.get("/queue?type=missing_item").text
    assert '<span class="by">police, school</span>' in text and "</span> (lunar)</span>" in text
    assert '<span class="by">' not in browser("contact.police").get("/queue").text
