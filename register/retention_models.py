"""The tables of what is kept how long, and of what must be kept in spite of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

HOLD_KINDS = ("everything", "person", "household", "discrepancy")


class RetentionRule(Base):
    """How many days something is kept after it has ended. `what` is a rule of `register.retention`."""

    __tablename__ = "retention_rule"
    what: Mapped[str] = mapped_column(primary_key=True)
    keep_days: Mapped[int]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    __table_args__ = (sa.CheckConstraint("keep_days >= 1", name="keep_days_positive"),)


class LegalHold(Base):
    """Something that must not be deleted until the hold is lifted, and why."""

    __tablename__ = "legal_hold"
    hold_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    reason: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("subject_kind", HOLD_KINDS),
        sa.CheckConstraint("(subject_kind = 'everything') = (subject_id = '*')", name="subject"),
    )
