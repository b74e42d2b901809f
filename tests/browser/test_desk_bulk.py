"""Several rows of the queue are selected by the keyboard and dismissed; without script by check boxes and the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_desk_by_keyboard import sign_in
from test_desk_preview import kept, opened
from visiting import is_too_wide

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from register.database import Database

SAID = {"en-GB": "Dismissed", "zh-CN": "已确认无问题"}


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("width", [1440, 390])
def test_rows_are_selected_by_key_and_dismissed_with_their_number(
    chromium: Chromium, address: str, county: Database, width: int, language: str
) -> None:
    from desk_clients import status_of

    page = opened(chromium, address, county, width, language)
    assert page.locator("#bulk").is_hidden()
    rows = page.locator(".rows .pick input").count()
    page.keyboard.press("Shift+X")
    assert page.locator(".rows input:checked").count() == rows > 1
    page.keyboard.press("Shift+X")
    assert page.locator(".rows input:checked").count() == 0 and page.locator("#bulk").is_hidden()
    page.click("[data-select-all]")
    assert page.locator(".rows input:checked").count() == rows
    page.click("[data-select-all]")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("x")
    assert page.locator("#bulk").is_visible()
    boxes = page.locator(".rows input:checked")
    ids = [str(boxes.nth(n).get_attribute("name")).removeprefix("pick.") for n in range(boxes.count())]
    assert len(ids) == 2
    assert not is_too_wide(page)
    assert page.locator('#bulk [name="number"]').is_visible() is (width > 640)
    assert page.evaluate("document.getElementById('bulk').offsetHeight") < (64 if width < 640 else 240)
    kept(page, f"bulk-{width}-{language}")
    page.keyboard.press("d")
    page.keyboard.type("asked the office")
    page.keyboard.press("Enter")  # does nothing by itself
    assert page.url.startswith(f"{address}/queue?")
    page.fill('#bulk [name="number"]', "2")
    with page.expect_navigation():
        page.click('#bulk [value="dismiss"]')
    assert SAID[language] in page.inner_text("main")
    assert [status_of(county, id_) for id_ in ids] == ["decided", "decided"]
    kept(page, f"bulk-done-{width}-{language}")
    with page.expect_navigation():
        page.locator(".outcomes button").first.click()
    assert sorted(status_of(county, id_) for id_ in ids) == ["decided", "open"]
    kept(page, f"bulk-undone-{width}-{language}")
    page.goto(f"{address}/queue?type=missing_item")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("w")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/worklists/" in page.url
    page.context.close()


def test_several_are_assigned_without_script(chromium: Chromium, address: str, county: Database) -> None:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
    context = chromium.new_context(
        locale="en-GB", java_script_enabled=False, viewport={"width": 1024, "height": 900}
    )
    page = context.new_page()
    sign_in(page, address, PASSWORD)
    page.goto(f"{address}/queue?type=missing_item")
    for number in range(2):
        page.locator('.rows input[type="checkbox"]').nth(number).check()
    page.select_option('#bulk [name="to"]', "steward")
    with page.expect_navigation():
        page.click('#bulk [value="assign"]')
    page.goto(f"{address}/queue?tab=mine")
    assert page.locator(".rows li").count() == 2
    kept(page, "queue-mine-1024")
    context.close()
