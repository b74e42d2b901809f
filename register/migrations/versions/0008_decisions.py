"""Decisions: what a person made of a discrepancy

Revision: 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, of_visible, protect

revision = "0008"
down_revision = "0007"
KINDS = "'not_a_problem', 'visit', 'to_department', 'cannot_tell', 'same_person', 'different_person', 'undo'"
TOLD = (
    "discrepancy_id",
    "evidence_version",
    "kind",
    "reason",
    "status_before",
    "status_after",
    "undoes",
    "decided_by",
    "decided_at",
)


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("evidence_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status_before", sa.Text(), nullable=False),
        sa.Column("status_after", sa.Text(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("decision_kind_known_check")),
        sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name=op.f("decision_undo_check")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("decision_discrepancy_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["undoes"], ["decision.decision_id"], name=op.f("decision_undoes_fkey"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("undoes", name=op.f("decision_undoes_key")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("decision_pkey")),
    )
    op.create_index("decision_discrepancy_id_idx", "decision", ["discrepancy_id"])
    seen = of_visible("discrepancy", "seen.discrepancy_id = decision.discrepancy_id")
    mine = "decided_by = (SELECT desk_user())"
    rules = [
        Allow("decision", role, seen, insert=TOLD, written=mine) for role in ("clerk", "officer", "steward")
    ]
    for statement in (*protect("decision"), *allow(rules)):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for statement in forget(("decision",)):
        op.execute(statement)
    op.drop_table("decision")
