"""Corrected files that departments hand in at the desk

Revision: 0031, after 0030.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from register.migrations.policies import Allow, allow, forget, of_feed, protect

revision = "0031"
down_revision = "0030"
TABLE = "hand_in"
ME = "(SELECT desk_user())"
PUT = (
    "feed",
    "sha256",
    "file",
    "of_file",
    "of_sha256",
    "rows_usable",
    "rows_unusable",
    "unusable",
    "handed_in_by",
    "handed_in_at",
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("of_file", sa.Text(), nullable=False),
        sa.Column("of_sha256", sa.Text(), nullable=False),
        sa.Column("rows_usable", sa.Integer(), nullable=False),
        sa.Column("rows_unusable", sa.Integer(), nullable=False),
        sa.Column("unusable", postgresql.JSONB(), nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("feed", "sha256", "file", name=op.f("hand_in_pkey")),
    )
    op.create_index("hand_in_of_file_idx", TABLE, ["feed", "of_file", "of_sha256"])
    mine = f"handed_in_by = {ME}"
    rules = (
        Allow(TABLE, "contact", of_feed(), insert=PUT, written=mine),
        *(Allow(TABLE, role, insert=PUT, written=mine) for role in ("steward", "operator")),
    )
    for statement in (*protect(TABLE), *allow(rules)):
        op.execute(statement)


def downgrade() -> None:
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
