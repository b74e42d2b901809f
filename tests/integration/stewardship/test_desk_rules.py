"""Rules at the desk: a draft is written, tried outside of the request, and put in force by a second steward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa
from desk_clients import (
    ORIGIN,
    PASSWORD,
    RULES,
    SETTINGS,
    Browser,
    FixedSources,
    TestClient,
    discrepancy_of,
    now,
)
from desk_county import COUNTY, NIGHT, NOW, TOWNSHIPS, VILLAGES

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.rules import Version
from register.work import unit_of_work
from stewardship import create_app

PLACE: Final = "/administration/rules"


class Trier:
    """Tries what is asked for only when the test says so."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asked: list[int] = []

    def start(self, trial_id: int) -> None:
        self.asked.append(trial_id)

    def end(self, *counts: list[Any], listed: tuple[list[str], ...] = ()) -> None:
        with unit_of_work(self.database) as work:
            assert work.rules.begin_trial(self.asked[-1]) is not None
            result = {"counts": list(counts), "listed": list(listed), "total": sum(row[3] for row in counts)}
            work.rules.end_trial(self.asked[-1], "done", NOW, NIGHT, result)


@pytest.fixture
def trier(county: Database) -> Trier:
    return Trier(county)


@pytest.fixture
def steward(county: Database, desk: Desk, trier: Trier) -> Callable[..., Browser]:
    """A browser of this steward's, at a desk that tries drafts."""

    def of(user: str = "steward", language: str = "en", file: dict[str, Any] | None = None) -> Browser:
        with unit_of_work(county) as work:
            if work.grants.user(user) is None:
                work.grants.add_user(user, user, "operator", NOW)
                work.grants.grant(user, "steward", "operator", NOW, area_code=COUNTY)
            AccountStore(work.connection, RULES).set_password(user, PASSWORD, "operator", NOW)
        app = create_app(desk, now, replace(SETTINGS, rule_file=file or {}), FixedSources(), trials=trier)
        client = TestClient(
            app, base_url=ORIGIN, headers={"accept-language": language}, raise_server_exceptions=False
        )
        browser = Browser(client)
        browser.send(browser.get("/sign-in"), "/sign-in", user=user, password=PASSWORD)
        return browser

    return of


def draft_of(database: Database) -> Version | None:
    with unit_of_work(database) as work:
        return work.rules.draft()


def save(browser: Browser, **typed: str) -> int:
    answer = browser.send(
        browser.get(f"{PLACE}/draft"), f"{PLACE}/draft", **{n.replace("__", "."): v for n, v in typed.items()}
    )
    return answer.status_code


def test_a_draft_goes_the_whole_way_and_counts_from_the_next_night(
    steward: Callable[..., Browser], county: Database, trier: Trier
) -> None:
    first, second = steward(), steward("steward.2")
    assert save(first, s__birth_days="45", note="as the law says") == 303
    page = first.get(PLACE)
    assert "Days to register a birth" in page.text and "as the law says" in page.text
    begun = first.send(page, f"{PLACE}/draft/try")
    trial = first.get(begun.headers["location"])
    assert 'http-equiv="refresh"' in trial.text and len(trier.asked) == 1
    trier.end(["unregistered_birth", TOWNSHIPS["north"], "resolved", 3])
    trial = first.get(begun.headers["location"])
    assert 'http-equiv="refresh"' not in trial.text and '<td class="figures">3</td>' in trial.text
    page = first.get(PLACE)
    assert "another steward looks at it" in page.text and f'action="{PLACE}/draft/force"' not in page.text
    draft = draft_of(county)
    assert draft is not None
    fields = {"token": first.token(), "revision": str(draft.revision)}
    assert first.post(f"{PLACE}/draft/force", fields).status_code == 409
    done = second.send(second.get(PLACE), f"{PLACE}/draft/force")
    assert (
        done.status_code == 303
        and "In force from the next night on." in second.get(done.headers["location"]).text
    )
    with unit_of_work(county) as work:
        version = work.rules.for_night(NIGHT + timedelta(days=1))
        assert version is not None and version.rules == {"birth_days": 45}
        assert (version.written_by, version.put_by) == ("steward", "steward.2")
        assert work.rules.for_night(NIGHT) is None
    assert "as the law says" in first.get(PLACE).text


def test_the_page_says_who_puts_rules_in_force_where_there_is_one_steward_and_where_there_are_two(
    steward: Callable[..., Browser], county: Database, trier: Trier
) -> None:
    alone = steward()
    assert "You are the only steward now" in alone.get(PLACE).text
    save(alone, s__birth_days="45")
    alone.send(alone.get(PLACE), f"{PLACE}/draft/try")
    trier.end()
    page = alone.get(PLACE)
    assert "another steward looks at it" not in page.text and f'action="{PLACE}/draft/force"' in page.text
    assert alone.send(page, f"{PLACE}/draft/force").status_code == 303
    assert "by the writer: there was no other steward then" in alone.get(PLACE).text
    second = steward("steward.2")
    for one in (alone, second):
        page = one.get(PLACE)
        assert "Another steward than the one who wrote it last puts it in force." in page.text
        assert "only steward" not in page.text
    assert "由最后起草人以外的县工作人员使其生效" in steward(language="zh").get(PLACE).text


def test_a_trial_names_types_townships_and_discrepancies_and_nobody(
    steward: Callable[..., Browser], county: Database, trier: Trier
) -> None:
    one, id_ = steward(language="zh"), discrepancy_of(county, "n1")
    save(one, s__birth_days="45")
    begun = one.send(one.get(PLACE), f"{PLACE}/draft/try")
    trier.end(
        ["missing_item", TOWNSHIPS["north"], "resolved", 1],
        ["missing_item", "", "opened", 2],
        listed=(
            ["missing_item", "resolved", id_, VILLAGES["n1"]],
            ["missing_item", "opened", "D0123456789ab", ""],
        ),
    )
    page = one.get(begun.headers["location"])
    assert one.links(page, "/discrepancies/") == [f"/discrepancies/{id_}"]
    assert "信息缺项" in page.text or "缺" in page.text
    assert "D0123456789ab" in page.text and TOWNSHIPS["north"] in page.text


def test_what_cannot_be_is_said_beside_its_field_and_everything_typed_stays(
    steward: Callable[..., Browser], county: Database
) -> None:
    one = steward()
    typed = {"s.birth_days": "often", "s.infant_days": "300", "t.name.hospital_births": "1"}
    answer = one.send(one.get(f"{PLACE}/draft"), f"{PLACE}/draft", **typed)
    assert answer.status_code == 422 and "2 fields cannot be so" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2 and "This is no number." in answer.text
    assert 'value="often"' in answer.text and 'value="300"' in answer.text
    assert draft_of(county) is None


def test_who_comes_second_sees_what_changed_and_can_send_it_again(
    steward: Callable[..., Browser], county: Database
) -> None:
    first, second = steward(), steward("steward.2")
    page = first.get(f"{PLACE}/draft")
    assert save(second, s__birth_days="60") == 303
    answer = first.send(page, f"{PLACE}/draft", **{"s.birth_days": "45", "note": "mine"})
    assert answer.status_code == 409 and "The draft has changed meanwhile" in answer.text
    assert "written by steward.2" in answer.text and 'value="mine"' in answer.text
    assert first.send(answer, f"{PLACE}/draft").status_code == 303
    draft = draft_of(county)
    assert draft is not None and draft.rules == {"birth_days": 45} and draft.revision == 2


@pytest.mark.parametrize("act", ["try", "force", "drop"])
def test_nothing_is_done_to_a_draft_that_has_changed(
    steward: Callable[..., Browser], county: Database, trier: Trier, act: str
) -> None:
    one = steward()
    save(one, s__birth_days="45")
    token = one.token()
    save(one, s__birth_days="60")
    for revision in ("1", "", "x", "99999999999", "-1"):
        answer = one.post(f"{PLACE}/draft/{act}", {"token": token, "revision": revision})
        assert answer.status_code == 409
    assert trier.asked == [] and draft_of(county) is not None


def test_a_draft_that_is_dropped_is_gone_and_is_told_in_the_chain(
    steward: Callable[..., Browser], county: Database
) -> None:
    one = steward()
    save(one, s__birth_days="45")
    draft = draft_of(county)
    assert draft is not None
    assert one.send(one.get(PLACE), f"{PLACE}/draft/drop").status_code == 303
    assert draft_of(county) is None
    with unit_of_work(county) as work:
        told = [event.action for event in work.audit.of("rules", str(draft.version_no))]
    assert told == ["rules.draft", "rules.drop"]


def test_the_first_draft_begins_with_what_the_file_says(
    steward: Callable[..., Browser], county: Database
) -> None:
    one = steward(file={"birth_days": 40, "trust": {"name": {"hospital_births": 0.8}}})
    assert "rules.toml on the machine" in one.get(PLACE).text
    assert save(one, s__infant_days="300") == 303
    draft = draft_of(county)
    assert draft is not None
    assert draft.rules == {"birth_days": 40, "infant_days": 300, "trust": {"name": {"hospital_births": 0.8}}}


def test_a_draft_that_was_not_tried_is_not_put_in_force(
    steward: Callable[..., Browser], county: Database
) -> None:
    one = steward()
    save(one, s__birth_days="45")
    draft = draft_of(county)
    assert draft is not None
    answer = one.post(f"{PLACE}/draft/force", {"token": one.token(), "revision": str(draft.revision)})
    assert answer.status_code == 422 and "Try the draft against the newest night first." in answer.text


@pytest.mark.parametrize("odd", ["0", "-1", "x", "99999999999999999999", "%00"])
def test_no_address_of_a_trial_breaks_the_desk(steward: Callable[..., Browser], odd: str) -> None:
    one = steward()
    assert one.get(f"{PLACE}/trials/{odd}").content == one.get("/no/such/page").content


def test_no_typed_text_breaks_the_draft(steward: Callable[..., Browser]) -> None:
    one = steward()
    odd = "\x00‮😀<script>' OR 1=1 --"
    page = one.get(f"{PLACE}/draft")
    names = {
        "s.birth_days": odd,
        "t.x": odd,
        "t.x.y.z": odd,
        "s.": "1",
        "d.": "1",
        "new.field": odd,
        "note": odd,
    }
    answer = one.send(page, f"{PLACE}/draft", **names)
    assert answer.status_code == 422 and "<script>'" not in answer.text


@pytest.mark.parametrize("result", [{}, {"problem": "OSError"}], ids=["killed", "broken off"])
def test_a_trial_that_failed_says_so_and_can_be_asked_for_again(
    steward: Callable[..., Browser], county: Database, trier: Trier, result: dict[str, str]
) -> None:
    one = steward()
    save(one, s__birth_days="45")
    begun = one.send(one.get(PLACE), f"{PLACE}/draft/try")
    with unit_of_work(county) as work:
        work.rules.end_trial(trier.asked[-1], "failed", NOW, result=result)
    page = one.get(begun.headers["location"])
    assert page.status_code == 200 and "The trial broke off" in page.text
    assert ("OSError" in page.text) == bool(result)
    again = one.send(one.get(PLACE), f"{PLACE}/draft/try")
    assert again.headers["location"] != begun.headers["location"] and len(trier.asked) == 2


def test_who_wrote_and_tried_a_draft_is_called_by_the_name_that_others_see(
    browser: Callable[..., Browser], county: Database
) -> None:
    with unit_of_work(county) as work:
        work.connection.execute(
            sa.text("UPDATE app_user SET display_name = '李县长' WHERE user_id = 'steward'")
        )
        draft = work.rules.save({"birth_days": 45}, "as the law says", 0, "steward", NOW)
        trial = work.rules.ask_trial(draft.revision, "steward", NOW)
        work.rules.begin_trial(trial)
        work.rules.end_trial(trial, "done", NOW, NIGHT, {"counts": [], "listed": [], "total": 0})
    one = browser("steward")
    assert "written by 李县长" in one.get("/administration/rules").text
    page = one.get("/administration/rules/draft")
    assert "written by" not in page.text
    overtaken = one.send(page, "/administration/rules/draft", revision="0")
    assert overtaken.status_code == 409 and "written by 李县长" in overtaken.text
    assert "asked by 李县长" in one.get(f"/administration/rules/trials/{trial}").text
