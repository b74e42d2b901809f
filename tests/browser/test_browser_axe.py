"""axe looks at every page in both languages, light and dark, wide or narrow, and finds nothing serious (WCAG 2.2 AA); and no page asks
for anything that is not the desk's.

The pages are those that the app has: a new one that nobody sees here fails the test until it is said how one gets there. The strict policy of the
pages forbids the browser to run what is not theirs, so this test alone looks with the policy set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from register.database import Database
    from stewardship.prepared import Weighed

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SERIOUS: Final = ("serious", "critical")
USERS: Final = ("steward", "officer.north", "clerk.n1", "contact.police", "operator.1", "auditor")
# Pages that have other parts for another role; each other page is looked at once, by the first who has it.
DIFFERING: Final = {"/queue", "/discrepancies/{id_}", "/deliveries/{key}"}
# What is no page, or leads on to one.
NO_PAGES: Final = {
    "/",
    "/sign-in/county",
    "/sign-in/county/back",
    "/discrepancies/{id_}/next",
    "/discrepancies/{id_}/previous",
    "/discrepancies/{id_}/preview",  # a part of the queue, looked at there
    "/deliveries/{key}/rows",
    "/worklists/{list_id}/workbook",
    "/overview/{name}.svg",
}


def addresses() -> list[str]:
    """The pages of the app, as its routes have them."""
    from fastapi.routing import APIRoute

    from stewardship.app import MODULES

    found = {
        route.path
        for module in MODULES
        for route in module.router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    }
    return sorted(found - NO_PAGES)


def filled(county: Database) -> dict[str, str]:
    """Something of everything; the parts of addresses that lead to it."""
    from desk_clients import PASSWORD, RULES, discrepancy_of, proposed
    from desk_county import NIGHT, NOW, TOWNSHIPS, VILLAGES
    from test_desk_pages import key_of

    from register.accounts import AccountStore
    from register.work import unit_of_work

    change = proposed(county, "n1", by="officer.north")
    with unit_of_work(county) as work:
        work.nights.finish(NIGHT, NOW, {})
        work.connection.execute(sa.text("UPDATE night SET is_applied = true"))
        for user in USERS:
            AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
        id_ = discrepancy_of(county, "n2")
        made = work.worklists.make(VILLAGES["n1"], [], "zh", [discrepancy_of(county, "n1")], "steward", NOW)
        back = work.worklists.record_return(made.worklist_id, "h", (0, 0, 0), {7: "day"}, "steward", NOW)
        draft = work.rules.save({"birth_days": 45}, "as the law says", 0, "steward", NOW)
        trial = work.rules.ask_trial(draft.revision, "steward", NOW)
        counted = [["missing_item", TOWNSHIPS["north"], "resolved", 1], ["missing_item", "", "opened", 2]]
        listed = [["missing_item", "resolved", id_, VILLAGES["n1"]]]
        work.rules.begin_trial(trial)
        work.rules.end_trial(trial, "done", NOW, NIGHT, {"counts": counted, "listed": listed, "total": 3})
        work.reveals.ask("somebody", "discrepancy", id_, "to ring them up", NOW)
        for statement in (
            "UPDATE discrepancy SET type = 'possible_link', field = NULL, household_no = 'H-s1' WHERE person_no = 's1'",
            "UPDATE discrepancy SET type = 'missing_person', field = NULL, person_no = NULL WHERE person_no = 'none'",
        ):
            work.connection.execute(sa.text(statement))
    return {
        "id_": id_,
        "possible": discrepancy_of(county, "s1"),
        "newcomer": discrepancy_of(county, "none"),
        "change": str(change.change_id),
        "list_id": str(made.worklist_id),
        "return_id": str(back.return_id),
        "key": key_of("police_births"),
        "person_no": "n1",
        "household_no": "H-n1",
        "pair_id": "n1",
        "trial_id": str(trial),
        "night": NIGHT.isoformat(),
        "type_": "missing_item",
        "what": "came",
    }


def address_of(path: str, parts: dict[str, str], user: str) -> str:
    from stewardship.administration.sections import key_of as account_key

    if path.startswith("/approvals/"):
        return path.format(id_=parts["change"])
    if path.startswith("/discrepancies/") and user == "contact.police":
        return path.format(id_=parts["correction"])
    if path.startswith("/administration/users/"):
        return path.format(key=account_key("clerk.n1"))
    asked = {
        "/persons/{person_no}": "?on=2026-05-01",
        "/households/{household_no}": "?on=2026-05-01",
        "/overview/lists/{what}": f"?after=2026-01-01&until={parts['night']}",
    }
    return path.format(**parts) + asked.get(path, "")


@pytest.fixture
def address(county: Database) -> Iterator[str]:
    """Where the desk is served after a night that has left all that it can, and may take out next to nothing."""
    from desk_clients import SETTINGS, discrepancy_of
    from serving import served
    from test_desk_households import HEAD, SON, Police
    from test_desk_overview import FixedReports
    from test_desk_reference import Machine
    from test_desk_residents import Links
    from test_desk_waterfalls import weights

    class Night(Police, Links):
        """Who lives with s1 by the police, who is linked to whom, and why."""

        def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
            return [*why.weighed(night, subjects), *super().weighed(night, subjects)]

    why = weights(county, discrepancy_of(county, "s1"))
    prepared = Night(replace(SON, household_no="H-s1"), replace(HEAD, household_no="H-s1", person_no="s1"))
    told = {"prepared": prepared, "reports": FixedReports(), "machine": Machine()}
    with served(county, replace(SETTINGS, most_exported=1), **told) as place:
        yield place


@pytest.fixture
def parts(county: Database) -> dict[str, str]:
    from desk_clients import discrepancy_of

    return filled(county) | {"correction": discrepancy_of(county, "police_births")}


def sign_in(page: Page, address: str, user: str) -> None:
    from desk_clients import PASSWORD

    page.goto(f"{address}/sign-in")
    page.fill('input[name="user"]', user)
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.press('input[name="password"]', "Enter")


def problems(page: Page, what: str) -> Iterator[str]:
    """What axe finds on a page, light and dark; of the dark one only the colours are others."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(Axe().axe_script)
    for scheme, only in (
        ("light", {"type": "tag", "values": list(RULES)}),
        ("dark", {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}),
    ):
        page.emulate_media(color_scheme=scheme)
        options = {"runOnly": only, "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(options)", options)
        for one in found["violations"]:
            if one["impact"] in SERIOUS:
                where = "; ".join(" ".join(map(str, node["target"])) for node in one["nodes"][:4])
                yield f"{what} {scheme}: {one['id']} ({one['impact']}): {where}"


def posted(page: Page, address: str, width: int) -> Iterator[str]:
    """Pages that only a form leads to."""
    page.goto(f"{address}/queue")
    page.fill('input[name="wanted"]', "n")
    with page.expect_navigation():
        page.press('input[name="wanted"]', "Enter")
    yield "what a search found"
    page.goto(f"{address}/queue?type=missing_item")
    page.click(".columns summary")
    page.uncheck('.columns [name="type"]')
    yield "the columns of the queue"
    with page.expect_navigation():
        page.click(".columns button")
    yield "rows with a column less"
    if width >= 1440:
        page.keyboard.press("j")
        page.wait_for_selector(".preview .matrix")
        yield "the preview"
    page.locator('.rows input[type="checkbox"]').first.check()
    yield "a row is selected"
    if width <= 640:
        page.click("#bulk summary")
        yield "the bar for several rows is open"
    page.fill('#bulk [name="text"]', "x")
    with page.expect_navigation():
        page.click('#bulk [value="note"]')
    yield "what was done with several"
    page.keyboard.press("?")
    yield "the keys"
    page.goto(f"{address}/no/such/page")
    yield "what is not there"


def sent(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.click(button)


def of_a_night(page: Page, address: str, parts: Mapping[str, str]) -> Iterator[str]:
    """What only some discrepancies have beside them."""
    page.goto(f"{address}/discrepancies/{parts['possible']}")
    assert page.locator("table.home").count() == page.locator("#why").count() == 1
    assert page.locator("svg.waterfall").count() == 1
    yield "a household, and why it is believed"
    page.goto(f"{address}/review")
    assert page.locator("table.matrix").count() == 1
    yield "a pair of the review"
    page.goto(f"{address}/discrepancies/{parts['newcomer']}/propose")
    yield "somebody is added"
    page.fill('[name="to_id_number"]', "1")
    sent(page, 'button[data-key="p"]')
    assert page.locator('[role="alert"]').count() == 1
    yield "an item of somebody who is added is wrong"


def errors(
    page: Page, address: str, county: Database, parts: Mapping[str, str], patched: pytest.MonkeyPatch
) -> Iterator[str]:
    """What does not go as it should; the last ends the session."""
    from desk_clients import PASSWORD

    def run(statement: str) -> None:
        with county.begin() as connection:
            connection.execute(sa.text(statement), parts)

    def titled(template: str) -> str:
        return f"{template}: {page.inner_text('h1')}"

    discrepancy = f"{address}/discrepancies/{parts['possible']}"
    page.goto(discrepancy)
    sent(page, 'button[value="not_a_problem"]')
    assert page.locator('[role="alert"]').count() == 1
    yield "a reason is missing"
    run("UPDATE discrepancy SET status = 'waiting' WHERE discrepancy_id = :possible")
    sent(page, 'button[value="visit"]')
    yield titled("conflict.html")
    page.goto(f"{address}/approvals/{parts['change']}")
    run("UPDATE register_change SET version = version + 1 WHERE change_id = CAST(:change AS bigint)")
    sent(page, 'button[value="approve"]')
    yield titled("approval_conflict.html")
    page.goto(f"{address}/queue")
    sent(page, ".export button")
    yield titled("export_too_long.html")
    page.goto(discrepancy)
    page.evaluate("document.querySelectorAll('[name=token]').forEach(one => one.value = 'x')")
    sent(page, 'button[value="visit"]')
    yield titled("refused.html")
    page.goto(discrepancy)
    with patched.context() as broken:
        broken.setattr("stewardship.deciding.decide", lambda *_: 1 / 0)
        page.fill("[data-reason]", "x")
        sent(page, 'button[value="visit"]')
    yield titled("broken.html")
    page.goto(discrepancy)
    run("UPDATE app_session SET ended_at = started_at")
    page.fill("[data-reason]", "x")
    sent(page, 'button[value="visit"]')
    yield titled("sign_in.html")
    page.fill('input[name="user"]', "steward")
    page.fill('input[name="password"]', PASSWORD)
    with page.expect_navigation():
        page.press('input[name="password"]', "Enter")
    yield titled("kept.html")


def seen_by(
    page: Page, address: str, parts: dict[str, str], user: str, seen: set[str]
) -> Iterator[tuple[str, str]]:
    """Path, and what axe finds there; the pages that the user has."""
    for path in [path for path in addresses() if path not in seen - DIFFERING]:
        answer = page.goto(address + address_of(path, parts, user))
        assert answer is not None and answer.status in (200, 404), path
        if answer.status == 200:
            yield path, "\n".join(problems(page, f"{user} {path}"))


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 390), ("en-GB", 1440)])
def test_axe_finds_nothing_serious_on_any_page(
    chromium: Chromium,
    county: Database,
    address: str,
    parts: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    width: int,
) -> None:
    found: list[str] = []
    seen: set[str] = set()
    asked: set[str] = set()
    options: dict[str, Any] = {"locale": language, "viewport": {"width": width, "height": 900}}
    for user in USERS:
        context = chromium.new_context(bypass_csp=True, **options)
        page = context.new_page()
        page.on("request", lambda request: asked.add(request.url))
        page.goto(f"{address}/sign-in")
        found += problems(page, "nobody /sign-in") if user == USERS[0] else []
        sign_in(page, address, user)
        for path, told in seen_by(page, address, parts, user, set(seen)):
            seen.add(path)
            found += [told] if told else []
        if user == "steward":
            parts_of_pages = (
                posted(page, address, width),
                of_a_night(page, address, parts),
                errors(page, address, county, parts, monkeypatch),
            )
            for what in chain(*parts_of_pages):
                found += problems(page, what)
        context.close()
    assert found == [], "\n".join(found)
    assert len(asked) > len(seen)
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    assert seen == set(addresses())
