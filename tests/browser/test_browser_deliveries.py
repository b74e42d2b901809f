"""A contact's whole day without script, in both languages: finds the rows that could not be used, downloads and corrects them, hands them in,
sees what is still wrong and, after the night, the receipt; and looks at what is late."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from register.database import Database

FILE = "2026-04-30/城关镇派出所-出生登记-2026年4月.csv"
WORDS = {
    "zh-CN": {
        "page": "数据报送",
        "download": "下载这些行",
        "unusable": "看不出这一行说的是谁",
        "calendar": "已报与迟报",
        "why": "要改什么",
        "hand_in": "交回改好的文件",
        "waits": "下一夜收取",
        "still": "最新一份里仍有错的行",
        "none": "还没有一行可用",
        "receipt": "回执",
    },
    "en-GB": {
        "page": "Deliveries",
        "download": "Download the rows",
        "unusable": "nothing says whom the row is about",
        "calendar": "What came and what is late",
        "why": "What to correct",
        "hand_in": "Hand in the corrected file",
        "waits": "the next night takes it in",
        "still": "still wrong in the newest file",
        "none": "None of its rows can be used yet",
        "receipt": "Receipt",
    },
}


@pytest.mark.parametrize("tongue", WORDS)
def test_a_contact_finds_the_rejected_rows_corrects_them_and_hands_them_in(
    chromium: Chromium, address: str, county: Database, landing: Path, tmp_path: Path, tongue: str
) -> None:
    import openpyxl
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from feeds.areas import AreaTable
    from feeds.deliveries import take_in
    from feeds.landing import scan
    from register.accounts import AccountStore
    from register.work import unit_of_work

    said, sent = WORDS[tongue], tmp_path / "sent.csv"
    sent.write_text(
        "姓名,性别,出生日期,母亲姓名\n王小明,男,2026-04-03,马秀英\n,女,2026-04-05,\n,男,2026-04-06,\n",
        "utf-8",
    )
    areas = AreaTable.load(landing.parent / "reference" / "areas.csv")
    taken = take_in(sent, feed="police_births", file=FILE, arrival=date(2026, 4, 30), areas=areas)
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("contact.police", PASSWORD, "operator", NOW)
        work.deliveries.record([taken.receipt], date(2026, 4, 30))
        work.deliveries.quarantine(taken.quarantined, [("police_births", FILE)], date(2026, 4, 30))
    context = chromium.new_context(
        locale=tongue, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.fill('input[name="user"]', "contact.police")
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.click("main form button.main")
    with page.expect_navigation():
        page.click(f"nav >> text={said['page']}")
    assert "hospital" not in page.content()
    with page.expect_navigation():
        page.click("ol.rows >> text=城关镇派出所-出生登记")
    told = page.inner_text("main")
    assert said["unusable"] in told and "王小明" not in page.content()
    with page.expect_download() as waited:
        page.click(f"text={said['download']}")
    assert waited.value.suggested_filename == "城关镇派出所-出生登记-2026年4月.xlsx"
    file = tmp_path / "rows.xlsx"
    waited.value.save_as(file)
    book = openpyxl.load_workbook(file)
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("姓名", "性别", "出生日期", "母亲姓名") and rows[0][-1] == said["why"]
    assert rows[1][1:3] == ("女", "2026-04-05") and rows[1][4] == "3" and said["unusable"] in str(rows[1][-1])
    assert len(rows) == 3

    def hand_in() -> str:
        page.set_input_files('input[name="file"]', file)
        with page.expect_navigation():
            page.click(f"button >> text={said['hand_in']}")
        return page.inner_text("main")

    assert said["none"] in hand_in()
    book.active.cell(2, 1, "李某")
    book.save(file)
    told = hand_in()
    assert said["waits"] in told and said["still"] in told and said["unusable"] in told
    assert "李某" not in page.content()
    arrived = scan(landing, now=datetime.now(UTC)).files
    assert [one.is_complete for one in arrived] == [True]
    with unit_of_work(county) as work:
        for one in arrived:
            read = take_in(one.path, feed=one.feed, file=one.file, arrival=one.arrival, areas=areas)
            work.deliveries.record([read.receipt], one.arrival)
            work.deliveries.quarantine(read.quarantined, [(one.feed, one.file)], one.arrival)
    page.reload()
    assert said["waits"] not in page.inner_text("#handed")
    with page.expect_navigation():
        page.click(f"#handed >> text={said['receipt']}")
    assert "_更正_01.xlsx" in page.inner_text("main")
    with page.expect_navigation():
        page.click(f"nav >> text={said['page']}")
    with page.expect_navigation():
        page.click(f"text={said['calendar']}")
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    context.close()
