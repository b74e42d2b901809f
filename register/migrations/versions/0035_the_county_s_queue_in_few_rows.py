"""What a county's queue says of all its areas together, kept in few rows; young discrepancies of an area by their status

A steward's queue says how many discrepancies are overdue, how old they are, whose they are and how many were reopened, and mostly nothing but
the status is asked for. Each was a sum over thousands of rows of the tally by night (0011) or of the table: now of some hundreds. In an area
young discrepancies are read along an index, which has those of the status that is asked for beside each other.

Revision: 0035, after 0034.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, protect
from register.migrations.tallies import AS_OWNER, adding, fold

revision = "0035"
down_revision = "0034"

TABLE = "county_tally"
KEY = ("status", "priority", "first_night", "assignee", "is_reopened")
KEYS = ", ".join(KEY)
# Three times: by priority and night, by whom it is assigned to, and what was reopened. Of a row that is one of these the others are as if for all.
SUMMED = """
SELECT status, coalesce(priority, 0) AS priority, coalesce(first_night, 'infinity') AS first_night, coalesce(assignee, '') AS assignee,
    coalesce(is_reopened, false) AS is_reopened, sum(n) AS rows
FROM ({source}) AS changed
GROUP BY GROUPING SETS ((status, priority, first_night), (status, assignee), (status, is_reopened))
HAVING sum(n) <> 0 AND (grouping(first_night) = 0 OR assignee IS NOT NULL OR is_reopened)
"""
ONE = "status, priority, first_night, assignee, reopened_night IS NOT NULL AS is_reopened"
GONE = f"SELECT {ONE}, -1 AS n FROM gone"
COME = f"SELECT {ONE}, 1 AS n FROM come"
TRIGGERS = {
    "insert": (COME, "NEW TABLE AS come"),
    "update": (f"{GONE} UNION ALL {COME}", "OLD TABLE AS gone NEW TABLE AS come"),
    "delete": (GONE, "OLD TABLE AS gone"),
}
FOLD = fold(TABLE, KEY)
FOLD_AFTER = 512
EMPTY = f"""
CREATE FUNCTION county_tally_truncate() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN DELETE FROM {TABLE}; RETURN NULL; END $$
"""
INDEX = "discrepancy_area_night_idx"
CARRIED = ["type", "priority", "confidence", "feeds"]


def upgrade() -> None:
    _table()
    run = op.get_bind().exec_driver_sql
    run("LOCK TABLE discrepancy IN SHARE ROW EXCLUSIVE MODE")
    run(FOLD)
    run(EMPTY)
    for event, (source, transition) in TRIGGERS.items():
        run(_function(event, source))
        run(
            f"CREATE TRIGGER county_tally_{event} AFTER {event} ON discrepancy REFERENCING {transition} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION county_tally_{event}()"
        )
    run(
        "CREATE TRIGGER county_tally_truncate AFTER TRUNCATE ON discrepancy "
        "FOR EACH STATEMENT EXECUTE FUNCTION county_tally_truncate()"
    )
    for name in ("fold_county_tally", *(f"county_tally_{event}" for event in (*TRIGGERS, "truncate"))):
        run(f"REVOKE EXECUTE ON FUNCTION {name}() FROM PUBLIC")
    run("GRANT EXECUTE ON FUNCTION fold_county_tally() TO bulou_night")
    standing = SUMMED.format(source=f"SELECT {ONE}, 1 AS n FROM discrepancy")
    run(f"INSERT INTO {TABLE} ({KEYS}, rows, is_folded) SELECT *, true FROM ({standing}) AS summed")
    for statement in (*protect(TABLE), *allow([Allow(TABLE, "steward")])):
        run(statement)
    op.drop_index(INDEX, "discrepancy")
    op.create_index(INDEX, "discrepancy", ["area_code", "status", "first_night"], postgresql_include=CARRIED)


def _function(event: str, source: str) -> str:
    """Adds what a statement changed, in its own transaction; the sum over all that was added is the count."""
    return adding(f"county_tally_{event}", TABLE, KEY, SUMMED.format(source=source), FOLD_AFTER)


def _table() -> None:
    op.create_table(
        TABLE,
        sa.Column("tally_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("is_reopened", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("tally_no", name=op.f("county_tally_pkey")),
    )
    op.create_index(
        "county_tally_status_idx",
        TABLE,
        ["status", "first_night"],
        postgresql_include=["priority", "assignee", "is_reopened", "rows"],
    )
    op.create_index("county_tally_added_idx", TABLE, ["tally_no"], postgresql_where=sa.text("NOT is_folded"))


def downgrade() -> None:
    op.execute("LOCK TABLE discrepancy IN ACCESS EXCLUSIVE MODE")
    op.drop_index(INDEX, "discrepancy")
    op.create_index(
        INDEX,
        "discrepancy",
        ["area_code", "first_night"],
        postgresql_include=["type", "status", *CARRIED[1:]],
    )
    for event in (*TRIGGERS, "truncate"):
        op.execute(f"DROP TRIGGER county_tally_{event} ON discrepancy")
        op.execute(f"DROP FUNCTION county_tally_{event}()")
    op.execute("DROP FUNCTION fold_county_tally()")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
