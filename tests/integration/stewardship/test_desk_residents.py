"""Persons and households at the desk: what the register says now beside what it said, within what one may see, masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser
from desk_county import VILLAGES
from register_rows import person, records
from test_desk_exports import read, unzipped

from register.database import Database
from register.importing import import_snapshot
from register.work import unit_of_work
from stewardship.prepared import Linked, NothingPrepared, Reason, Weighed

APRIL = date(2026, 4, 1)


@pytest.fixture
def before(county: Database) -> Database:
    """In April n1 had another name and phone, n2 lived with n1, and x1 was there, who is on no list since."""
    there = {"household_no": "H-n1", "hukou_address__area": None}
    people = [
        person(0, **there, name="王小明", area_code=VILLAGES["n1"], phone="13987654321"),
        person(1, **there, name="n2", area_code=VILLAGES["n2"], phone="13700000002"),
        person(3, **there, name="马秀英", area_code=VILLAGES["n1"], birth_date=pd.Timestamp("2019-02-03")),
    ]
    for one, number in zip(people, ("n1", "n2", "x1")):
        one["person_no"] = number
    with unit_of_work(county) as work:
        import_snapshot(work.connection, records(*people, arrival=APRIL), APRIL)
    return county


def cells(page: str) -> list[list[str]]:
    """Of the table that compares, row by row."""
    table = re.search(r'<table class="plain-table then">.*?</table>', page, re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        for row in rows
    ]


def test_a_person_is_shown_as_on_a_day_beside_now_and_what_differs_is_marked(
    browser: Callable[..., Browser], before: Database
) -> None:
    one = browser("officer.north")
    page = one.get("/persons/n1?on=2026-04-15").text
    told = {row[0]: row[1:] for row in cells(page)}
    assert told["Item"] == ["15 Apr 2026", "Now", "Compared"]
    assert told["name"] == ["王●明", "n●", "≠ differs"]
    assert told["phone"] == ["139●●●●4321", "∅ blank", "∅ blank"]
    assert ["1990-01-01", "1990-01-01", "= same"] in told.values()
    assert "<mark>王●明</mark>" in page
    assert not any(secret in page for secret in SECRETS)
    now = one.get("/persons/n1").text
    assert [row for row in cells(now) if row[0] == "name"] == [["name", "n●"]]
    assert 'href="/persons/n1?on=2026-04-01"' in now and 'href="/persons/n1?on=2026-05-01"' in now
    assert "did not have this person" in one.get("/persons/n1?on=2026-03-31").text


def test_a_household_says_who_came_and_who_is_no_longer_there(
    browser: Callable[..., Browser], before: Database
) -> None:
    page = browser("steward").get("/households/H-n1?on=2026-04-15").text
    told = {row[0]: row[1:] for row in cells(page)}
    assert [told[number][-1][:1] for number in ("n1", "n2", "x1")] == ["≠", "−", "−"]
    assert told["x1"][0].startswith("daughter 马●●") and told["x1"][1] == "–"
    assert 'href="/persons/n2?on=2026-04-15"' in page
    assert not any(secret in page for secret in SECRETS)
    other = {row[0]: row[1:] for row in cells(browser("steward").get("/households/H-n2?on=2026-04-15").text)}
    assert other["n2"][0] == "–" and other["n2"][-1] == "+ came since"


@pytest.mark.parametrize("is_past", [True, False], ids=["a child then", "a child now"])
def test_whoever_is_a_child_by_either_date_of_birth_is_masked_as_one_on_both_days(
    browser: Callable[..., Browser], before: Database, is_past: bool
) -> None:
    """n1 is there still, n2 lives elsewhere by now."""
    with before.begin() as connection:
        connection.execute(sa.text("UPDATE person SET name = '赵大海' WHERE person_no IN ('n1', 'n2')"))
        connection.execute(
            sa.text("""
UPDATE person SET birth_date = '2019-02-03' WHERE person_no IN ('n1', 'n2') AND (valid_from = '2026-04-01') = :past
"""),
            {"past": is_past},
        )
    one = browser("officer.north")
    page = one.get("/households/H-n1?on=2026-04-15")
    told = {row[0]: " ".join(row[1:]) for row in cells(page.text)}
    assert (told["n1"].count("赵●●"), told["n2"].count("赵●●")) == (2, 1)
    assert "赵●海" not in told["n1"] + told["n2"]
    rows = read(one.send(page, "/households/H-n1/export"))
    assert [(row["Name then"], row["Name"]) for row in rows[:2]] == [("赵●●", "赵●●"), ("赵●●", "")]
    (name,) = (row for row in cells(one.get("/persons/n1?on=2026-04-15").text) if row[0] == "name")
    assert name[1:3] == ["赵●●", "赵●●"]


@pytest.mark.parametrize(
    ("user", "people"),
    [
        ("clerk.n1", {"n1", "x1"}),
        ("officer.north", {"n1", "n2", "x1"}),
        ("clerk.s1", None),
        ("auditor", None),
    ],
    ids=["village", "township", "elsewhere", "no such role"],
)
def test_of_a_household_of_the_past_one_sees_whom_one_could_see_then(
    browser: Callable[..., Browser], before: Database, user: str, people: set[str] | None
) -> None:
    one = browser(user)
    page = one.get("/households/H-n1?on=2026-04-15")
    if people is None:
        assert page.content == one.get("/no/such/page").content
    else:
        assert {row[0] for row in cells(page.text)[1:]} == people


def test_who_is_no_longer_on_the_register_is_found_by_what_it_said(
    browser: Callable[..., Browser], before: Database
) -> None:
    one = browser("clerk.n1")
    assert "does not have this person now" in one.get("/persons/x1").text
    page = one.get("/persons/x1?on=2026-04-15").text
    assert [row for row in cells(page) if row[0] == "name"] == [["name", "马●●", "–", "–"]]
    assert "/persons/x1/reveal" not in page
    assert one.post("/persons/x1/reveal", {"token": one.token(), "why": "x"}).status_code == 404


def test_leave_to_see_a_person_is_for_that_person_then_and_now_and_for_nobody_else(
    browser: Callable[..., Browser], before: Database
) -> None:
    one = browser("officer.north")
    page = one.get("/persons/n1?on=2026-04-15")
    answer = one.send(page, "/persons/n1/reveal", why="asked at the counter")
    assert (answer.status_code, answer.headers["location"]) == (303, "/persons/n1?on=2026-04-15")
    told = {row[0]: row[1:] for row in cells(one.get("/persons/n1?on=2026-04-15").text)}
    assert told["name"][0] == "王小明" and told["phone"][0] == "13987654321"
    assert "王小明" not in one.get("/households/H-n1?on=2026-04-15").text
    assert "王小明" not in browser("steward").get("/persons/n1?on=2026-04-15").text
    assert one.send(page, "/persons/n1/reveal", why=" ").status_code == 422


def test_a_child_needs_a_second_person_who_finds_the_question_on_the_same_page(
    browser: Callable[..., Browser], before: Database
) -> None:
    with unit_of_work(before) as work:
        work.connection.execute(sa.text("UPDATE person SET birth_date = '2019-02-03' WHERE person_no = 'n1'"))
    one, other = browser("clerk.n1"), browser("officer.north")
    assert "other than you" in one.send(one.get("/persons/n1"), "/persons/n1/reveal", why="x").text
    with before.begin() as connection:
        connection.execute(sa.text("UPDATE app_user SET display_name = '何敏' WHERE user_id = 'clerk.n1'"))
    page = other.get("/persons/n1")
    assert "何敏 asks to see this unmasked: x" in page.text
    answer = other.send(page, "/reveals/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/persons/n1")
    assert [row for row in cells(one.get("/persons/n1").text) if row[0] == "name"] == [["name", "n1"]]


def test_looking_is_in_the_audit_chain_with_the_day(
    browser: Callable[..., Browser], before: Database
) -> None:
    one = browser("clerk.n1")
    one.get("/persons/n1?on=2026-04-15")
    one.get("/households/H-n1")
    query = "SELECT actor, action, subject_id, details FROM audit_entry WHERE action IN ('person.view', 'household.view') ORDER BY entry_no"
    with before.read() as connection:
        told = [tuple(row) for row in connection.execute(sa.text(query))]
    assert told == [
        ("clerk.n1", "person.view", "n1", {"on": "2026-04-15"}),
        ("clerk.n1", "household.view", "H-n1", {}),
    ]


@pytest.mark.parametrize("on", ["", "2027-01-01", "2026-02-30", "x", "%00", "0000-00-00", "2026-04-15'"])
def test_a_day_that_is_none_or_has_not_come_is_not_asked_for(
    browser: Callable[..., Browser], before: Database, on: str
) -> None:
    one = browser("clerk.n1")
    for place in ("persons/n1", "households/H-n1"):
        page = one.get(f"/{place}?on={on}")
        assert page.status_code == 200 and "Compared" not in page.text


@pytest.mark.parametrize(
    "number", ["990101199001011234", "13987654321", "%E7%8E%8B", "%00", "x" * 3000, "none-such"]
)
def test_a_number_that_could_be_a_person_s_own_is_no_address(
    browser: Callable[..., Browser], county: Database, number: str
) -> None:
    one = browser("steward")
    for place in ("persons", "households"):
        assert one.get(f"/{place}/{number}").content == one.get("/no/such/page").content


def test_what_is_listed_is_taken_out_as_it_is_shown(
    browser: Callable[..., Browser], before: Database
) -> None:
    one = browser("officer.north")
    page = one.get("/households/H-n1?on=2026-04-15")
    answer = one.send(page, "/households/H-n1/export")
    rows = read(answer)
    assert [(row["Person"], row["Name then"], row["Name"]) for row in rows] == [
        ("n1", "王●明", "n●"),
        ("n2", "n●", ""),
        ("x1", "马●●", ""),
    ]
    assert not any(secret.encode() in unzipped(answer) for secret in SECRETS)
    found = one.send(one.get("/queue"), "/search", wanted="n")
    assert one.links(found, "/persons/") == ["/persons/n1", "/persons/n2"]
    listed = one.send(found, "/persons/export")
    assert [(row["Person"], row["Name"]) for row in read(listed)] == [("n1", "n●"), ("n2", "n●")]
    others = one.post("/persons/export", {"token": one.token(), "ids": "n1 s1 x1 ' x"})
    assert [row["Person"] for row in read(others)] == ["n1"]


class Links(NothingPrepared):
    """What a night linked to n1, and why."""

    def linked(self, night: date, person_nos: Collection[str]) -> Mapping[str, Sequence[Linked]]:
        mother = Linked("police_births", "b.xlsx", "Sheet1", 7, "mother", "possible", 0.61, "k2")
        rows = (Linked("hospital_births", "a.csv", "", 3, "self", "link", 0.999, "k1"), mother)
        return {"n1": rows} if "n1" in person_nos else {}

    def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
        reasons = (Reason("prior", "", -10.0), Reason("name", "exact", 12.5))
        found = [
            Weighed("link", "k2", "n1", 1, False, 0, reasons),
            Weighed("link", "k2", "s1", 2, False, 0, reasons),
        ]
        return [one for one in found if one.subject in subjects]


def test_a_person_s_page_has_the_rows_that_are_linked_to_them_and_why(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        applied = "INSERT INTO night (night, status, is_applied) VALUES ('2026-05-01', 'finished', true)"
        work.connection.execute(sa.text(f"{applied} ON CONFLICT (night) DO UPDATE SET is_applied = true"))
    page = browser("officer.north", prepared=Links()).get("/persons/n1").text
    part = page.split('id="mentions"')[1].split("</section>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)]
    told = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows if len(row) == 11]
    assert [row[1] + row[5] for row in told] == ["", ""]  # of a file without a receipt
    told = [[row[0], *row[2:5], row[6], *row[8:10]] for row in told]
    assert told == [
        ["Hospital births", "a.csv", "", "3", "the person", "= linked", "&gt; 0.99"],
        ["Police: births", "b.xlsx", "Sheet1", "7", "the mother", "≈ possible link", "0.61"],
    ]
    assert part.count('<svg class="waterfall"') == 1 and "+2.50</b>" in part and "s1" not in part
    other = browser("officer.north", prepared=Links()).get("/persons/n2").text
    assert "No department" in other and "a.csv" not in other
    assert browser("officer.south", prepared=Links()).get("/persons/n1").status_code == 404
