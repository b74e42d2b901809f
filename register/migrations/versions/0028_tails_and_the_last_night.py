"""The end of an ID number, by which people at a counter are looked up; how the last night stands, for the head of every page

Revision: 0028, after 0027.

The end is kept from its last character on, so that four, five and six characters of it are beginnings. Comparing two texts tells nothing of rows
that a policy hides, calling `right()` does: so it is a column, and not an index over an expression.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

COLUMN = "id_tail"
# Of the county and its nights, nothing of persons: the gate has it without asking who wants it. Neighbouring counties are in the table, but none of
# their townships.
LAST_NIGHT = """
CREATE FUNCTION last_night(since timestamptz,
    OUT county text, OUT night date, OUT finished_at timestamptz, OUT failed date, OUT running timestamptz, OUT late bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
SELECT (
        SELECT min(a.name) FROM area AS a WHERE a.level = 'county' AND a.valid_to IS NULL AND EXISTS (
            SELECT FROM area AS t WHERE t.parent = a.code AND t.level = 'township' AND t.valid_to IS NULL)
        HAVING count(*) = 1),
    n.night, n.finished_at,
    (SELECT max(f.night) FROM night AS f WHERE f.status = 'failed' AND f.night > coalesce(n.night, '-infinity')),
    (SELECT max(r.started_at) FROM night AS r WHERE r.status = 'running' AND r.started_at > since),
    (SELECT count(DISTINCT split_part(d.subject, ':', 1)) FROM discrepancy AS d
        WHERE d.type = 'feed_overdue' AND d.status IN ('open', 'waiting'))
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT a.night, a.finished_at FROM night AS a WHERE a.is_applied ORDER BY a.night DESC LIMIT 1
) AS n ON true
$$
"""


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column(COLUMN, sa.Text(), sa.Computed("reverse(right(id_number, 6))", persisted=True)),
    )
    op.create_index(
        "person_id_tail_idx",
        "person",
        [COLUMN],
        postgresql_ops={COLUMN: "text_pattern_ops"},
        postgresql_where=sa.text("is_current"),
    )
    op.execute(LAST_NIGHT)
    op.execute("REVOKE EXECUTE ON FUNCTION last_night(timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION last_night(timestamptz) TO bulou_gate")


def downgrade() -> None:
    op.execute("DROP FUNCTION last_night(timestamptz)")
    op.drop_index("person_id_tail_idx", "person")
    op.drop_column("person", COLUMN)
