"""Of which rows a decision was said: so that a night can heed it when other rows have come

Revision: 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
DECIDING = ("clerk", "officer", "steward")


def upgrade() -> None:
    op.add_column(
        "decision",
        sa.Column("content_keys", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.execute("""
UPDATE decision AS d SET content_keys = ARRAY(
    SELECT DISTINCT e.content_key FROM evidence AS e
    WHERE e.discrepancy_id = d.discrepancy_id AND e.feed <> 'register' ORDER BY 1)
WHERE d.kind IN ('same_person', 'different_person') AND EXISTS (
    SELECT FROM discrepancy AS l WHERE l.discrepancy_id = d.discrepancy_id AND l.type = 'possible_link')
""")
    for role in DECIDING:
        op.execute(f"GRANT INSERT (content_keys) ON decision TO bulou_{role}")


def downgrade() -> None:
    for role in DECIDING:
        op.execute(f"REVOKE INSERT (content_keys) ON decision FROM bulou_{role}")
    op.drop_column("decision", "content_keys")
