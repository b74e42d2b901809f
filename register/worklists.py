"""Worklists of one transaction: what was handed out, what came back, and the receipts. What is on a list and what an answer does,
`stewardship.worklists` decides.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Stored

from register.audit import AuditChain, Event
from register.worklist_models import Worklist, WorklistReturn, WorklistRow

SUBJECT: Final = "worklist"


@dataclass(frozen=True)
class MadeList:
    """A list as it was made; `outcomes` counts what has come back so far."""

    worklist_id: int
    area_code: str
    types: tuple[str, ...]
    language: str
    rows: int
    secret: str = field(repr=False)
    made_by: str
    made_at: datetime
    outcomes: Mapping[str, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Receipt:
    """What became of the rows of one filled file; `rejected`: row of the sheet → code of the reason."""

    return_id: int
    worklist_id: int
    sha256: str
    taken: int
    taken_before: int
    left_blank: int
    rejected: Mapping[int, str]
    returned_by: str
    returned_at: datetime


SENT_TWICE: Final = timedelta(minutes=10)  # within which the same list is the same sending
_ONE_BY_ONE: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('worklists of ' || :user, 0))")
_SAME: Final = sa.text("""
SELECT max(w.worklist_id) FROM worklist AS w
WHERE w.made_by = :user AND w.made_at > :since AND w.area_code = :area AND w.language = :language
    AND w.types = CAST(:types AS text[]) AND CAST(:ids AS text[]) = ARRAY(
        SELECT r.discrepancy_id COLLATE "C" FROM worklist_row AS r WHERE r.worklist_id = w.worklist_id ORDER BY 1)
""")


class WorklistStore:
    """The lists that this transaction's user may see."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(
        self, area: str, types: Sequence[str], language: str, ids: Sequence[str], user: str, now: datetime
    ) -> MadeList:
        """Remembers a list of these discrepancies, numbered in their order from 1; of one that was sent twice, the first."""
        wanted = {
            "area": area,
            "types": list(types),
            "language": language,
            "ids": sorted(ids),
            "user": user,
            "since": now - SENT_TWICE,
        }
        self._connection.execute(_ONE_BY_ONE, {"user": user})
        same = self._connection.scalar(_SAME, wanted)
        if same is not None:
            return self._read(Worklist.worklist_id == same, 1)[0]
        values = {
            "area_code": area,
            "types": list(types),
            "language": language,
            "rows": len(ids),
            "secret": secrets.token_hex(32),
            "made_by": user,
            "made_at": now,
        }
        insert = sa.insert(Worklist).values(**values).returning(Worklist.__table__)
        made = _made(self._connection.execute(insert).one(), {})
        if ids:
            rows = [
                {"worklist_id": made.worklist_id, "discrepancy_id": id_, "no": number}
                for number, id_ in enumerate(ids, start=1)
            ]
            self._connection.execute(sa.insert(WorklistRow), rows)
        counts: dict[str, int | str] = {"rows": len(ids), "area": area}
        AuditChain(self._connection).record(
            Event(user, "worklist.make", SUBJECT, str(made.worklist_id), counts)
        )
        return made

    def get(self, worklist_id: int) -> MadeList | None:
        return next(iter(self._read(Worklist.worklist_id == worklist_id, 1)), None)

    def newest(self, before: int | None, most: int) -> list[MadeList]:
        """Newest first, of those that were made before that one."""
        return self._read(sa.true() if before is None else Worklist.worklist_id < before, most)

    def language_of(self, area: str) -> str | None:
        """In which language the last list of this area was made."""
        query = sa.select(Worklist.language).where(Worklist.area_code == area)
        found: str | None = self._connection.scalar(query.order_by(Worklist.worklist_id.desc()).limit(1))
        return found

    def count(self) -> int:
        return int(self._connection.scalar(sa.select(sa.func.count()).select_from(Worklist)) or 0)

    def answers(self, worklist_id: int) -> dict[str, str | None]:
        """Discrepancy → digest of the answer that was taken, None while there is none."""
        query = sa.select(WorklistRow.discrepancy_id, WorklistRow.answer).where(
            WorklistRow.worklist_id == worklist_id
        )
        return {row.discrepancy_id: row.answer for row in self._connection.execute(query)}

    def numbers(self, worklist_id: int) -> dict[str, int]:
        """Discrepancy → its number on the list; of a list from before numbers were kept, nothing."""
        query = sa.select(WorklistRow.discrepancy_id, WorklistRow.no).where(
            WorklistRow.worklist_id == worklist_id, WorklistRow.no.is_not(None)
        )
        return {row.discrepancy_id: row.no for row in self._connection.execute(query)}

    def answer(
        self, worklist_id: int, discrepancy_id: str, outcome: str, digest: str, user: str, now: datetime
    ) -> None:
        """Notes what was taken for a row."""
        where = (WorklistRow.worklist_id == worklist_id, WorklistRow.discrepancy_id == discrepancy_id)
        values = {"outcome": outcome, "answer": digest, "returned_by": user, "returned_at": now}
        self._connection.execute(sa.update(WorklistRow).where(*where).values(**values))

    def record_return(
        self,
        worklist_id: int,
        sha256: str,
        counts: tuple[int, int, int],
        rejected: Mapping[int, str],
        user: str,
        now: datetime,
    ) -> Receipt:
        """Keeps the receipt. `counts`: taken, taken before, left blank."""
        taken, before, blank = counts
        values = {
            "worklist_id": worklist_id,
            "sha256": sha256,
            "taken": taken,
            "taken_before": before,
            "left_blank": blank,
            "rejected": {str(row): reason for row, reason in rejected.items()},
            "returned_by": user,
            "returned_at": now,
        }
        insert = sa.insert(WorklistReturn).values(**values).returning(WorklistReturn.__table__)
        receipt = _receipt(self._connection.execute(insert).one())
        told = {"taken": taken, "taken_before": before, "left_blank": blank, "rejected": len(rejected)}
        AuditChain(self._connection).record(Event(user, "worklist.return", SUBJECT, str(worklist_id), told))
        return receipt

    def returned(self) -> set[str]:
        """The SHA-256 of every file that has a receipt."""
        return set(self._connection.scalars(sa.select(WorklistReturn.sha256)))

    def receipts(self, worklist_id: int) -> list[Receipt]:
        """Of a list, newest first."""
        query = (
            sa.select(WorklistReturn.__table__)
            .where(WorklistReturn.worklist_id == worklist_id)
            .order_by(WorklistReturn.return_id.desc())
        )
        return [_receipt(row) for row in self._connection.execute(query)]

    def _read(self, condition: sa.ColumnElement[bool], most: int) -> list[MadeList]:
        query = sa.select(Worklist.__table__).where(condition)
        rows = self._connection.execute(query.order_by(Worklist.worklist_id.desc()).limit(most)).all()
        counted = (
            sa.select(WorklistRow.worklist_id, WorklistRow.outcome, sa.func.count().label("rows"))
            .where(
                WorklistRow.worklist_id.in_([row.worklist_id for row in rows]),
                WorklistRow.outcome.is_not(None),
            )
            .group_by(WorklistRow.worklist_id, WorklistRow.outcome)
        )
        outcomes: dict[int, dict[str, int]] = defaultdict(dict)
        for number, outcome, found in self._connection.execute(counted):
            outcomes[number][str(outcome)] = int(found)
        return [_made(row, outcomes.get(row.worklist_id, {})) for row in rows]


def _made(row: Stored[Any], outcomes: Mapping[str, int]) -> MadeList:
    return MadeList(**{**row._mapping, "types": tuple(row.types)}, outcomes=outcomes)


def _receipt(row: Stored[Any]) -> Receipt:
    rejected = {int(number): str(reason) for number, reason in row.rejected.items()}
    return Receipt(**{**row._mapping, "rejected": dict(sorted(rejected.items()))})
