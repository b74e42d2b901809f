"""axe looks at every page in both languages, light and dark, wide in the one and narrow in the other, and finds nothing serious (WCAG 2.2
AA); and no page asks for anything that is not the desk's.

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
from going_wrong import Meddling, going_wrong, sent
from visiting import address_of, addresses, sign_in

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
WIDTHS: Final = (390, 1440)


def filled(county: Database) -> dict[str, str]:
    """Something of everything; the parts of addresses that lead to it."""
    from desk_clients import PASSWORD, RULES, discrepancy_of, proposed
    from desk_county import NIGHT, NOW, TOWNSHIPS, VILLAGES
    from test_desk_pages import key_of

    from register.accounts import AccountStore
    from register.work import unit_of_work
    from stewardship.administration.sections import key_of as account_key

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
        "account": account_key("clerk.n1"),
    }


@pytest.fixture
def address(county: Database) -> Iterator[str]:
    """Where the desk is served after a night that has left all that it can, and may take out next to nothing."""
    from desk_births import Births, birth
    from desk_clients import SETTINGS, discrepancy_of
    from desk_county import TOWNSHIPS
    from serving import served
    from test_desk_households import HEAD, SON, Police
    from test_desk_overview import FixedReports
    from test_desk_reference import Machine
    from test_desk_residents import Links
    from test_desk_waterfalls import weights

    from stewardship.overview.sources import UnlinkedRow

    class Night(Police, Links):
        """Who lives with s1 by the police, who is linked to whom, and why."""

        def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
            return [*why.weighed(night, subjects), *super().weighed(night, subjects)]

    asked, north = discrepancy_of(county, "n1"), TOWNSHIPS["north"]
    lists = Births(
        [
            birth(1, north, "later", unit="n1"),
            birth(2, north, "not_yet", discrepancy_id=asked),
            birth(3, north, "not_yet"),
        ],
        [
            UnlinkedRow("police_births", "f", "", 2, "self", "possible", "n1", 0.5, asked),
            UnlinkedRow("hospital_births", "g", "Sheet1", 3, "mother", "none", None, 0.1, None),
        ],
    )

    class Reports(FixedReports):
        """With the lists behind numbers: somebody of the register, what asks about somebody, and why nothing does."""

        told, unlinked, kept = lists.told, lists.unlinked, lists.kept

    why = weights(county, discrepancy_of(county, "s1"))
    prepared = Night(replace(SON, household_no="H-s1"), replace(HEAD, household_no="H-s1", person_no="s1"))
    told = {"prepared": prepared, "reports": Reports(), "machine": Machine()}
    with served(county, replace(SETTINGS, most_exported=1), **told) as place:
        yield place


@pytest.fixture
def parts(county: Database) -> dict[str, str]:
    from desk_clients import discrepancy_of

    return filled(county) | {"correction": discrepancy_of(county, "police_births")}


def problems(page: Page, what: str) -> Iterator[str]:
    """What axe finds on a page, light and dark; of the dark one only the colours are others. The page is pushed to its end, where what stays at the
    bottom of the window covers nothing: what it covers elsewhere comes from beneath it.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(Axe().axe_script)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
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


def forms(page: Page, address: str, county: Database, parts: Mapping[str, str]) -> Iterator[str]:
    """What asks before something can be proposed, wrongly filled in so that it says what is missing."""
    with county.begin() as connection:
        update = (
            "UPDATE discrepancy SET type = 'missing_item', person_no = 'n2', field = 'ethnicity', "
            "proposed_value = '壮族' WHERE discrepancy_id = :id"
        )
        connection.execute(sa.text(update), {"id": parts["id_"]})
    page.goto(f"{address}/discrepancies/{parts['id_']}/propose")
    page.fill('[name="value"]', "?")
    sent(page, 'button[data-key="p"]')
    assert page.locator('[role="alert"]').count() == 1
    yield "another value says that it is none"
    for type_, person, second in (
        ("shared_id_number", "n2", "n1"),
        ("wrong_household", "n2", None),
        ("missing_household", None, None),
        ("duplicate_household", "n2", "n1"),
    ):
        with county.begin() as connection:
            update = (
                "UPDATE discrepancy SET type = :type, person_no = :person, person_no_2 = :second, field = NULL, "
                "household_no = 'H-n2', register_value = '990101202604300028', proposed_value = NULL "
                "WHERE discrepancy_id = :id"
            )
            told = {"type": type_, "person": person, "second": second, "id": parts["id_"]}
            connection.execute(sa.text(update), told)
        page.goto(f"{address}/discrepancies/{parts['id_']}/propose")
        for details in page.locator("form details summary").all():
            details.click()
        yield f"the form of {type_}"
        for box in page.locator('form input[name^="take_"]').all():
            box.uncheck()
        sent(page, 'button[data-key="p"]')
        assert page.locator('[role="alert"]').count() == 1
        yield f"the form of {type_} says what is missing"


def errors(page: Page, address: str, county: Database, parts: Mapping[str, str]) -> Iterator[str]:
    """What does not go as it should; the last ends the session."""
    from desk_clients import PASSWORD

    def run(statement: str, one: str) -> None:
        with county.begin() as connection:
            connection.execute(sa.text(statement), {"one": one})

    page.goto(f"{address}/discrepancies/{parts['possible']}")
    sent(page, 'button[value="not_a_problem"]')
    assert page.locator('[role="alert"]').count() == 1
    yield "a reason is missing"
    yield from going_wrong(
        page, address, Meddling("steward", PASSWORD, parts["possible"], parts["change"], run)
    )


def seen_by(
    page: Page, address: str, parts: dict[str, str], user: str, seen: set[str], width: int
) -> Iterator[tuple[str, str]]:
    """Path, and what axe finds there; the pages that the user has, every other one at the other width."""
    mine = parts | ({"id_": parts["correction"]} if user == "contact.police" else {})
    for number, path in enumerate(addresses()):
        if path in seen - DIFFERING:
            continue
        resized(page, width if number % 2 else other(width))
        answer = page.goto(address + address_of(path, mine))
        assert answer is not None and answer.status in (200, 404), path
        if answer.status == 200:
            yield path, "\n".join(problems(page, f"{user} {path}"))


def resized(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})


def other(width: int) -> int:
    return WIDTHS[width == WIDTHS[0]]


@pytest.mark.parametrize(("language", "width"), zip(("zh-CN", "en-GB"), WIDTHS), ids=["zh-CN", "en-GB"])
def test_axe_finds_nothing_serious_on_any_page(
    chromium: Chromium,
    county: Database,
    address: str,
    parts: dict[str, str],
    language: str,
    width: int,
) -> None:
    from desk_clients import PASSWORD

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
        sign_in(page, address, user, PASSWORD)
        for path, told in seen_by(page, address, parts, user, set(seen), width):
            seen.add(path)
            found += [told] if told else []
        if user == "steward":
            resized(page, width)
            for what in chain(posted(page, address, width), of_a_night(page, address, parts)):
                found += problems(page, what)
            resized(page, other(width))
            for what in forms(page, address, county, parts):
                found += problems(page, what)
            for what in errors(page, address, county, parts):
                found += problems(page, what)
        context.close()
    assert found == [], "\n".join(found)
    assert len(asked) > len(seen)
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    assert seen == set(addresses())
