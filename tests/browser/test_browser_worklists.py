"""A clerk's errand without script: signs in, makes the list, fills the workbook, hands it in and reads the receipt, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from register.database import Database

WORDS = {
    "zh-CN": {
        "page": "入户清单",
        "make": "制作清单",
        "download": "下载 XLSX",
        "outcome": "属实",
        "hand in": "交回",
        "taken": "收下 1 条。",
        "no outcome": "未填核查结果。",
    },
    "en-GB": {
        "page": "Worklists",
        "make": "Make the list",
        "download": "Download as XLSX",
        "outcome": "as suggested",
        "hand in": "Hand it in",
        "taken": "1 row was taken.",
        "no outcome": "The outcome is missing.",
    },
}


@pytest.mark.parametrize("tongue", WORDS)
def test_a_clerk_makes_a_list_fills_it_and_hands_it_in(
    chromium: Chromium, address: str, county: Database, tmp_path: Path, tongue: str
) -> None:
    import openpyxl
    from desk_clients import PASSWORD, RULES, discrepancy_of, status_of
    from desk_county import NOW, VILLAGES

    from register.accounts import AccountStore
    from register.work import unit_of_work
    from stewardship.worklists.workbook import COLUMNS, HEADER_ROW

    said = WORDS[tongue]
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("clerk.n1", PASSWORD, "operator", NOW)
        work.connection.exec_driver_sql(
            "INSERT INTO discrepancy (discrepancy_id, type, subject, status, priority, confidence, area_code, reason, "
            "evidence_hash, evidence_version, evidence_count, first_night, last_night) "
            f"VALUES ('D0123456789ab', 'missing_person', 's', 'open', 3, 0.9, '{VILLAGES['n1']}', '', 'h', 1, 0, "
            "'2026-05-01', '2026-05-01')"
        )
    context = chromium.new_context(
        locale=tongue, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.fill('input[name="user"]', "clerk.n1")
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.click("main form button.main")
    with page.expect_navigation():
        page.click(f"nav >> text={said['page']}")
    with page.expect_navigation():
        page.click(f"button:text-is('{said['make']}')")
    with page.expect_download() as waited:
        page.click(f"text={said['download']}")
    file = tmp_path / "list.xlsx"
    waited.value.save_as(file)

    book = openpyxl.load_workbook(file)
    sheet = book.active
    first = HEADER_ROW + 2
    numbers = {sheet.cell(row, COLUMNS.index("number") + 1).value: row for row in (first, first + 1)}
    done, forgotten = discrepancy_of(county, "n1"), "D0123456789ab"
    assert set(numbers) == {done, forgotten}
    sheet.cell(numbers[done], COLUMNS.index("outcome") + 1, said["outcome"])
    sheet.cell(numbers[forgotten], COLUMNS.index("note") + 1, "王家")
    book.save(file)

    with page.expect_navigation():
        page.click(f"nav >> text={said['page']}")
    page.set_input_files('input[name="file"]', file)
    with page.expect_navigation():
        page.click(f"button:text-is('{said['hand in']}')")
    told = page.inner_text("main")
    assert said["taken"] in told and said["no outcome"] in told and "王家" not in told
    assert str(numbers[forgotten]) in page.inner_text("table")
    assert (status_of(county, done), status_of(county, forgotten)) == ("waiting", "open")
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    context.close()
