"""Who has a discrepancy open. A lease tells the others and keeps nobody from deciding: what keeps two decisions apart is the
evidence version and the status (`DiscrepancyStore.set_status`). It ends by itself, with the decision, or when somebody takes it over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.account_models import AppUser
from register.desk_models import Lease


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
        query = (
            sa.select(Lease.discrepancy_id, Lease.user_id, AppUser.display_name, Lease.taken_at)
            .join(AppUser, AppUser.user_id == Lease.user_id)
            .where(Lease.discrepancy_id.in_(sorted(ids)), Lease.user_id != user_id, Lease.ends_at > now)
        )
        return {row[0]: Holder(*row[1:]) for row in self._connection.execute(query)}
