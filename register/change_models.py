"""The table of register changes, and the words for their kinds and states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from register.models import Base, one_of

CHANGE_STATES = (
    "proposed",
    "approved",
    "applied",
    "exported",
    "acknowledged",
    "refused",
    "withdrawn",
    "reverted",
    "superseded",
)
CHANGE_KINDS = (
    "field",
    "add_person",
    "move_household",
    "new_household",
    "add_household",
    "mark_dead",
    "mark_moved_out",
    "merge",
    "undo_merge",
    "restore_person",
    "remove_person",
)


class RegisterChange(Base):
    """A change of the register that one person proposes and another approves (`register.changes`).

    `before` and `after`: person_no → the person's row of the register, null where the person is not on it; the
    number is "" while the register has not given one. `area_codes` are the areas of all these rows ("": none): who may
    not see one of them does not see the change. `version` counts the changes of state.
    """

    __tablename__ = "register_change"
    change_id: Mapped[int] = mapped_column(sa.BigInteger(), sa.Identity(always=True), primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    discrepancy_id: Mapped[str | None] = mapped_column(sa.ForeignKey("discrepancy.discrepancy_id"))
    evidence_version: Mapped[int | None]
    undoes: Mapped[int | None] = mapped_column(sa.ForeignKey("register_change.change_id"))
    superseded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("register_change.change_id"))
    person_nos: Mapped[list[str]]
    area_codes: Mapped[list[str]]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    proposed_by: Mapped[str]
    approved_by: Mapped[str | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
    remark: Mapped[str | None]
    __table_args__ = (
        one_of("state", CHANGE_STATES),
        one_of("kind", CHANGE_KINDS),
        sa.CheckConstraint("lower(approved_by) <> lower(proposed_by)", name="two_persons"),
        sa.CheckConstraint(
            "approved_by IS NOT NULL OR state IN ('proposed', 'refused', 'withdrawn', 'superseded')",
            name="approved",
        ),
        sa.Index("register_change_state_idx", "state"),
        sa.Index("register_change_discrepancy_id_idx", "discrepancy_id"),
        sa.Index("register_change_person_nos_idx", "person_nos", postgresql_using="gin"),
        # Of one discrepancy at most one change waits to be decided.
        sa.Index(
            "register_change_waiting_idx",
            "discrepancy_id",
            unique=True,
            postgresql_where=sa.text("state IN ('proposed', 'approved')"),
        ),
    )
