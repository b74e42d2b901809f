"""Two reviewers judge a whole quality sample with the keyboard alone; the county's steward, one of them, closes it and reads the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from by_keyboard import press, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database


def sign_in(chromium: Chromium, address: str, county: Database, user: str, tongue: str) -> Page:
    from desk_clients import PASSWORD, RULES
    from desk_county import NOW

    from register.accounts import AccountStore
    from register.work import unit_of_work

    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    page = chromium.new_context(locale=tongue, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{address}/review/quality")
    page.keyboard.press("Tab")  # the link to the content; from there every field is reached by the same key
    for name, text in (("user", user), ("password", PASSWORD)):
        tab_to(page, f'[name="{name}"]')
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


@pytest.mark.parametrize("tongue", ["zh-CN", "en-GB"])
def test_two_reviewers_judge_a_whole_sample_by_keyboard(
    chromium: Chromium, address: str, county: Database, tongue: str
) -> None:
    from desk_county import NIGHT, NOW
    from test_desk_quality import MAY, STRATA, drawn

    from register.quality import Drawn
    from register.work import unit_of_work

    pairs = [drawn("Q1", "n1"), drawn("Q2", "n2", stratum=2), drawn("Q3", "s1")]
    with unit_of_work(county) as work:
        work.quality.draw(Drawn(MAY, NIGHT, "m2", STRATA, pairs), NOW)
    officer = sign_in(chromium, address, county, "officer.both", tongue)
    for key in ("j", "s", "ArrowLeft", "s", "u", "s"):
        press(officer, key)
    assert officer.locator(".empty").count() == 1 and officer.locator("form.card").count() == 0
    steward = sign_in(chromium, address, county, "steward", tongue)
    for key in ("s", "s", "n", "ArrowLeft", "s"):
        press(steward, key)
    assert "3 " in (steward.locator(".heading .meta").text_content() or "")
    tab_to(steward, 'form[action="/review/quality/close"] button')
    press(steward, "Enter")
    assert steward.url.endswith("/review/quality/results?month=2026-05")
    with unit_of_work(county) as work:
        said = {one.pair.pair_id: one.kinds for one in work.quality.judged(MAY) if one.pair}
        taken_back = work.connection.exec_driver_sql(
            "SELECT count(*) FROM quality_answer WHERE taken_back_at IS NOT NULL"
        ).scalar_one()
    assert sorted(said.values()) == [
        ("cannot_tell", "same_person"),
        ("same_person",) * 2,
        ("same_person",) * 2,
    ]
    assert taken_back == 2
    differing = steward.locator("#differ + .scroll a")
    differing.focus()
    press(steward, "Enter")
    assert "/review/quality/results/Q" in steward.url
    officer.context.close()
    steward.context.close()
