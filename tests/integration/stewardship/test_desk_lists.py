"""Every table and list that a page shows can be taken out as a workbook, or it is said here why not: a new one fails until it has a word.

The new workbooks hold what their pages show, each user's own, and nothing that is masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import openpyxl
import pytest
import sqlalchemy as sa
from desk_clients import SECRETS, Browser, discrepancy_of, tried
from desk_county import NIGHT, NOW, VILLAGES
from httpx import Response
from test_desk_exports import noted, unzipped
from test_desk_pages import routes

import stewardship.pages as pages
from register.database import Database
from register.night_tally import keep_tally
from register.work import unit_of_work
from stewardship.administration.sections import key_of

TEMPLATES: Final = Path(pages.__file__).parent / "templates"
LISTED: Final = re.compile(
    r"<table\b|<ol class=\"(?:rows|history)|<ul class=\"(?:history|outcomes)|parts\.rows\("
)
ONE: Final = "= one thing, item by item"
FORM: Final = "= to be filled in"
BESIDE: Final = "= a part of the row or the page beside it"
FEW: Final = "= the few steps of one thing, each with its entry in the audit chain"
OVERVIEW: Final = "/overview/export"
NIGHT_OF_TYPE: Final = "/overview/nights/{night}/{type_}/export"
RULES: Final = "/administration/rules/export"
TRIAL: Final = "/administration/rules/trials/{trial_id}/export"
RESULTS: Final = "/review/quality/results/export"
# Template → what takes each of its lists out, in their order; with `=` why nothing does.
LISTS: Final[dict[str, tuple[str, ...]]] = {
    "about_parts.html": ("= lists of two pages, in the workbook of each",) * 3,
    "add_parts.html": (FORM,),
    "administration/integrations.html": ("/administration/integrations/export",),
    "administration/reference.html": ("/administration/reference/export",) * 3,
    "administration/rule_parts.html": (RULES,),
    "administration/trial.html": (TRIAL, TRIAL),
    "administration/user.html": (FEW, "/administration/users/{key}/export"),
    "administration/users.html": ("/administration/users/export",),
    "approval.html": (FEW,),
    "approvals.html": ("/approvals/export",),
    "audit.html": ("/audit/export",),
    "bulk.html": ("= what was done a moment ago", "= what was done a moment ago"),
    "calendar.html": ("/deliveries/calendar/export",) * 2,
    "change_parts.html": (ONE, ONE),
    "counts.html": ("/counts/export",),
    "deliveries.html": ("/deliveries/export",),
    "delivery.html": ("/deliveries/{key}/export", ONE, ONE, FEW, ONE),
    "discrepancy.html": ("/discrepancies/{id_}/export",) * 2,
    "household.html": (BESIDE,),
    "household_page.html": ("/households/{household_no}/export",) * 2,
    "matrix.html": (ONE,),
    "overview.html": (OVERVIEW,) * 12,
    "overview_charts.html": (OVERVIEW,),
    "overview_kept.html": ("= lists of two pages, taken out by test_desk_births and test_desk_unlinked",),
    "overview_listed.html": ("/overview/lists/{what}/export",),
    "overview_night.html": (NIGHT_OF_TYPE, NIGHT_OF_TYPE),
    "parts.html": ("= the rows that every page has by this part",),
    "person.html": (ONE, "/persons/{person_no}/export"),
    "quality_matrix.html": (ONE,),
    "quality_pair.html": (FEW,),
    "quality_results.html": (RESULTS,) * 4,
    "queue.html": ("/queue/export",),
    "queue_head.html": ("= one's own saved views",),
    "review.html": (ONE,),
    "search.html": ("/persons/export", "/search/export"),
    "units.html": ("/deliveries/units/export",),
    "waterfall_parts.html": (ONE,),
    "worklist.html": (FEW, "= the list has a workbook of its own"),
    "worklist_receipt.html": ("/worklists/{list_id}/returns/{return_id}/export",),
    "worklist_unanswered.html": ("/worklists/unanswered/export",),
    "worklists.html": ("/worklists/export",),
}
# Templates that are a part of another, which has the button.
BUTTON_IN: Final = {
    "administration/rule_parts.html": "administration/rules.html",
    "overview_charts.html": "overview.html",
}


def test_every_list_of_a_page_is_taken_out_or_has_a_reason_not_to_be() -> None:
    found = {
        str(template.relative_to(TEMPLATES)): len(LISTED.findall(template.read_text()))
        for template in TEMPLATES.rglob("*.html")
    }
    assert {name: rows for name, rows in found.items() if rows} == {
        name: len(told) for name, told in LISTS.items()
    }


def test_what_takes_a_list_out_is_a_route_and_has_its_button_on_the_page() -> None:
    there = set(routes())
    for template, told in LISTS.items():
        text = (TEMPLATES / BUTTON_IN.get(template, template)).read_text()
        buttons = [
            re.sub(r'"\s*~\s*[^"]*~\s*"', "*", one)
            for one in re.findall(r'export\((?:action ~ )?"([^)]*)\)', text)
        ]
        for route in {one for one in told if not one.startswith("=")}:
            assert f"POST {route}" in there, (template, route)
            plain = re.sub(r"\{\w+\}", "*", route)
            assert any(one.startswith((plain, plain.rpartition("*")[2])) for one in buttons), (
                template,
                route,
            )


def sheets(answer: Response) -> dict[str, list[list[str]]]:
    """Title of the sheet → header and rows."""
    assert answer.status_code == 200, answer.status_code
    found = {}
    for sheet in openpyxl.load_workbook(BytesIO(answer.content)).worksheets:
        title, _, *rows = [
            ["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        assert all(
            cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value is not None
        )
        found[title[0]] = rows
    return found


def applied(county: Database) -> None:
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        keep_tally(work.connection, NIGHT)


@pytest.mark.parametrize("user", ["steward", "officer.north"])
def test_the_overview_is_taken_out_with_the_numbers_of_the_page(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    applied(county)
    one = browser(user)
    page = one.get("/overview")
    answer = one.send(page, OVERVIEW)
    told = sheets(answer)
    header, *rows = told["Discrepancies by type"]
    assert header[:2] == ["Type", "needs checking"] and rows
    for type_, *numbers in rows:
        shown = page.text.partition(f'<th scope="row">{type_}</th>')[2].partition("</tr>")[0]
        assert re.findall(r">(\d+)<", shown)[:4] == numbers[:4]
    _, *nights = told["Night by night"]
    assert {row[0] for row in nights} == {NIGHT.isoformat()}
    by_type = {row[0]: sum(map(int, row[1:5])) for row in rows}
    assert {row[1]: int(row[2]) for row in nights if row[2] != "0"} == by_type
    assert not any(secret.encode() in unzipped(answer) for secret in SECRETS)
    assert noted(county)[-1][:2] == (user, "export.overview")


def test_a_number_of_a_night_leads_to_the_files_and_the_ones_it_counts(
    browser: Callable[..., Browser], county: Database
) -> None:
    """Three clicks: the overview, the number of the night, the file or one of them."""
    applied(county)
    for user, is_of_county in (("steward", True), ("officer.north", False)):
        one = browser(user)
        link = f"/overview/nights/{NIGHT}/missing_item"
        row = re.search(rf'<a href="{link}">\+(\d+)</a>', one.get("/overview").text)
        assert row is not None
        page = one.get(link)
        ids = {found[15:28] for found in one.links(page, "/discrepancies/")}
        assert len(ids) == int(row[1]) and (discrepancy_of(county, "s1") in ids) == is_of_county
        assert one.links(page, "/deliveries/")[1:], "the file leads to its receipt"
        told = sheets(one.send(page, f"{link}/export"))
        assert {line[0] for line in told["What came"][1:]} == ids
        rests = [int(line[-1]) for line in told["On which files they rest"][1:]]
        assert sum(rests) >= len(ids) and ("counts at each of them" in page.text) == (len(rests) > 1)
        assert one.get(f"/overview/nights/{NIGHT}/no_type").status_code == 404
        assert one.get("/overview/nights/2020-01-01/missing_item").status_code == 404
        assert one.get("/overview/nights/2020-13-01/missing_item").status_code == 404
    for user in ("clerk.n1", "contact.police", "operator.1"):
        assert browser(user).get(f"/overview/nights/{NIGHT}/missing_item").status_code == 404


def test_what_a_night_opened_again_is_counted_and_listed_with_it(
    browser: Callable[..., Browser], county: Database
) -> None:
    applied(county)
    id_ = discrepancy_of(county, "n1")
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE discrepancy SET first_night = first_night - 1 WHERE discrepancy_id = :id"),
            {"id": id_},
        )
        work.connection.execute(
            sa.text("""INSERT INTO discrepancy_version SELECT discrepancy_id, 2, night, 'reopened', evidence_hash, register_value,
            proposed_value, confidence FROM discrepancy_version WHERE discrepancy_id = :id AND evidence_version = 1"""),
            {"id": id_},
        )
    one = browser("steward")
    page = one.get(f"/overview/nights/{NIGHT}/missing_item").text
    assert re.search(r"<dt>opened again</dt><dd class=\"figures\">\+ 1</dd>", page) and id_ in page
    assert "↻1</a>" in one.get("/overview").text


def test_the_calendar_is_taken_out_unit_by_unit(browser: Callable[..., Browser], county: Database) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, unit, period, status, columns_mapped, columns_dropped,
            rows_total, rows_kept, rows_set_aside, rows_quarantined) VALUES ('police_births', 'f2', 'f2', :night, '2026-04-03', '=unit',
            '2026-03', 'taken', '{}'::text[], '{}'::text[], 1, 1, 0, 0)"""),
            {"night": NIGHT},
        )
    one = browser("steward")
    told = sheets(one.send(one.get("/deliveries/calendar"), "/deliveries/calendar/export"))
    came = [row for row in told["What came and what is late"] if row[1] == "=unit" and row[4] == "came"]
    assert [(row[0], row[2], *row[5:]) for row in came] == [
        ("Police: births", "2026-03", "2026-04-03", "1", "0")
    ]
    assert "Late" in told
    other = browser("contact.hospital")
    rest = sheets(other.post("/deliveries/calendar/export", {"token": other.token()}))
    assert "=unit" not in str(rest)


def test_on_which_day_a_file_is_due_is_read_when_the_page_is_made(
    browser: Callable[..., Browser], county: Database
) -> None:
    """A version that is put in force counts without another start, for every role that sees deliveries."""
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE delivery SET unit = 'u', period = '2026-03' WHERE feed = 'police_births'")
        )
    every = {user: browser(user) for user in ("steward", "officer.north", "operator.1", "contact.police")}

    def due(one: Browser) -> str:
        found = re.search(r"The file of [^ ]+ is due on (\d+ \w+ \d+)", one.get("/deliveries/calendar").text)
        assert found is not None
        return found[1]

    before = {due(one) for one in every.values()}
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""INSERT INTO rule_version (rules, digest, note, state, revision, written_by, written_at, put_by, put_at, from_night)
            VALUES ('{"due_days": {"police_births": 27}}', 'd', '', 'in_force', 1, 'a', :now, 'b', :now, :night)"""),
            {"now": NOW, "night": NIGHT},
        )
    after = {due(one) for one in every.values()}
    assert len(before) == len(after) == 1 and before != after and after.pop().startswith("27 ")


def test_of_a_person_the_departments_rows_and_the_discrepancies_are_taken_out(
    browser: Callable[..., Browser], county: Database
) -> None:
    one = browser("officer.north")
    told = sheets(one.send(one.get("/persons/n1"), "/persons/n1/export"))
    assert discrepancy_of(county, "n1") in [row[0] for row in told["Discrepancies about this person"]]
    assert told["What departments' files have about this person"][0][1:4] == ["Department", "Unit", "File"]
    assert [row[2] for row in told["Register changes"][1:]] == ["Change of an item"]
    assert told["Decisions"] == [["When", "Who", "What", "Reason or note", "Discrepancy", "Type"]]
    assert noted(county)[-1][4]["person"] == "n1"


def test_of_a_discrepancy_the_rows_and_the_history_are_taken_out(
    browser: Callable[..., Browser], county: Database
) -> None:
    id_ = discrepancy_of(county, "n1")
    one = browser("clerk.n1")
    answer = one.send(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/export")
    told = sheets(answer)
    assert len(told["Rows it rests on"]) > 1 and len(told["History"]) > 1
    assert "looked at it" in str(told["History"])
    assert not any(secret.encode() in unzipped(answer) for secret in SECRETS)
    contact, own = browser("contact.police"), discrepancy_of(county, "police_births")
    theirs = sheets(contact.send(contact.get(f"/discrepancies/{own}"), f"/discrepancies/{own}/export"))
    assert set(theirs) == {"Rows it rests on"}


def test_the_lists_of_the_administration_are_taken_out(
    browser: Callable[..., Browser], county: Database
) -> None:
    operator = browser("operator.1")
    page = operator.get("/administration/users?role=clerk")
    told = sheets(operator.send(page, "/administration/users/export"))["Users"]
    assert [row[0] for row in told[1:]] == ["clerk.n1", "clerk.s1"] and "Village clerk" in told[1][3]
    place = f"/administration/users/{key_of('clerk.n1')}"
    past = sheets(operator.send(operator.get(place), f"{place}/export"))["Roles given and taken back"]
    assert "Village clerk" in past[1][0]
    assert set(sheets(operator.send(operator.get("/counts"), "/counts/export"))) == {
        "Discrepancies by type and status"
    }
    _, trial = tried(county, [["missing_item", "", "opened", 2]], [["missing_item", "opened", "D1", "1"]])
    steward = browser("steward")
    rules = sheets(steward.send(steward.get("/administration/rules"), RULES))
    assert ["Days to register a birth", "30", "45"] in rules["Draft"]
    place = f"/administration/rules/trials/{trial}"
    done = sheets(steward.send(steward.get(place), f"{place}/export"))
    assert (
        done["What the draft would do"][1][:2] == ["Item missing", "2"] and done["Which ones"][1][3] == "D1"
    )
    reference = steward.send(steward.get("/administration/reference"), "/administration/reference/export")
    assert len(sheets(reference)) == 3


def test_results_of_a_sample_and_rows_not_taken_are_taken_out(
    browser: Callable[..., Browser], county: Database
) -> None:
    steward = browser("steward")
    page = steward.get("/review/quality/results")
    told = sheets(steward.send(page, RESULTS))
    assert len(told) == 4 and told["By what the night made of them"][1][2] == "40"
    with unit_of_work(county) as work:
        made = work.worklists.make(VILLAGES["n1"], [], "zh", [discrepancy_of(county, "n1")], "clerk.n1", NOW)
        back = work.worklists.record_return(made.worklist_id, "h", (0, 0, 0), {7: "day"}, "clerk.n1", NOW)
    clerk = browser("clerk.n1")
    place = f"/worklists/{made.worklist_id}/returns/{back.return_id}"
    rows = sheets(clerk.send(clerk.get(place), f"{place}/export"))["Rows to look at again"]
    assert [row[0] for row in rows[1:]] == ["7"] and "date cannot be read" in rows[1][1]


def test_the_sheets_of_a_workbook_have_names_that_spreadsheets_take() -> None:
    from stewardship.exporting.tables import LONGEST_NAME, _sheet_names

    names = _sheet_names(["a/b: c*?[d]", "x" * 40, "x" * 40, "X" * 40, "'", "History", "history"])
    assert len({name.lower() for name in names}) == len(names)
    assert all(name and len(name) <= LONGEST_NAME and not re.search(r"[\[\]:*?/\\]", name) for name in names)
