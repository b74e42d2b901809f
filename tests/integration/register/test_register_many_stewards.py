"""Fifty stewards at once, through the desk: nothing decided is lost, nothing is decided twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from desk_county import COUNTY, NIGHT, NOW, VILLAGES, areas
from register_leads import Lead
from register_rows import person, records

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.audit import AuditChain, Event
from register.candidates import discrepancy_id
from register.change_plans import Intent
from register.changes import Seen
from register.database import Database
from register.errors import Conflict
from register.importing import import_snapshot
from register.work import UnitOfWork, unit_of_work

STEWARDS = [f"steward.{number}" for number in range(50)]
LEADS = 8


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    people = [person(2 * n, area_code=VILLAGES["n1"], id_number=None) for n in range(LEADS)]
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        import_snapshot(work.connection, records(*people), NIGHT)
        leads = [
            Lead(f"RY{2 * n}:phone", person_no=f"RY{2 * n}", area_code=VILLAGES["n1"]) for n in range(LEADS)
        ]
        work.discrepancies.apply(NIGHT, leads)
        for user in STEWARDS:
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, "steward", "operator", NOW, area_code=COUNTY)
    with desk_of(database.engine.url) as opened:
        yield opened


def lead(number: int) -> str:
    return discrepancy_id("missing_item", f"RY{2 * number}:phone")


def all_at_once(desk: Desk, act: Callable[[UnitOfWork, str, int], None]) -> Counter[tuple[int, str]]:
    """Every steward does it to every lead, each in another order; counts what became of it by lead."""
    start = threading.Barrier(len(STEWARDS))
    lock = threading.Lock()
    outcomes: Counter[tuple[int, str]] = Counter()

    def work_on(user: str) -> None:
        order = random.Random(user).sample(range(LEADS), LEADS)
        start.wait()
        for number in order:
            told = "failed"
            try:
                with desk.as_user(user, "steward") as work:
                    act(work, user, number)
                told = "done"
            except Conflict:
                told = "conflict"
            finally:
                with lock:
                    outcomes[number, told] += 1

    threads = [threading.Thread(target=work_on, args=(user,)) for user in STEWARDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def each_done_once() -> Counter[tuple[int, str]]:
    others = len(STEWARDS) - 1
    return Counter(
        {(n, told): count for n in range(LEADS) for told, count in (("done", 1), ("conflict", others))}
    )


def test_each_lead_is_decided_by_exactly_one(database: Database, desk: Desk) -> None:
    def decide(work: UnitOfWork, user: str, number: int) -> None:
        work.discrepancies.set_status(lead(number), "decided", 1, seen="open")
        work.audit.record(Event(user, "decide", "discrepancy", lead(number), {}))

    assert all_at_once(desk, decide) == each_done_once()
    with unit_of_work(database) as work:
        assert set(work.connection.scalars(sa.text("SELECT status FROM discrepancy"))) == {"decided"}
        assert all(len(work.audit.of("discrepancy", lead(number))) == 1 for number in range(LEADS))
        assert AuditChain(work.connection).verify().problems == ()


def test_each_change_is_proposed_approved_and_applied_by_exactly_one(database: Database, desk: Desk) -> None:
    def propose(work: UnitOfWork, user: str, number: int) -> None:
        intent = Intent("field", f"RY{2 * number}", values={"phone": f"1370000{number:04d}"})
        work.changes.propose(intent, user, Seen(lead(number), 1))

    assert all_at_once(desk, propose) == each_done_once()
    with database.read() as connection:
        query = sa.text("SELECT discrepancy_id, change_id, proposed_by FROM register_change")
        changes = {row.discrepancy_id: (row.change_id, row.proposed_by) for row in connection.execute(query)}
    assert set(changes) == {lead(number) for number in range(LEADS)}

    def judge(action: str, version: int) -> Callable[[UnitOfWork, str, int], None]:
        def act(work: UnitOfWork, user: str, number: int) -> None:
            change_id, proposer = changes[lead(number)]
            if user == proposer and action == "approve":
                raise Conflict("may not judge it")
            work.changes.act(action, change_id, version, user)

        return act

    assert all_at_once(desk, judge("approve", 1)) == each_done_once()
    assert all_at_once(desk, judge("apply", 2)) == each_done_once()
    with unit_of_work(database) as work:
        assert {change.state for change in work.changes.export("operator")} == {"exported"}
        for change_id, _ in changes.values():
            actions = [event.action for event in work.audit.of("register_change", str(change_id))]
            assert actions == ["change.propose", "change.approve", "change.apply", "change.export"]
        assert set(work.connection.scalars(sa.text("SELECT status FROM discrepancy"))) == {"decided"}
        assert AuditChain(work.connection).verify().problems == ()
