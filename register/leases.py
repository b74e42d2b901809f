"""Who has a discrepancy open. A lease tells the others and keeps nobody from deciding: what keeps two decisions apart is the
evidence version and the status (`DiscrepancyStore.set_status`). It ends by itself, with the decision, or when somebody takes it over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.asking import Question
from register.desk_models import Lease

OF_OTHERS: Final = """
SELECT l.discrepancy_id, l.user_id, u.display_name, l.taken_at FROM lease AS l JOIN app_user AS u USING (user_id)
WHERE l.discrepancy_id = ANY (:ids) AND l.user_id <> :user AND l.ends_at > :now
"""
_OF_OTHERS: Final = sa.text(OF_OTHERS)
_TAKE: Final[Question[Any]] = Question("""
INSERT INTO lease AS l (discrepancy_id, user_id, taken_at, ends_at) VALUES (:id, :user, :now, :ends_at)
ON CONFLICT (discrepancy_id) DO UPDATE SET user_id = :user, ends_at = :ends_at,
    taken_at = CASE WHEN l.user_id = :user AND l.ends_at > :now THEN l.taken_at ELSE :now END
WHERE :over OR l.user_id = :user OR l.ends_at <= :now
""")


@dataclass(frozen=True)
class Holder:
    """Who has it open, and since when."""

    user_id: str
    name: str
    since: datetime


class LeaseStore:
    """The leases of one transaction of a user at the desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, id_: str, user_id: str, now: datetime, lasts: timedelta, *, over: bool = False) -> None:
        """One's own is made longer; another's is left as it is while it lasts, unless it is to be taken over."""
        _TAKE.done(self._connection, id=id_, user=user_id, now=now, ends_at=now + lasts, over=over)

    def release(self, id_: str, user_id: str, now: datetime) -> None:
        """One's own, if there is one."""
        mine = sa.and_(Lease.discrepancy_id == id_, Lease.user_id == user_id, Lease.ends_at > now)
        self._connection.execute(sa.update(Lease).where(mine).values(ends_at=now))

    def others(self, ids: Collection[str], user_id: str, now: datetime) -> dict[str, Holder]:
        """Of these discrepancies, those that somebody else has open."""
        if not ids:
            return {}
        found = self._connection.execute(_OF_OTHERS, {"ids": sorted(ids), "user": user_id, "now": now})
        return {row[0]: Holder(*row[1:]) for row in found}
