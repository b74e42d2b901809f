"""Whoever takes a file out, or hands one in, sees that it is being worked at and cannot send the form twice; without script nothing is different."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from test_approvals import signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

WORDS = {
    "zh-CN": ("正在生成文件", "正在上传并读取文件"),
    "en-GB": ("The file is being made", "The file is being sent"),
}
EXPORT = 'form[action^="/queue/export"]'


# Presses twice, and keeps what the form says while its button is off: a test cannot look while the answer is waited for.
PRESS = """form => {
  const button = form.querySelector("button"), says = form.querySelector("[role=status]");
  const look = () => { if (button.disabled) sessionStorage.setItem("told", says.textContent); };
  new MutationObserver(look).observe(form, { subtree: true, childList: true, attributes: true });
  setTimeout(() => button.click());
  setTimeout(() => form.requestSubmit(), 300);
}"""


def slowed(monkeypatch: pytest.MonkeyPatch, where: str) -> list[str]:
    """A function of the desk takes a second; how often it was called."""
    module, _, name = where.rpartition(".")
    called, before = list[str](), getattr(import_module(module), name)

    def slow(*given: object, **named: object) -> object:
        called.append(name)
        threading.Event().wait(1)
        return before(*given, **named)

    monkeypatch.setattr(where, slow)
    return called


def told(page: Page) -> str:
    return str(page.evaluate("sessionStorage.getItem('told') ?? ''"))


def is_at_rest(page: Page, form: str) -> bool:
    """Within some seconds its button can be pressed again, and it says nothing."""
    page.wait_for_selector(f"{form} button:not([disabled])", timeout=5000)
    return page.locator(f"{form} [role=status]").inner_text() == ""


@pytest.mark.parametrize("tongue", WORDS)
def test_a_file_is_said_to_be_made_until_its_download_begins(
    chromium: Chromium, address: str, county: Database, monkeypatch: pytest.MonkeyPatch, tongue: str
) -> None:
    page = signed_in(chromium, county, address, "steward", tongue)
    page.goto(f"{address}/queue")
    assert is_at_rest(page, EXPORT)
    called = slowed(monkeypatch, "stewardship.exporting.tables.write")
    with page.expect_download() as download:
        page.locator(EXPORT).evaluate(PRESS)
    assert download.value.suggested_filename.endswith(".xlsx")
    assert WORDS[tongue][0] in told(page) and is_at_rest(page, EXPORT)
    assert called == ["write"]
    assert "bulou_arrival" not in page.evaluate("document.cookie")
    with page.expect_download():
        page.click(f"{EXPORT} button")


def test_what_is_pressed_is_sent_although_it_is_off_then(
    chromium: Chromium, address: str, county: Database
) -> None:
    page = signed_in(chromium, county, address, "steward", "en-GB")
    page.goto(f"{address}/approvals")
    with page.expect_download() as download:
        page.click('button[value="csv"]')
    assert download.value.suggested_filename.endswith(".csv")


def test_a_file_that_does_not_come_leaves_the_button_off_for_two_minutes_at_most(
    chromium: Chromium, address: str, county: Database
) -> None:
    page = signed_in(chromium, county, address, "steward", "en-GB")
    page.clock.install()
    page.goto(f"{address}/queue")
    page.route("**/queue/export*", lambda route: route.fulfill(status=204))
    page.click(f"{EXPORT} button")
    page.clock.run_for(119_000)
    assert page.locator(f"{EXPORT} button").is_disabled()
    page.clock.run_for(2_000)
    assert page.locator(f"{EXPORT} button").is_enabled()


def test_a_file_that_is_handed_in_is_said_to_be_read(
    chromium: Chromium, address: str, county: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page, form = signed_in(chromium, county, address, "steward", "zh-CN"), 'form[action="/worklists/return"]'
    page.goto(f"{address}/worklists")
    (file := tmp_path / "x.xlsx").write_bytes(b"nothing")
    page.set_input_files(f"{form} input[type=file]", file)
    called = slowed(monkeypatch, "stewardship.worklists.filled.read")
    with page.expect_navigation():
        page.locator(form).evaluate(PRESS)
    assert WORDS["zh-CN"][1] in told(page) and called == ["read"]
    assert page.locator(".notice.wrong").count() == 1 and is_at_rest(page, form)


def test_without_script_the_file_comes_without_a_cookie(
    chromium: Chromium, address: str, county: Database
) -> None:
    signed = signed_in(chromium, county, address, "steward", "en-GB")
    context = chromium.new_context(
        java_script_enabled=False, locale="en-GB", storage_state=signed.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{address}/queue")
    with page.expect_download():
        page.click(f"{EXPORT} button")
    assert page.locator(f"{EXPORT} button").is_enabled()
    assert not [one for one in context.cookies() if one["name"] == "bulou_arrival"]
