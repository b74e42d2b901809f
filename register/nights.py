"""The nights that ran: which are done, what they counted, and when time alone will next change something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.models import Night


def lock_nights(connection: Connection) -> None:
    """Makes transactions that write the ledger wait for each other.

    Whoever writes the ledger takes this before any other lock, so that no two nights wait in a circle.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('nights'))"))


@dataclass(frozen=True)
class NightRun:
    """One night of the ledger; `counts` hold numbers, and the version of the rules."""

    night: date
    status: str
    is_applied: bool
    started_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, Any]
    next_clock: date | None


class NightLedger:
    """The nights of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, night: date, now: datetime) -> None:
        """Marks the night as running; a night that ran before starts again."""
        self._put(night, status="running", started_at=now, finished_at=None)

    def finish(
        self, night: date, now: datetime, counts: dict[str, Any], next_clock: date | None = None
    ) -> None:
        self._put(night, status="finished", finished_at=now, counts=counts, next_clock=next_clock)

    def settle(self, night: date, now: datetime) -> None:
        """Marks a night as finished that was run again after newer ones: what it brought is theirs (docs/adr/0001), its own counts stay."""
        self._put(night, status="finished", finished_at=now)

    def fail(self, night: date, now: datetime) -> None:
        self._put(night, status="failed", finished_at=now)

    def get(self, night: date) -> NightRun | None:
        row = self._connection.execute(sa.select(*_COLUMNS).where(Night.night == night)).one_or_none()
        return None if row is None else NightRun(*row)

    def all(self) -> list[NightRun]:
        """Oldest first."""
        rows = self._connection.execute(sa.select(*_COLUMNS).order_by(Night.night)).all()
        return [NightRun(*row) for row in rows]

    def last_finished(self) -> NightRun | None:
        query = sa.select(*_COLUMNS).where(Night.status == "finished").order_by(Night.night.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else NightRun(*row)

    def effective(self, night: date) -> date:
        """The night as of which `night` is applied: the newest applied one if later (docs/adr/0001)."""
        newest = self._connection.scalar(sa.select(sa.func.max(Night.night)).where(Night.is_applied))
        return night if newest is None else max(night, newest)

    def _put(self, night: date, **values: Any) -> None:
        lock_nights(self._connection)
        statement = insert(Night).values(night=night, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=[Night.night], set_=values))


_COLUMNS = (
    Night.night,
    Night.status,
    Night.is_applied,
    Night.started_at,
    Night.finished_at,
    Night.counts,
    Night.next_clock,
)
