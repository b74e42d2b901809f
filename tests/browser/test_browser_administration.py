"""The rules of the nights in a real browser: a draft is written and tried without script, and put in force by a second steward."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
import sqlalchemy as sa
from desk_clients import PASSWORD, RULES, SETTINGS
from desk_county import COUNTY, NIGHT, NOW, TOWNSHIPS
from serving import served

from register.accounts import AccountStore
from register.work import unit_of_work

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database

PLACE: Final = "/administration/rules"
WORDS: Final = {
    "en-GB": {
        "saved": "Nothing counts before it is put in force.",
        "other": "You wrote it: another steward looks at it",
        "tried": "tried against the night of",
        "done": "In force from the next night on.",
        "version": ", from the night of 2 May 2026 on",
    },
    "zh-CN": {
        "saved": "生效之前不起作用",
        "other": "由另一名县工作人员审阅",
        "tried": "的夜间比对试算",
        "done": "自下一次夜间比对起生效。",
        "version": "版，自 2026年5月2日 的夜间比对起",
    },
}


class Trier:
    """Begins a trial when it is asked for, and ends it when the test says so."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.trial_id = 0

    def start(self, trial_id: int) -> None:
        self.trial_id = trial_id
        with unit_of_work(self.database) as work:
            assert work.rules.begin_trial(trial_id) is not None

    def end(self) -> None:
        counts = [["unregistered_birth", TOWNSHIPS["north"], "resolved", 31]]
        with unit_of_work(self.database) as work:
            told = {"counts": counts, "listed": [], "total": 31}
            work.rules.end_trial(self.trial_id, "done", NOW, NIGHT, told)


@pytest.fixture
def trier(county: Database) -> Trier:
    return Trier(county)


@pytest.fixture
def address(county: Database, trier: Trier) -> Iterator[str]:
    with served(county, SETTINGS, trials=trier) as place:
        yield place


def opened(
    chromium: Chromium,
    county: Database,
    address: str,
    user: str,
    *,
    has_script: bool = True,
    locale: str = "en-GB",
) -> Page:
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
    context = chromium.new_context(locale=locale, java_script_enabled=has_script)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill('.card input[name="user"]', user)
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.click("main form button.main")
    return page


def test_a_draft_is_written_and_tried_without_script(
    chromium: Chromium, county: Database, trier: Trier, address: str
) -> None:
    page = opened(chromium, county, address, "steward", has_script=False)
    page.goto(f"{address}{PLACE}/draft")
    page.fill('[name="s.birth_days"]', "45")
    page.fill('[name="note"]', "as the law says")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.done")
    page.click(f'form[action="{PLACE}/draft/try"] button')
    page.wait_for_selector("progress")
    trier.end()
    page.wait_for_selector("td.figures >> text=31")  # the page has loaded itself anew
    page.context.close()


@pytest.mark.parametrize("locale", list(WORDS))
def test_a_second_steward_puts_in_force_what_the_first_wrote_and_tried(
    chromium: Chromium, county: Database, trier: Trier, address: str, locale: str
) -> None:
    words = WORDS[locale]
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        work.grants.add_user("steward.2", "steward.2", "operator", NOW)
        work.grants.grant("steward.2", "steward", "operator", NOW, area_code=COUNTY)
    first = opened(chromium, county, address, "steward", locale=locale)
    first.goto(f"{address}{PLACE}")
    first.click(f'main a[href="{PLACE}/draft"]')
    first.fill('[name="s.birth_days"]', "45")
    first.fill('[name="note"]', "as the law says")
    first.click(".actions button.main")
    first.wait_for_selector(".notice.done")
    assert words["saved"] in first.inner_text("main")
    first.click(f'form[action="{PLACE}/draft/try"] button')
    first.wait_for_selector("progress")
    trier.end()
    first.wait_for_selector("td.figures >> text=31")
    first.goto(f"{address}{PLACE}")
    assert words["tried"] in first.inner_text("main") and words["other"] in first.inner_text("main")
    force = f'form[action="{PLACE}/draft/force"] button'
    assert first.locator(force).count() == 0, "who wrote it does not put it in force"

    second = opened(chromium, county, address, "steward.2", locale=locale)
    second.goto(f"{address}{PLACE}")
    assert "as the law says" in second.inner_text("main") and "45" in second.inner_text("main")
    second.click(force)
    second.wait_for_selector(".notice.done")
    told = second.inner_text("main")
    assert words["done"] in told and words["version"] in told and "steward.2" in told
    assert second.locator("details.card[open]").count() == 1 and second.locator(force).count() == 0
    first.goto(f"{address}{PLACE}")
    assert words["version"] in first.inner_text("main") and first.locator(force).count() == 0
    with unit_of_work(county) as work:
        (version,) = work.rules.history()
        assert (version.written_by, version.put_by) == ("steward", "steward.2")
        assert version.rules == {"birth_days": 45} and version.from_night == NIGHT + timedelta(days=1)
    for page in (first, second):
        page.context.close()
