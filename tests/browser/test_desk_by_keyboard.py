"""An officer signs in and works off three discrepancies by the keyboard alone, in both languages, and nothing else is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from by_keyboard import press, tab_to
from visiting import is_too_wide

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

WORDS = {
    "zh-CN": {"queue": "待办", "noted": "上一条已记录", "mistake": "登录未成功", "keys": "快捷键"},
    "en-GB": {
        "queue": "Queue",
        "noted": "The one before is noted",
        "mistake": "That did not work",
        "keys": "Keys",
    },
}


@pytest.fixture(params=WORDS)
def tongue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def asked() -> list[str]:
    """Every address that the browser asked for."""
    return []


@pytest.fixture
def page(chromium: Chromium, tongue: str, asked: list[str]) -> Iterator[Page]:
    context = chromium.new_context(locale=tongue, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    context.close()


def sign_in(page: Page, address: str, password: str, user: str = "steward") -> None:
    page.goto(address)
    page.wait_for_selector(
        'input[name="user"]:focus'
    )  # the browser gives it the focus when it has drawn the page
    page.keyboard.type(user)
    page.keyboard.press("Tab")
    page.wait_for_selector('input[name="password"]:focus')
    page.keyboard.type(password)
    press(page, "Enter")


def here(page: Page) -> str:
    return page.url.split("/discrepancies/")[1].split("?")[0]


def test_three_discrepancies_are_worked_off_by_keyboard(
    page: Page, address: str, county: Database, tongue: str, asked: list[str]
) -> None:
    from desk_clients import PASSWORD, RULES, status_of
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    words, user = WORDS[tongue], "officer.both"
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    sign_in(page, address, "wrong", user)
    assert words["mistake"] in page.inner_text("main")
    sign_in(page, address, PASSWORD, user)
    assert page.inner_text("h1").startswith(words["queue"])
    assert page.get_attribute("html", "lang") == tongue.removesuffix("-GB")

    page.keyboard.press("?")
    assert words["keys"] in page.inner_text("dialog")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "wanted"
    page.keyboard.press("Escape")

    page.goto(f"{address}/queue?type=missing_item")
    page.keyboard.press("j")
    press(page, "Enter")
    first = here(page)
    press(page, "j")
    assert here(page) != first
    press(page, "k")
    assert here(page) == first

    press(page, "v")  # a visit
    assert words["noted"] in page.inner_text("main")
    second = here(page)
    press(page, "l")  # the last one again, as it was decided
    assert here(page) == first and status_of(county, first) == "waiting"
    press(page, "j")
    assert here(page) == second
    page.keyboard.press("x")  # not a problem, with a reason
    page.keyboard.type("ok")
    press(page, "Enter")
    third = here(page)
    press(page, "z")  # the second one taken back …
    assert here(page) == second and status_of(county, second) == "open"
    page.keyboard.press("x")
    page.keyboard.type("sure")
    press(page, "Enter")
    assert here(page) == third
    press(page, "p")  # … and the third proposed
    page.wait_for_selector('button[data-key="p"]:focus')
    press(page, "Enter")

    assert len({first, second, third}) == 3
    found = [status_of(county, id_) for id_ in (first, second, third)]
    assert found == ["waiting", "decided", "waiting"]
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(f"{address}/")] == []


@pytest.mark.parametrize("width", [1440, 390])
def test_columns_are_left_out_and_shown_again_by_keyboard(
    page: Page, address: str, county: Database, width: int
) -> None:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, address, PASSWORD)
    page.goto(f"{address}/queue?type=missing_item")
    rows = page.locator(".rows li").count()
    assert page.locator(".rows .kind").count() == page.locator(".rows .days").count() == rows > 0
    tab_to(page, ".columns summary")
    page.keyboard.press("Enter")
    for name in ("type", "days"):
        tab_to(page, f'.columns [name="{name}"]')
        page.keyboard.press("Space")
    tab_to(page, ".columns button")
    press(page, "Enter")
    assert page.url == f"{address}/queue?type=missing_item"
    assert page.locator(".rows .kind, .rows .days").count() == 0
    assert page.locator(".rows .what").count() == page.locator(".rows .where").count() == rows
    assert not is_too_wide(page)
    tab_to(page, ".columns summary")
    page.keyboard.press("Enter")
    tab_to(page, '.columns button[value="all"]')
    press(page, "Enter")
    assert page.locator(".rows .kind").count() == page.locator(".rows .days").count() == rows


def test_everything_works_without_script(chromium: Chromium, address: str, county: Database) -> None:
    from desk_clients import PASSWORD, RULES, discrepancy_of, status_of
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
    context = chromium.new_context(
        locale="en-GB", java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    sign_in(page, address, PASSWORD)
    id_ = discrepancy_of(county, "n1")
    page.goto(f"{address}/discrepancies/{id_}")
    with page.expect_navigation():
        page.click('button[value="visit"]')
    assert status_of(county, id_) == "waiting"
    with page.expect_navigation():
        page.click("text=Take it back")
    assert status_of(county, id_) == "open"
    context.close()
