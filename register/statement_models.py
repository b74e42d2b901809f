"""What deliveries of changes said of single persons (`register.statements`, migration 0019)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from register.models import Base
from register.rows import DATES, ITEMS


def _item(name: str) -> sa.Column[object]:
    kind = sa.Date() if name in DATES else JSONB() if name == "raw" else sa.Text()
    return sa.Column(name, kind, nullable=True)


class RegisterStatement(Base):
    """One row of a delivery of changes: a person as the unit has it from then on, or not any more (`is_removed`). It holds from
    `arrival` to `valid_to` (NULL: still; never: the same day), which follows from all that has arrived.
    """

    __table__ = sa.Table(
        "register_statement",
        Base.metadata,
        sa.Column("unit", sa.Text(), primary_key=True),
        sa.Column("person_no", sa.Text(), primary_key=True),
        sa.Column("arrival", sa.Date(), primary_key=True),
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        *(_item(name) for name in ITEMS),
    )
