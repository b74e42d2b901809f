"""How many discrepancies of an area rest on each feed, from an index alone

What stands beside the feeds is a sum over some hundred rows of the tally by feed (0022), each of which was looked for in the table.

Revision: 0036, after 0035.
"""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"

TABLE = "feed_tally"
INDEX = "feed_tally_area_idx"
KEY = ["area_code", "first_night", "status"]
CARRIED = ["feed", "type", "priority", "band", "rows"]


def upgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, KEY, postgresql_include=CARRIED)


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, KEY)
