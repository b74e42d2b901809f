"""Lists taken out as workbooks: the rows of the page and no other, masked as there, marked, noted, and whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any, Final

import openpyxl
import pytest
import sqlalchemy as sa
from desk_clients import (
    ORIGIN,
    SETTINGS,
    Browser,
    FixedSources,
    TestClient,
    discrepancy_of,
    now,
    proposed,
    unzipped,
)
from desk_county import VILLAGES
from httpx import Response
from test_desk_pages import key_of

from discrepancies.candidates import OF_UNREGISTERED, TYPES
from register.access import Desk
from register.database import Database
from register.work import unit_of_work
from stewardship import create_app
from stewardship.administration.entries import OF_NOBODY
from stewardship.administration.sections import key_of as account_key

NO_ITEM: Final = ("feed_overdue", "wrong_household")  # whose values are no item of a person
HEADER: Final = 3  # rows of the sheet before the first of the list
# list: page, action of its button
LISTS: Final = {
    "queue": ("/queue?status=all", "/queue/export"),
    "approvals": ("/approvals?state=all", "/approvals/export"),
    "audit": ("/audit", "/audit/export"),
    "deliveries": ("/deliveries", "/deliveries/export"),
    "worklists": ("/worklists", "/worklists/export"),
}


def read(answer: Response) -> list[dict[str, str]]:
    """Header → cell of each row."""
    assert answer.status_code == 200, answer.status_code
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    header, *rows = list(sheet.iter_rows(min_row=HEADER, values_only=True))
    return [{str(name): str(cell or "") for name, cell in zip(header, row)} for row in rows]


def taken(one: Browser, name: str, **typed: str) -> Response:
    place, action = LISTS[name]
    return one.send(one.get(place), action, **typed)


def lines(one: Browser, place: str) -> list[str]:
    """The text of each row of a list, page by page."""
    found = []
    start = place
    while place:
        page = one.get(place)
        listed = re.search(r'<ol class="rows.*?</ol>', page.text, re.DOTALL)
        rows = re.findall(r"<li>(.*?)</li>", listed[0], re.DOTALL) if listed else []
        found += [unescape(re.sub(r"<[^>]+>", "", row)) for row in rows]
        path = start.partition("?")[0]
        place = next((link for link in one.links(page, path) if "after=" in link), "")
    return found


def noted(county: Database) -> list[tuple[Any, ...]]:
    with county.read() as connection:
        query = "SELECT actor, action, subject_kind, subject_id, details FROM audit_entry WHERE action LIKE 'export%' ORDER BY entry_no"
        return [tuple(row) for row in connection.execute(sa.text(query))]


@pytest.mark.parametrize("user", ["steward", "officer.north", "clerk.n1", "contact.police"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "status=all",
        "type=missing_item",
        "tab=unassigned",
        "feed=police_residents",
        "feed=civil_adoptions",
    ],
)
def test_the_queue_taken_out_is_the_queue_of_the_pages(
    browser: Callable[..., Browser], county: Database, user: str, query: str
) -> None:
    one = browser(user)
    shown = lines(one, f"/queue?{query}")
    if not shown:
        assert "/queue/export" not in one.get(f"/queue?{query}").text
        return
    rows = read(one.send(one.get(f"/queue?{query}"), "/queue/export"))
    assert len(rows) == len(shown)
    for row, text in zip(rows, shown):
        told = ["Type", "Name", "Born", "Now", "Proposed", "Place", "Probability"]
        told += [] if row["Name"] else ["What needs checking"]  # which says no more than the line does
        assert all(row[name] in text for name in told), (row, text)
        assert row["Type"] and row["What needs checking"]
    ids = [
        link.removeprefix("/discrepancies/")[:13] for link in one.links(one.get(f"/queue?{query}"), "/disc")
    ]
    assert [row["Discrepancy"] for row in rows][: len(ids)] == ids
    assert ("Assigned to" in rows[0]) == (not user.startswith("contact"))


def test_a_long_queue_comes_in_batches_each_row_once(
    browser: Callable[..., Browser], county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stewardship.exporting.lists.BATCH", 2)
    one = browser("steward")
    rows = read(taken(one, "queue"))
    assert len(rows) > 4
    assert len({row["Discrepancy"] for row in rows}) == len(rows) == len(lines(one, "/queue?status=all"))
    assert len(read(taken(browser("auditor"), "audit"))) > 4


def test_the_approvals_taken_out_are_those_of_the_page(
    browser: Callable[..., Browser], county: Database
) -> None:
    proposed(county, "n1")
    proposed(county, "n1", "s1")
    one = browser("steward")
    for query in ("state=all", "", "kind=merge"):
        shown = lines(one, f"/approvals?{query}")
        rows = read(one.send(one.get(f"/approvals?{query}"), "/approvals/export"))
        assert len(rows) == len(shown) > 0
        for row, text in zip(rows, shown):
            assert row["Kind"] in text and row["Place"] in text and row["When"] in text
            assert all(name in text for name in row["Persons"].split(" · "))
    assert any("→ 139●●●●4321" in row["What changes"] for row in read(taken(one, "approvals")))


def test_the_audit_chain_is_taken_out_from_one_number_to_another(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("auditor")
    shown = one.get("/audit")
    rows, page = read(one.send(shown, "/audit/export")), shown.text
    assert len(rows) == page.count("<tr>") - 1
    assert all(f'<td class="figures">{row["No."]}</td>' in page and row["To what"] in page for row in rows)
    for row in rows:
        assert f'{row["What was done"]} <span class="code">{row["What"]}</span>' in page
        assert (
            row["Kind of subject"]
            and (row["Details"] or "") in page
            and (row["Details, as sealed"] or "") in page
        )
    part = read(taken(one, "audit", first="2", last="4"))
    assert [row["No."] for row in part] == ["4", "3", "2"]
    assert read(taken(one, "audit", first="9999999", last="x")) == []


def test_of_the_audit_chain_that_is_taken_out_which_the_page_lists(
    browser: Callable[..., Browser], county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stewardship.administration.entries.BATCH", 2)
    one = browser("auditor")
    query = f"who={account_key('officer.north')}&what=sign_in&kind=account&since=2020-01-01"
    browser("officer.north").get("/queue")
    shown = one.get(f"/audit?{query}")
    numbers = re.findall(r'<tr><td class="figures">(\d+)</td>', shown.text)
    answer = one.send(shown, "/audit/export")
    rows = read(answer)
    assert numbers and [row["No."] for row in rows] == numbers
    assert {row["Who"] for row in rows} == {"officer.north"}
    with unit_of_work(county) as work:
        event = work.audit.of("list", "audit")[-1]
    assert (event.details["what"], event.details["since"]) == ("sign_in", "2020-01-01")
    assert "officer.north" not in str(event.details)
    other = one.get(f"/audit?who={account_key('nobody')}")
    assert read(one.send(other, "/audit/export")) == []
    fields = one.form(shown, "/audit/export")[1]
    for text in ("zhangsan", "张三", "13800000000"):  # fits nobody, and is nothing for the chain
        assert read(one.post(f"/audit/export?who={text}", fields)) == []
    with unit_of_work(county) as work:
        assert {event.details["who"] for event in work.audit.of("list", "audit")[-3:]} == {OF_NOBODY}


def test_what_is_looked_through_for_a_file_has_a_bound(
    browser: Callable[..., Browser], county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stewardship.administration.entries.LOOKED_THROUGH_BY_AREA", 2)
    one = browser("auditor")
    shown = one.get(f"/audit?area={VILLAGES['n1']}")
    assert len(read(one.send(shown, "/audit/export"))) <= 2
    assert one.send(shown, "/audit/export", first="1").status_code == 422


def test_deliveries_and_what_is_wrong_with_one_are_taken_out(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("steward")
    rows, shown = read(taken(one, "deliveries")), lines(one, "/deliveries")
    assert len(rows) == len(shown) > 2
    assert all(row["File"] in text and row["Feed"] in text for row, text in zip(rows, shown))
    page = one.get(f"/deliveries/{key_of('police_births')}")
    broken = read(one.send(page, f"/deliveries/{key_of('police_births')}/export"))
    assert [(row["What is wrong"], row["How many"], row["Rows in the file"]) for row in broken] == [
        ("r", "1", "5")
    ]
    own = read(taken(browser("contact.police"), "deliveries"))
    assert [row["File"] for row in own] == ["police_births"]


def test_worklists_are_taken_out_as_the_page_lists_them(
    browser: Callable[..., Browser], county: Database
) -> None:
    from desk_county import NOW

    with unit_of_work(county) as work:
        for place in ("n1", "s1"):
            id_ = discrepancy_of(county, place)
            work.worklists.make(VILLAGES[place], ["missing_item"], "zh", [id_], "somebody", NOW)
    assert len(read(taken(browser("steward"), "worklists"))) == 2
    own = read(taken(browser("clerk.n1", "zh"), "worklists"))
    assert [row["制作人"] for row in own] == ["somebody"]


def test_what_a_search_found_is_taken_out_and_nothing_that_one_may_not_see(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("officer.north")
    page = one.send(one.get("/queue"), "/search", wanted="n")
    rows = read(one.send(page, "/search/export"))
    assert [row["Discrepancy"] for row in rows] == [
        link[15:28] for link in one.links(page, "/discrepancies/")
    ]
    assert 'name="wanted" value' not in page.text
    there = f"{discrepancy_of(county, 'n1')} {discrepancy_of(county, 's1')} D0 ' OR 1=1"
    answer = one.post("/search/export", {"token": one.token(), "ids": there})
    assert [row["Discrepancy"] for row in read(answer)] == [discrepancy_of(county, "n1")]


def test_a_value_that_looks_like_a_formula_stays_text_in_every_list(
    browser: Callable[..., Browser], county: Database
) -> None:
    odd = '=HYPERLINK("http://x","y")'
    with unit_of_work(county) as work:
        for statement in (
            "UPDATE discrepancy SET field = 'occupation', proposed_value = :odd, register_value = '+1-1@x'",
            "UPDATE delivery SET unit = :odd, file = '@' || file WHERE feed <> 'police_residents'",
            "UPDATE app_user SET display_name = '=1+1' WHERE user_id = 'steward'",
        ):
            work.connection.execute(sa.text(statement), {"odd": odd} if ":odd" in statement else {})
    one = browser("steward")
    for name in ("queue", "deliveries"):
        answer = taken(one, name)
        sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
        cells = [
            cell for row in sheet.iter_rows(min_row=HEADER + 1) for cell in row if cell.value is not None
        ]
        assert odd in [cell.value for cell in cells]
        assert {cell.data_type for cell in cells} == {"s"}
        assert {cell.number_format for cell in cells} == {"@"}
        whole = unzipped(answer)
        assert b"<f>" not in whole and b"<hyperlink" not in whole and b"ddeLink" not in whole


def test_the_sheet_says_who_took_what_out_and_the_chain_says_it_without_a_value(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("officer.north", "zh")
    query = f"type=missing_item&area={VILLAGES['n1']}&status=all"
    answer = one.send(one.get(f"/queue?{query}"), "/queue/export")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    told = str(book.active["A2"].value)
    assert "officer.north" in told and "2026年5月2日 16:00" in told
    assert "缺" in told and VILLAGES["n1"] in told
    assert book.properties.description == told and told[:60] in book.active.oddHeader.left.text
    assert noted(county) == [
        (
            "officer.north",
            "export.queue",
            "list",
            "queue",
            {"rows": 1, "type": "missing_item", "area": VILLAGES["n1"], "status": "all"},
        )
    ]


def test_a_list_that_is_too_long_is_not_cut_but_refused_and_says_what_to_do(
    browser: Callable[..., Browser], county: Database, desk: Desk
) -> None:
    proposed(county, "n1")
    app = create_app(desk, now, replace(SETTINGS, most_exported=2), FixedSources())

    def limited(one: Browser) -> Browser:
        """At a desk that takes out two rows at most."""
        return Browser(
            TestClient(app, base_url=ORIGIN, cookies=one.client.cookies, headers=one.client.headers)
        )

    for user, name in (
        ("steward", "queue"),
        ("auditor", "audit"),
        ("steward", "deliveries"),
        ("steward", "approvals"),
    ):
        answer = taken(limited(browser(user)), name)
        assert answer.status_code == 422
        assert "takes 2 at most" in answer.text and "Narrow the list down" in answer.text
        assert f'href="/{name}' in answer.text
    assert noted(county) == []
    assert len(read(taken(limited(browser("auditor")), "audit", first="3", last="4"))) == 2


def test_a_list_is_handed_out_to_a_form_of_the_session_alone(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("steward")
    for _, action in LISTS.values():
        for fields in ({}, {"token": "x"}):
            assert one.post(action, fields).status_code == (404 if action == "/audit/export" else 403)
    assert one.post("/queue/export", {"token": one.token()}, sec_fetch_site="cross-site").status_code == 403
    assert noted(county) == []


def test_the_files_of_worklists_and_of_rows_to_correct_are_marked_too(
    browser: Callable[..., Browser], county: Database
) -> None:
    from desk_county import NOW

    with unit_of_work(county) as work:
        made = work.worklists.make(
            VILLAGES["n1"], ["missing_item"], "en", [discrepancy_of(county, "n1")], "somebody", NOW
        )
    for user, place in (
        ("clerk.n1", f"/worklists/{made.worklist_id}/workbook"),
        ("contact.police", f"/deliveries/{key_of('police_births')}/rows"),
    ):
        answer = browser(user).get(place)
        book = openpyxl.load_workbook(BytesIO(answer.content))
        assert book.properties.creator == user and "2 May 2026 16:00" in book.properties.description
        assert user.encode() in unzipped(answer)
        assert any(
            user in str(part.text) for part in (book.active.oddHeader.left, book.active.oddFooter.left)
        )


@pytest.mark.parametrize("type_", [one for one in TYPES if one not in NO_ITEM])
def test_a_child_is_masked_as_one_in_every_list_whatever_the_type(
    browser: Callable[..., Browser], county: Database, type_: str
) -> None:
    """By the register's date of birth, or by the one that is proposed."""
    id_ = discrepancy_of(county, "n1")
    told = (
        ("2015-03-02", "phone", "13987654321"),
        ("1990-03-02", "birth_date", "2015-03-02"),
        ("1990-03-02", "id_number", "990101201503021234"),
    )
    for born, field, value in told:
        with unit_of_work(county) as work:
            work.connection.execute(sa.text("UPDATE discrepancy SET proposed_value = NULL"))
            work.connection.execute(
                sa.text("UPDATE person SET name = '王小明', birth_date = :born WHERE person_no = 'n1'"),
                {"born": date.fromisoformat(born)},
            )
            work.connection.execute(
                sa.text(
                    "UPDATE discrepancy SET type = :type, field = :field, proposed_value = :value WHERE discrepancy_id = :id"
                ),
                {"type": type_, "field": field, "value": value, "id": id_},
            )
        one = browser("officer.north")
        page = one.get(f"/queue?type={type_}")
        book = unzipped(one.send(page, f"/queue/export?type={type_}")).decode()
        assert id_ in page.text and id_ in book
        for text in (
            page.text.replace(one.token(), ""),
            book,
        ):  # random digits, among which any four may stand
            assert "王●明" not in text and "20150302" not in text.replace(" ", ""), (born, field)
            assert "4321" not in text, (born, field)
            assert "王●●" in text or type_ in OF_UNREGISTERED
