"""What the pages of a person and of a household have besides the register's rows: what was decided, what changes, what departments' rows say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from html import unescape

import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, proposed, status_of
from desk_county import NOW, VILLAGES
from httpx import Response
from test_desk_exports import unzipped
from test_desk_lists import sheets

from register.database import Database
from register.work import unit_of_work
from stewardship.prepared import Linked, NothingPrepared, Reason, Weighed

BIRTHS = "What departments' files have about this person"
REASONS = (Reason("prior", "", -10.0), Reason("name", "exact", 12.5))


class Rows(NothingPrepared):
    """So many rows of the hospital's that a night linked to n1, one of the police's that perhaps is theirs, and one that is s1's."""

    def __init__(self, linked: int = 1) -> None:
        of_hospital = [
            Linked("hospital_births", "a.csv", "", 3 + one, "self", "link", 0.999, f"h{one}")
            for one in range(linked)
        ]
        perhaps = Linked("police_births", "b.xlsx", "Sheet1", 7, "mother", "possible", 0.61, "p")
        other = Linked("police_births", "b.xlsx", "Sheet1", 9, "self", "link", 0.99, "s")
        self.rows = {"n1": [*of_hospital, perhaps], "s1": [other]}

    def linked(self, night: date, person_nos: Collection[str]) -> Mapping[str, Sequence[Linked]]:
        return {number: self.rows[number] for number in person_nos if number in self.rows}

    def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
        return [Weighed("link", one, "n1", 1, False, 0, REASONS) for one in sorted(subjects)]


@pytest.fixture
def night(county: Database) -> Database:
    """Applied, with the files that it took in."""
    with unit_of_work(county) as work:
        for statement in (
            "INSERT INTO night (night, status, is_applied) VALUES ('2026-05-01', 'finished', true) "
            "ON CONFLICT (night) DO UPDATE SET is_applied = true",
            """INSERT INTO delivery (feed, file, unit, sha256, night, arrival, status, columns_mapped, columns_dropped,
                rows_total, rows_kept, rows_set_aside, rows_quarantined)
            VALUES ('hospital_births', 'a.csv', 'North Hospital', 'a', '2026-04-29', '2026-04-28', 'taken', '{}', '{}', 1, 1, 0, 0),
                ('police_births', 'b.xlsx', 'South Station', 'b', '2026-04-29', '2026-04-27', 'taken', '{}', '{}', 1, 1, 0, 0)""",
        ):
            work.connection.execute(sa.text(statement))
    return county


def answered(county: Database, one: Browser, kind: str, reason: str) -> str:
    """The possible link of n1, once somebody has answered it on its page."""
    id_ = discrepancy_of(county, "n1")
    with unit_of_work(county) as work:
        query = "UPDATE discrepancy SET type = 'possible_link' WHERE discrepancy_id = :id"
        work.connection.execute(sa.text(query), {"id": id_})
    page = one.get(f"/discrepancies/{id_}")
    answer = one.send(page, f"/discrepancies/{id_}/decide", kind=kind, reason=reason)
    assert answer.status_code == 303 and status_of(county, id_) == "decided"
    return id_


def table(page: Response, part: str) -> list[list[str]]:
    """The rows of a part of the page, the header first, as they are read."""
    text = page.text.split(f'id="{part}"')[1].split("</section>")[0]
    found = re.search(r'<table class="plain-table[ a-z]*">.*?</table>', text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found[0] if found else "", re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[_text(cell) for cell in row] for row in cells]


def _text(cell: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", cell.replace("<br>", " "))).split())


def count(page: Response, part: str) -> int:
    found = re.search(rf'id="{part}">[^<]*<span class="count">(\d+)', page.text)
    assert found is not None
    return int(found[1])


def test_every_decision_about_a_person_is_told_with_who_when_and_why(
    browser: Callable[..., Browser], night: Database
) -> None:
    one = browser("officer.north")
    id_ = answered(night, one, "different_person", "another house")
    one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/undo")
    page = browser("clerk.n1").get("/persons/n1")
    header, *rows = table(page, "decisions")
    assert header == ["When", "Who", "What", "Reason or note", "Type"]
    assert [row[1:] for row in rows] == [
        ["officer.north", "Decision taken back", "–", "Possible link"],
        ["officer.north", "Not the same person", "another house", "Possible link"],
    ]
    assert all("2026" in row[0] for row in rows) and count(page, "decisions") == 2
    assert "Nothing was decided yet." in browser("steward").get("/persons/s1").text


def test_every_register_change_about_a_person_is_told_with_what_became_of_it(
    browser: Callable[..., Browser], night: Database
) -> None:
    change = proposed(night, "n1", by="officer.both")
    with unit_of_work(night) as work:
        work.changes.act("refuse", change.change_id, 1, "officer.north", "the papers say otherwise")
    page = browser("officer.north").get("/persons/n1")
    rows = table(page, "changes")[1:]
    assert rows[0][0] == str(change.change_id) and rows[0][1] == "✕ refused"
    assert rows[0][2].startswith("Change of an item · n●") and "∅ → 139●●●●4321" in rows[0][2]
    assert re.findall(r"(\S+): (proposed|refused) ", rows[0][3]) == [
        ("officer.both", "proposed"),
        ("officer.north", "refused"),
    ]
    assert rows[0][4] == "the papers say otherwise"
    assert f'href="/approvals/{change.change_id}"' in page.text
    clerk = browser("clerk.n1").get("/persons/n1")
    assert table(clerk, "changes") == table(page, "changes") and "/approvals/" not in clerk.text
    assert count(page, "changes") == 2 and count(browser("steward").get("/persons/n1"), "changes") == 3
    assert not any(secret in page.text for secret in SECRETS)


def test_a_row_is_told_with_its_unit_its_day_and_what_it_says_masked(
    browser: Callable[..., Browser], night: Database
) -> None:
    page = browser("officer.north", prepared=Rows()).get("/persons/n1")
    header, linked, perhaps = table(page, "mentions")
    assert header[1:6] == ["Unit", "File", "Sheet", "Row", "Arrived"]
    assert linked[:7] == ["Hospital births", "North Hospital", "a.csv", "", "3", "28 Apr 2026", "the person"]
    assert "name: 王●明 · sex: male" in linked[7] and "139●●●●4321" in linked[7]
    assert linked[8:] == ["= linked", "> 0.99", "–"] and perhaps[1] == "South Station"
    assert not any(secret in page.text for secret in SECRETS)


def test_leave_lifts_the_mask_of_what_is_certainly_theirs_alone(
    browser: Callable[..., Browser], night: Database
) -> None:
    one = browser("officer.north", prepared=Rows())
    one.send(one.get("/persons/n1"), "/persons/n1/reveal", why="asked at the counter")
    linked, perhaps = table(one.get("/persons/n1"), "mentions")[1:]
    assert "990101 19900101 1234" in linked[7] and "13987654321" in linked[7]
    assert "●" in perhaps[7] and not any(secret in perhaps[7] for secret in SECRETS)


@pytest.mark.parametrize(
    ("kind", "word"),
    [("different_person", "✕ Not the same person"), ("same_person", "✓ Same person")],
    ids=["rejected", "confirmed"],
)
def test_what_a_person_said_of_a_row_is_told_with_who_when_and_why(
    browser: Callable[..., Browser], night: Database, kind: str, word: str
) -> None:
    one = browser("officer.north", prepared=Rows())
    id_ = answered(night, one, kind, "seen the papers")
    page = browser("clerk.n1", prepared=Rows()).get("/persons/n1")
    row = table(page, "mentions")[-1]
    assert row[2] == "n1" and row[8] == "– not linked" and count(page, "mentions") == 3
    assert row[10].startswith(f"{word}: officer.north ") and row[10].endswith("seen the papers")
    assert f'<a href="/discrepancies/{id_}">' in page.text.split('id="mentions"')[1]
    assert not any(secret in page.text for secret in SECRETS)
    one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/undo")
    assert len(table(one.get("/persons/n1"), "mentions")) == 3


def test_a_row_that_was_linked_and_is_not_theirs_by_a_person_s_word_stays_masked(
    browser: Callable[..., Browser], night: Database
) -> None:
    one = browser("officer.north", prepared=Rows())
    id_ = answered(night, one, "different_person", "")
    with unit_of_work(night) as work:
        query = "UPDATE decision SET content_keys = '{h0}' WHERE discrepancy_id = :id"
        work.connection.execute(sa.text(query), {"id": id_})
    one.send(one.get("/persons/n1"), "/persons/n1/reveal", why="asked at the counter")
    linked = table(one.get("/persons/n1"), "mentions")[1]
    assert linked[8] == "= linked" and linked[10].startswith("✕ Not the same person")
    assert not any(secret in linked[7] for secret in SECRETS)


def test_the_steward_alone_is_told_what_was_said_of_pairs_of_the_quality_sample(
    browser: Callable[..., Browser], night: Database
) -> None:
    with unit_of_work(night) as work:
        query = "UPDATE quality_pair SET word = 'rejected', word_by = 'steward', word_at = :now WHERE person_no = 'n1'"
        work.connection.execute(sa.text(query), {"now": NOW})
    row = table(browser("steward").get("/persons/n1"), "mentions")[1]
    assert row[8] == "– not linked" and row[10].startswith("✕ Not the same person: steward ")
    assert "No department" in browser("officer.north").get("/persons/n1").text


def test_a_list_that_is_cut_says_so_and_the_workbook_has_it_whole(
    browser: Callable[..., Browser], night: Database
) -> None:
    one = browser("officer.north", prepared=Rows(102))
    page = one.get("/persons/n1")
    assert count(page, "mentions") == 103 and len(table(page, "mentions")) == 101
    assert "3 more are not listed here" in page.text
    told = sheets(one.send(page, "/persons/n1/export"))
    assert len(told[BIRTHS]) == 104


def test_the_weights_of_more_rows_than_three_are_a_click_away(
    browser: Callable[..., Browser], night: Database
) -> None:
    one = browser("officer.north", prepared=Rows(4))
    page = one.get("/persons/n1?on=2026-05-01")
    assert page.text.count('<svg class="waterfall"') == 3 and "2 more rows weigh less." in page.text
    (every,) = one.links(page, "/persons/n1?on=2026-05-01&why")
    whole = one.get(every).text
    assert whole.count('<svg class="waterfall"') == 5 and "weigh less" not in whole
    assert "row 6</p>" in whole


def test_the_page_of_a_discrepancy_says_how_many_rows_it_leaves_out(
    browser: Callable[..., Browser], night: Database
) -> None:
    id_ = discrepancy_of(night, "n1")
    with unit_of_work(night) as work:
        work.connection.execute(
            sa.text("""INSERT INTO evidence (discrepancy_id, feed, file, sheet, "row", role, person_no, unit, content_key)
            SELECT discrepancy_id, feed, file, sheet, 10 + n, role, person_no, unit, 'more' || n
            FROM evidence, generate_series(1, 4) AS n WHERE discrepancy_id = :id"""),
            {"id": id_},
        )
    one = browser("officer.north", prepared=Rows())
    page = one.get(f"/discrepancies/{id_}")
    assert page.text.count('<svg class="waterfall"') == 3
    assert "2 more rows weigh less and are not shown." in page.text
    assert "/persons/n1?why=all#mentions" in one.links(page, "/persons/n1?")


@pytest.fixture
def household(night: Database) -> Database:
    """A discrepancy that is about the household of n1 and about nobody in it, which an officer has decided, beside a refused change of n1."""
    lead = {
        "discrepancy_id": "D0home",
        "subject": "H-n1",
        "type": "missing_household",
        "household_no": "H-n1",
    }
    with unit_of_work(night) as work:
        work.connection.execute(
            sa.text("""INSERT INTO discrepancy SELECT (jsonb_populate_record(d, CAST(:lead AS jsonb))).*
            FROM discrepancy AS d WHERE discrepancy_id = :id"""),
            {
                "lead": json.dumps({**lead, "person_no": None, "field": None}),
                "id": discrepancy_of(night, "n1"),
            },
        )
        number = work.changes.of_person("n1")[0].change_id
        work.connection.execute(
            sa.text("UPDATE register_change SET remark = 'no such phone' WHERE change_id = :id"),
            {"id": number},
        )
        work.connection.execute(
            sa.text("""INSERT INTO decision (discrepancy_id, evidence_version, kind, reason, status_before, status_after, decided_by, decided_at)
            SELECT discrepancy_id, 1, 'cannot_tell', 'nobody knows them', 'open', 'waiting', 'officer.north', :now
            FROM discrepancy WHERE household_no = 'H-n1'"""),
            {"now": NOW},
        )
    return night


def test_a_household_s_page_has_what_is_about_it_and_its_members(
    browser: Callable[..., Browser], household: Database
) -> None:
    one = browser("officer.north", prepared=Rows())
    page = one.get("/households/H-n1")
    shown = {link.rpartition("/")[2] for link in one.links(page, "/discrepancies/")}
    assert {"D0home", discrepancy_of(household, "n1")} <= shown
    assert discrepancy_of(household, "n2") not in shown
    assert [row[1:] for row in table(page, "decisions")[1:]] == [
        ["officer.north", "Cannot tell", "nobody knows them", "Missing household"]
    ]
    assert [(row[1], row[4]) for row in table(page, "changes")[1:]] == [("↶ withdrawn", "no such phone")]
    header, linked, _ = table(page, "mentions")
    assert header[0] == "Person" and header[8] == "Name there"
    assert linked[:3] == ["n1", "Hospital births", "North Hospital"] and linked[5:7] == ["3", "28 Apr 2026"]
    assert linked[8] == "王●明"
    assert {"/persons/n1"} <= set(one.links(page, "/persons/"))
    assert not any(secret in page.text for secret in SECRETS)


def test_of_a_household_nobody_is_told_what_they_may_not_see(
    browser: Callable[..., Browser], household: Database
) -> None:
    with unit_of_work(household) as work:
        work.connection.execute(
            sa.text("UPDATE discrepancy SET area_code = :south WHERE household_no = 'H-n1'"),
            {"south": VILLAGES["s1"]},
        )
    page = browser("officer.north", prepared=Rows()).get("/households/H-n1")
    assert "Nothing was decided yet." in page.text and "Missing household" not in page.text
    assert "nobody knows them" in browser("steward").get("/households/H-n1").text
    elsewhere = browser("officer.south", prepared=Rows())
    assert elsewhere.get("/households/H-n1").content == elsewhere.get("/no/such/page").content
    theirs = table(elsewhere.get("/households/H-s1"), "mentions")[1:]
    assert [(row[0], row[5]) for row in theirs] == [("s1", "9")]


@pytest.mark.parametrize("place", ["persons/n1", "households/H-n1"])
def test_every_list_of_the_page_is_a_sheet_of_its_workbook_masked(
    browser: Callable[..., Browser], household: Database, place: str
) -> None:
    one = browser("officer.north", prepared=Rows())
    answered(household, one, "different_person", "another house")
    page = one.get(f"/{place}")
    answer = one.send(page, f"/{place}/export")
    told = sheets(answer)
    is_home = place.startswith("h")
    people, title = (
        ("who belongs to it", "this household and who belongs to it") if is_home else ("this person",) * 2
    )
    for part, name in (
        ("decisions", "Decisions"),
        ("changes", "Register changes"),
        ("mentions", f"What departments' files have about {people}"),
    ):
        assert len(told[name]) - 1 == count(page, part) > 0, name
    assert len(told[f"Discrepancies about {title}"]) - 1 == count(page, "leads") > 0
    assert "another house" in str(told["Decisions"]) and "n●" in str(told["Register changes"])
    said = told[f"What departments' files have about {people}"]
    assert "Not the same person" in str(said) and "North Hospital" in str(said) and "王●明" in str(said)
    assert not any(secret.encode() in unzipped(answer) for secret in SECRETS)
