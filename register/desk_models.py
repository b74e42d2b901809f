"""What those who work at the desk keep beside a discrepancy: notes, who has one open, and views of the queue.

To whom a discrepancy is assigned stands in its own row (`discrepancy.assignee`), so that the queue's indexes and policies serve it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base

MOST_VIEWS: Final = 20


class Note(Base):
    """What somebody wrote down about a discrepancy. Append-only; it may speak of people, so it never goes into the audit chain."""

    __tablename__ = "note"
    note_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[datetime]


class Lease(Base):
    """That somebody has a discrepancy open, until when. It tells the others and locks nothing."""

    __tablename__ = "lease"
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"))
    taken_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SavedView(Base):
    """A user's name for some filters of the queue (`query` as an address has them: codes only). There is room for a few."""

    __tablename__ = "saved_view"
    view_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("app_user.user_id"))
    slot: Mapped[int] = mapped_column(sa.SmallInteger())
    name: Mapped[str]
    query: Mapped[str]
    removed_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint(f"slot BETWEEN 1 AND {MOST_VIEWS}", name="room"),
        *(
            sa.Index(
                f"saved_view_{column}_idx",
                "user_id",
                column,
                unique=True,
                postgresql_where=sa.text("removed_at IS NULL"),
            )
            for column in ("slot", "name")
        ),
    )
