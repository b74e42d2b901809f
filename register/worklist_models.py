"""The tables of worklists: what was handed out to be asked at the doors of an area, and what came back.

A list says which discrepancies are on it and nothing of a person; what a list shows is made from the store whenever it is written. What
came back is kept as the outcome's code and as a digest of the whole answer, by which the same file is known when it comes again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

OUTCOMES = ("confirmed", "not_so", "moved_away", "nobody", "refused", "no_problem", "other")


class Worklist(Base):
    """A list for an area. `secret` seals the rows of its files, so that a row which was changed is known."""

    __tablename__ = "worklist"
    worklist_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    area_code: Mapped[str] = mapped_column(index=True)
    types: Mapped[list[str]]
    language: Mapped[str]
    rows: Mapped[int]
    secret: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class WorklistRow(Base):
    """A discrepancy on a list, with the newest answer that was taken. `no`: its number there, from 1 in walking order; None on lists of before 0039."""

    __tablename__ = "worklist_row"
    worklist_id: Mapped[int] = mapped_column(
        sa.ForeignKey("worklist.worklist_id", ondelete="CASCADE"), primary_key=True
    )
    discrepancy_id: Mapped[str] = mapped_column(
        sa.ForeignKey("discrepancy.discrepancy_id", ondelete="CASCADE"), primary_key=True, index=True
    )
    no: Mapped[int | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]
    returned_by: Mapped[str | None]
    returned_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        sa.CheckConstraint("(outcome IS NULL) = (answer IS NULL)", name="answered_whole"),
    )


class WorklistReturn(Base):
    """The receipt of one filled file. `rejected`: row of the sheet → code of the reason."""

    __tablename__ = "worklist_return"
    return_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    worklist_id: Mapped[int] = mapped_column(
        sa.ForeignKey("worklist.worklist_id", ondelete="CASCADE"), index=True
    )
    sha256: Mapped[str]
    taken: Mapped[int]
    taken_before: Mapped[int]
    left_blank: Mapped[int]
    rejected: Mapped[dict[str, Any]]
    returned_by: Mapped[str]
    returned_at: Mapped[datetime]
