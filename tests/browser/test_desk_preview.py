"""Beside the queue a wide screen shows what the row under the cursor is about, by the keys alone; a narrow one opens pages as before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from test_desk_by_keyboard import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database


def opened(chromium: Chromium, address: str, county: Database, width: int, language: str = "en-GB") -> Page:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
    page = chromium.new_context(locale=language, viewport={"width": width, "height": 900}).new_page()
    sign_in(page, address, PASSWORD)
    page.goto(f"{address}/queue?type=missing_item")
    return page


def kept(page: Page, name: str) -> None:
    """A picture of it, where a folder for pictures is given."""
    folder = os.environ.get("BULOU_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_the_preview_follows_the_cursor_on_a_wide_screen(
    chromium: Chromium, address: str, county: Database
) -> None:
    for language in ("en-GB", "zh-CN"):
        page = opened(chromium, address, county, 1440, language)
        assert page.locator(".preview").is_hidden()
        page.keyboard.press("j")
        page.wait_for_selector(".preview .matrix")
        first = page.locator(".preview a.button").get_attribute("href")
        page.keyboard.press("j")
        page.wait_for_function(
            "href => document.querySelector('.preview a.button').getAttribute('href') !== href", arg=first
        )
        assert page.locator(".preview form").count() == 0
        kept(page, f"queue-1440-{language}")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "/discrepancies/D" in page.url and not page.url.startswith(f"{address}{first}")
        page.context.close()


def test_on_a_narrow_screen_rows_are_links_and_nothing_more_is_asked_for(
    chromium: Chromium, address: str, county: Database
) -> None:
    for width in (1024, 390):
        page = opened(chromium, address, county, width)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.keyboard.press("j")
        kept(page, f"queue-{width}")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert not any("/discrepancies/" in url and "/preview" in url for url in asked)
        page.context.close()
