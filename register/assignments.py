"""Who is to work on a discrepancy: assigned to somebody who works in its area, told in the audit chain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.audit import AuditChain, Event
from register.discrepancy_models import Discrepancy
from register.errors import Conflict, NotAllowed

# Whoever works in an area works there by a grant for it; in no area at all, by a steward's, which is for every one.
_EVERYWHERE: Final = sa.text("""
SELECT one FROM unnest(CAST(:users AS text[])) AS one WHERE desk_may_be_assigned(one, '')
ORDER BY (SELECT count(*) FROM discrepancy AS d WHERE d.assignee = one AND d.status = 'open'), one
""")
_NAMES: Final = sa.text("SELECT user_id, display_name FROM app_user WHERE user_id = ANY (:users)")


class AssignmentStore:
    """The assignments of one transaction of a user at the desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names(self, user_ids: Collection[str]) -> dict[str, str]:
        """Account name → the name that others see."""
        if not user_ids:
            return {}
        rows = self._connection.execute(_NAMES, {"users": sorted(user_ids)})
        return {row.user_id: row.display_name for row in rows}

    def stewards(self, user_ids: Collection[str]) -> Sequence[str]:
        """Who of these works in the whole county; first who has the fewest open discrepancies that the user of this transaction sees."""
        return self._connection.scalars(_EVERYWHERE, {"users": sorted(user_ids)}).all() if user_ids else ()

    def assign(self, id_: str, to: str | None, by: str, *, seen: tuple[int, str | None]) -> None:
        """To somebody, or to nobody any more.

        Args:
            seen: the evidence version, and who was the assignee.
        Raises: Conflict when either is another by now, or it is resolved; NotAllowed when `to` does not work in its area.
        """
        d = Discrepancy
        as_seen = sa.and_(
            d.discrepancy_id == id_,
            d.evidence_version == seen[0],
            d.assignee.is_not_distinct_from(seen[1]),
            d.status != "resolved",
        )
        fits = sa.true() if to is None else sa.func.desk_may_be_assigned(to, d.area_code)
        update = sa.update(d).where(as_seen, fits).values(assignee=to)
        if self._connection.execute(update).rowcount != 1:
            if self._connection.scalar(sa.select(d.discrepancy_id).where(as_seen)) is not None:
                raise NotAllowed("this user does not work in the area of the discrepancy")
            raise Conflict(f"{id_} has another assignee or other evidence by now")
        event = Event(by, "discrepancy.assign", "discrepancy", id_, {"to": to})
        AuditChain(self._connection).record(event)
