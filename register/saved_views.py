"""Filters of the queue under a name, for one user alone. There is room for a few (`desk_models.MOST_VIEWS`), held by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.desk_models import MOST_VIEWS, SavedView
from register.errors import Conflict, InvalidInput

LONGEST_NAME: Final = 40


class SavedViews:
    """The views of the user of a transaction at the desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, user_id: str, name: str, query: str) -> None:
        """Raises: InvalidInput for a name that is none, Conflict when it is taken or there is no room."""
        told = " ".join(name.split())
        if not 0 < len(told) <= LONGEST_NAME:
            raise InvalidInput(f"a name has 1 to {LONGEST_NAME} characters")
        standing = sa.select(SavedView.slot).where(
            SavedView.user_id == user_id, SavedView.removed_at.is_(None)
        )
        taken = set(self._connection.scalars(standing))
        free = min(set(range(1, MOST_VIEWS + 1)) - taken, default=None)
        if free is None:
            raise Conflict("there is no room for another view")
        values = {"user_id": user_id, "slot": free, "name": told, "query": query}
        new = insert(SavedView).values(**values).on_conflict_do_nothing()
        if self._connection.scalar(new.returning(SavedView.view_id)) is None:
            raise Conflict("there is a view of this name")

    def remove(self, view_id: int, now: datetime) -> None:
        """Raises: Conflict when it is not there, or not this user's."""
        mine = sa.and_(
            SavedView.view_id == view_id,
            SavedView.user_id == sa.func.desk_user(),
            SavedView.removed_at.is_(None),
        )
        if self._connection.execute(sa.update(SavedView).where(mine).values(removed_at=now)).rowcount != 1:
            raise Conflict("there is no such view")
