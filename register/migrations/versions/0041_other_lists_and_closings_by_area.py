"""Which list a delivered file is, where it is another than its feed's; what was closed, by area and night

The first as the night knew it, beside the receipt's words, of which it is read out here for receipts of before. The second: the index of what was closed
had the nights first, so that whoever sees some areas had all their discrepancies read for it, closed or not. An area at a time it serves them, and
a whole county too, which a server older than PostgreSQL 18 reads the whole of it for.

Revision: 0041, after 0040.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

TABLE = "delivery"
SAID = "wrong feed: the header is that of "
INDEXED = "discrepancy"
BY_NIGHT = "discrepancy_closed_night_idx"
BY_AREA = "discrepancy_area_closed_idx"
IS_KNOWN = sa.text("closed_night > '0001-01-01'")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("other_feed", sa.Text(), nullable=True))
    op.execute(
        f"UPDATE {TABLE} SET other_feed = right(reason, -length('{SAID}')) WHERE starts_with(reason, '{SAID}')"
    )
    op.drop_index(BY_NIGHT, INDEXED)
    op.create_index(
        BY_AREA,
        INDEXED,
        ["area_code", "closed_night"],
        postgresql_include=["type", "discrepancy_id"],
        postgresql_where=IS_KNOWN,
    )


def downgrade() -> None:
    op.drop_index(BY_AREA, INDEXED)
    op.create_index(
        BY_NIGHT,
        INDEXED,
        ["closed_night"],
        postgresql_include=["type", "area_code"],
        postgresql_where=IS_KNOWN,
    )
    op.drop_column(TABLE, "other_feed")
