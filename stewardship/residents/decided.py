"""What was decided about people and their household: the decisions on their discrepancies, and the register changes.

Both as far as the user may see the discrepancy, or all areas that a change is about.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Stored

from register.change_models import RegisterChange
from register.changes import SUBJECT, as_change
from register.work import UnitOfWork
from stewardship.approving import Row as ChangeRow
from stewardship.approving import rows_of_changes
from stewardship.leads import Happened
from stewardship.visits import House, Visitor

_THEIRS: Final = """(l.person_no = ANY (:numbers) OR l.person_no_2 = ANY (:numbers)
    OR l.household_no = CAST(:household AS text))"""
_DECISIONS: Final = sa.text(f"""
SELECT d.decided_at AS at, d.decided_by AS by, d.kind, d.reason, d.outcome, d.outcome_on, l.discrepancy_id, l.type, count(*) OVER () AS found
FROM discrepancy AS l JOIN decision AS d USING (discrepancy_id) WHERE {_THEIRS}
ORDER BY d.decision_id DESC LIMIT :most
""")
_CHANGES: Final = sa.text(f"""
SELECT change_id FROM register_change WHERE person_nos && CAST(:numbers AS text[])
UNION SELECT c.change_id FROM discrepancy AS l JOIN register_change AS c USING (discrepancy_id) WHERE {_THEIRS}
ORDER BY change_id DESC
""")
_STEPS: Final = sa.text("""
SELECT subject_id, at, actor, action FROM audit_entry
WHERE subject_kind = :kind AND subject_id = ANY (:ids) AND action LIKE 'change.%' AND action <> 'change.view'
ORDER BY entry_no
""")


@dataclass(frozen=True)
class Subject:
    """Whom it is about: persons, and the household as such where its page is shown."""

    numbers: tuple[str, ...]
    household_no: str | None = None

    def given(self) -> dict[str, Any]:
        return {"numbers": list(self.numbers), "household": self.household_no}


@dataclass(frozen=True)
class Decided:
    """A decision, also one that was taken back, and the taking back."""

    at: datetime
    by: str
    kind: str
    reason: str | None
    outcome: str | None
    outcome_on: date | None
    discrepancy_id: str
    type: str


@dataclass(frozen=True)
class Changed:
    """A register change, masked, and who did what to it, in that order."""

    row: ChangeRow
    steps: tuple[Happened, ...]


def decisions_about(connection: Connection, subject: Subject, most: int) -> tuple[list[Decided], int]:
    """Newest first, at most so many; and how many there are."""
    rows = connection.execute(_DECISIONS, subject.given() | {"most": most}).all()
    found = [Decided(*row[:-1]) for row in rows]
    return found, rows[0].found if rows else 0


def changes_about(
    work: UnitOfWork, subject: Subject, visitor: Visitor, here: House, most: int
) -> tuple[list[Changed], int]:
    """Newest first, at most so many; and how many there are."""
    ids = list(work.connection.scalars(_CHANGES, subject.given()))
    if not ids:
        return [], 0
    table = RegisterChange
    query = sa.select(table.__table__).where(table.change_id.in_(ids[:most])).order_by(table.change_id.desc())
    changes = [as_change(row) for row in work.connection.execute(query)]
    steps = _steps_of(work.connection, ids[:most])
    return [
        Changed(
            row,
            tuple(
                Happened(one.at, None, one.actor, one.action)
                for one in steps
                if one.subject_id == str(row.change.change_id)
            ),
        )
        for row in rows_of_changes(work, changes, visitor, here)
    ], len(ids)


def _steps_of(connection: Connection, ids: Collection[int]) -> list[Stored[Any]]:
    given = {"kind": SUBJECT, "ids": [str(one) for one in ids]}
    return list(connection.execute(_STEPS, given))
