"""Which discrepancy one goes on in, when two unregistered people turn out to be one

Revision: 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("discrepancy", sa.Column("succeeded_by", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("discrepancy_succeeded_by_fkey"),
        "discrepancy",
        "discrepancy",
        ["succeeded_by"],
        ["discrepancy_id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "discrepancy_succeeded_by_idx",
        "discrepancy",
        ["succeeded_by"],
        postgresql_where=sa.text("succeeded_by IS NOT NULL"),
    )
    for role in ("clerk", "officer", "steward"):
        op.execute(f"GRANT SELECT (succeeded_by) ON discrepancy TO bulou_{role}")


def downgrade() -> None:
    op.drop_column("discrepancy", "succeeded_by")
