"""An operator's day and an auditor's in a real browser, in both languages: who may do what here, and whether the chain says what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from desk_clients import PASSWORD, RULES, SETTINGS
from desk_county import NOW, VILLAGES
from serving import served
from visiting import is_too_wide, sign_in

from register.accounts import AccountStore
from register.work import unit_of_work

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

SAID: Final = {
    "en-GB": {
        "added": "The account is made.",
        "locked": "Locked; whatever was open has ended.",
        "unlocked": "Unlocked; roles and password are as they were.",
        "token": "Token of police.sync",
        "revoked": "The token is revoked",
        "signed in": "signed in",
        "whole": "The chain is whole.",
    },
    "zh-CN": {
        "added": "账号已建立。",
        "locked": "已锁定；所有会话已结束。",
        "unlocked": "已解锁；角色和密码不变。",
        "token": "police.sync 的令牌",
        "revoked": "令牌已撤销",
        "signed in": "登录",
        "whole": "审计链完整。",
    },
}
DONE: Final = 'main :is(.card, .notice)[role="status"]'
NARROW: Final = {"width": 390, "height": 844}


@pytest.fixture
def address(county: Database) -> Iterator[str]:
    """The chain is read in parts that are shorter than it is."""
    with served(county, replace(SETTINGS, audit_part=10)) as place:
        yield place


def opened(
    chromium: Chromium, county: Database, address: str, user: str, tongue: str, *, has_script: bool = True
) -> Page:
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    page = chromium.new_context(locale=tongue, java_script_enabled=has_script).new_page()
    sign_in(page, address, user, PASSWORD)
    return page


def token_shown(page: Page) -> str:
    """The token, on a phone too: neither it nor the page is cut off or pushed aside."""
    page.set_viewport_size(NARROW)
    token = page.locator("main .reference")
    assert not is_too_wide(page)
    assert token.evaluate("one => one.scrollWidth <= one.clientWidth")
    return token.inner_text()


def press(page: Page, button: str, said: str) -> None:
    with page.expect_navigation():
        page.click(button)
    assert said in page.inner_text(DONE)


@pytest.mark.parametrize("tongue", SAID)
def test_an_operator_adds_a_user_by_keyboard_locks_and_unlocks_the_account(
    chromium: Chromium, county: Database, address: str, tongue: str
) -> None:
    said, page = SAID[tongue], opened(chromium, county, address, "operator.1", tongue)
    page.goto(f"{address}/administration/users/new")
    page.wait_for_selector("input:focus")  # what is typed before is lost
    page.keyboard.type("zhou.min")
    page.keyboard.press("Tab")
    page.keyboard.type("周敏")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # which letter leads to a choice differs by language
    assert page.locator('select[name="role"]').input_value() == "clerk"
    page.keyboard.press("Tab")
    page.locator('select[name="area"]').select_option(VILLAGES["n1"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").first.inner_text() == "周敏 zhou.min"  # and no page that says what went wrong
    assert said["added"] in page.inner_text(DONE) and len(token_shown(page)) >= 40
    with unit_of_work(county) as work:
        held = [(grant.role, grant.area_code) for grant in work.grants.of("zhou.min")]
    assert held == [("clerk", VILLAGES["n1"])]
    press(page, 'form[action$="/lock"] button', said["locked"])
    press(page, 'form[action$="/unlock"] button', said["unlocked"])
    assert not is_too_wide(page)
    page.context.close()


@pytest.mark.parametrize("tongue", SAID)
def test_an_operator_makes_a_token_for_another_system_and_revokes_it(
    chromium: Chromium, county: Database, address: str, tongue: str
) -> None:
    said, page = SAID[tongue], opened(chromium, county, address, "operator.1", tongue)
    page.goto(f"{address}/administration/integrations")
    page.fill('main [name="name"]', "police.sync")
    page.select_option('main [name="holder"]', "officer.north officer")
    press(page, "main form button.main", said["token"])
    token = token_shown(page)
    assert token.startswith("bulou_")
    page.goto(f"{address}/administration/integrations")
    assert token not in page.content()
    press(page, 'tr:has-text("police.sync") form[action$="/revoke"] button', said["revoked"])
    assert page.locator('tr:has-text("police.sync") form').count() == 0
    page.context.close()


@pytest.mark.parametrize("tongue", SAID)
def test_an_auditor_reads_who_signed_in_takes_it_out_and_has_the_chain_read_to_its_end_without_script(
    chromium: Chromium, county: Database, address: str, tongue: str
) -> None:
    said = SAID[tongue]
    opened(chromium, county, address, "clerk.n1", tongue).context.close()
    page = opened(chromium, county, address, "auditor", tongue, has_script=False)
    page.goto(f"{address}/audit")
    page.select_option('main [name="who"]', label="clerk.n1")
    with page.expect_navigation():
        page.click("main .administration-filters button")
    rows = page.locator("table.audit tbody tr")
    told = rows.all_inner_texts()
    assert len(told) >= 1 and all("clerk.n1" in row for row in told)
    assert any(said["signed in"] in row for row in told)
    with page.expect_download() as begun:
        page.click("main .export button")
    assert begun.value.suggested_filename.endswith(".xlsx")
    page.goto(f"{address}/audit/verify")
    page.click("main form button.main")
    page.wait_for_selector(".facts")
    assert said["whole"] in page.inner_text("main")
    page.set_viewport_size(NARROW)
    assert not is_too_wide(page)  # with the chain's head, a long line
    page.context.close()
