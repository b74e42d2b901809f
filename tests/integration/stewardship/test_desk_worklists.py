"""A list is made, filled in and handed in: what each answer makes of its discrepancy, and what is not taken."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, status_of, unzipped
from desk_county import NIGHT, NOW, TOWNSHIPS, VILLAGES
from httpx import Response
from register_leads import Lead, Row

from register.audit import AuditChain, Event
from register.candidates import discrepancy_id
from register.database import Database
from register.work import unit_of_work
from stewardship.worklists.outcomes import word
from stewardship.worklists.workbook import COLUMNS, HEADER_ROW

Of = Callable[..., Browser]
FIRST = HEADER_ROW + 2  # as a spreadsheet numbers it


def more_leads(database: Database) -> dict[str, str]:
    """One of each way to end, all about the person of n1 or about nobody on the register; type → id."""
    leads = [
        Lead(
            f"{place}:phone",
            area_code=VILLAGES[place],
            person_no=place,
            proposed_value="13987654321",
            evidence=(Row(file=place),),
        )
        for place in ("n1", "n2", "s1")
    ]
    for type_, person, field in (
        ("deceased_active", "n1", None),
        ("possible_link", "n1", None),
        ("unregistered_birth", None, None),
        ("duplicate_person", "n1", None),
    ):
        leads.append(
            Lead(
                f"x:{type_}",
                type=type_,
                area_code=VILLAGES["n1"],
                person_no=person,
                person_no_2="s1" if type_ == "duplicate_person" else None,
                field=field,
                proposed_value=None,
                evidence=(Row(file=type_),),
            )
        )
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT.replace(day=2), leads)
        work.connection.execute(
            sa.text("""
INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
    rows_total, rows_kept, rows_set_aside, rows_quarantined)
SELECT DISTINCT feed, file, md5(file), DATE '2026-05-02', DATE '2026-05-02', 'taken', '{}'::text[], '{}'::text[], 1, 1, 0, 0
FROM evidence WHERE file = 'unregistered_birth'""")
        )
    found = {lead.type: discrepancy_id(lead.type, lead.subject) for lead in leads if lead.person_no != "n2"}
    return found | {"missing_item": discrepancy_id("missing_item", "n1:phone")}


def made(one: Browser, area: str = "n1") -> str:
    """The address of a list of everything in a village."""
    page = one.get(f"/worklists?area={VILLAGES[area]}")
    answer = one.post("/worklists", _make(one, page))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _make(one: Browser, page: Response) -> dict[str, str]:
    names = re.findall(r'name="(type_\w+)"', page.text)
    area = re.search(r'name="area" value="(\d{12})"', page.text)
    assert area is not None
    return {"token": one.token(), "area": area[1], **dict.fromkeys(names, "1")}


def opened(one: Browser, place: str) -> openpyxl.Workbook:
    answer = one.get(f"{place}/workbook")
    assert answer.status_code == 200
    return openpyxl.load_workbook(BytesIO(answer.content))


def row_of(book: openpyxl.Workbook, id_: str) -> int:
    column = COLUMNS.index("number") + 1
    return next(
        row for row in range(FIRST, book.active.max_row + 1) if book.active.cell(row, column).value == id_
    )


def fill(book: openpyxl.Workbook, id_: str, told: str, **cells: str) -> int:
    """Fills a row in, the outcome in the words of the drop-down; returns its number."""
    row = row_of(book, id_)
    for name, text in {"outcome": word(told, "en"), **cells}.items():
        book.active.cell(row, COLUMNS.index(name) + 1, text)
    return row


def content_of(book: openpyxl.Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def hand_in(one: Browser, content: bytes) -> Response:
    return one.client.post(
        "/worklists/return",
        data={"token": one.token()},
        files={"file": ("list.xlsx", content)},
        headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )


def receipt_of(database: Database) -> Mapping[str, object]:
    with database.read() as connection:
        query = "SELECT * FROM worklist_return ORDER BY return_id DESC LIMIT 1"
        return connection.execute(sa.text(query)).one()._mapping


def rejected(database: Database) -> dict[str, str]:
    found = receipt_of(database)["rejected"]
    assert isinstance(found, dict)
    return found


def decision_of(database: Database, id_: str) -> tuple[str, str, date, str | None]:
    with database.read() as connection:
        query = (
            "SELECT kind, outcome, outcome_on, reason FROM decision WHERE discrepancy_id = :id "
            "ORDER BY decision_id DESC LIMIT 1"
        )
        return tuple(connection.execute(sa.text(query), {"id": id_}).one())


ANSWERS = [
    # type, outcome, cells, status after, kind of the decision, kind of the change
    ("missing_item", "confirmed", {}, "waiting", "visited", "field"),
    ("missing_item", "not_so", {"value": "13700000009"}, "waiting", "visited", "field"),
    ("missing_item", "not_so", {"note": "they have no phone"}, "decided", "not_a_problem", None),
    ("missing_item", "no_problem", {}, "decided", "not_a_problem", None),
    ("missing_item", "nobody", {"note": "in the fields"}, "waiting", "not_met", None),
    ("missing_item", "refused", {}, "open", "visited", None),
    ("missing_item", "moved_away", {}, "open", "visited", None),
    ("deceased_active", "confirmed", {}, "waiting", "visited", "mark_dead"),
    ("possible_link", "confirmed", {}, "decided", "same_person", None),
    ("possible_link", "not_so", {}, "decided", "different_person", None),
    ("duplicate_person", "not_so", {}, "decided", "different_person", None),
    ("unregistered_birth", "confirmed", {"note": "registers next week"}, "open", "visited", None),
    ("unregistered_birth", "other", {"note": "lives with her aunt"}, "open", "visited", None),
    # the other person lives where the clerk sees nobody, so an officer goes on
    ("duplicate_person", "confirmed", {}, "open", "visited", None),
]


@pytest.mark.parametrize(
    ("type_", "outcome", "cells", "status", "kind", "change"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {' '.join(row[2])}".strip()) for row in ANSWERS],
)
def test_each_answer_makes_what_the_table_says(
    browser: Of,
    county: Database,
    type_: str,
    outcome: str,
    cells: dict[str, str],
    status: str,
    kind: str,
    change: str | None,
) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    told_in_queue = f"入户核实：{word(outcome, 'zh')}"

    def row_of_officer() -> str:
        page = browser("officer.north", "zh").get(f"/queue?type={type_}&status=all").text
        return page.partition(f"/discrepancies/{ids[type_]}")[2].partition("</li>")[0]

    book = opened(one, made(one))
    assert told_in_queue not in row_of_officer() != ""
    fill(book, ids[type_], outcome, on="2026/5/2", **cells)
    answer = hand_in(one, content_of(book))
    assert told_in_queue in row_of_officer()
    assert answer.status_code == 303
    page = one.get(answer.headers["location"])
    assert "1 row was taken." in page.text and rejected(county) == {}
    assert status_of(county, ids[type_]) == status
    assert decision_of(county, ids[type_]) == (kind, outcome, date(2026, 5, 2), cells.get("note"))
    with unit_of_work(county) as work:
        mine = [c for c in work.changes.of_person("n1") if c.proposed_by == "clerk.n1"]
        assert [one.kind for one in mine] == ([change] if change else [])
        if "value" in cells:
            assert (mine[0].plan.after["n1"] or {})["phone"] == cells["value"]
        assert AuditChain(work.connection).verify().problems == ()


def test_the_same_file_twice_changes_nothing_the_second_time(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    fill(book, ids["missing_item"], "confirmed")
    fill(book, ids["possible_link"], "not_so")
    fill(book, ids["unregistered_birth"], "nobody")
    content = content_of(book)
    hand_in(one, content)
    with county.read() as connection:
        count = sa.text("SELECT (SELECT count(*) FROM decision), (SELECT count(*) FROM register_change)")
        before = connection.execute(count).one()
    page = one.get(hand_in(one, content).headers["location"])
    assert "0 rows were taken." in page.text and "3 had been taken before." in page.text
    assert "2 are not filled in yet." in page.text
    with county.read() as connection:
        assert connection.execute(count).one() == before
    assert receipt_of(county)["rejected"] == {}


def test_nobody_there_can_be_answered_once_more_and_other_answers_cannot(
    browser: Of, county: Database
) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    fill(book, ids["missing_item"], "nobody")
    fill(book, ids["possible_link"], "not_so")
    hand_in(one, content_of(book))
    fill(book, ids["missing_item"], "no_problem")
    row = fill(book, ids["possible_link"], "confirmed")
    hand_in(one, content_of(book))
    assert rejected(county) == {str(row): "answered"}
    assert status_of(county, ids["missing_item"]) == "decided"
    assert decision_of(county, ids["possible_link"])[0] == "different_person"


def test_rows_that_cannot_be_taken_are_named_by_number_and_reason_and_change_nothing(
    browser: Of, county: Database
) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    expected = {
        fill(book, ids["missing_item"], "confirmed", value="x" * 501): "too_long",
        fill(book, ids["possible_link"], "confirmed", on="1 May"): "day",
        fill(book, ids["deceased_active"], "other"): "note",
        fill(book, ids["unregistered_birth"], "not_so", value="李小红"): "no_value_here",
        fill(book, ids["duplicate_person"], "confirmed", outcome="maybe 李小红"): "outcome",
    }
    page = one.get(hand_in(one, content_of(book)).headers["location"])
    assert rejected(county) == {str(row): code for row, code in expected.items()}
    assert "5 rows were not taken" in page.text and "李小红" not in page.text
    for row in expected:
        assert f'<td class="figures">{row}</td>' in page.text
    assert {status_of(county, id_) for id_ in ids.values()} == {"open"}
    with county.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM decision")) == 0


def test_an_outcome_that_is_missing_and_a_date_to_come_are_not_taken(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    expected = {
        fill(book, ids["missing_item"], "confirmed", outcome="", note="a note alone"): "no_outcome",
        fill(book, ids["possible_link"], "confirmed", on="2026-05-04"): "day",
    }
    hand_in(one, content_of(book))
    assert rejected(county) == {str(row): code for row, code in expected.items()}


def test_rows_from_elsewhere_and_changed_rows_are_told_apart(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    sheet, last = book.active, book.active.max_row
    own = [cell.value for cell in sheet[row_of(book, ids["possible_link"])]]
    altered = fill(book, ids["missing_item"], "confirmed")
    sheet.cell(altered, COLUMNS.index("question") + 1, "something else")
    swapped = fill(book, ids["deceased_active"], "confirmed")
    sheet.cell(swapped, COLUMNS.index("reference") + 1, own[COLUMNS.index("reference")])
    added = {
        last + 1: discrepancy_of(county, "n2"),  # of another village
        last + 2: "D000000000000",
        last + 3: discrepancy_of(county, "police_births"),  # of the village, not on the list
    }
    for row, id_ in added.items():
        for column, value in enumerate(own, start=1):
            sheet.cell(row, column, value)
        sheet.cell(row, COLUMNS.index("number") + 1, id_)
        sheet.cell(row, COLUMNS.index("outcome") + 1, "属实")
    fill(book, ids["possible_link"], "not_so")
    for column in range(1, len(COLUMNS) + 1):
        sheet.cell(last + 4, column, sheet.cell(row_of(book, ids["possible_link"]), column).value)
    hand_in(one, content_of(book))
    assert rejected(county) == {
        str(altered): "altered",
        str(swapped): "altered",
        str(last + 1): "unknown",
        str(last + 2): "unknown",
        str(last + 3): "not_on_list",
        str(last + 4): "twice",
    }
    assert status_of(county, ids["possible_link"]) == "decided"
    assert status_of(county, discrepancy_of(county, "n2")) == "open"


def test_a_row_of_another_list_is_not_taken_for_one_of_this(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    first = opened(one, made(one))
    with unit_of_work(county) as work:  # else the second would be the first, sent twice
        work.connection.execute(sa.text("UPDATE worklist SET made_at = made_at - interval '1 day'"))
    second = opened(one, made(one))
    row = fill(first, ids["missing_item"], "confirmed")
    other = row_of(second, ids["missing_item"])
    for column in range(1, len(COLUMNS) + 1):
        second.active.cell(other, column, first.active.cell(row, column).value)
    hand_in(one, content_of(second))
    assert rejected(county) == {str(other): "altered"}


def test_what_has_changed_since_is_not_decided_on_what_was_known_before(
    browser: Of, county: Database
) -> None:
    ids, one, officer = more_leads(county), browser("clerk.n1"), browser("officer.north")
    place = made(one)
    book = opened(one, place)
    changed = fill(book, ids["missing_item"], "no_problem")
    decided = fill(book, ids["possible_link"], "not_so")
    proposed = fill(book, ids["deceased_active"], "no_problem")
    decide = f"/discrepancies/{ids['possible_link']}/decide"
    officer.send(officer.get(f"/discrepancies/{ids['possible_link']}"), decide, kind="same_person")
    propose = f"/discrepancies/{ids['deceased_active']}/propose"
    officer.send(officer.get(propose), propose)
    with county.begin() as connection:
        more = "UPDATE discrepancy SET evidence_version = evidence_version + 1 WHERE discrepancy_id = :id"
        connection.execute(sa.text(more), {"id": ids["missing_item"]})
    hand_in(one, content_of(book))
    assert rejected(county) == {
        str(changed): "changed",
        str(decided): "decided",
        str(proposed): "proposed",
    }
    assert decision_of(county, ids["possible_link"])[0] == "same_person"
    # downloaded again, the list asks anew what has changed and leaves out what is settled
    again = opened(one, place)
    fill(again, ids["missing_item"], "no_problem")
    hand_in(one, content_of(again))
    assert rejected(county) == {} and status_of(county, ids["missing_item"]) == "decided"
    with pytest.raises(StopIteration):
        row_of(again, ids["possible_link"])


def test_a_list_of_another_village_is_no_list(browser: Of, county: Database) -> None:
    one, other = browser("clerk.n1"), browser("clerk.s1")
    place = made(one)
    book = opened(one, place)
    fill(book, discrepancy_of(county, "n1"), "no_problem")
    answer = hand_in(other, content_of(book))
    assert answer.status_code == 422 and "not of your area" in answer.text
    assert status_of(county, discrepancy_of(county, "n1")) == "open"
    assert hand_in(browser("officer.north"), content_of(book)).status_code == 303
    assert status_of(county, discrepancy_of(county, "n1")) == "decided"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "Choose the filled list first.", id="nothing"),
        pytest.param("核查编号,核查结果\n".encode(), "no XLSX workbook", id="a CSV"),
        pytest.param(b"PK\x03\x04 and no more", "no XLSX workbook", id="broken"),
    ],
)
def test_a_file_that_is_no_list_is_said_to_be_none(browser: Of, content: bytes, words: str) -> None:
    answer = hand_in(browser("clerk.n1"), content)
    assert answer.status_code == 422 and words in answer.text


def test_a_workbook_of_somebody_else_is_no_list(browser: Of) -> None:
    book = openpyxl.Workbook()
    book.active.append(["核查编号", "核查结果"])
    assert "no worklist of the desk" in hand_in(browser("clerk.n1"), content_of(book)).text


def test_a_list_shows_no_more_than_the_desk_and_is_logged(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE person SET name = '=王小明' WHERE person_no = 'n1'"))
    place = made(one)
    page = one.get(place).text
    cells = [str(cell.value) for line in opened(one, place).active.rows for cell in line]
    for secret in SECRETS:
        assert secret not in page and not any(secret in cell for cell in cells)
    assert any("139●●●●4321" in cell for cell in cells) and "139●●●●4321" in page
    assert any("马●英" in cell for cell in cells)
    assert ids["unregistered_birth"] in page
    with unit_of_work(county) as work:
        events = list(work.audit.of("worklist", place.split("/")[-1]))
    assert [(e.actor, e.action, e.details["rows"]) for e in events] == [
        ("clerk.n1", "worklist.make", 5),
        ("clerk.n1", "worklist.view", 5),
        ("clerk.n1", "export.worklist", 5),
    ]


def test_where_somebody_was_is_not_asked_again_until_it_is_asked_for(browser: Of, county: Database) -> None:
    ids, one, officer = more_leads(county), browser("clerk.n1"), browser("officer.north")
    book = opened(one, made(one))
    fill(book, ids["unregistered_birth"], "refused")
    hand_in(one, content_of(book))
    assert "type_unregistered_birth" not in one.get("/worklists").text
    page = officer.get(f"/discrepancies/{ids['unregistered_birth']}")
    assert "Asked at the door" in page.text and "did not wish to answer" in page.text
    officer.send(page, f"/discrepancies/{ids['unregistered_birth']}/decide", kind="visit")
    assert "type_unregistered_birth" in one.get("/worklists").text


def test_a_clerk_takes_back_what_was_proposed_from_the_own_list(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    book = opened(one, made(one))
    fill(book, ids["missing_item"], "confirmed")
    hand_in(one, content_of(book))
    undo = f"/discrepancies/{ids['missing_item']}/undo"
    assert one.send(one.get(f"/discrepancies/{ids['missing_item']}"), undo).status_code == 303
    assert status_of(county, ids["missing_item"]) == "open"


def test_nothing_chosen_and_another_s_area_make_no_list(browser: Of, county: Database) -> None:
    one = browser("clerk.n1")
    token = one.token()
    wanted = {"token": token, "type_missing_item": "1"}
    for fields in (
        {"token": token, "area": VILLAGES["n1"]},
        {**wanted, "area": "999999999999"},
        {**wanted, "area": VILLAGES["s1"]},
        {**wanted, "area": ""},
    ):
        assert one.post("/worklists", fields).status_code == 422
    assert one.post("/worklists", {**wanted, "area": TOWNSHIPS["north"]}).status_code == 404
    with county.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM worklist WHERE made_by = 'clerk.n1'")) == 0


def test_rows_stand_in_walking_order_those_of_a_household_together(browser: Of, county: Database) -> None:
    # person: group, door, household; the two of H-n1 together, group 2 before group 10
    homes = {
        "s1": ("10", "1", "H-s1"),
        "n1": ("2", "12", "H-n1"),
        "n2": ("2", "3", "H-n2"),
        "none": ("2", "12", "H-n1"),
    }
    with county.begin() as connection:
        for person, (group, door, household) in homes.items():
            told = {"p": person, "g": group, "d": door, "h": household}
            where = (
                "UPDATE person SET hukou_group = :g, hukou_door = :d, hukou_area = :a WHERE person_no = :p"
            )
            connection.execute(sa.text(where), {**told, "a": VILLAGES["n1"]})
            connection.execute(
                sa.text("UPDATE membership SET household_no = :h WHERE person_no = :p"),
                told,
            )
        moved = "UPDATE discrepancy SET area_code = :a WHERE person_no IS NOT NULL"
        connection.execute(sa.text(moved), {"a": VILLAGES["n1"]})
    one = browser("steward")
    place = made(one)
    sheet = opened(one, place).active
    rows = list(sheet.iter_rows(min_row=FIRST, values_only=True))
    number = COLUMNS.index("number")
    order = [row[number] for row in rows]
    near, pair, far = order[0], set(order[1:3]), order[3]
    assert near == discrepancy_id("missing_item", "n2:phone")
    assert pair == {discrepancy_id("missing_item", f"{place}:phone") for place in ("n1", "none")}
    assert far == discrepancy_id("missing_item", "s1:phone")
    assert "group 2 no. 3" in rows[0][COLUMNS.index("door")]
    page = one.get(place).text
    assert page.count('rowspan="2"') == 1 and page.count('rowspan="1"') == 2


def test_all_lists_are_there_page_by_page_and_in_the_workbook(browser: Of, county: Database) -> None:
    one = browser("officer.north")
    with unit_of_work(county) as work:
        for day in range(7):  # of one that is sent twice within minutes there is one list
            made_at = NOW - timedelta(days=7 - day)
            work.worklists.make(TOWNSHIPS["north"], ["missing_item"], "en", [], "officer.north", made_at)
    place, seen = "/worklists", []
    while True:
        page = one.get(place)
        seen += re.findall(r'<td class="figures"><a href="/worklists/(\d+)">', page.text)
        further = one.links(page, "/worklists?before=")
        if not further:
            break
        place = further[0].partition("#")[0]
    assert len(seen) == 7 and seen == sorted(seen, key=int, reverse=True)
    assert "To the beginning" in page.text
    book = openpyxl.load_workbook(BytesIO(one.send(page, "/worklists/export").content))
    cells = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert set(seen) <= cells
    assert one.get(f"/worklists?before={seen[-1]}").text.count("This was the end of the list.") == 1
    assert re.findall(r'href="/worklists/(\d+)"', one.get("/worklists?before=x").text) == seen[:3]


def numbers_of(one: Browser, place: str) -> dict[str, str]:
    """Discrepancy → the number that its row of the workbook has."""
    sheet = opened(one, place).active
    at, id_ = (COLUMNS.index(name) + 1 for name in ("no", "number"))
    rows = range(FIRST, sheet.max_row + 1)
    return {str(sheet.cell(row, id_).value): str(sheet.cell(row, at).value) for row in rows}


MOVE = "UPDATE person SET residence_area = :area, residence_group = '99', residence_door = '7' WHERE person_no = :person"


def test_the_numbers_of_a_list_are_the_same_for_every_reader_and_stay(browser: Of, county: Database) -> None:
    more_leads(county)
    one = browser("clerk.n1")
    place = made(one)
    before = numbers_of(one, place)
    assert sorted(before.values()) == [str(number) for number in range(1, len(before) + 1)]
    with county.begin() as connection:
        connection.execute(sa.text(MOVE), {"area": VILLAGES["n1"], "person": "n1"})
    for reader in (one, browser("officer.north"), browser("steward")):
        assert numbers_of(reader, place) == before
    page = one.get(place).text
    in_order = re.findall(r'href="/discrepancies/(D\w+)"', page)
    assert in_order == sorted(before, key=lambda id_: int(before[id_]))
    waits = one.get("/worklists/unanswered").text
    assert all(f"(no. {before[id_]})<" in waits for id_ in re.findall(r'href="/discrepancies/(D\w+)"', waits))


def test_a_list_of_before_numbers_were_kept_is_numbered_as_it_is_walked(
    browser: Of, county: Database
) -> None:
    more_leads(county)
    one = browser("clerk.n1")
    place = made(one)
    with county.begin() as connection:
        connection.execute(sa.text("UPDATE worklist_row SET no = NULL"))
    found = numbers_of(one, place)
    assert list(found.values()) == [str(number) for number in range(1, len(found) + 1)]
    assert "(no. 1)" not in one.get("/worklists/unanswered").text


def test_the_door_of_a_household_is_the_one_in_the_village_of_the_list(browser: Of, county: Database) -> None:
    """The head of a household lives in another village; a clerk does not see that row, an officer and a steward do."""
    lead = Lead(
        "x:house",
        type="missing_person",
        area_code=VILLAGES["n1"],
        person_no=None,
        field=None,
        proposed_value=None,
        household_no="H-n1",
        evidence=(Row(file="house"),),
    )
    with unit_of_work(county) as work:
        work.discrepancies.apply(NIGHT.replace(day=2), [lead])
        for person in ("n1", "n2"):
            work.connection.execute(sa.text(MOVE), {"area": VILLAGES[person], "person": person})
        joined = (
            "UPDATE membership SET household_no = 'H-n1', head_name = 'n2' WHERE person_no IN ('n1', 'n2')"
        )
        work.connection.execute(sa.text(joined))
    place = made(browser("clerk.n1"))
    doors = []
    for user in ("clerk.n1", "officer.north", "steward"):
        book = opened(browser(user), place)
        row = row_of(book, discrepancy_id("missing_person", "x:house"))
        doors.append(book.active.cell(row, COLUMNS.index("door") + 1).value)
    assert len(set(doors)) == 1 and str(doors[0]).endswith("group 99 no. 7")
    with county.read() as connection:
        names = dict(connection.execute(sa.text("SELECT code, name FROM area")).tuples().all())
    assert str(doors[0]).startswith(names[VILLAGES["n1"]])


@pytest.mark.parametrize(
    ("language", "word"),
    [
        pytest.param("en", "a list in the landing folder", id="English"),
        pytest.param("zh", "收件文件夹中的清单", id="Chinese"),
    ],
)
def test_who_handed_a_list_in_is_said_by_name_or_that_it_came_by_the_landing_folder(
    browser: Of, county: Database, language: str, word: str
) -> None:
    ids, one = more_leads(county), browser("clerk.n1", language)
    place = made(one)
    hand_in(one, content_of(opened(one, place)))
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE app_user SET display_name = '李 文' WHERE user_id = 'clerk.n1'")
        )
        (own,) = work.worklists.receipts(int(place.rpartition("/")[2]))
        counts, number = (1, 0, 0), own.worklist_id
        landed = work.worklists.record_return(number, "0" * 64, counts, {}, "survey_returns", NOW)
        work.audit.record(Event("survey_returns", "discrepancy.view", "discrepancy", ids["missing_item"], {}))
    page = one.get(f"{place}/returns/{own.return_id}").text.partition("<main")[2]
    assert "李 文, " in page and "clerk.n1" not in page
    page = one.get(f"{place}/returns/{landed.return_id}").text.partition("<main")[2]
    assert word in page and "survey_returns" not in page
    page = one.get(f"/discrepancies/{ids['missing_item']}").text
    assert word in page and "survey_returns" not in page


def waiting(one: Browser, query: str = "") -> list[str]:
    """The discrepancies that were asked and not answered yet, as the page lists them."""
    page = one.get(f"/worklists/unanswered?{query}")
    found = re.findall(r'href="/discrepancies/(D\w+)"', page.text)
    total = re.search(r'class="count total">(\d+)<', page.text)
    further = one.links(page, "/worklists/unanswered?")
    later = next((place for place in further if "after=" in place), None)
    rest = waiting(one, later.partition("?")[2]) if later else []
    assert total is not None and ("after=" in query or int(total[1]) == len(found) + len(rest))
    return [*found, *rest]


def test_what_was_asked_and_not_answered_is_listed_as_the_lists_still_have_it(
    browser: Of, county: Database
) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    assert waiting(one) == [] and "not answered yet" not in one.get("/worklists").text
    place = made(one)
    on_list = set(re.findall(r'href="/discrepancies/(D\w+)"', one.get(place).text))
    assert len(on_list) > 3, "more than one page of this desk"
    found = waiting(one)
    assert set(found) == on_list and len(found) == len(on_list)
    assert f"{len(found)} on lists and not answered yet" in one.get("/worklists").text
    book = opened(one, place)
    fill(book, ids["missing_item"], "nobody", note="in the fields")
    fill(book, ids["possible_link"], "not_so")
    hand_in(one, content_of(book))
    assert set(waiting(one)) == on_list - {ids["possible_link"]}
    assert set(waiting(one)) == set(re.findall(r'href="/discrepancies/(D\w+)"', one.get(place).text))
    pages = [one.get("/worklists/unanswered").text]
    assert f'href="{place}"' in pages[0] and f"{NOW.day} May 2026" in pages[0] and "0 days" in pages[0]
    assert not any(secret in page for secret in SECRETS for page in pages)
    assert set(waiting(browser("officer.north"), f"area={TOWNSHIPS['north']}")) == set(waiting(one))
    assert waiting(browser("officer.south")) == []


def test_what_is_on_two_lists_waits_once_since_the_first(browser: Of, county: Database) -> None:
    more_leads(county)
    one = browser("clerk.n1")
    first = made(one)
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE worklist SET made_at = made_at - interval '12 days'"))
    second = made(one)
    assert first != second
    page = one.get("/worklists/unanswered").text
    assert "12 days" in page and f'href="{first}"' in page and f'href="{second}"' in page
    found = waiting(one)
    assert len(found) == len(set(found))
    assert "(12 days)" in one.get("/worklists").text


def test_what_waits_is_taken_out_and_looked_at_in_the_audit_chain(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    made(one)
    found = waiting(one)
    answer = one.send(one.get("/worklists/unanswered"), "/worklists/unanswered/export")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=4)]
    assert [row[2] for row in rows] == found and ids["missing_item"] in found
    with county.read() as connection:
        asked = sa.text(
            "SELECT details FROM audit_entry WHERE action = 'worklist.unanswered' ORDER BY entry_no"
        )
        assert [row.details["rows"] for row in connection.execute(asked)][0] == 3


@pytest.mark.parametrize(
    ("maker", "chosen", "title", "header", "other"),
    [
        pytest.param("en", "zh", "入户清单", "入户询问", "What to ask", id="Chinese"),
        pytest.param("zh", "en", "Worklist no.", "What to ask", "入户询问", id="English"),
        pytest.param("zh", "fr", "入户清单", "入户询问", "What to ask", id="none there is"),
    ],
)
def test_the_maker_chooses_the_list_s_language_and_page_and_file_are_in_it(
    browser: Of, county: Database, maker: str, chosen: str, title: str, header: str, other: str
) -> None:
    one = browser("clerk.n1", maker)
    page = one.get(f"/worklists?area={VILLAGES['n1']}")
    assert f'value="{maker}" lang="{maker}" selected' in page.text, (
        "the language that one reads, unless another is chosen"
    )
    place = one.post("/worklists", {**_make(one, page), "language": chosen}).headers["location"]
    shown = one.get(place).text
    asked = shown.partition('<table class="asking stacked">')[2]
    assert title in shown.partition("<h1>")[2].partition("</h1>")[0]
    assert header in asked and other not in asked
    sheet = opened(one, place).active
    headers = [cell.value for cell in sheet[HEADER_ROW + 1]]
    assert header in headers and other not in headers and title in sheet["A1"].value


def test_numbers_stay_when_a_return_is_taken(browser: Of, county: Database) -> None:
    ids, one = more_leads(county), browser("clerk.n1")
    place = made(one)
    book = opened(one, place)

    def numbers() -> dict[str, str]:
        asked = one.get(place).text.partition('<table class="asking stacked">')[2]
        found = re.findall(
            r'<tr><td class="figures">(\d+)</td>.*?href="/discrepancies/(D\w+)"', asked, re.DOTALL
        )
        return {id_: number for number, id_ in found}

    before = numbers()
    assert sorted(map(int, before.values())) == list(range(1, len(before) + 1))
    first = next(id_ for id_, number in before.items() if number == "1")
    fill(book, first, "no_problem")
    fill(book, ids["possible_link"], "not_so")
    hand_in(one, content_of(book))
    after = numbers()
    assert set(after) == set(before) - {first, ids["possible_link"]}
    assert after == {id_: number for id_, number in before.items() if id_ in after}
    sheet = opened(one, place).active
    rows = {row[COLUMNS.index("number")].value: row[0].value for row in sheet.iter_rows(min_row=FIRST)}
    assert rows == after, "the file's numbers are the page's"
    again = opened(one, place)
    fill(again, ids["missing_item"], "no_problem")
    hand_in(one, content_of(again))
    assert rejected(county) == {}


def test_the_history_says_the_outcome_in_the_reader_s_language_and_the_note_as_it_was_written(
    browser: Of, county: Database
) -> None:
    ids, one = more_leads(county), browser("clerk.n1", "zh")
    book = opened(one, made(one))
    fill(book, ids["missing_item"], "nobody", on="2026-05-01", note="下地干活")
    hand_in(one, content_of(book))
    page = f"/discrepancies/{ids['missing_item']}"
    chinese = browser("officer.north", "zh").get(page).text
    assert "入户时无人在家" in chinese and "<q>2026年5月1日；下地干活</q>" in chinese
    english = browser("officer.north")
    taken = unzipped(english.send(english.get(page), f"{page}/export")).decode()
    pages = [english.get(page).text.split('class="history"')[1], english.get("/persons/n1").text]
    for text in (*pages, taken):
        assert "Nobody was there" in text and "1 May 2026; 下地干活" in text
        assert "nobody there; 1 May" not in text, "the decision says it already"
    again = opened(one, made(one))
    fill(again, ids["missing_item"], "refused", on="2026-05-02", note="x")
    hand_in(one, content_of(again))
    assert "did not wish to answer; 2 May 2026; x" in english.get(page).text
    assert "拒访；2026年5月2日；x" in browser("officer.north", "zh").get(page).text


def numbered_otherwise(database: Database, *, born: str = "19900101") -> str:
    """An ID number of n1 of which the last four digits are others."""
    now, then = "990101199001011234", f"990101{born}1242"
    values = {"person_no": "n1", "field": "id_number", "register_value": now, "proposed_value": then}
    evidence = (Row(file="n1"),)
    lead = Lead("n1:id", type="inconsistent_field", area_code=VILLAGES["n1"], evidence=evidence, **values)
    with unit_of_work(database) as work:
        work.discrepancies.apply(NIGHT.replace(day=2), [lead])
    return discrepancy_id("inconsistent_field", "n1:id")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_id_number_that_differs_where_it_is_masked_is_to_be_copied_on_page_and_in_the_file(
    browser: Of, county: Database, language: str
) -> None:
    id_, one = numbered_otherwise(county), browser("clerk.n1", language)
    place = made(one)
    book = opened(one, place)
    asked = str(book.active.cell(row_of(book, id_), COLUMNS.index("question") + 1).value)
    assert {"en": "Please copy it", "zh": "抄写到"}[language] in asked and "19900101" not in asked
    assert asked in html.unescape(one.get(place).text)


@pytest.mark.parametrize(
    ("value", "status", "kind", "proposed"),
    [
        pytest.param("990101 19900101 1234", "decided", "not_a_problem", None, id="the register's own"),
        pytest.param(
            "990101 19900101 124x", "waiting", "visited", "99010119900101124X", id="that of the papers"
        ),
    ],
)
def test_the_desk_compares_the_number_that_was_copied(
    browser: Of, county: Database, value: str, status: str, kind: str, proposed: str | None
) -> None:
    id_, one = numbered_otherwise(county), browser("clerk.n1")
    book = opened(one, made(one))
    fill(book, id_, "other", value=value)
    hand_in(one, content_of(book))
    assert rejected(county) == {}
    assert (status_of(county, id_), decision_of(county, id_)[0]) == (status, kind)
    with unit_of_work(county) as work:
        mine = [c for c in work.changes.of_person("n1") if c.proposed_by == "clerk.n1"]
    assert [(change.plan.after["n1"] or {})["id_number"] for change in mine] == (
        [proposed] if proposed else []
    )


def test_who_is_a_child_by_the_number_that_is_proposed_is_asked_about_as_one(
    browser: Of, county: Database
) -> None:
    id_, one = numbered_otherwise(county, born="20200101"), browser("clerk.n1")
    book = opened(one, made(one))
    asked = str(book.active.cell(row_of(book, id_), COLUMNS.index("question") + 1).value)
    assert "20200101" not in asked and "Please copy it" in asked
