"""Tokens by which other systems act at the REST API for an account

Revision: 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import forget, protect

revision = "0018"
down_revision = "0017"
TABLE = "integration_token"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("token_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "user_id", "role")),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("made_at", "ends_at")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("seen_at", "revoked_at")),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "role IN ('clerk', 'officer', 'steward', 'contact', 'operator', 'auditor')",
            name=op.f("integration_token_role_known_check"),
        ),
        sa.CheckConstraint(
            "name ~ '^[a-z][a-z0-9._-]{1,39}$'", name=op.f("integration_token_name_plain_check")
        ),
        sa.CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL)", name=op.f("integration_token_revoked_check")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.user_id"], name=op.f("integration_token_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("integration_token_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("integration_token_token_hash_key")),
    )
    op.create_index(op.f("integration_token_user_id_idx"), TABLE, ["user_id"])
    op.create_index(
        "integration_token_standing_idx",
        TABLE,
        ["name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    for statement in (
        *protect(TABLE),  # the night has no business with tokens
        f"REVOKE ALL ON {TABLE} FROM bulou_night",
        f"DROP POLICY {TABLE}_night ON {TABLE}",
        f"GRANT SELECT, UPDATE (seen_at) ON {TABLE} TO bulou_gate",
        f"CREATE POLICY {TABLE}_gate ON {TABLE} TO bulou_gate USING (true) WITH CHECK (true)",
    ):
        op.execute(statement)


def downgrade() -> None:
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
