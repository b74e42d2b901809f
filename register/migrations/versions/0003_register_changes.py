"""Register changes

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "register_change",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("discrepancy_id", sa.Text(), nullable=True),
        sa.Column("evidence_version", sa.Integer(), nullable=True),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by", sa.BigInteger(), nullable=True),
        sa.Column("person_nos", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'applied', 'exported', 'acknowledged', "
            "'refused', 'withdrawn', 'reverted', 'superseded')",
            name=op.f("register_change_state_known_check"),
        ),
        sa.CheckConstraint(
            "kind IN ('field', 'add_person', 'move_household', 'mark_dead', 'mark_moved_out', "
            "'merge', 'undo_merge', 'restore_person', 'remove_person')",
            name=op.f("register_change_kind_known_check"),
        ),
        sa.CheckConstraint(
            "lower(approved_by) <> lower(proposed_by)", name=op.f("register_change_two_persons_check")
        ),
        sa.CheckConstraint(
            "approved_by IS NOT NULL OR state IN ('proposed', 'refused', 'withdrawn', 'superseded')",
            name=op.f("register_change_approved_check"),
        ),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("register_change_discrepancy_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["undoes"], ["register_change.change_id"], name=op.f("register_change_undoes_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["register_change.change_id"], name=op.f("register_change_superseded_by_fkey")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("register_change_pkey")),
    )
    op.create_index(
        "register_change_person_nos_idx", "register_change", ["person_nos"], postgresql_using="gin"
    )
    op.create_index("register_change_state_idx", "register_change", ["state"])
    op.create_index(
        "register_change_waiting_idx",
        "register_change",
        ["discrepancy_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )


def downgrade() -> None:
    op.drop_table("register_change")
