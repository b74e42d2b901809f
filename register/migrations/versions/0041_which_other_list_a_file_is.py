"""Which list a delivered file is, or one of its sheets, where it is another than its feed's: as the night knew it, beside the receipt's words

Of receipts of before it is read out of these words here.

Revision: 0041, after 0040.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

TABLE = "delivery"
SAID = "wrong feed: the header is that of "


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("other_feed", sa.Text(), nullable=True))
    op.execute(
        f"UPDATE {TABLE} SET other_feed = right(reason, -length('{SAID}')) WHERE starts_with(reason, '{SAID}')"
    )


def downgrade() -> None:
    op.drop_column(TABLE, "other_feed")
