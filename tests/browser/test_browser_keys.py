"""Every key is there and is shown by `?`; keys alone lead from page to page, and through the queue; a session that ends loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_desk_by_keyboard import press

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

# What `?` calls a key that has another name in the program.
SHOWN = {"ArrowLeft": "←"}


@pytest.fixture(params=["zh-CN", "en-GB"])
def page(
    request: pytest.FixtureRequest, chromium: Chromium, address: str, county: Database
) -> Iterator[Page]:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW
    from visiting import sign_in

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
    context = chromium.new_context(locale=str(request.param), viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    sign_in(opened, address, "steward", PASSWORD)
    yield opened
    context.close()


def keys_there_are() -> set[str]:
    """Of the templates, of what can be decided, of the list and of the module that moves in it."""
    import stewardship.pages as pages
    from stewardship.decisions import KINDS

    folder = Path(pages.__file__).parent
    found = {kind.key for kind in KINDS.values() if kind.key}
    for template in (folder / "templates").rglob("*.html"):
        found |= set(re.findall(r'data-(?:key|bulk)="([^"{]+)"', template.read_text()))
    for module in ("keys.js", "bulk.js"):
        found |= set(re.findall(r'event\.key === "([^"]+)"', (folder / "static" / module).read_text()))
    return {SHOWN.get(key, key) for key in found} - {"Escape"} | {"Esc", "Enter"}


def test_the_keys_that_are_shown_are_all_that_there_are(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    shown = set(page.locator("#help dt kbd").all_inner_texts())
    assert shown == keys_there_are()
    assert {"j", "k", "Enter", "x", "a", "d", "p", "s", "n", "v", "b", "u", "z", "←"} <= shown
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_two_keys_lead_to_every_page_that_one_has(page: Page) -> None:
    places = {}
    for key in page.locator("nav [data-go]").evaluate_all("all => all.map(one => one.dataset.go)"):
        page.keyboard.press("g")
        press(page, key)
        places[key] = page.url.rsplit("/", 1)[1]
    assert (
        places["q"] == "queue" and places["o"] == "overview" and len(set(places.values())) == len(places) == 9
    )
    press_nothing(page, "g", "z")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "wanted"


def press_nothing(page: Page, *keys: str) -> None:
    before = page.url
    for key in keys:
        page.keyboard.press(key)
    assert page.url == before


def test_in_the_queue_rows_are_chosen_assigned_and_noted_by_keys(page: Page, address: str) -> None:
    page.goto(f"{address}/queue?type=missing_item")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator('.rows input[type="checkbox"]:checked').count() == 1
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.dataset.bulk") == "a"
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.dataset.bulk") == "d"


def test_a_discrepancy_is_sent_back_and_left_undecided_by_keys(
    page: Page, address: str, county: Database
) -> None:
    from desk_clients import discrepancy_of, status_of

    first, second = (discrepancy_of(county, place) for place in ("n1", "n2"))
    for id_, key in ((first, "b"), (second, "u")):
        page.goto(f"{address}/discrepancies/{id_}?type=missing_item")
        press(page, key)
        assert status_of(county, id_) == "waiting"
    press(page, "z")
    assert status_of(county, second) == "open"


def test_a_session_that_ends_while_somebody_types_loses_nothing(
    page: Page, address: str, county: Database
) -> None:
    import sqlalchemy as sa
    from desk_clients import PASSWORD, discrepancy_of, status_of

    from register.work import unit_of_work

    id_ = discrepancy_of(county, "n1")
    page.goto(f"{address}/discrepancies/{id_}?type=missing_item")
    with unit_of_work(county) as work:
        work.connection.execute(sa.text("UPDATE app_session SET ended_at = started_at"))
    page.keyboard.press("x")
    page.keyboard.type("register is right")
    press(page, "Enter")
    page.fill('input[name="user"]', "steward")
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.press('input[name="password"]', "Enter")
    assert "register is right" in page.inner_text("main") and status_of(county, id_) == "open"
    assert page.get_attribute("main a.button", "href") == f"/discrepancies/{id_}?type=missing_item"
    with page.expect_navigation():
        page.click("main form button.main")
    assert status_of(county, id_) == "decided"


def test_a_choice_passed_over_with_the_keys_is_not_shown_before_the_button_is(page: Page) -> None:
    """With the arrows one comes to the second choice over the first; with the mouse one is there at once."""
    areas = page.locator('.filters select[name="area"]')
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/queue")
    areas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = areas.input_value()
    assert chosen and "area=" not in page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**area={chosen}**")
    areas.click()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        areas.evaluate(
            "choice => { choice.dispatchEvent(new PointerEvent('pointerdown')); choice.value = ''; choice.dispatchEvent(new Event('change')); }"
        )
    assert "area=" not in page.url or page.url.endswith("area=")
