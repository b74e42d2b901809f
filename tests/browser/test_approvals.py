"""An officer proposes, and a steward approves, refuses and sends the file by the keyboard, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_desk_by_keyboard import press

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

WORDS = {
    "zh-CN": {
        "approvals": "审批",
        "own": "须由另一人审批",
        "noted": "上一条已记录",
        "empty": "没有待审批的更正",
        "sent": "已送交全员库管理方",
    },
    "en-GB": {
        "approvals": "Approvals",
        "own": "another person approves it",
        "noted": "The one before is noted",
        "empty": "Nothing waits for approval",
        "sent": "with the register's owner",
    },
}


def signed_in(chromium: Chromium, county: Database, address: str, user: str, tongue: str) -> Page:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    page = chromium.new_context(locale=tongue, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.fill('input[name="user"]', user)
    page.fill('input[name="password"]', PASSWORD)
    press(page, "Enter")
    return page


@pytest.mark.parametrize("tongue", WORDS)
def test_what_an_officer_proposes_a_steward_judges_by_keyboard(
    chromium: Chromium, address: str, county: Database, tongue: str
) -> None:
    from desk_clients import change_of, discrepancy_of, proposed, status_of

    words, id_ = WORDS[tongue], discrepancy_of(county, "n1")
    officer = signed_in(chromium, county, address, "officer.north", tongue)
    officer.goto(f"{address}/discrepancies/{id_}")
    press(officer, "p")
    officer.wait_for_selector('button[data-key="p"]:focus')
    press(officer, "Enter")
    assert status_of(county, id_) == "waiting"
    officer.goto(f"{address}/discrepancies/{id_}")
    with officer.expect_navigation():
        officer.click('a[href^="/approvals/"]')
    assert words["own"] in officer.inner_text("main")
    assert officer.locator('button[value="approve"], button[value="refuse"]').count() == 0
    number = int(officer.url.rsplit("/", 1)[1])
    second = proposed(county, "s1").change_id

    steward = signed_in(chromium, county, address, "steward", tongue)
    with steward.expect_navigation():
        steward.click('nav a[href="/approvals"]')
    assert steward.inner_text("h1").startswith(words["approvals"])
    steward.keyboard.press("j")
    press(steward, "Enter")
    assert steward.url.endswith(f"/approvals/{number}")
    press(steward, "j")
    assert f"/approvals/{second}" in steward.url
    press(steward, "k")
    assert f"/approvals/{number}" in steward.url
    press(steward, "a")  # approved, and the next opens by itself
    assert f"/approvals/{second}?" in steward.url and words["noted"] in steward.inner_text("main")
    assert status_of(county, id_) == "decided"
    steward.keyboard.press("r")  # refused, with a reason
    steward.keyboard.type("not so")
    press(steward, "Enter")
    assert words["empty"] in steward.inner_text("main")
    assert change_of(county, second).remark == "not so"
    with steward.expect_download() as download:
        steward.click('button[value="xlsx"]')
    assert download.value.suggested_filename.endswith(".xlsx")
    assert change_of(county, number).state == "exported"

    officer.goto(f"{address}/approvals?state=all&by=mine")
    assert words["sent"] in officer.inner_text(".rows")
    officer.context.close()
    steward.context.close()
