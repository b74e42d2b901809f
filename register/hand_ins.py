"""Corrected files that were handed in at the desk, of one transaction: what they are of, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from register.hand_in_models import HandIn
from register.models import Delivery

_ONE_BY_ONE: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('handed in ' || :sha256, 0))")
_HANDED: Final = (
    sa.select(*HandIn.__table__.columns, Delivery.status)
    .outerjoin(
        Delivery,
        sa.and_(Delivery.feed == HandIn.feed, Delivery.file == HandIn.file, Delivery.sha256 == HandIn.sha256),
    )
    .order_by(HandIn.handed_in_at.desc(), HandIn.sha256)
)


@dataclass(frozen=True)
class Handed:
    """A file that was handed in. `status` is its receipt's, None while it waits for the night."""

    feed: str
    sha256: str
    file: str
    of_file: str
    of_sha256: str
    rows_usable: int
    rows_unusable: int
    unusable: Sequence[Mapping[str, Any]]
    handed_in_by: str
    handed_in_at: datetime
    status: str | None = None


class HandInStore:
    """What this transaction's user may see of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, one: Handed) -> bool:
        """False, and nothing is written, where the same content was handed in under this name before."""
        values = {name: value for name, value in vars(one).items() if name != "status"}
        statement = (
            insert(HandIn).values(values).on_conflict_do_nothing(index_elements=["feed", "sha256", "file"])
        )
        return self._connection.execute(statement.returning(HandIn.sha256)).first() is not None

    def of_delivery(self, feed: str, file: str, sha256: str) -> list[Handed]:
        """The newest first."""
        query = _HANDED.where(HandIn.feed == feed, HandIn.of_file == file, HandIn.of_sha256 == sha256)
        return [Handed(**row._mapping) for row in self._connection.execute(query)]

    def of_content(self, feed: str, sha256: str) -> list[Handed]:
        """Whatever it was handed in for, the newest first. Whoever hands in the same content waits until this transaction is over."""
        self._connection.execute(_ONE_BY_ONE, {"sha256": sha256})
        query = _HANDED.where(HandIn.feed == feed, HandIn.sha256 == sha256)
        return [Handed(**row._mapping) for row in self._connection.execute(query)]

    def taken_as(self, feed: str, sha256: str) -> str | None:
        """The file as which a night took the same content, however it came."""
        query = sa.select(Delivery.file).where(
            Delivery.feed == feed, Delivery.sha256 == sha256, Delivery.status == "taken"
        )
        file: str | None = self._connection.scalar(query.limit(1))
        return file
