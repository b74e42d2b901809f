"""Any sequence of actions on register changes leaves the store as a small model says, and the audit chain whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from register.audit import AuditChain
from register.change_plans import Intent
from register.changes import SUBJECT, ChangeStore
from register.database import Database
from register.errors import Conflict, InvalidInput, NotAllowed
from register.importing import import_snapshot
from register.testing import temporary_database

FIRST = date(2026, 5, 1)
PEOPLE = ("P1", "P2")
STEWARDS = st.sampled_from(["anna", "bert", "Anna"])
VALUES = st.sampled_from(["1", "2"])
ACTIONS = st.sampled_from(["approve", "refuse", "withdraw", "apply", "revert"])
# The model's own words for what leads where.
PATHS = {
    ("proposed", "approve"): "approved",
    ("proposed", "refuse"): "refused",
    ("approved", "refuse"): "refused",
    ("proposed", "withdraw"): "withdrawn",
    ("approved", "withdraw"): "withdrawn",
    ("approved", "apply"): "applied",
    ("applied", "revert"): "reverted",
}
LIVE = {"proposed", "approved", "applied", "exported"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("changes")) as opened:
        yield opened


@dataclass
class Known:
    """The model: one change of one person's phone, from a value to another."""

    person: str
    was: str
    wanted: str
    proposer: str
    state: str = "proposed"
    version: int = 1
    undoes: int | None = None

    def move(self, state: str) -> None:
        self.state, self.version = state, self.version + 1


def life(database: Database) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.connection = database.engine.connect()
            self.store = ChangeStore(self.connection)
            self.known: dict[int, Known] = {}
            self.phones = dict.fromkeys(PEOPLE, "0")
            self.entries = 0
            self.deliver()

        def teardown(self) -> None:
            try:
                self.every_step_is_in_the_chain()
            finally:
                self.connection.rollback()
                self.connection.close()

        def deliver(self) -> int:
            frame = pd.DataFrame(sorted(self.phones.items()), columns=["person_no", "phone"])
            frame = frame.assign(
                household_no="H", name="甲", unit="东", arrival=FIRST.isoformat(), period="2026-05"
            )
            frame = frame.assign(file="a.csv", row=range(len(frame)), delivery="x")
            return import_snapshot(self.connection, frame, FIRST).acknowledged

        def some(self, which: int) -> tuple[int, Known]:
            ids = sorted(self.known)
            return ids[which % len(ids)], self.known[ids[which % len(ids)]]

        @rule(person=st.sampled_from(PEOPLE), value=VALUES, actor=STEWARDS)
        def propose(self, person: str, value: str, actor: str) -> None:
            intent = Intent("field", person, values={"phone": value})
            if self.phones[person] == value:
                with pytest.raises(InvalidInput):
                    self.store.propose(intent, actor)
                return
            change = self.store.propose(intent, actor)
            self.known[change.change_id] = Known(person, self.phones[person], value, actor)
            self.entries += 1

        @precondition(lambda self: self.known)
        @rule(which=st.integers(0, 9), actor=STEWARDS)
        def propose_undo(self, which: int, actor: str) -> None:
            id_, one = self.some(which)
            if one.undoes is not None or one.state not in ("applied", "exported", "acknowledged"):
                with pytest.raises(InvalidInput):
                    self.store.propose_undo(id_, one.version, actor)
                return
            change = self.store.propose_undo(id_, one.version, actor)
            self.known[change.change_id] = Known(one.person, one.wanted, one.was, actor, undoes=id_)
            self.entries += 1

        @precondition(lambda self: self.known)
        @rule(which=st.integers(0, 9), action=ACTIONS, actor=STEWARDS, is_stale=st.booleans())
        def act(self, which: int, action: str, actor: str, is_stale: bool) -> None:
            id_, one = self.some(which)
            expected = self.refusal(one, action, actor, is_stale)
            if expected is not None:
                with pytest.raises(expected):
                    self.store.act(action, id_, one.version - is_stale, actor)
                return
            self.store.act(action, id_, one.version, actor)
            one.move(PATHS[one.state, action])
            self.entries += 1
            if action != "apply":
                return
            if one.undoes is not None:
                self.known[one.undoes].move("reverted")
                self.entries += 1
            for other in self.known.values():
                if other is not one and other.person == one.person and other.state in LIVE:
                    other.move("superseded")
                    self.entries += 1

        def refusal(self, one: Known, action: str, actor: str, is_stale: bool) -> type[Exception] | None:
            if is_stale:
                return Conflict
            if (one.state, action) not in PATHS:
                return InvalidInput
            is_proposer = actor.lower() == one.proposer.lower()
            if (action in ("approve", "refuse") and is_proposer) or (
                action == "withdraw" and not is_proposer
            ):
                return NotAllowed
            if action == "revert" and one.undoes is not None:
                return InvalidInput
            if action in ("approve", "apply"):
                fitting = {one.was} if one.undoes is None else {one.was, one.wanted}
                if self.phones[one.person] not in fitting:
                    return Conflict
                if action == "apply" and one.undoes is not None:
                    undone = self.known[one.undoes].state
                    return None if undone in ("applied", "exported", "acknowledged") else Conflict
            return None

        @rule()
        def export(self) -> None:
            outstanding = [id_ for id_, one in self.known.items() if one.state in ("applied", "exported")]
            assert [change.change_id for change in self.store.export("operator")] == sorted(outstanding)
            self.entries += 1
            for id_ in outstanding:
                if self.known[id_].state == "applied":
                    self.known[id_].move("exported")
                    self.entries += 1

        @rule(person=st.sampled_from(PEOPLE), value=VALUES)
        def owner_writes(self, person: str, value: str) -> None:
            self.phones[person] = value
            shown = [
                one
                for one in self.known.values()
                if (one.state == "exported" or (one.state == "applied" and one.undoes is None))
                and self.phones[one.person] == one.wanted
            ]
            assert self.deliver() == len(shown)
            self.entries += len(shown)
            for one in shown:
                one.move("acknowledged")

        @invariant()
        def store_equals_model(self) -> None:
            stored = [change for person in PEOPLE for change in self.store.of_person(person)]
            assert {change.change_id: (change.state, change.version, change.undoes) for change in stored} == {
                id_: (one.state, one.version, one.undoes) for id_, one in self.known.items()
            }
            live = [one.person for one in self.known.values() if one.state in ("applied", "exported")]
            assert len(live) == len(set(live))
            assert {
                number: len(told) for number, told in self.store.pending(PEOPLE).items()
            } == dict.fromkeys(live, 1)

        def every_step_is_in_the_chain(self) -> None:
            chain = AuditChain(self.connection)
            verdict = chain.verify()
            assert (verdict.entries, verdict.problems) == (self.entries, ())
            for id_, one in self.known.items():
                steps = chain.of(SUBJECT, str(id_))
                assert [step.details["version"] for step in steps] == list(range(1, one.version + 1))
                assert steps[-1].details["state"] == one.state

        @invariant()
        def two_persons_decided_what_went_on(self) -> None:
            query = "SELECT proposed_by, approved_by FROM register_change WHERE approved_by IS NOT NULL"
            for proposer, approver in self.connection.execute(sa.text(query)):
                assert proposer.lower() != approver.lower()

    return Life


def test_any_sequence_of_actions_ends_as_the_model_says(database: Database) -> None:
    run_state_machine_as_test(
        life(database),
        settings=settings(
            max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
