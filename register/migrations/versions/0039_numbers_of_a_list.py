"""Which number a discrepancy has on a worklist: kept when the list is made, so that paper, page and workbook agree for whoever opens it

Nothing (NULL) on lists that were made before: these are numbered when they are opened, as they were.

Revision: 0039, after 0038.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

TABLE = "worklist_row"
MAKERS = ("clerk", "officer", "steward")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("no", sa.Integer(), nullable=True))
    for role in MAKERS:
        op.execute(f"GRANT INSERT (no) ON {TABLE} TO bulou_{role}")


def downgrade() -> None:
    op.drop_column(TABLE, "no")
