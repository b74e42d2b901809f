"""What a user of the desk may write, as the database enforces it; and that the night needs no more than its own role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from desk_county import NIGHT, NOW, PLACES, VILLAGES, areas
from register_leads import Lead
from register_rows import person, records
from sqlalchemy.exc import NoResultFound

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.audit import AuditChain, Event
from register.candidates import discrepancy_id
from register.change_plans import Intent
from register.changes import Seen
from register.database import Database, connected
from register.errors import InvalidInput, NotAllowed, StaleEvidence, StoreError
from register.importing import import_snapshot
from register.snapshot import as_of
from register.work import UnitOfWork, unit_of_work

PHONE = {"phone": "13700000002"}


@pytest.fixture
def database(filled_county: Database) -> Database:
    return filled_county


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with desk_of(database.engine.url) as opened:
        yield opened


def lead(place: str) -> str:
    return discrepancy_id("missing_item", f"{place}:phone")


def test_a_change_goes_its_whole_way_through_the_desk(database: Database, desk: Desk) -> None:
    with desk.as_user("officer.north", "officer") as work:
        change = work.changes.propose(
            Intent("field", "n2", values=PHONE), "officer.north", Seen(lead("n2"), 1)
        )
    with desk.as_user("steward", "steward") as work:
        approved = work.changes.act("approve", change.change_id, change.version, "steward")
        applied = work.changes.act("apply", approved.change_id, approved.version, "steward")
    with unit_of_work(database) as work:
        assert applied.state == "applied"
        assert [
            one.state for one in work.changes.export("operator") if one.change_id == change.change_id
        ] == ["exported"]
        assert AuditChain(work.connection).verify().problems == ()
        assert [event.actor for event in work.audit.of("register_change", str(change.change_id))] == [
            "officer.north",
            "steward",
            "steward",
            "operator",
        ]


def test_what_lies_in_another_area_cannot_be_decided_or_changed(desk: Desk) -> None:
    with pytest.raises(StaleEvidence), desk.as_user("officer.south", "officer") as work:
        work.discrepancies.set_status(lead("n1"), "decided", 1)
    with pytest.raises(InvalidInput), desk.as_user("officer.south", "officer") as work:
        work.changes.propose(Intent("field", "n1", values=PHONE), "officer.south")
    with desk.as_user("steward", "steward", read_only=True) as work:
        statuses = work.connection.execute(sa.text("SELECT status FROM discrepancy WHERE field = 'n1'"))
        assert statuses.scalars().all() == ["open"]


def test_a_change_that_moves_somebody_out_of_the_area_is_not_for_its_officer(desk: Desk) -> None:
    with pytest.raises(StoreError) as refused, desk.as_user("officer.north", "officer") as work:
        move = Intent("field", "n1", values={"area_code": VILLAGES["s1"]})
        work.changes.propose(move, "officer.north")
    assert refused.value.sqlstate == "42501"
    with desk.as_user("officer.both", "officer") as work:
        assert work.changes.propose(
            Intent("field", "n1", values={"area_code": VILLAGES["s1"]}), "officer.both"
        )


def test_a_clerk_decides_in_the_village_and_proposes_no_change_out_of_nothing(desk: Desk) -> None:
    with desk.as_user("clerk.n1", "clerk") as work:
        work.discrepancies.set_status(lead("n1"), "waiting", 1)
    with pytest.raises(StoreError) as refused, desk.as_user("clerk.n1", "clerk") as work:
        work.changes.propose(Intent("field", "n1", values=PHONE), "clerk.n1")
    assert refused.value.sqlstate == "42501"


def test_a_clerk_proposes_the_change_of_a_discrepancy_of_the_village_and_judges_none(desk: Desk) -> None:
    seen = Seen(lead("n1"), 1)
    with pytest.raises(StoreError) as refused, desk.as_user("clerk.n1", "clerk") as work:
        work.changes.propose(Intent("field", "n1", values=PHONE), "steward", seen)
    assert refused.value.sqlstate == "42501"
    with desk.as_user("officer.north", "officer") as work:
        theirs = work.changes.propose(Intent("field", "n1", values=PHONE), "officer.north", seen)
    for action in ("approve", "refuse", "withdraw"):
        with (
            pytest.raises((StoreError, NotAllowed, NoResultFound)),
            desk.as_user("clerk.n1", "clerk") as work,
        ):
            work.changes.act(action, theirs.change_id, theirs.version, "clerk.n1")
    with desk.as_user("officer.north", "officer") as work:
        work.changes.act("withdraw", theirs.change_id, theirs.version, "officer.north")
    with desk.as_user("clerk.n1", "clerk") as work:
        mine = work.changes.propose(Intent("field", "n1", values=PHONE), "clerk.n1", seen)
    with desk.as_user("clerk.n1", "clerk") as work:
        assert work.changes.act("withdraw", mine.change_id, mine.version, "clerk.n1").state == "withdrawn"


def test_nobody_makes_or_answers_a_list_of_another_area_or_in_another_s_name(desk: Desk) -> None:
    for area, actor in ((VILLAGES["s1"], "clerk.n1"), (VILLAGES["n1"], "steward")):
        with pytest.raises(StoreError) as refused, desk.as_user("clerk.n1", "clerk") as work:
            work.worklists.make(area, [], "zh", [], actor, NOW)
        assert refused.value.sqlstate == "42501"
    with desk.as_user("clerk.n1", "clerk") as work:
        theirs = work.worklists.newest(None, 10)
        assert {one.area_code for one in theirs} == {VILLAGES["n1"]}
    with pytest.raises(StoreError) as refused, desk.as_user("clerk.n1", "clerk") as work:
        work.worklists.answer(theirs[0].worklist_id, lead("n1"), "other", "d", "steward", NOW)
    assert refused.value.sqlstate == "42501"


def _insert_as(work: UnitOfWork, actor: str) -> None:
    work.audit.record(Event(actor, "person.view", "person", "n1", {}))


def test_nobody_writes_in_the_chain_or_proposes_in_anothers_name(desk: Desk) -> None:
    with desk.as_user("clerk.n1", "clerk") as work:
        _insert_as(work, "clerk.n1")
    with pytest.raises(StoreError), desk.as_user("clerk.n1", "clerk") as work:
        _insert_as(work, "steward")
    with pytest.raises(StoreError), desk.as_user("officer.north", "officer") as work:
        work.changes.propose(Intent("field", "n2", values=PHONE), "steward")


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE discrepancy SET area_code = '990101001001'", id="a discrepancy's area"),
        pytest.param("UPDATE person SET name = 'x'", id="the register"),
        pytest.param("DELETE FROM discrepancy", id="deleting a lead"),
        pytest.param("DELETE FROM audit_entry", id="deleting from the chain"),
        pytest.param(
            "INSERT INTO app_grant (user_id, role, granted_by, granted_at) VALUES ('steward', 'auditor', 's', now())",
            id="a grant for oneself",
        ),
        pytest.param("UPDATE register_change SET after = '{}'", id="what was proposed"),
        pytest.param("UPDATE register_change SET proposed_by = 'x'", id="who proposed"),
        pytest.param("TRUNCATE evidence", id="emptying a table"),
    ],
)
def test_even_a_steward_cannot_write_this(desk: Desk, statement: str) -> None:
    with pytest.raises(StoreError) as refused, desk.as_user("steward", "steward") as work:
        work.connection.execute(sa.text(statement))
    assert refused.value.sqlstate == "42501"


def test_a_read_only_transaction_writes_nothing(desk: Desk) -> None:
    with (
        pytest.raises(StoreError, match="ReadOnly"),
        desk.as_user("clerk.n1", "clerk", read_only=True) as work,
    ):
        _insert_as(work, "clerk.n1")


def test_the_night_runs_as_its_own_role(database: Database) -> None:
    with connected(database.engine.url.set(username="bulou_night")) as night, unit_of_work(night) as work:
        replace_areas(work.connection, areas())
        people = [person(2 * n, area_code=code) for n, code in enumerate(PLACES.values())]
        import_snapshot(work.connection, records(*people, arrival=NIGHT.replace(month=6)), NIGHT)
        report = work.discrepancies.apply(NIGHT.replace(month=6), [Lead("n1:phone", evidence_hash="h2")])
        work.nights.start(NIGHT, NOW)
        assert (report.changed, len(as_of(work.connection, NIGHT.replace(month=6)))) == (1, 4)
        assert work.changes.export("night") == []
