"""Names by their whole pinyin, and the initials of surnames that are read otherwise than they were

Revision: 0034, after 0033.

Both are worked out here for every name that is kept. A million persons take about a minute on two cores: the indexes are made anew
after it, because keeping them up row by row takes half as long again.
"""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa
from alembic import op

from register.bulk import indexes_last
from register.pinyin import readings

revision = "0034"
down_revision = "0033"

COLUMN = "name_pinyin"
TABLES = ("person", "register_statement", "lead_name")
BATCH = 50_000
NAMES = sa.text(" UNION ".join(f"SELECT name FROM {table} WHERE name IS NOT NULL" for table in TABLES))
KEEP = sa.text(
    "INSERT INTO read_name SELECT * FROM unnest(CAST(:names AS text[]), CAST(:initials AS text[]), CAST(:pinyin AS text[]))"
)
FILL = """
UPDATE {} AS t SET name_initials = r.initials, name_pinyin = r.pinyin FROM read_name AS r WHERE r.name = t.name
"""


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column(COLUMN, sa.Text(), nullable=True))
    _fill(op.get_bind())
    ops = {COLUMN: "text_pattern_ops"}
    op.create_index(
        "person_pinyin_idx",
        "person",
        [COLUMN],
        postgresql_ops=ops,
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("lead_name_name_pinyin_idx", "lead_name", [COLUMN], postgresql_ops=ops)


def _fill(connection: sa.Connection) -> None:
    connection.execute(
        sa.text("CREATE TEMP TABLE read_name (name text, initials text, pinyin text) ON COMMIT DROP")
    )
    names = list(connection.scalars(NAMES))
    for first in range(0, len(names), BATCH):
        part = names[first : first + BATCH]
        read = readings(pd.Series(part, dtype=object))
        given = {
            "names": part,
            "initials": read["name_initials"].tolist(),
            "pinyin": read["name_pinyin"].tolist(),
        }
        connection.execute(KEEP, given)
    connection.execute(sa.text("ANALYZE read_name"))
    for table in TABLES:
        with indexes_last(connection, table, is_rewritten=True):
            connection.execute(sa.text(FILL.format(table)))
    connection.execute(sa.text("DROP TABLE read_name"))


def downgrade() -> None:
    op.drop_index("lead_name_name_pinyin_idx", "lead_name")
    op.drop_index("person_pinyin_idx", "person")
    for table in reversed(TABLES):
        op.drop_column(table, COLUMN)
