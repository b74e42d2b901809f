"""How many discrepancies there are of each kind, kept as they change; indexes for the queue's order

Revision: 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, in_area, of_feed, protect
from register.migrations.tallies import AS_OWNER, adding, fold

revision = "0011"
down_revision = "0010"

TABLE = "discrepancy_tally"
# What a tally counts by. Whoever may read a discrepancy of that area or feed may read how many there are.
KIND = ("type", "status", "priority", "band", "feed")
KEY = (*KIND, "area_code", "first_night")
CONTACTS = (*KIND, "first_night", "rows")
TALLIED = """
    type, status, priority,
    CASE WHEN confidence >= 0.95 THEN 'high' WHEN confidence >= 0.8 THEN 'middle' ELSE 'low' END AS band,
    CASE WHEN type IN ('source_correction', 'feed_overdue') THEN split_part(subject, ':', 1) ELSE '' END AS feed,
    coalesce(area_code, '') AS area_code, first_night
"""
# By area, by night for the whole county ('*'), and for the whole county whatever the night.
WHOLE_COUNTY = "'*'"
SUMMED = f"""
SELECT {", ".join(KIND)}, CASE WHEN grouping(area_code) = 1 THEN {WHOLE_COUNTY} ELSE area_code END AS area_code,
    coalesce(first_night, 'infinity') AS first_night, sum(n) AS rows
FROM ({{source}}) AS changed
GROUP BY GROUPING SETS (({", ".join(KIND)}, area_code), ({", ".join(KIND)}, first_night), ({", ".join(KIND)}))
HAVING sum(n) <> 0
"""
GONE = f"SELECT {TALLIED}, -1 AS n FROM gone"
COME = f"SELECT {TALLIED}, 1 AS n FROM come"
TRIGGERS = {
    "insert": (COME, "NEW TABLE AS come"),
    "update": (f"{GONE} UNION ALL {COME}", "OLD TABLE AS gone NEW TABLE AS come"),
    "delete": (GONE, "OLD TABLE AS gone"),
}
FOLD = fold(TABLE, KEY)
FOLD_AFTER = 512
Columns = list[str | sa.TextClause]
INDEXES: dict[str, Columns] = {
    "discrepancy_queue_idx": [
        "area_code",
        "status",
        "priority",
        sa.text("confidence DESC"),
        "discrepancy_id",
    ],
    "discrepancy_first_idx": ["status", "priority", sa.text("confidence DESC"), "discrepancy_id"],
}
# Read from the index alone, what a filter leaves out costs no look at the table.
INCLUDED = {
    "discrepancy_queue_idx": ["type", "first_night"],
    "discrepancy_first_idx": ["area_code", "type", "first_night"],
}
OLD_INDEXES: dict[str, Columns] = {
    "discrepancy_queue_idx": ["area_code", "status", "priority"],
    "discrepancy_first_idx": INDEXES["discrepancy_first_idx"],
}


def upgrade() -> None:
    _table()
    run = op.get_bind().exec_driver_sql
    run("LOCK TABLE discrepancy IN SHARE ROW EXCLUSIVE MODE")
    run(FOLD)
    run("REVOKE EXECUTE ON FUNCTION fold_discrepancy_tally() FROM PUBLIC")
    run("GRANT EXECUTE ON FUNCTION fold_discrepancy_tally() TO bulou_night")
    for event, (source, transition) in TRIGGERS.items():
        run(_function(event, source))
        run(
            f"CREATE TRIGGER discrepancy_tally_{event} AFTER {event} ON discrepancy REFERENCING {transition} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION tally_{event}()"
        )
    run(f"""
CREATE FUNCTION tally_truncate() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN DELETE FROM {TABLE}; RETURN NULL; END $$
""")
    run(
        "CREATE TRIGGER discrepancy_tally_truncate AFTER TRUNCATE ON discrepancy "
        "FOR EACH STATEMENT EXECUTE FUNCTION tally_truncate()"
    )
    for event in (*TRIGGERS, "truncate"):
        run(f"REVOKE EXECUTE ON FUNCTION tally_{event}() FROM PUBLIC")
    all_there_are = SUMMED.format(source=f"SELECT {TALLIED}, 1 AS n FROM discrepancy")
    run(
        f"INSERT INTO {TABLE} ({', '.join(KEY)}, rows, is_folded) SELECT *, true FROM ({all_there_are}) AS summed"
    )
    rules = [Allow(TABLE, role, in_area(role)) for role in ("clerk", "officer")]
    rules += [Allow(TABLE, role) for role in ("steward", "operator")]
    rules.append(Allow(TABLE, "contact", f"{of_feed()} AND area_code = {WHOLE_COUNTY}", CONTACTS))
    for statement in (*protect(TABLE), *allow(rules)):
        run(statement)
    for name, columns in INDEXES.items():
        op.drop_index(name, "discrepancy")
        op.create_index(name, "discrepancy", columns, postgresql_include=INCLUDED[name])
    op.create_index(
        "discrepancy_area_night_idx",
        "discrepancy",
        ["area_code", "first_night"],
        postgresql_include=["type", "status", "priority", "confidence"],
    )
    op.create_index(
        "discrepancy_person_no_2_idx",
        "discrepancy",
        ["person_no_2"],
        postgresql_where=sa.text("person_no_2 IS NOT NULL"),
    )


def _function(event: str, source: str) -> str:
    """Adds what a statement changed, in its own transaction; the sum over all that was added is the count."""
    return adding(f"tally_{event}", TABLE, KEY, SUMMED.format(source=source), FOLD_AFTER)


def _table() -> None:
    op.create_table(
        TABLE,
        sa.Column("tally_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("tally_no", name=op.f("discrepancy_tally_pkey")),
    )
    op.create_index("discrepancy_tally_area_idx", TABLE, ["area_code", "first_night", "status"])
    op.create_index(
        "discrepancy_tally_status_idx",
        TABLE,
        ["status"],
        postgresql_where=sa.text("first_night = 'infinity'::date"),
    )
    op.create_index(
        "discrepancy_tally_added_idx", TABLE, ["tally_no"], postgresql_where=sa.text("NOT is_folded")
    )


def downgrade() -> None:
    op.drop_index("discrepancy_person_no_2_idx", "discrepancy")
    op.drop_index("discrepancy_area_night_idx", "discrepancy")
    for name, columns in OLD_INDEXES.items():
        op.drop_index(name, "discrepancy")
        op.create_index(name, "discrepancy", columns)
    for event in (*TRIGGERS, "truncate"):
        op.execute(f"DROP TRIGGER discrepancy_tally_{event} ON discrepancy")
        op.execute(f"DROP FUNCTION tally_{event}()")
    op.execute("DROP FUNCTION fold_discrepancy_tally()")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
