"""The tables of the rules that nights go by: versions, of which one may be a draft, and what drafts were found to do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

VERSION_STATES: Final = ("draft", "in_force", "dropped")
TRIAL_STATES: Final = ("waiting", "running", "done", "failed")


class RuleVersion(Base):
    """What a county has set otherwise than the defaults. In force for the nights from `from_night` on, until the next that is."""

    __tablename__ = "rule_version"
    version_no: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    rules: Mapped[dict[str, Any]]
    digest: Mapped[str]
    note: Mapped[str]
    state: Mapped[str]
    revision: Mapped[int]
    written_by: Mapped[str]
    written_at: Mapped[datetime]
    put_by: Mapped[str | None]
    put_at: Mapped[datetime | None]
    from_night: Mapped[date | None]
    __table_args__ = (
        one_of("state", VERSION_STATES),
        sa.CheckConstraint(
            "(state = 'in_force') = (from_night IS NOT NULL) AND (put_by IS NULL) = (from_night IS NULL) "
            "AND (put_at IS NULL) = (from_night IS NULL)",
            name="put",
        ),
        # One draft, which whoever may set rules works on.
        sa.Index("rule_version_draft_idx", "state", unique=True, postgresql_where=sa.text("state = 'draft'")),
    )


class RuleTrial(Base):
    """What a draft, as its digest says it, would do to the discrepancies of `night`: counts, ids and codes."""

    __tablename__ = "rule_trial"
    trial_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    version_no: Mapped[int] = mapped_column(sa.ForeignKey("rule_version.version_no"), index=True)
    digest: Mapped[str]
    state: Mapped[str]
    step: Mapped[int] = mapped_column(server_default=sa.text("0"))
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    night: Mapped[date | None]
    result: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))
    __table_args__ = (one_of("state", TRIAL_STATES),)
