"""A steward reviews pairs with three keys and takes one answer back with the arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from register.database import Database


@pytest.mark.parametrize("tongue", ["zh-CN", "en-GB"])
def test_pairs_are_reviewed_by_keyboard(
    chromium: Chromium, address: str, county: Database, tongue: str
) -> None:
    from desk_clients import PASSWORD, RULES, discrepancy_of, status_of
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password("steward", PASSWORD, "operator", NOW)
        work.connection.exec_driver_sql(
            "UPDATE discrepancy SET type = 'possible_link', field = NULL WHERE person_no IN ('n1', 'n2', 's1')"
        )
    context = chromium.new_context(locale=tongue, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    page.fill('input[name="user"]', "steward")
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.click("main form button.main")
    page.goto(f"{address}/review")
    for key in ("s", "ArrowLeft", "n", "u", "s"):
        with page.expect_navigation():
            page.keyboard.press(key)
    found = sorted(status_of(county, discrepancy_of(county, place)) for place in ("n1", "n2", "s1"))
    assert found == ["decided", "decided", "waiting"]
    assert page.locator(".empty").count() == 1
    context.close()
