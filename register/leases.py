"""Who has a discrepancy open. A lease tells the others and keeps nobody from deciding: what keeps two decisions apart is the
evidence version and the status (`DiscrepancyStore.set_status`). It ends by itself, with the decision, or when somebody takes it over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.desk_models import Lease

OF_OTHERS: Final = """
SELECT l.discrepancy_id, l.user_id, u.display_name, l.taken_at FROM lease AS l JOIN app_user AS u USING (user_id)
WHERE l.discrepancy_id = ANY (:ids) AND l.user_id <> :user AND l.ends_at > :now
"""
_OF_OTHERS: Final = sa.text(OF_OTHERS)


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
        new = insert(Lease).values(discrepancy_id=id_, user_id=user_id, taken_at=now, ends_at=now + lasts)
        is_own = Lease.user_id == user_id
        since = sa.case((sa.and_(is_own, Lease.ends_at > now), Lease.taken_at), else_=now)
        self._connection.execute(
            new.on_conflict_do_update(
                index_elements=[Lease.discrepancy_id],
                set_={"user_id": user_id, "taken_at": since, "ends_at": now + lasts},
                where=sa.true() if over else sa.or_(is_own, Lease.ends_at <= now),
            )
        )

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
