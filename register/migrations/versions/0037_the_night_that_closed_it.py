"""By which night a discrepancy was closed, and by which it was open again: what was closed between two nights is a list then

`discrepancy.closed_night` is the first night that counted it as decided or resolved, for as long as it is; `past_closing` is what it was before
it was opened again (`register.night_tally`). Nothing (NULL) where no night has counted it yet.

What is closed is given its night here where that was within the newest `KEPT_DAYS`: by the night on which the evidence was gone, or the first one after
the last decision or the application of a change; of the rest it was `LONG_AGO`. What was opened again before this migration has no past.

Revision: 0037, after 0036.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, of_visible, protect
from register.migrations.tallies import AS_OWNER

revision = "0037"
down_revision = "0036"

TABLE = "past_closing"
LONG_AGO = "0001-01-01"
KEPT_DAYS = 92  # that the overview shows
CLOSED = "('decided', 'resolved')"
RULES = [
    Allow(TABLE, "officer", of_visible("discrepancy", f"seen.discrepancy_id = {TABLE}.discrepancy_id")),
    Allow(TABLE, "steward"),
]
KEEP = f"""
CREATE FUNCTION keep_closing() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN
    IF OLD.status IN {CLOSED} AND NEW.status IN {CLOSED} THEN
        RETURN NEW;
    END IF;
    IF OLD.status IN {CLOSED} AND OLD.closed_night IS NOT NULL THEN
        INSERT INTO {TABLE} (discrepancy_id, closed_night) VALUES (OLD.discrepancy_id, OLD.closed_night)
        ON CONFLICT (discrepancy_id, closed_night) DO UPDATE SET opened_night = NULL;
    END IF;
    NEW.closed_night := NULL;
    RETURN NEW;
END
$$
"""
ON_ANOTHER_STATUS = """
CREATE TRIGGER discrepancy_another_status BEFORE UPDATE OF status ON discrepancy
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION keep_closing()
"""
# A night that was run again ended later than it was the first to end: it is none of a day before the decision.
OF_LATE = f"""
WITH newest AS (SELECT max(night) AS night FROM night WHERE is_applied),
decided AS (
    SELECT told.discrepancy_id, max(told.at) AS at FROM (
        SELECT discrepancy_id, decided_at AS at FROM decision
        UNION ALL SELECT c.discrepancy_id, a.at FROM register_change AS c JOIN audit_entry AS a
            ON a.subject_kind = 'register_change' AND a.subject_id = CAST(c.change_id AS text) AND a.action = 'change.apply'
        WHERE c.discrepancy_id IS NOT NULL
    ) AS told GROUP BY 1
)
UPDATE discrepancy AS d SET closed_night = found.night
FROM (
    SELECT discrepancy_id, gone_night AS night FROM discrepancy, newest AS n
    WHERE status = 'resolved' AND gone_night > n.night - {KEPT_DAYS}
    UNION ALL
    SELECT c.discrepancy_id, (
        SELECT min(one.night) FROM night AS one
        WHERE one.is_applied AND one.finished_at > c.at AND one.night >= CAST(c.at AT TIME ZONE 'Asia/Shanghai' AS date))
    FROM newest AS n CROSS JOIN decided AS c JOIN discrepancy AS d ON d.discrepancy_id = c.discrepancy_id AND d.status = 'decided'
    WHERE CAST(c.at AT TIME ZONE 'Asia/Shanghai' AS date) > n.night - {KEPT_DAYS}
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
        postgresql_where=sa.text(f"closed_night IS NULL AND status IN {CLOSED}"),
    )
    op.create_table(
        TABLE,
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("closed_night", sa.Date(), nullable=False),
        sa.Column("opened_night", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("discrepancy_id", "closed_night", name=op.f("past_closing_pkey")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("past_closing_discrepancy_id_fkey"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("past_closing_opened_night_idx", TABLE, ["opened_night"])
    for statement in (*protect(TABLE), *allow(RULES), KEEP, ON_ANOTHER_STATUS):
        op.execute(statement)
    op.execute("REVOKE EXECUTE ON FUNCTION keep_closing() FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP TRIGGER discrepancy_another_status ON discrepancy")
    op.execute("DROP FUNCTION keep_closing()")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
    op.drop_column("discrepancy", "closed_night")
