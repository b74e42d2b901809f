"""The audit chain at the desk: found by who, what, kind, day and area; verified part by part, also where it was tampered with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import SETTINGS, Browser, discrepancy_of
from desk_county import COUNTY, TOWNSHIPS, VILLAGES
from httpx import Response

import stewardship.administration.entries as reading
from register.audit import Event, Head
from register.database import Database
from register.work import unit_of_work
from stewardship.administration.sections import key_of
from stewardship.settings import DeskSettings

Open = Callable[..., Browser]
ROW: Final = re.compile(r'<td class="figures">(\d+)</td>')


@pytest.fixture
def auditor(browser: Open) -> Browser:
    return browser("auditor")


def numbers(page: Response) -> list[int]:
    return [int(one) for one in ROW.findall(page.text)]


def actions(page: Response) -> set[str]:
    return set(re.findall(r'<span class="code">([a-z_]+\.?[a-z_]*)</span>', page.text))


def head(database: Database) -> Head:
    with unit_of_work(database) as work:
        return work.audit.head()


def record(database: Database, *events: Event) -> None:
    with unit_of_work(database) as work:
        work.audit.record(*events)


def tamper(database: Database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(statement))


def read_all(auditor: Browser, page: Response) -> tuple[Response, int]:
    """Follows the page as a browser does, to the end or the first problem."""
    steps = 0
    while True:
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
        if found is None:
            return page, steps
        page, steps = auditor.get(found[1].replace("&amp;", "&")), steps + 1


def verified(auditor: Browser, heads: str = "") -> Response:
    begun = auditor.send(auditor.get("/audit/verify"), "/audit/verify", heads=heads)
    assert begun.status_code == 303
    return read_all(auditor, auditor.get(begun.headers["location"]))[0]


def test_each_filter_leaves_the_entries_that_it_says(auditor: Browser, county: Database) -> None:
    id_ = discrepancy_of(county, "s1")
    record(
        county,
        Event("officer.south", "discrepancy.view", "discrepancy", id_, {}),
        Event("night", "discrepancy.view", "discrepancy", discrepancy_of(county, "n1"), {}),
        Event("operator", "oddity.made", "store", "x", {"rows": 3}),
        Event("officer.south", "worklist.unanswered", "list", "unanswered", {"rows": 0}),
    )
    assert actions(auditor.get("/audit?what=account")) == {
        "user.add",
        "user.grant",
        "token.make",
        "integration.make",
    }
    assert actions(auditor.get("/audit?what=other")) >= {"oddity.made"}
    assert actions(auditor.get("/audit?kind=store")) == {"oddity.made"}
    mine = auditor.get(f"/audit?who={key_of('officer.south')}")
    assert actions(mine) == {"discrepancy.view", "worklist.unanswered"} and id_ in mine.text
    assert actions(auditor.get("/audit?kind=list")) == {"worklist.unanswered"}
    assert 'value="list"' in mine.text
    assert "rows=3" in auditor.get("/audit?kind=store").text
    assert numbers(auditor.get("/audit?who=nobody")) == []
    assert "officer.south" not in "".join(auditor.links(mine, "/audit"))


def test_entries_are_said_in_the_reader_s_words_with_the_codes_beneath(
    browser: Open, county: Database
) -> None:
    record(county, Event("officer.south", "user.grant", "account", "clerk.s1", {"role": "clerk", "rows": 3}))
    page = browser("auditor", language="zh").get("/audit").text
    assert '<td>授予角色 <span class="code">user.grant</span></td>' in page
    assert '<td>账号 <span class="code">account clerk.s1</span></td>' in page
    assert '角色：村（社区）工作人员 · 行数：3 <span class="code">role=clerk rows=3</span>' in page


def test_an_area_leaves_what_is_about_its_people_discrepancies_and_accounts(
    auditor: Browser, county: Database
) -> None:
    north, south = discrepancy_of(county, "n1"), discrepancy_of(county, "s1")
    for id_ in (north, south):
        record(county, Event("steward", "discrepancy.view", "discrepancy", id_, {}))
    south_page = auditor.get(f"/audit?area={TOWNSHIPS['south']}").text
    assert south in south_page and north not in south_page
    assert "account clerk.s1" in south_page and "account clerk.n1" not in south_page
    assert "person s1" in south_page and "person n1" not in south_page
    village = auditor.get(f"/audit?area={VILLAGES['n1']}&kind=register_change").text
    assert "register_change" in village and ">change.propose<" in village
    assert numbers(auditor.get(f"/audit?area={COUNTY}"))


def test_days_are_those_of_the_county_s_clock(auditor: Browser, county: Database) -> None:
    newest = head(county).entry_no
    with county.read() as connection:
        at = connection.scalar(sa.text("SELECT max(at) FROM audit_entry"))
    today = at.astimezone(reading.CHINA).date()
    day = timedelta(days=1)
    assert newest in numbers(auditor.get(f"/audit?since={today - day}&until={today + day}"))
    assert numbers(auditor.get(f"/audit?since={today + day}")) == []
    assert numbers(auditor.get(f"/audit?until={today - day}")) == []
    for odd in ("0001-01-01", "9999-12-31", "x", "2026-13-01", "%00"):
        assert auditor.get(f"/audit?since={odd}&until={odd}").status_code == 200


def test_pages_are_together_the_whole_chain_each_entry_once(
    auditor: Browser, county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PER_PAGE", 7)
    page, found = auditor.get("/audit"), []
    newest = numbers(page)[0]
    while True:
        found += numbers(page)
        further = auditor.links(page, "/audit?before=")
        if not further:
            break
        page = auditor.get(further[0])
    assert found == list(range(newest, 0, -1))


def test_a_rare_entry_is_found_by_going_on_although_each_page_looks_through_few(
    auditor: Browser, county: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 5)
    page, steps = auditor.get("/audit?what=change"), 0
    while not numbers(page):
        assert "Looked back to entry" in page.text
        page, steps = auditor.get(auditor.links(page, "/audit?what=change&before=")[0]), steps + 1
    assert steps > 0 and actions(page) == {"change.propose"}


def test_a_whole_chain_is_said_to_be_whole_with_its_head(auditor: Browser, county: Database) -> None:
    object.__setattr__(SETTINGS, "audit_part", 10)
    try:
        before = head(county)
        begun = auditor.send(auditor.get("/audit/verify"), "/audit/verify", heads=before.line())
        page, steps = read_all(auditor, auditor.get(begun.headers["location"]))
    finally:
        object.__setattr__(SETTINGS, "audit_part", DeskSettings().audit_part)
    assert "The chain is whole." in page.text and before.hash in page.text
    assert "1 head that was exported" in page.text and steps >= before.entry_no // 10
    with county.read() as connection:
        last = connection.execute(sa.text("SELECT * FROM audit_entry ORDER BY entry_no DESC LIMIT 1")).one()
    assert (last.actor, last.action, last.details) == (
        "auditor",
        "audit.verify",
        {"entries": before.entry_no, "problems": 0},
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "UPDATE audit_entry SET actor = 'other' WHERE entry_no = 5", "entry 5 was changed", id="changed"
        ),
        pytest.param("DELETE FROM audit_entry WHERE entry_no = 5", "entry 5 is missing", id="deleted"),
        pytest.param(
            "DELETE FROM audit_entry WHERE entry_no > 6", "its end was cut off", id="cut off after a head"
        ),
    ],
)
def test_what_was_tampered_with_is_said(
    auditor: Browser, county: Database, statement: str, said: str
) -> None:
    exported = head(county)
    tamper(county, statement)
    page = verified(auditor, exported.line())
    assert said in page.text and "The chain is whole." not in page.text


def test_no_address_can_say_that_something_was_verified(auditor: Browser, county: Database) -> None:
    tamper(county, "UPDATE audit_entry SET actor = 'other' WHERE entry_no = 2")
    last = head(county)
    begun = auditor.send(auditor.get("/audit/verify"), "/audit/verify")
    state = re.search(r"after=([^&]+)", begun.headers["location"])
    assert state is not None
    seal = state[1].rpartition(".")[2]
    for odd in (
        f"{last.entry_no}.{last.hash}.0.{seal}",
        f"{last.entry_no}.{last.hash}.0.{'0' * 64}",
        "x",
        "%00",
    ):
        page = auditor.get(f"/audit/verify?after={odd}")
        assert page.status_code == 200 and "The chain is whole." not in page.text


def test_a_line_that_is_no_head_is_kept_and_said(auditor: Browser) -> None:
    answer = auditor.send(auditor.get("/audit/verify"), "/audit/verify", heads="<b>x")
    assert answer.status_code == 422 and "&lt;b&gt;x" in answer.text


def test_only_an_auditor_may_ask_of_which_area_a_subject_is(browser: Open, county: Database) -> None:
    assert browser("steward").get("/audit").status_code == 404
    assert browser("operator.1").get("/audit/verify").status_code == 404
    with unit_of_work(county) as work, pytest.raises(sa.exc.DBAPIError):
        work.connection.execute(sa.text("SET LOCAL ROLE bulou_steward"))
        work.connection.execute(sa.text("SELECT audit_areas('person', 'n1')"))
