"""Lifting the mask: with a reason, for minutes, within one's area, of a child by a second person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from desk_county import NOW

from register.access import Desk, desk_of
from register.audit import AuditChain
from register.candidates import discrepancy_id
from register.change_plans import Intent
from register.database import Database
from register.errors import Conflict, InvalidInput, NotAllowed, StoreError
from register.reveals import ANSWERED_WITHIN, LASTS

LEAD = discrepancy_id("missing_item", "n1:phone")


@pytest.fixture
def database(filled_county: Database) -> Database:
    return filled_county


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with desk_of(database.engine.url) as opened:
        yield opened


def make_child(database: Database, person_no: str, born: date | None) -> None:
    with database.begin() as connection:
        update = sa.text("UPDATE person SET birth_date = :born WHERE person_no = :number")
        connection.execute(update, {"born": born, "number": person_no})


@pytest.mark.parametrize(
    ("kind", "subject"), [("person", "n1"), ("discrepancy", LEAD)], ids=["person", "lead"]
)
def test_a_grown_up_is_revealed_at_once_for_some_minutes(desk: Desk, kind: str, subject: str) -> None:
    with desk.as_user("clerk.n1", "clerk") as work:
        assert work.reveals.stands("clerk.n1", kind, subject, NOW) is None
        work.reveals.ask("clerk.n1", kind, subject, "户主来电核实", NOW)
        assert work.reveals.stands("clerk.n1", kind, subject, NOW) == NOW + LASTS
        assert work.reveals.stands("clerk.n1", kind, subject, NOW + LASTS) is None
        assert work.reveals.stands("clerk.n1", kind, "n2", NOW) is None


@pytest.mark.parametrize("born", [date(2008, 5, 3), None], ids=["a day before eighteen", "of unknown age"])
def test_a_child_is_revealed_by_a_second_persons_leave(
    database: Database, desk: Desk, born: date | None
) -> None:
    make_child(database, "n1", born)
    with desk.as_user("officer.north", "officer") as work:
        asked = work.reveals.ask("officer.north", "person", "n1", "接种", NOW)
        assert asked.needs_second and work.reveals.stands("officer.north", "person", "n1", NOW) is None
        assert work.reveals.waiting(NOW) == []
        with pytest.raises(NotAllowed):
            work.reveals.grant(asked.reveal_id, "officer.north", NOW)
    with desk.as_user("steward", "steward") as work:
        assert work.reveals.waiting(NOW) == [asked]
        work.reveals.grant(asked.reveal_id, "steward", NOW)
        with pytest.raises(Conflict):
            work.reveals.grant(asked.reveal_id, "steward", NOW)
    with desk.as_user("officer.north", "officer") as work:
        assert work.reveals.stands("officer.north", "person", "n1", NOW) == NOW + LASTS


def test_eighteen_is_grown_up(database: Database, desk: Desk) -> None:
    make_child(database, "n1", date(2008, 5, 2))
    with desk.as_user("clerk.n1", "clerk") as work:
        assert not work.reveals.ask("clerk.n1", "person", "n1", "x", NOW).needs_second


def test_an_old_question_is_asked_anew(database: Database, desk: Desk) -> None:
    make_child(database, "n1", None)
    with desk.as_user("clerk.n1", "clerk") as work:
        asked = work.reveals.ask("clerk.n1", "person", "n1", "x", NOW)
    with desk.as_user("steward", "steward") as work:
        later = NOW + ANSWERED_WITHIN
        assert work.reveals.waiting(later) == []
        with pytest.raises(Conflict):
            work.reveals.grant(asked.reveal_id, "steward", later)


def test_what_one_may_not_see_is_neither_asked_for_nor_granted(database: Database, desk: Desk) -> None:
    make_child(database, "n1", None)
    for kind, subject in (("person", "s1"), ("person", "nobody"), ("discrepancy", "D0"), ("village", "n1")):
        with pytest.raises(InvalidInput), desk.as_user("clerk.n1", "clerk") as work:
            work.reveals.ask("clerk.n1", kind, subject, "x", NOW)
    with desk.as_user("clerk.n1", "clerk") as work:
        asked = work.reveals.ask("clerk.n1", "person", "n1", "x", NOW)
    with pytest.raises(InvalidInput), desk.as_user("officer.south", "officer") as work:
        assert work.reveals.waiting(NOW) == []
        work.reveals.grant(asked.reveal_id, "officer.south", NOW)


def test_nobody_asks_or_grants_in_anothers_name(database: Database, desk: Desk) -> None:
    make_child(database, "n1", None)
    with pytest.raises(StoreError), desk.as_user("clerk.n1", "clerk") as work:
        work.reveals.ask("officer.north", "person", "n1", "x", NOW)
    with desk.as_user("officer.north", "officer") as work:
        asked = work.reveals.ask("officer.north", "person", "n1", "x", NOW)
    with pytest.raises(StoreError), desk.as_user("officer.north", "officer") as work:
        work.reveals.grant(asked.reveal_id, "steward", NOW)


def test_a_reason_is_given_and_stays_out_of_the_audit_chain(database: Database, desk: Desk) -> None:
    with desk.as_user("clerk.n1", "clerk") as work:
        with pytest.raises(InvalidInput):
            work.reveals.ask("clerk.n1", "person", "n1", "  ", NOW)
        work.reveals.ask("clerk.n1", "person", "n1", "王某来电", NOW)
    with database.read() as connection:
        told = [event for event in AuditChain(connection).of("person", "n1") if event.actor != "somebody"]
    assert [(event.actor, event.action) for event in told] == [("clerk.n1", "reveal")]
    assert "王某" not in str(told)


@pytest.mark.parametrize(
    ("born", "intent", "needs_second"),
    [
        pytest.param(date(1990, 1, 1), Intent("field", "n1", values={"phone": "1"}), False, id="a grown-up"),
        pytest.param(date(2020, 1, 1), Intent("field", "n1", values={"phone": "1"}), True, id="a child"),
        pytest.param(
            date(2020, 1, 1),
            Intent("field", "n1", values={"birth_date": "1980-01-01"}),
            True,
            id="a child whom the proposal makes a grown-up",
        ),
        pytest.param(
            date(1990, 1, 1),
            Intent(
                "add_person",
                values={"name": "王五", "birth_date": "1980-01-01", "area_code": "990101001001"},
            ),
            True,
            id="a newcomer, of whom the proposal alone tells the age",
        ),
    ],
)
def test_whom_a_change_is_about_is_shown_as_the_register_s_rows_say(
    database: Database, desk: Desk, born: date, intent: Intent, needs_second: bool
) -> None:
    make_child(database, "n1", born)
    with desk.as_user("officer.north", "officer") as work:
        change = work.changes.propose(intent, "officer.north")
    with desk.as_user("steward", "steward") as work:
        leave = work.reveals.ask("steward", "register_change", str(change.change_id), "x", NOW)
        assert leave.needs_second is needs_second
    for user, role in (("officer.south", "officer"), ("clerk.s1", "clerk")):
        with pytest.raises(InvalidInput), desk.as_user(user, role) as work:
            work.reveals.ask(user, "register_change", str(change.change_id), "x", NOW)
