"""What is no more as it was when a register change was proposed: the register in what the change touches, and what the evidence says. Masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from register.change_plans import FIELDS, IDENTIFYING, Plan, Row
from register.changes import Change
from stewardship.effects import PersonEffect, person_effects
from stewardship.leads import Lead, values_at
from stewardship.masking import may_be_child
from stewardship.places import Places
from stewardship.proposals import Standing
from stewardship.showing import field_of
from stewardship.versions import Told, Version, told


@dataclass(frozen=True)
class Meanwhile:
    """`people`: the register's items as they were, and as they are; `evidence`: night → what the discrepancy's evidence said, what was proposed upon and what is
    there now."""

    people: list[PersonEffect]
    evidence: list[tuple[date, Told]]


def meanwhile(
    connection: Connection,
    change: Change,
    standing: Standing,
    today: date,
    places: Places,
    *,
    is_lifted: bool,
) -> Meanwhile:
    """Asks for nothing while the change can be approved."""
    people, evidence = [], []
    if standing.moved:
        moved = moved_rows(change.plan, standing.rows)
        people = person_effects(moved, today, places, is_lifted=is_lifted)
    if standing.stale and standing.lead is not None:
        evidence = _evidence(connection, change, standing.lead, today, is_lifted=is_lifted)
    return Meanwhile(people, evidence)


def moved_rows(planned: Plan, rows: Mapping[str, Row]) -> Plan:
    """Of the persons whose rows have moved: as the proposer saw them, and with what is otherwise by now of the items that the change touches."""
    before: dict[str, Row | None] = {}
    after: dict[str, Row | None] = {}
    for number, was in planned.before.items():
        now = rows.get(number)
        wanted = planned.after[number]
        if was is None:
            continue
        touched = IDENTIFYING if wanted is None else [one for one in FIELDS if was[one] != wanted[one]]
        blank_is_any = (None,) if wanted is None else ()
        if now is not None and all(was[one] in (*blank_is_any, now[one]) for one in touched):
            continue
        before[number] = was
        after[number] = None if now is None else {**was, **{one: now[one] for one in touched}}
    return Plan(before, after)


def _evidence(
    connection: Connection, change: Change, lead: Lead, today: date, *, is_lifted: bool
) -> list[tuple[date, Told]]:
    rows = (*change.plan.before.values(), *change.plan.after.values())
    is_child = any(may_be_child(row.get("birth_date"), today) for row in rows if row is not None)
    numbers = {change.evidence_version or 0, lead.evidence_version}
    said = values_at(connection, lead.discrepancy_id, numbers)
    versions = {
        number: Version(row.register_value, row.proposed_value, row.confidence)
        for number, row in said.items()
    }
    shown = told(versions, field_of(lead), is_child=is_child, is_lifted=is_lifted)
    return [(said[number].night, one) for number, one in shown.items()]
