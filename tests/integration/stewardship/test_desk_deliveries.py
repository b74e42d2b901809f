"""Deliveries: receipts page by page, the rows to correct for the own contact alone and fit to be sent again, what is late."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

import openpyxl
import pytest
import sqlalchemy as sa
from desk_clients import Browser
from desk_county import VILLAGES

from feeds.areas import AreaTable
from feeds.contracts import contract_of
from feeds.deliveries import take_in
from register.database import Database
from register.work import unit_of_work
from stewardship.deliveries.reading import in_runs, key_of

FILE: Final = "2026-04-30/城关镇派出所-出生登记-2026年4月.csv"
ARRIVAL: Final = date(2026, 4, 30)
LINES: Final = (
    "姓名,性别,出生日期,公民身份号码,母亲姓名,母亲公民身份号码,备注",
    "王小明,男,2026-04-03,,马秀英,990101198512120021,",
    ",男,2026-04-05,,,,=1+1",
    ",女,2026-04-06,,,,@SUM(A1)",
)


@pytest.fixture
def areas(county: Database, tmp_path: Path) -> AreaTable:
    file = tmp_path / "areas.csv"
    file.write_text(
        "code,name,level,parent,valid_from,valid_to,successor\n990101000000,县,county,,1984-01-01,,\n",
        "utf-8",
    )
    return AreaTable.load(file)


def sent(county: Database, areas: AreaTable, folder: Path, lines: tuple[str, ...] = LINES) -> str:
    """Takes a births list in, as a night does; returns its number at the desk."""
    path = folder / "sent.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return taken_in(county, areas, path)


def taken_in(county: Database, areas: AreaTable, path: Path) -> str:
    taken = take_in(path, feed="police_births", file=FILE, arrival=ARRIVAL, areas=areas)
    with unit_of_work(county) as work:
        work.deliveries.record([taken.receipt], ARRIVAL)
        work.deliveries.quarantine(taken.quarantined, [("police_births", FILE)], ARRIVAL)
    return key_of("police_births", FILE, taken.receipt.sha256)


def overdue(county: Database, unit: str, area: str | None) -> str:
    """A file of the police's births that the night found late."""
    id_ = f"D{len(unit):02d}0123456789"
    with unit_of_work(county) as work:
        insert = sa.text(
            "INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, "
            "evidence_hash, evidence_version, evidence_count, first_night, last_night) VALUES (:id, 'feed_overdue', "
            ":subject, 'open', 2, 1, :area, '', 'h', 1, 0, '2026-04-20', '2026-05-01')"
        )
        subject = f"police_births:{unit}:2026-03"
        work.connection.execute(insert, {"id": id_, "subject": subject, "area": area})
    return id_


def test_the_contact_downloads_the_rows_that_could_not_be_used_and_may_send_them_again(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    key = sent(county, areas, tmp_path)
    one = browser("contact.police", "zh")
    page = one.get(f"/deliveries/{key}").text
    assert "看不出这一行说的是谁" in page and "3–4" in page and "王小明" not in page
    answer = one.get(f"/deliveries/{key}/rows")
    assert answer.status_code == 200 and "police" not in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(BytesIO(answer.content))
    sheet = book.active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:2] == ["姓名", "性别"] and rows[0][-3:] == ["原文件行号", "工作表", "要改什么"]
    assert [row[-3] for row in rows[1:]] == ["3", "4"]
    assert "看不出这一行说的是谁" in rows[1][-1] and "姓名" in rows[1][-1]
    assert all(
        cell.data_type in ("s", "n") and not isinstance(cell.value, int) for row in sheet for cell in row
    )

    sheet.cell(2, rows[0].index("姓名") + 1, "李某")
    sheet.cell(3, rows[0].index("姓名") + 1, "赵某")
    corrected = tmp_path / "corrected.xlsx"
    book.save(corrected)
    again = take_in(
        corrected, feed="police_births", file="2026-05-01/again.xlsx", arrival=date(2026, 5, 1), areas=areas
    )
    assert (again.receipt.status, again.receipt.rows_kept, again.receipt.rows_quarantined) == ("taken", 2, 0)
    assert again.records["name"].tolist() == ["李某", "赵某"]
    assert again.records["birth_date"].dt.strftime("%m-%d").tolist() == ["04-05", "04-06"]


def test_a_cell_that_looks_like_a_formula_stays_text(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    lines = (LINES[0], ",=2+3,2026-04-05,,,,", ",女,@SUM(A1),,,,")
    key = sent(county, areas, tmp_path, lines)
    answer = browser("contact.police").get(f"/deliveries/{key}/rows")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert [sheet["B2"].value, sheet["B2"].data_type] == ["=2+3", "s"]
    assert [sheet["C3"].value, sheet["C3"].data_type] == ["@SUM(A1)", "s"]


def test_a_download_is_in_the_audit_chain_with_numbers_only(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    key = sent(county, areas, tmp_path)
    browser("contact.police").get(f"/deliveries/{key}/rows")
    with county.read() as connection:
        query = sa.text("SELECT actor, subject_id, details FROM audit_entry WHERE action = 'export.rejected'")
        told = [tuple(row) for row in connection.execute(query)]
    assert told == [("contact.police", key, {"feed": "police_births", "rows": 2})]


def test_nobody_else_gets_a_value_of_the_rows(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    key = sent(county, areas, tmp_path)
    for user in ("steward", "operator.1", "officer.north", "contact.hospital", "auditor", "clerk.n1"):
        one = browser(user)
        assert one.get(f"/deliveries/{key}/rows").status_code == 404
        page = one.get(f"/deliveries/{key}")
        assert page.status_code == (200 if user in ("steward", "operator.1", "officer.north") else 404)
        assert ("3–4" in page.text) == (user in ("steward", "operator.1"))
        assert not any(value in page.text for value in ("王小明", "马秀英", "990101198512120021", "SUM"))


def test_what_was_erased_after_its_time_says_so(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    key = sent(county, areas, tmp_path)
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("""UPDATE quarantined_row SET raw = '{"erased": "k"}' WHERE file = :f"""), {"f": FILE}
        )
    answer = browser("contact.police").get(f"/deliveries/{key}/rows")
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert len(rows) == 3 and "was erased after its time" in str(rows[1][-1])
    assert not any("SUM" in str(cell) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("feed", "is_whole"),
    [pytest.param("police_residents", True, id="a list"), pytest.param("police_births", False, id="events")],
)
def test_only_of_a_list_the_whole_is_to_be_sent_again(
    browser: Callable[..., Browser], county: Database, feed: str, is_whole: bool
) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE app_grant SET feed = :feed WHERE user_id = 'contact.police'"), {"feed": feed}
        )
        insert = """INSERT INTO delivery (feed, file, sha256, night, arrival, status, columns_mapped, columns_dropped,
            rows_total, rows_kept, rows_set_aside, rows_quarantined)
            VALUES (:feed, 'f', 's', '2026-05-01', '2026-05-01', 'taken', '{}', '{}', 1, 0, 0, 1)"""
        work.connection.execute(sa.text(insert), {"feed": feed})
        rows = (
            """INSERT INTO quarantined_row VALUES (:feed, 'f', '', 5, 'needed', 'name', '2026-05-01', '{}')"""
        )
        work.connection.execute(sa.text(rows), {"feed": feed})
    one = browser("contact.police")
    key = hashlib.md5(f"{feed}\x1ff\x1fs".encode()).hexdigest()
    page = one.get(f"/deliveries/{key}").text
    assert f"/deliveries/{key}/rows" in page
    assert ("send the whole list again" in page) == is_whole
    assert ("it may hold these rows only" in page) != is_whole


def test_the_receipts_come_page_by_page_each_once_and_the_counts_agree(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        insert = sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, status, reason, columns_mapped,
            columns_dropped, rows_total, rows_kept, rows_set_aside, rows_quarantined)
            VALUES ('school_enrolment', :file, :file, :day, :day, :status, :why, '{}', '{}', 0, 0, 0, 0)""")
        for number in range(11):
            day = date(2026, 4, 1) + timedelta(days=number // 4)
            status, why = ("refused", "empty file") if number % 2 else ("taken", None)
            work.connection.execute(insert, {"file": f"f{number}", "day": day, "status": status, "why": why})
    one = browser("steward")
    for query, files in (("feed=school_enrolment", 11), ("feed=school_enrolment&status=refused", 5)):
        place, seen, days = f"/deliveries?{query}", [], []
        while place:
            page = one.get(place)
            seen += one.links(page, "/deliveries/")[1:]  # the first leads to the calendar
            days.append(page.text)
            place = next((x for x in one.links(page, f"/deliveries?{query}&after=")), "")
        assert len(seen) == len(set(seen)) == files
        assert f'<span class="count total">{files}</span>' in page.text
    refused = one.get("/deliveries?status=refused&month=2026-04").text
    assert "the file is empty" in refused
    assert one.get("/deliveries?status=refused&month=2025-04").text.count("Nothing fits these filters") == 1


def test_what_is_late_is_what_the_night_found_and_one_s_own(
    browser: Callable[..., Browser], county: Database
) -> None:
    overdue(county, "城关镇派出所", VILLAGES["n1"])
    overdue(county, "*", None)
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text(
                "UPDATE delivery SET unit = '城关镇派出所', period = '2026-04', arrival = '2026-05-01' WHERE feed = 'police_births'"
            )
        )
    for user, sees in {
        "steward": {"城关镇派出所", "the whole feed"},
        "contact.police": {"城关镇派出所", "the whole feed"},
        "officer.north": {"城关镇派出所"},
        "officer.south": set(),
        "contact.hospital": set(),
    }.items():
        page = browser(user).get("/deliveries/calendar").text
        late = page.partition("Asked for since")[2].partition("</table>")[0]
        assert {name for name in ("城关镇派出所", "the whole feed") if name in late} == sees, user
        assert ("Nothing is late" in page) == (not sees), user
    steward = browser("steward").get("/deliveries/calendar").text
    assert "The file of 2026-04 is due on 5 May 2026." in steward
    assert "1 May 2026" in steward and "✕" in steward
    operator = browser("operator.1").get("/deliveries/calendar").text
    assert '<th scope="row">Police: births</th><td class="figures">2</td>' in operator


def test_the_calendar_says_when_a_file_was_due_and_by_how_many_days_it_came_late(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        insert = sa.text("""INSERT INTO delivery (feed, file, sha256, night, arrival, unit, period, status, columns_mapped,
            columns_dropped, rows_total, rows_kept, rows_set_aside, rows_quarantined)
            VALUES ('police_births', :unit, :unit, :day, :day, :unit, '2026-03', 'taken', '{}', '{}', 1, 1, 0, 0)""")
        for unit, day in (("甲所", date(2026, 4, 5)), ("乙所", date(2026, 4, 8))):
            work.connection.execute(insert, {"unit": unit, "day": day})
    page = browser("steward").get("/deliveries/calendar").text
    lines = {unit: page.partition(f">{unit}</th>")[2].partition("</tr>")[0] for unit in ("甲所", "乙所")}
    assert "due 5 Apr 2026" in page
    assert "✓</b> 5 Apr 2026" in lines["甲所"] and "late" not in lines["甲所"]
    assert "▲</b> 8 Apr 2026 · 3 days late" in lines["乙所"] and "✓" not in lines["乙所"]
    zh = browser("steward", "zh").get("/deliveries/calendar").text
    assert "· 迟 3 天" in zh


def test_runs_of_row_numbers_are_put_together() -> None:
    assert in_runs([5, 7, 8, 9, 12, 13]) == "5, 7–9, 12–13"
    assert in_runs([]) == ""


def test_no_choice_breaks_the_list(browser: Callable[..., Browser]) -> None:
    one = browser("steward")
    for query in (
        "month=0000-01",
        "month=%00",
        "after=0000-00-00_" + "a" * 32,
        "feed=x&status=%F0%9F%98%80",
        "after=x",
    ):
        assert one.get(f"/deliveries?{query}").status_code == 200


def test_a_calendar_without_a_line_says_whether_a_file_ever_came(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE delivery SET unit = 'u', period = '2019-03', arrival = '2019-04-05'")
        )
    one = browser("contact.police")
    assert "Of the last six periods no file has come" in one.get("/deliveries/calendar").text
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("DELETE FROM delivery WHERE feed LIKE 'police%'"))
    assert "No night has taken in a file yet." in one.get("/deliveries/calendar").text


def workbook(folder: Path, *sheets: tuple[str, list[str]]) -> Path:
    """A file of sheets: of each the list whose columns it has, and its rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, (feed, rows) in enumerate(sheets):
        sheet = book.create_sheet(f"{number}")
        sheet.append([column.headers[0] for column in contract_of(feed).fields])
        for row in rows:
            sheet.append(row.split(","))
    path = folder / "sent.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("language", "state", "what", "folder"),
    [
        pytest.param(
            "en", "file refused", "it is another list", "landing folder of “Police: residents”", id="en"
        ),
        pytest.param("zh", "退回", "它是另一种名单", "“公安：", id="zh"),
    ],
)
def test_a_file_that_is_another_list_is_told_so_and_nothing_is_offered_of_it(
    browser: Callable[..., Browser],
    county: Database,
    areas: AreaTable,
    tmp_path: Path,
    language: str,
    state: str,
    what: str,
    folder: str,
) -> None:
    key = taken_in(county, areas, workbook(tmp_path, ("police_residents", ["王小明,男"] * 3)))
    for user in ("contact.police", "steward", "operator.1"):
        one = browser(user, language)
        page = one.get(f"/deliveries/{key}")
        assert state in page.text and what in page.text and folder in page.text, user
        assert "police_residents/" in page.text and "police_births/" in page.text, user
        assert "/rows" not in page.text and "/export" not in page.text and "corrected" not in page.text, user
        assert one.get(f"/deliveries/{key}/rows").status_code == 404
    listed = browser("steward", language).get("/deliveries?feed=police_births&status=refused")
    assert key in listed.text and state in listed.text
    assert browser("steward").get("/deliveries?status=taken").text.count(key) == 0


def test_another_list_counts_as_a_file_that_did_not_come(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    one = browser("steward")
    before = one.get("/deliveries/units?feed=police_births").text
    taken_in(county, areas, workbook(tmp_path, ("police_residents", ["王小明,男"])))
    assert "城关镇派出所" not in one.get("/deliveries/calendar").text
    units = one.get("/deliveries/units?feed=police_births").text
    line = units.partition("城关镇派出所")[2].partition("</tr>")[0]
    assert "城关镇派出所" not in before and "status=refused" in line and "status=taken" not in line


def test_of_a_file_with_a_sheet_of_another_list_only_the_own_rows_are_to_be_corrected(
    browser: Callable[..., Browser], county: Database, areas: AreaTable, tmp_path: Path
) -> None:
    one = browser("contact.police")
    of_others = ("police_residents", ["王小明,男"] * 2)
    key = taken_in(county, areas, workbook(tmp_path, ("police_births", [",王小明,,男"]), of_others))
    page = one.get(f"/deliveries/{key}").text
    assert "one of its sheets is another list: Police: residents" in page and "taken in" in page
    assert "a row of another kind of list" in page
    assert "/rows" not in page and "To correct and send again" not in page
    key = taken_in(
        county,
        areas,
        workbook(tmp_path, ("police_births", [",王小明,,男", ",,,女,汉族,2026-04-06"]), of_others),
    )
    assert f"/deliveries/{key}/rows" in one.get(f"/deliveries/{key}").text
    book = openpyxl.load_workbook(BytesIO(one.get(f"/deliveries/{key}/rows").content))
    assert book.active.max_row == 2, "the header and the own row"
