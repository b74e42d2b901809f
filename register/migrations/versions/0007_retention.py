"""Retention: what is kept how long, and legal holds

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, protect

revision = "0007"
down_revision = "0006"
TABLES = ("retention_rule", "legal_hold")


def upgrade() -> None:
    op.create_table(
        "retention_rule",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("keep_days >= 1", name=op.f("retention_rule_keep_days_positive_check")),
        sa.PrimaryKeyConstraint("what", name=op.f("retention_rule_pkey")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("hold_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("subject_kind", "subject_id", "reason", "placed_by")
        ),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('everything', 'person', 'household', 'discrepancy')",
            name=op.f("legal_hold_subject_kind_known_check"),
        ),
        sa.CheckConstraint(
            "(subject_kind = 'everything') = (subject_id = '*')", name=op.f("legal_hold_subject_check")
        ),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("legal_hold_pkey")),
    )
    rules = [Allow("retention_rule", role) for role in ("steward", "operator", "auditor")]
    rules += [Allow("legal_hold", role) for role in ("steward", "auditor")]
    statements = [line for table in TABLES for line in protect(table)]
    for statement in (*statements, *allow(rules)):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for statement in forget(TABLES):
        op.execute(statement)
    for table in TABLES:
        op.drop_table(table)
