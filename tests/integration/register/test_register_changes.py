"""Register changes: two persons, one winner, the register's owner has the last word, everything in the audit chain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from register_leads import Lead, Row
from register_rows import MAY, person, records

from register.candidates import discrepancy_id
from register.change_plans import FIELDS, Intent, newcomer
from register.changes import SUBJECT, Change, Seen
from register.database import Database
from register.discrepancies import ApplyReport
from register.errors import Conflict, InvalidInput, NotAllowed, RegisterError, StaleEvidence
from register.household_plans import HouseholdIntent
from register.importing import ImportReport, import_snapshot
from register.snapshot import snapshot
from register.work import unit_of_work

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
PHONE = "13700000000"
LEAD = Lead("RY1:phone", proposed_value=PHONE)
ID = discrepancy_id(LEAD.type, LEAD.subject)
NEW_PHONE = Intent("field", "RY1", values={"phone": PHONE})
EVERYBODY = tuple(person(number) for number in (1, 2, 3))


def take(database: Database, *people: dict[str, Any], arrival: date = MAY) -> ImportReport:
    with unit_of_work(database) as work:
        return import_snapshot(work.connection, records(*people, arrival=arrival), arrival)


def found(database: Database, day: int, *leads: Lead) -> ApplyReport:
    with unit_of_work(database) as work:
        return work.discrepancies.apply(date(2026, 5, day), leads)


def propose(
    database: Database, intent: Intent | HouseholdIntent, seen: Seen | None = None, actor: str = "anna"
) -> Change:
    with unit_of_work(database) as work:
        return work.changes.propose(intent, actor, seen)


def act(database: Database, action: str, change: Change, actor: str = "bert") -> Change:
    with unit_of_work(database) as work:
        return work.changes.act(action, change.change_id, change.version, actor)


def applied(database: Database, intent: Intent, seen: Seen | None = None) -> Change:
    return act(database, "apply", act(database, "approve", propose(database, intent, seen)))


def export(database: Database) -> list[Change]:
    with unit_of_work(database) as work:
        return work.changes.export("operator")


def undo(database: Database, change: Change) -> Change:
    with unit_of_work(database) as work:
        return work.changes.propose_undo(change.change_id, change.version, "anna")


def now(database: Database, change: Change) -> Change:
    with unit_of_work(database) as work:
        return work.changes.get(change.change_id)


def status(database: Database) -> str:
    with database.read() as connection:
        return str(
            connection.scalar(
                sa.text("SELECT status FROM discrepancy WHERE discrepancy_id = :id"), {"id": ID}
            )
        )


def actions(database: Database, change: Change) -> list[str]:
    with unit_of_work(database) as work:
        assert work.audit.verify().problems == ()
        return [event.action for event in work.audit.of(SUBJECT, str(change.change_id))]


@pytest.fixture
def register(database: Database) -> Database:
    take(database, *EVERYBODY)
    found(database, 1, LEAD)
    return database


def test_from_a_lead_to_the_register_and_back(register: Database) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    assert (change.state, change.version, status(register)) == ("proposed", 1, "waiting")
    change = act(register, "approve", change)
    assert (change.state, change.approved_by, status(register)) == ("approved", "bert", "waiting")
    change = act(register, "apply", change)
    assert (change.state, status(register)) == ("applied", "decided")
    (change,) = export(register)
    assert change.state == "exported"
    assert take(register, person(1, phone=PHONE), *EVERYBODY[1:], arrival=JUNE).acknowledged == 1
    assert (now(register, change).state, now(register, change).changed_by) == ("acknowledged", "night")
    assert export(register) == []
    assert actions(register, change) == [
        f"change.{action}" for action in ("propose", "approve", "apply", "export", "acknowledge")
    ]


def test_the_register_is_what_its_owner_hands_over_until_then_the_change_is_pending(
    register: Database,
) -> None:
    before = snapshot(register, MAY)
    change = applied(register, NEW_PHONE, Seen(ID, 1))
    assert snapshot(register, MAY).equals(before)
    with unit_of_work(register) as work:
        assert work.changes.pending(["RY1", "RY2"]) == {"RY1": [change]}
    take(register, person(1, education="小学"), *EVERYBODY[1:], arrival=JUNE)
    assert now(register, change).state == "applied"
    take(register, person(1, phone=PHONE), *EVERYBODY[1:], arrival=JULY)
    assert now(register, change).state == "acknowledged"
    with unit_of_work(register) as work:
        assert work.changes.pending(["RY1", "RY2"]) == {}
        assert [one.change_id for one in work.changes.of_person("RY1")] == [change.change_id]


def more(lead: Lead, **changed: Any) -> Lead:
    return replace(lead, **{"evidence": (Row(content_key="k2"),), "evidence_hash": "h2", **changed})


def test_more_evidence_for_a_pending_change_does_not_reopen_what_it_came_from(register: Database) -> None:
    applied(register, NEW_PHONE, Seen(ID, 1))
    assert found(register, 2, more(LEAD)) == ApplyReport(date(2026, 5, 2), untouched=1)
    assert status(register) == "decided"
    assert found(register, 3, more(LEAD, proposed_value="13800000000")).reopened == 1
    assert status(register) == "open"


def test_without_a_pending_change_new_evidence_reopens(register: Database) -> None:
    change = applied(register, NEW_PHONE, Seen(ID, 1))
    export(register)
    take(register, person(1, phone=PHONE), *EVERYBODY[1:], arrival=JUNE)
    assert now(register, change).state == "acknowledged"
    assert found(register, 2, more(LEAD)).reopened == 1


@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_the_proposer_judges_not_the_own_change(register: Database, action: str) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    with pytest.raises(NotAllowed):
        act(register, action, change, "Anna")
    assert now(register, change) == change
    assert actions(register, change) == ["change.propose"]


@pytest.mark.parametrize(("action", "actor"), [("refuse", "bert"), ("withdraw", "anna")])
@pytest.mark.parametrize("is_approved", [False, True], ids=["proposed", "approved"])
def test_what_is_refused_or_withdrawn_leaves_the_lead_open(
    register: Database, action: str, actor: str, is_approved: bool
) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    change = act(register, "approve", change) if is_approved else change
    act(register, action, change, actor)
    assert status(register) == "open"
    assert propose(register, NEW_PHONE, Seen(ID, 1)).state == "proposed"


def test_what_nobody_heard_of_is_reverted_at_once(register: Database) -> None:
    change = act(register, "revert", applied(register, NEW_PHONE, Seen(ID, 1)))
    assert (change.state, status(register), export(register)) == ("reverted", "open", [])


def test_what_was_exported_is_undone_by_another_change(register: Database) -> None:
    change = applied(register, NEW_PHONE, Seen(ID, 1))
    (change,) = export(register)
    with pytest.raises(InvalidInput):
        act(register, "revert", change)
    back = act(register, "approve", undo(register, change))
    take(register, *EVERYBODY, arrival=JUNE)
    back = act(register, "apply", back)
    assert (now(register, change).state, status(register)) == ("reverted", "open")
    take(register, *EVERYBODY, arrival=JULY)
    assert now(register, back).state == "applied"  # it looks done only because the first never was
    assert export(register) == [now(register, back)]
    assert take(register, *EVERYBODY, arrival=JULY).acknowledged == 1
    with pytest.raises(InvalidInput, match="propose what should be"):
        undo(register, now(register, back))


def test_a_wrong_merge_is_undone_and_both_are_as_they_were(database: Database) -> None:
    odd = person(2, birth_date=None, birth_date__raw="不详", sex="女", phone="1")
    take(database, person(1, sex="男"), odd, person(3))
    merged = applied(database, Intent("merge", "RY1", "RY2", {"phone": "1"}))
    export(database)
    assert take(database, person(1, sex="男", phone="1"), person(3), arrival=JUNE).acknowledged == 1
    back = undo(database, now(database, merged))
    assert back.plan.after == merged.plan.before
    assert back.plan.after["RY2"] == {
        **dict.fromkeys(FIELDS),
        **{name: odd[name] for name in FIELDS if odd.get(name)},
        "birth_date": "不详",
        "area_code": odd["hukou_address__area"],
    }
    act(database, "apply", act(database, "approve", back))
    export(database)
    assert take(database, person(1, sex="男"), odd, person(3), arrival=JULY).acknowledged == 1
    assert now(database, merged).state == "reverted"
    assert now(database, back).state == "acknowledged"


def test_a_new_person_gets_the_number_from_the_register(register: Database) -> None:
    child = {"name": "王小", "birth_date": "2026-04-30", "sex": "女", "household_no": "H1"}
    change = applied(register, Intent("add_person", values=child))
    with pytest.raises(Conflict, match="adds a person with these items already"):
        propose(register, Intent("add_person", values=child))
    (change,) = export(register)
    assert take(register, *EVERYBODY, arrival=JUNE).acknowledged == 0
    born = person(9, name="王小", birth_date="2026-04-30", sex="女", id_number=None, household_no="H1")
    assert take(register, *EVERYBODY, born, arrival=JULY).acknowledged == 1
    change = now(register, change)
    assert (change.state, change.person_nos) == ("acknowledged", ("RY9",))
    with pytest.raises(InvalidInput, match="on the register already"):
        propose(register, Intent("add_person", values=child))
    assert undo(register, change).plan.after == {"RY9": None}


@pytest.mark.parametrize(
    ("id_number", "entered", "acknowledged"),
    [
        pytest.param("990101202604300021", {"name": "王晓", "household_no": "H2"}, 1, id="by the number"),
        pytest.param(None, {}, 1, id="by name, sex, birth date and household"),
        pytest.param(None, {"household_no": "H2"}, 0, id="not in another household"),
        pytest.param("990101202604300021", {"id_number": "990101202604300048"}, 0, id="not another number"),
    ],
)
def test_the_register_shows_a_new_person_by_number_or_by_what_is_known(
    register: Database, id_number: str | None, entered: dict[str, str], acknowledged: int
) -> None:
    child = {"name": "王小", "birth_date": "2026-04-30", "sex": "女", "household_no": "H1"}
    change = applied(register, Intent("add_person", values={**child, "id_number": id_number}))
    export(register)
    born = person(9, **{**child, "id_number": id_number, **entered})
    assert take(register, *EVERYBODY, born, arrival=JUNE).acknowledged == acknowledged
    assert now(register, change).state == ("acknowledged" if acknowledged else "exported")


def test_a_new_person_is_taken_back_before_the_register_gave_a_number(register: Database) -> None:
    child = {"name": "王小", "birth_date": "2026-04-30", "sex": "女", "household_no": "H1"}
    applied(register, Intent("add_person", values=child))
    (change,) = export(register)
    back = act(register, "apply", act(register, "approve", undo(register, change)))
    assert now(register, change).state == "reverted"
    assert [one.change_id for one in export(register)] == [back.change_id]
    born = person(9, name="王小", birth_date="2026-04-30", sex="女", id_number=None, household_no="H1")
    assert take(register, *EVERYBODY, born, arrival=JUNE).acknowledged == 0
    assert take(register, *EVERYBODY, arrival=JULY).acknowledged == 1
    assert now(register, back).state == "acknowledged"


@pytest.mark.parametrize("kind", ["mark_dead", "mark_moved_out"])
def test_who_is_gone_is_no_longer_listed(register: Database, kind: str) -> None:
    change = applied(register, Intent(kind, "RY2"))
    assert take(register, *EVERYBODY, arrival=JUNE).acknowledged == 0
    assert take(register, EVERYBODY[0], EVERYBODY[2], arrival=JULY).acknowledged == 1
    assert now(register, change).state == "acknowledged"


def test_who_is_to_move_is_listed_in_the_other_household(register: Database) -> None:
    change = applied(register, Intent("move_household", "RY2", values={"household_no": "H7"}))
    take(register, EVERYBODY[0], person(2, household_no="H7"), EVERYBODY[2], arrival=JUNE)
    assert now(register, change).state == "acknowledged"


def test_an_older_list_that_comes_late_acknowledges_nothing(register: Database) -> None:
    take(register, *EVERYBODY, arrival=JULY)
    change = applied(register, NEW_PHONE)
    take(register, person(1, phone=PHONE), *EVERYBODY[1:], arrival=JUNE)
    assert now(register, change).state == "applied"


def test_the_later_change_of_the_same_item_supersedes(register: Database) -> None:
    first = applied(register, NEW_PHONE)
    waiting = propose(register, NEW_PHONE, Seen(ID, 1))
    other = propose(register, Intent("field", "RY1", values={"name": "王改"}))
    last = applied(register, Intent("field", "RY1", values={"phone": "1"}))
    states = {
        change.change_id: change.state for change in (now(register, one) for one in (first, waiting, other))
    }
    assert list(states.values()) == ["superseded", "superseded", "proposed"]
    assert now(register, first).superseded_by == last.change_id
    assert status(register) == "open"
    assert [change.change_id for change in export(register)] == [last.change_id]


def test_a_register_that_changed_meanwhile_is_a_conflict(register: Database) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    take(register, person(1, phone="1"), *EVERYBODY[1:], arrival=JUNE)
    with pytest.raises(Conflict, match="the register has changed"):
        act(register, "approve", change)
    assert act(register, "withdraw", change, "anna").state == "withdrawn"


def test_evidence_that_changed_or_went_meanwhile_is_said(register: Database) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    found(register, 2, more(LEAD))
    with pytest.raises(StaleEvidence):
        act(register, "approve", change)
    found(register, 3)
    act(register, "refuse", change)
    assert status(register) == "resolved"


def test_a_lead_that_another_way_decided_is_a_conflict(register: Database) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    with unit_of_work(register) as work:
        work.discrepancies.set_status(ID, "decided", 1)
    with pytest.raises(Conflict, match="is decided by now"):
        act(register, "approve", change)
    with pytest.raises(Conflict, match="is decided already"):
        propose(register, NEW_PHONE, Seen(ID, 1))


def test_a_stale_version_is_told_who_did_what(register: Database) -> None:
    change = propose(register, NEW_PHONE)
    act(register, "approve", change, "bert")
    with pytest.raises(Conflict, match=r"is approved since .* by bert \(version 2, you saw 1\)"):
        act(register, "refuse", change, "carl")


def test_what_fails_leaves_no_change_and_no_entry(register: Database) -> None:
    with pytest.raises(RuntimeError), unit_of_work(register) as work:
        work.changes.propose(NEW_PHONE, "anna", Seen(ID, 1))
        raise RuntimeError
    with pytest.raises(InvalidInput):
        propose(register, NEW_PHONE, Seen(ID, 1), actor="王伟")
    with unit_of_work(register) as work:
        assert work.changes.of_person("RY1") == []
        assert work.audit.head().entry_no == 0
    assert status(register) == "open"


def at_once(count: int, work_on: Callable[[int], object]) -> tuple[list[object], list[RegisterError]]:
    """Runs `work_on` in as many threads; what came of it, and which errors."""
    start, done, errors = threading.Barrier(count), [], []

    def run(number: int) -> None:
        start.wait()
        try:
            done.append(work_on(number))
        except RegisterError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, errors


def test_of_fifty_stewards_exactly_one_decides(register: Database) -> None:
    change = propose(register, NEW_PHONE, Seen(ID, 1))
    choice = ("approve", "refuse")
    done, errors = at_once(50, lambda number: act(register, choice[number % 2], change, f"officer.{number}"))
    assert len(done) == 1
    assert len(errors) == 49
    assert {type(error) for error in errors} == {Conflict}
    (winner,) = done
    assert isinstance(winner, Change)
    assert all(f"by {winner.changed_by} (version 2, you saw 1)" in str(error) for error in errors)
    assert now(register, change) == winner
    assert status(register) == {"approved": "waiting", "refused": "open"}[winner.state]
    assert len(actions(register, change)) == 2


def test_of_fifty_proposals_from_one_lead_exactly_one_stands(register: Database) -> None:
    done, errors = at_once(50, lambda number: propose(register, NEW_PHONE, Seen(ID, 1), f"clerk.{number}"))
    assert (len(done), len(errors), {type(error) for error in errors}) == (1, 49, {Conflict})
    with unit_of_work(register) as work:
        assert work.audit.verify().entries == 1


def test_many_changes_at_once_lose_and_double_nothing(register: Database) -> None:
    changes = [propose(register, Intent("field", f"RY{n}", values={"phone": str(n)})) for n in (1, 2, 3)]

    def work_on(number: int) -> None:
        change, turn = changes[number % 3], number // 3
        if turn == 8:
            export(register)
        elif turn == 9:
            take(register, *EVERYBODY, arrival=JUNE)
        else:
            act(register, "approve", change, f"officer.{number}")

    done, errors = at_once(30, work_on)
    assert (len(done), len(errors)) == (3 + 6, 21)
    assert {type(error) for error in errors} == {Conflict}
    assert [now(register, change).state for change in changes] == ["approved"] * 3


def test_nights_and_stewards_never_wait_in_a_circle(register: Database) -> None:
    leads = [Lead(f"RY{n}:phone", person_no=f"RY{n}", proposed_value=PHONE) for n in (1, 2, 3)]
    found(register, 1, *leads)

    def work_on(number: int) -> None:
        for turn in range(12):
            if number == 3:
                found(register, turn + 2, *(more(lead, evidence_hash=f"h{turn}") for lead in leads))
                continue
            lead = leads[number]
            id_ = discrepancy_id(lead.type, lead.subject)
            with register.read() as connection:
                version = connection.scalar(
                    sa.text("SELECT evidence_version FROM discrepancy WHERE discrepancy_id = :id"),
                    {"id": id_},
                )
            intent = Intent("field", f"RY{number + 1}", values={"phone": PHONE})
            try:
                change = propose(register, intent, Seen(id_, version))
            except StaleEvidence:
                continue
            act(register, "withdraw", change, "anna")

    done, errors = at_once(4, work_on)
    assert (len(done), errors) == (4, [])
    with register.read() as connection:
        assert connection.scalars(sa.text("SELECT DISTINCT status FROM discrepancy")).all() == ["open"]


def told(rows: Sequence[Any], values: Sequence[str]) -> list[str]:
    return [value for value in values if value in str(rows)]


def test_the_audit_chain_holds_no_value_of_a_person(register: Database) -> None:
    applied(register, Intent("field", "RY1", values={"name": "马秀英", "id_number": "990101199001019999"}))
    applied(register, Intent("merge", "RY2", "RY3", {"phone": PHONE}))
    export(register)
    with register.read() as connection:
        rows = connection.execute(sa.text("SELECT * FROM audit_entry")).all()
    assert len(rows) == 9
    assert told(rows, ["马秀英", "9901011990", PHONE, "王", "RY", "H1"]) == []
    assert "id_number" in str(rows)


def test_the_database_itself_wants_two_persons(register: Database) -> None:
    change = propose(register, NEW_PHONE)
    for values in ("state = 'approved', approved_by = 'ANNA'", "state = 'applied'"):
        with pytest.raises(RegisterError, match="check"), register.begin() as connection:
            connection.execute(
                sa.text(f"UPDATE register_change SET {values} WHERE change_id = :id"),
                {"id": change.change_id},
            )


def test_a_household_is_entered_and_gets_its_numbers_from_the_register(register: Database) -> None:
    people = {
        newcomer(1): {"name": "赵云", "birth_date": "1980-01-31", "sex": "女", "relation_to_head": "户主"},
        newcomer(2): {"name": "赵小", "birth_date": "2020-01-31", "sex": "男", "relation_to_head": "子"},
    }
    lead = Lead("home", type="missing_household", person_no=None, field=None)
    found(register, 2, LEAD, lead)
    seen = Seen(discrepancy_id(lead.type, lead.subject), 1)
    change = applied(register, HouseholdIntent("add_household", people), seen)
    with pytest.raises(Conflict, match="adds a person with these items already"):
        propose(register, Intent("add_person", values=people[newcomer(2)]))
    with pytest.raises(Conflict, match="adds a person with these items already"):
        propose(register, HouseholdIntent("add_household", people))
    (change,) = export(register)
    entered = [
        person(number, id_number=None, household_no="H40", **{"sex": None, **one})
        for number, one in zip((41, 40), people.values())
    ]
    assert take(register, *EVERYBODY, entered[0], arrival=JUNE).acknowledged == 0
    assert take(register, *EVERYBODY, *entered, arrival=JULY).acknowledged == 1
    change = now(register, change)
    assert (change.state, change.person_nos) == ("acknowledged", ("RY41", "RY40"))
    assert undo(register, change).plan.after == {"RY41": None, "RY40": None}


def test_who_moves_out_is_shown_together_in_a_household_of_whatever_number(register: Database) -> None:
    people = {"RY2": {"relation_to_head": "户主"}, "RY3": {"relation_to_head": "女"}}
    change = applied(register, HouseholdIntent("new_household", people))
    assert take(register, *EVERYBODY, arrival=JUNE).acknowledged == 0
    moved = [person(number, household_no="H9", head_name="王2") for number in (2, 3)]
    assert take(register, EVERYBODY[0], *moved, arrival=JULY).acknowledged == 1
    back = undo(register, now(register, change))
    assert (back.kind, now(register, change).state) == ("move_household", "acknowledged")
    assert {row and row["household_no"] for row in back.plan.after.values()} == {"H1"}
    assert act(register, "apply", act(register, "approve", back)).state == "applied"


def test_of_several_of_whom_one_was_entered_the_rest_is_taken_back_too(register: Database) -> None:
    people = {
        newcomer(1): {"name": "赵云", "birth_date": "1980-01-31", "sex": "女", "relation_to_head": "户主"},
        newcomer(2): {"name": "赵小", "birth_date": "2020-01-31", "sex": "男", "relation_to_head": "子"},
    }
    applied(register, HouseholdIntent("add_household", people))
    (change,) = export(register)
    one = person(41, id_number=None, household_no="H40", **people[newcomer(1)])
    assert take(register, *EVERYBODY, one, arrival=JUNE).acknowledged == 0
    back = act(register, "apply", act(register, "approve", undo(register, change)))
    assert (back.state, now(register, change).state) == ("applied", "reverted")


def test_several_who_change_together_are_neither_overtaken_nor_proposed_twice(register: Database) -> None:
    people = {"RY2": {"relation_to_head": "户主"}, "RY3": {"relation_to_head": "女"}}
    change = applied(register, HouseholdIntent("new_household", people))
    for intent in (
        HouseholdIntent("new_household", people),
        HouseholdIntent("new_household", {"RY3": {"relation_to_head": "户主"}}),
        Intent("move_household", "RY3", values={"household_no": "H7"}),
        Intent("mark_dead", "RY2"),
    ):
        with unit_of_work(register) as work:
            assert [one.change_id for one in work.changes.under_way(intent)] == [change.change_id]
        with pytest.raises(Conflict, match=f"change {change.change_id} is about the same persons"):
            propose(register, intent)
    assert propose(register, Intent("field", "RY2", values={"phone": PHONE})).state == "proposed"
    act(register, "revert", change)
    assert propose(register, HouseholdIntent("new_household", people)).state == "proposed"
