"""The table of decisions: what a person made of a discrepancy, besides proposing a register change.

Append-only. A decision is taken back by another row of kind `undo`, so that what was decided stays told. The reason is free text and may
speak of people: it goes with the discrepancy, and never into the audit chain. What came of asking at a door is kept as a code and a day, so that
each reader has it in the own language; the reason is then the note alone.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of
from register.worklist_models import OUTCOMES

DECISION_KINDS = (
    "not_a_problem",
    "visit",
    "to_department",
    "cannot_tell",
    "same_person",
    "different_person",
    "undo",
    "visited",
    "not_met",
)


class Decision(Base):
    """What somebody decided on the evidence of one version, and what that made of the discrepancy's status.

    `outcome`, `outcome_on`: what came of asking at a door, and on which day, where it is the answer on a worklist.
    `content_keys`: where it says who is who, of which rows it says so (`register.link_decisions`).
    """

    __tablename__ = "decision"
    decision_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), index=True
    )
    evidence_version: Mapped[int]
    kind: Mapped[str]
    reason: Mapped[str | None]
    status_before: Mapped[str]
    status_after: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(
        sa.ForeignKey("decision.decision_id", ondelete="CASCADE"), unique=True
    )
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    content_keys: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"))
    outcome: Mapped[str | None]
    outcome_on: Mapped[date | None]
    __table_args__ = (
        one_of("kind", DECISION_KINDS),
        one_of("outcome", OUTCOMES),
        sa.CheckConstraint("outcome_on IS NULL OR outcome IS NOT NULL", name="outcome_whole"),
        sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undo"),
        sa.Index("decision_decided_idx", "decided_by", "decided_at"),
    )
