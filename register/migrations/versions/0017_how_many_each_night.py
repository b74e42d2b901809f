"""How many discrepancies stood at the end of each night, by type and township; the oldest open ones at hand

Revision: 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, in_area, protect

revision = "0017"
down_revision = "0016"

TABLE = "night_tally"
COUNTS = ("open", "waiting", "decided", "resolved")
# As `register.night_tally` counts; of what stands now, for the newest night that there is.
STANDING = """
INSERT INTO night_tally (night, type, area_code, "open", waiting, decided, resolved)
SELECT n.night, t.type, coalesce(v.parent, t.area_code),
    coalesce(sum(t.rows) FILTER (WHERE t.status = 'open'), 0), coalesce(sum(t.rows) FILTER (WHERE t.status = 'waiting'), 0),
    coalesce(sum(t.rows) FILTER (WHERE t.status = 'decided'), 0), coalesce(sum(t.rows) FILTER (WHERE t.status = 'resolved'), 0)
FROM (SELECT max(night) AS night FROM night WHERE is_applied) AS n
CROSS JOIN discrepancy_tally AS t
LEFT JOIN (SELECT DISTINCT ON (code) code, parent FROM area WHERE level = 'village' ORDER BY code, valid_from DESC) AS v
    ON v.code = t.area_code
WHERE n.night IS NOT NULL AND t.area_code <> '*' AND t.first_night = 'infinity'
GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("night", "type", "area_code", name=op.f("night_tally_pkey")),
    )
    rules = [Allow(TABLE, "officer", in_area("officer")), Allow(TABLE, "steward")]
    for statement in (*protect(TABLE), *allow(rules), STANDING):
        op.get_bind().exec_driver_sql(statement)
    op.create_index(
        "discrepancy_oldest_idx",
        "discrepancy",
        ["first_night", "discrepancy_id"],
        postgresql_include=["area_code"],
        postgresql_where=sa.text("status = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("discrepancy_oldest_idx", "discrepancy")
    for statement in forget([TABLE]):
        op.execute(statement)
    op.drop_table(TABLE)
