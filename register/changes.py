"""Register changes: proposed by one person, approved by another, applied, exported, acknowledged.

`register.change_states` says what leads where, `register.change_plans` what a change would do. Here they meet
the database: each operation writes the change, what becomes of its discrepancy, and an audit entry, in one
transaction. The register's tables are never touched (docs/adr/0005): its owner hands over what is true.

Two stewards at once: whoever acts says which `version` of the change was seen. All writers take one lock
before any other, so that nobody waits in a circle and the second of two finds the first one's version: a
`Conflict` that says who did what.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Stored

from register.audit import AuditChain, Event
from register.change_models import RegisterChange
from register.change_plans import (
    Intent,
    Plan,
    Row,
    cells,
    is_entered,
    is_like,
    is_new,
    meet,
    shows_after,
    shows_before,
    shows_each,
    undo,
)
from register.change_states import LIVE, PENDING, PERSONS_ACTIONS, TRANSITIONS, WAITING, Transition, may
from register.current import current_rows, rows_like
from register.discrepancies import DiscrepancyStore
from register.discrepancy_models import Discrepancy
from register.errors import Conflict, InvalidInput, NotAllowed, StaleEvidence
from register.household_plans import HouseholdIntent, plan_of

SUBJECT: Final = "register_change"
NIGHT: Final = "night"
ENTERING: Final = ("add_person", "add_household")


@dataclass(frozen=True)
class Change:
    """A register change as it stands."""

    change_id: int
    kind: str
    state: str
    version: int
    discrepancy_id: str | None
    evidence_version: int | None
    undoes: int | None
    superseded_by: int | None
    person_nos: tuple[str, ...]
    plan: Plan
    proposed_by: str
    approved_by: str | None
    changed_by: str
    changed_at: datetime
    remark: str | None


@dataclass(frozen=True)
class Seen:
    """The discrepancy, and the version of its evidence, that a proposal rests on."""

    discrepancy_id: str
    evidence_version: int


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('register changes'))")
_LOCK_DISCREPANCIES = sa.text("SELECT lock_discrepancies()")
_SELECT = sa.select(RegisterChange.__table__).order_by(RegisterChange.change_id)
_SET_DISCREPANCY = sa.text("""
UPDATE discrepancy SET status = :target WHERE discrepancy_id = :id AND status = :source
""")


class ChangeStore:
    """The register changes of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, change_id: int) -> Change:
        """Raises: InvalidInput when there is none."""
        found = self._read(RegisterChange.change_id == change_id)
        if not found:
            raise InvalidInput(f"there is no change {change_id}")
        return found[0]

    def of_person(self, person_no: str) -> list[Change]:
        """Every change about a person, oldest first."""
        return self._read(RegisterChange.person_nos.contains([person_no]))

    def pending(self, person_nos: Collection[str]) -> dict[str, list[Change]]:
        """What is decided about these persons and the register does not show yet: to be told beside their rows."""
        about = self._read(
            RegisterChange.state.in_(PENDING), RegisterChange.person_nos.overlap(sorted(set(person_nos)))
        )
        told: dict[str, list[Change]] = {number: [] for number in person_nos}
        for change in about:
            for number in change.person_nos:
                if number in told:
                    told[number].append(change)
        return {number: changes for number, changes in told.items() if changes}

    def propose(self, intent: Intent | HouseholdIntent, actor: str, seen: Seen | None = None) -> Change:
        """From a discrepancy, which then waits, or by hand. Raises: InvalidInput, StaleEvidence, Conflict."""
        self._lock()
        rows = current_rows(self._connection, intent.numbers)
        planned = plan_of(intent, rows)
        if _without_number(planned):
            self._check_new(planned)
        for other in self._under_way(intent.kind, planned):
            raise Conflict(
                f"change {other.change_id} is about the same persons, {other.state} since "
                f"{other.changed_at:%Y-%m-%d %H:%M} UTC by {other.changed_by}"
            )
        if seen is not None:
            self._take_discrepancy(seen)
        return self._insert(intent.kind, planned, actor, seen=seen)

    def under_way(self, intent: Intent | HouseholdIntent) -> list[Change]:
        """Changes that have to be settled before this one can be proposed: not on the register yet, and about the same items, where one of
        the two is about several persons of a household; or entering the same person. None of the former is made over another, lest somebody drops out
        of it unseen.
        """
        try:
            planned = plan_of(intent, current_rows(self._connection, intent.numbers))
        except InvalidInput:
            return []
        return [*self._under_way(intent.kind, planned), *self._entering(planned)]

    def _under_way(self, kind: str, planned: Plan) -> list[Change]:
        live = self._read(
            RegisterChange.state.in_(LIVE), RegisterChange.person_nos.overlap(sorted(planned.before))
        )
        return [
            other
            for other in live
            if (_is_joint(kind, planned) or _is_joint(other.kind, other.plan)) and meet(planned, other.plan)
        ]

    def propose_undo(self, change_id: int, version: int, actor: str) -> Change:
        """The change that would take this one back: approved, applied and exported like any other.

        Raises: InvalidInput, Conflict.
        """
        self._lock()
        change = self._seen(change_id, version)
        if change.state not in TRANSITIONS["undo"].sources:
            raise InvalidInput(f"a {change.state} change has nothing to undo")
        given = dict(zip(_without_number(change.plan), change.person_nos))
        kind, planned = undo(change.kind if change.undoes is None else "undo", change.plan, given)
        return self._insert(kind, planned, actor, undoes=change.change_id)

    def act(self, action: str, change_id: int, version: int, actor: str, remark: str | None = None) -> Change:
        """What a person does to a change: approve, refuse, withdraw, apply, revert.

        Args:
            version: of the change as the person saw it.
            remark: kept with the change, never in the audit chain.
        Raises: Conflict, NotAllowed, StaleEvidence, InvalidInput.
        """
        if action not in PERSONS_ACTIONS:
            raise InvalidInput("there is no such action")
        transition = TRANSITIONS[action]
        self._lock()
        change = self._seen(change_id, version)
        if change.state not in transition.sources:
            raise InvalidInput(f"a {change.state} change cannot be {transition.target}")
        if not may(transition, actor, change.proposed_by):
            raise NotAllowed(
                f"whoever proposed change {change_id} may withdraw it, only another may judge it"
            )
        if action == "revert" and change.undoes is not None:
            raise InvalidInput("what undoes a change is not reverted; propose what should be")
        if transition.needs_current:
            self._check_current(change)
        more = {"approved_by": actor} if action == "approve" else {}
        moved, events = self._move(change, transition, actor, remark=remark, **more)
        if action == "apply":
            events += self._overtake(moved, actor)
        AuditChain(self._connection).record(*events)
        return moved

    def export(self, actor: str) -> list[Change]:
        """All that the register does not show yet; what is applied is exported from now on.

        What was exported before is in it again, so that a lost file is no loss and a newer one replaces it.
        """
        self._lock()
        outstanding, events, first = [], [], 0
        for change in self._read(RegisterChange.state.in_(PENDING)):
            if change.state == "applied":
                change, told = self._move(change, TRANSITIONS["export"], actor)
                events += told
                first += 1
            outstanding.append(change)
        counts = {"changes": len(outstanding), "for_the_first_time": first}
        AuditChain(self._connection).record(
            *events, Event(actor, "export.changes", "export", "changes", counts)
        )
        return outstanding

    def acknowledge(self, actor: str = NIGHT) -> int:
        """Takes note of what the newest register shows as done; returns how many changes that is."""
        self._lock()
        pending = [
            change
            for change in self._read(RegisterChange.state.in_(PENDING))
            # A register that never carried a change out looks as if its undoing were done already.
            if change.undoes is None or change.state == "exported"
        ]
        if not pending:
            return 0
        rows = current_rows(self._connection, {number for change in pending for number in change.person_nos})
        newcomers = self._newcomers([change.plan for change in pending])
        events = []
        for change in pending:
            numbers = _newcomers(change.plan, newcomers)
            entered = {key: newcomers[number] for key, number in numbers.items()}
            if not shows_after(change.plan, rows | entered):
                continue
            for number in numbers.values():
                del newcomers[number]
            given = {"person_nos": list(numbers.values())} if numbers else {}
            events += self._move(change, TRANSITIONS["acknowledge"], actor, **given)[1]
        if events:
            AuditChain(self._connection).record(*events)
        return len(events)

    def _lock(self) -> None:
        self._connection.execute(_LOCK)
        # Before any row of it: a night that writes discrepancies has locked the table, and would wait for the row.
        self._connection.execute(_LOCK_DISCREPANCIES)

    def _read(self, *conditions: sa.ColumnElement[bool]) -> list[Change]:
        return [as_change(row) for row in self._connection.execute(_SELECT.where(*conditions))]

    def _seen(self, change_id: int, version: int) -> Change:
        change = self.get(change_id)
        if change.version != version:
            raise Conflict(
                f"change {change_id} is {change.state} since {change.changed_at:%Y-%m-%d %H:%M} UTC "
                f"by {change.changed_by} (version {change.version}, you saw {version})"
            )
        return change

    def _discrepancy(self, id_: str) -> Stored[Any] | None:
        """Its status and evidence version, which nobody can change before the transaction ends."""
        query = sa.select(Discrepancy.__table__).where(Discrepancy.discrepancy_id == id_)
        return self._connection.execute(query.with_for_update()).one_or_none()

    def _take_discrepancy(self, seen: Seen) -> None:
        lead = self._discrepancy(seen.discrepancy_id)
        if lead is not None and lead.status == "decided":
            raise Conflict(f"discrepancy {seen.discrepancy_id} is decided already")
        for other in self._read(
            RegisterChange.discrepancy_id == seen.discrepancy_id, RegisterChange.state.in_(WAITING)
        ):
            raise Conflict(
                f"discrepancy {seen.discrepancy_id} has change {other.change_id} already, "
                f"{other.state} since {other.changed_at:%Y-%m-%d %H:%M} UTC by {other.changed_by}"
            )
        DiscrepancyStore(self._connection).set_status(seen.discrepancy_id, "waiting", seen.evidence_version)

    def _check_current(self, change: Change) -> None:
        """Raises: Conflict when the register, StaleEvidence when the evidence is not what the proposer saw."""
        if change.discrepancy_id is not None:
            lead = self._discrepancy(change.discrepancy_id)
            if lead is None or lead.status == "resolved" or lead.evidence_version != change.evidence_version:
                raise StaleEvidence(
                    f"{change.discrepancy_id} no longer rests on evidence version {change.evidence_version}"
                )
            if lead.status != "waiting":
                raise Conflict(f"discrepancy {change.discrepancy_id} is {lead.status} by now")
        rows = current_rows(self._connection, change.person_nos)
        newcomers = self._newcomers([change.plan])
        # What is undone the register may not have carried out yet, or of several persons of some alone.
        fits, shows = (is_like, shows_before) if change.undoes is None else (is_entered, shows_each)
        numbers = _newcomers(change.plan, newcomers, fits)
        rows |= {key: newcomers[number] for key, number in numbers.items()}
        if not shows(change.plan, rows):
            raise Conflict(
                f"the register has changed in what change {change.change_id} is about; "
                "refuse or withdraw it, and propose it anew"
            )

    def _check_new(self, planned: Plan) -> None:
        """Raises: InvalidInput, Conflict when the person is on the register, or about to be."""
        if self._newcomers([planned]):
            raise InvalidInput("a person with these items is on the register already")
        for other in self._entering(planned):
            raise Conflict(f"change {other.change_id} adds a person with these items already")

    def _entering(self, planned: Plan) -> list[Change]:
        """Changes, not on the register yet, that enter a person whom this one would enter."""
        people = _without_number(planned).values()
        if not people:
            return []
        entering = self._read(RegisterChange.kind.in_(ENTERING), RegisterChange.state.in_(LIVE))
        return [
            other
            for other in entering
            if any(is_like(person, one) for person in people for one in _without_number(other.plan).values())
        ]

    def _newcomers(self, plans: Sequence[Plan]) -> dict[str, Row]:
        """Rows of the register that show one of the persons of these plans who had no number."""
        wanted = [person for one in plans for person in _without_number(one).values()]
        found = rows_like(self._connection, wanted)
        return {number: row for number, row in found.items() if any(is_like(one, row) for one in wanted)}

    def _insert(
        self, kind: str, planned: Plan, actor: str, *, seen: Seen | None = None, undoes: int | None = None
    ) -> Change:
        values = {
            "kind": kind,
            "state": "proposed",
            "version": 1,
            "discrepancy_id": seen and seen.discrepancy_id,
            "evidence_version": seen and seen.evidence_version,
            "undoes": undoes,
            "person_nos": sorted(number for number in planned.before if not is_new(number)),
            "area_codes": _areas(planned),
            "before": planned.before,
            "after": planned.after,
            "proposed_by": actor,
            "changed_by": actor,
            "changed_at": sa.func.now(),
        }
        insert = sa.insert(RegisterChange).values(**values).returning(RegisterChange.__table__)
        change = as_change(self._connection.execute(insert).one())
        AuditChain(self._connection).record(_event(change, "propose", None, actor))
        return change

    def _move(
        self, change: Change, transition: Transition, actor: str, **values: Any
    ) -> tuple[Change, list[Event]]:
        update = (
            sa.update(RegisterChange)
            .where(RegisterChange.change_id == change.change_id, RegisterChange.version == change.version)
            .values(
                state=transition.target,
                version=change.version + 1,
                changed_by=actor,
                changed_at=sa.func.now(),
                **values,
            )
            .returning(RegisterChange.__table__)
        )
        moved = as_change(self._connection.execute(update).one())
        if transition.discrepancy is not None and change.discrepancy_id is not None:
            source, target = transition.discrepancy
            # It waits for this change only while this one is to be decided.
            if source != "waiting" or change.state in WAITING:
                where = {"id": change.discrepancy_id, "source": source, "target": target}
                self._connection.execute(_SET_DISCREPANCY, where)
        return moved, [_event(moved, transition.action, change.state, actor)]

    def _overtake(self, applied: Change, actor: str) -> list[Event]:
        """What an applied change does to others: the one it undoes, and those about the same items."""
        events: list[Event] = []
        if applied.undoes is not None:
            undone = self.get(applied.undoes)
            if undone.state not in TRANSITIONS["undo"].sources:
                raise Conflict(
                    f"change {undone.change_id} is {undone.state} and has nothing to undo any more"
                )
            events += self._move(undone, TRANSITIONS["undo"], actor)[1]
        about = self._read(
            RegisterChange.state.in_(LIVE),
            RegisterChange.change_id != applied.change_id,
            RegisterChange.person_nos.overlap(list(applied.person_nos)),
        )
        for other in about:
            if meet(applied.plan, other.plan):
                events += self._move(other, TRANSITIONS["supersede"], actor, superseded_by=applied.change_id)[
                    1
                ]
        return events


def _areas(planned: Plan) -> list[str]:
    """Of every row before and after; "" where a row has none."""
    rows = (*planned.before.values(), *planned.after.values())
    return sorted({row.get("area_code") or "" for row in rows if row is not None})


def _is_joint(kind: str, one: Plan) -> bool:
    """Whether it is about several persons who are changed together."""
    return len(one.before) > 1 and kind not in ("merge", "undo_merge")


def _without_number(one: Plan) -> dict[str, Row]:
    """Who has no number of the register, by key, in the order of the keys."""
    return {
        key: person
        for key in sorted(one.after)
        if is_new(key) and (person := one.after[key] or one.before[key])
    }


def _newcomers(
    one: Plan, newcomers: Mapping[str, Row], fits: Callable[[Row, Row], bool] = is_entered
) -> dict[str, str]:
    """Key → the number under which the register shows a person who had none, or by `is_like` may; each number once, in the order of the keys."""
    found: dict[str, str] = {}
    for key, person in _without_number(one).items():
        taken = set(found.values())
        free = (number for number, row in newcomers.items() if number not in taken and fits(person, row))
        number = min(free, default=None)
        if number is not None:
            found[key] = number
    return found


def as_change(row: Stored[Any]) -> Change:
    """From a row of the table."""
    values = dict(row._mapping)
    del values["area_codes"]  # who may see it, not what it says
    planned = Plan(values.pop("before"), values.pop("after"))
    return Change(**{**values, "person_nos": tuple(values["person_nos"])}, plan=planned)


def _event(change: Change, action: str, was: str | None, actor: str) -> Event:
    fields: Iterable[str] = {name for _, name in cells(change.plan)}
    details: dict[str, Any] = {
        "kind": change.kind,
        "was": was,
        "state": change.state,
        "version": change.version,
        "fields": sorted("presence" if name == "*" else name for name in fields),
        "discrepancy_id": change.discrepancy_id,
        "undoes": change.undoes,
        "superseded_by": change.superseded_by,
    }
    told = {key: value for key, value in details.items() if value is not None}
    return Event(actor, f"change.{action}", SUBJECT, str(change.change_id), told)
