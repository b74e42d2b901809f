"""The night that was the first to count a discrepancy as closed, so that what was closed between two nights is a list

A decision by day is counted by the next night; what a night resolves, by that night (`register.night_tally`). Nothing (NULL) where no night has
counted it yet, or where it was opened again. What was closed more than `KEPT_DAYS` before this migration, or by nobody knows which night, was
closed `LONG_AGO`.

Revision: 0037, after 0036.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

LONG_AGO = "0001-01-01"
KEPT_DAYS = 92  # that the overview shows
CLOSED = "status IN ('decided', 'resolved')"
FORGET = """
CREATE FUNCTION forget_closed_night() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.closed_night := NULL;
    RETURN NEW;
END
$$
"""
ON_ANOTHER_STATUS = """
CREATE TRIGGER discrepancy_another_status BEFORE UPDATE OF status ON discrepancy
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION forget_closed_night()
"""
# By a night: the one on which the evidence was gone. By people: the first night that ended after the last decision.
OF_LATE = f"""
WITH newest AS (SELECT max(night) AS night FROM night WHERE is_applied),
decided AS (
    SELECT c.discrepancy_id, max(c.decided_at) AS at FROM decision AS c
    WHERE c.decided_at > (SELECT min(finished_at) FROM night, newest WHERE night.night > newest.night - {KEPT_DAYS})
    GROUP BY 1
)
UPDATE discrepancy AS d SET closed_night = found.night
FROM (
    SELECT discrepancy_id, gone_night AS night FROM discrepancy, newest AS n
    WHERE status = 'resolved' AND gone_night > n.night - {KEPT_DAYS}
    UNION ALL
    SELECT c.discrepancy_id, (SELECT min(night) FROM night WHERE is_applied AND finished_at > c.at) FROM decided AS c
    JOIN discrepancy AS d ON d.discrepancy_id = c.discrepancy_id AND d.status = 'decided'
) AS found WHERE found.discrepancy_id = d.discrepancy_id
"""


def upgrade() -> None:
    op.add_column("discrepancy", sa.Column("closed_night", sa.Date(), server_default=LONG_AGO))
    op.alter_column("discrepancy", "closed_night", server_default=None)
    op.execute(OF_LATE)
    op.create_index(
        "discrepancy_closed_night_idx",
        "discrepancy",
        ["closed_night"],
        postgresql_include=["type", "area_code"],
        postgresql_where=sa.text(f"closed_night > '{LONG_AGO}'"),
    )
    op.create_index(
        "discrepancy_closed_today_idx",
        "discrepancy",
        ["discrepancy_id"],
        postgresql_where=sa.text(f"closed_night IS NULL AND {CLOSED}"),
    )
    op.execute(FORGET)
    op.execute(ON_ANOTHER_STATUS)


def downgrade() -> None:
    op.execute("DROP TRIGGER discrepancy_another_status ON discrepancy")
    op.execute("DROP FUNCTION forget_closed_night()")
    op.drop_column("discrepancy", "closed_night")
