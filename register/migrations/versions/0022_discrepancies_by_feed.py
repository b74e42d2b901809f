"""On which feeds a discrepancy rests, beside it and counted

The queue is asked by feed, and `evidence` has millions of rows: so a discrepancy carries its feeds, written by the night with the evidence,
and the indexes of the queue carry them along. An index over the single feeds would serve nobody: under the policies only operators that
tell nothing of hidden rows reach an index, and those of arrays are none. How many rest on a feed is counted in a
table of its own, like `discrepancy_tally` (0011) but once per feed, so that what is asked without a feed reads no more rows
than before.

Revision: 0022, after 0021.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, in_area, protect
from register.migrations.tallies import AS_OWNER, adding, fold

revision = "0022"
down_revision = "0021"

TABLE = "feed_tally"
KIND = ("type", "status", "priority", "band", "feed")
KEY = (*KIND, "area_code", "first_night")
TALLIED = """
    d.type, d.status, d.priority,
    CASE WHEN d.confidence >= 0.95 THEN 'high' WHEN d.confidence >= 0.8 THEN 'middle' ELSE 'low' END AS band,
    f.feed, coalesce(d.area_code, '') AS area_code, d.first_night
"""
# By area, by night for the whole county ('*'), and for the whole county whatever the night.
SUMMED = f"""
SELECT {", ".join(KIND)}, CASE WHEN grouping(area_code) = 1 THEN '*' ELSE area_code END AS area_code,
    coalesce(first_night, 'infinity') AS first_night, sum(n) AS rows
FROM ({{source}}) AS changed
GROUP BY GROUPING SETS (({", ".join(KIND)}, area_code), ({", ".join(KIND)}, first_night), ({", ".join(KIND)}))
HAVING sum(n) <> 0
"""


def _each(source: str, n: int) -> str:
    """Once for each of a discrepancy's feeds."""
    return f"SELECT {TALLIED}, {n} AS n FROM {source} AS d CROSS JOIN LATERAL unnest(d.feeds) AS f (feed)"


TRIGGERS = {
    "insert": (_each("come", 1), "NEW TABLE AS come"),
    "update": (f"{_each('gone', -1)} UNION ALL {_each('come', 1)}", "OLD TABLE AS gone NEW TABLE AS come"),
    "delete": (_each("gone", -1), "OLD TABLE AS gone"),
}
FOLD = fold(TABLE, KEY)
FOLD_AFTER = 2048
# What stands: the feeds of the evidence; of what is a department's own to correct also that department's.
FILL = """
UPDATE discrepancy AS d SET feeds = ARRAY(
    SELECT feed FROM (SELECT e.feed FROM evidence AS e WHERE e.discrepancy_id = d.discrepancy_id
        UNION SELECT split_part(d.subject, ':', 1) WHERE d.type IN ('source_correction', 'feed_overdue')) AS of
    ORDER BY feed COLLATE "C")
"""
ORDER: list[str | sa.TextClause] = ["status", "priority", sa.text("confidence DESC"), "discrepancy_id"]
# index → columns, carried along
INDEXES: dict[str, tuple[list[str | sa.TextClause], list[str]]] = {
    "discrepancy_queue_idx": (["area_code", *ORDER], ["type", "first_night", "assignee"]),
    "discrepancy_first_idx": (ORDER, ["area_code", "type", "first_night", "assignee"]),
    "discrepancy_area_night_idx": (
        ["area_code", "first_night"],
        ["type", "status", "priority", "confidence"],
    ),
}


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    op.add_column(
        "discrepancy",
        sa.Column("feeds", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    run("LOCK TABLE discrepancy IN SHARE ROW EXCLUSIVE MODE")
    run("ALTER TABLE discrepancy DISABLE TRIGGER discrepancy_tally_update")  # no number changes
    for name in INDEXES:
        op.drop_index(name, "discrepancy")
    run(FILL)
    run("ALTER TABLE discrepancy ENABLE TRIGGER discrepancy_tally_update")
    _indexes(["feeds"])
    _table()
    run(FOLD)
    run("REVOKE EXECUTE ON FUNCTION fold_feed_tally() FROM PUBLIC")
    run("GRANT EXECUTE ON FUNCTION fold_feed_tally() TO bulou_night")
    for event, (source, transition) in TRIGGERS.items():
        run(_function(event, source))
        run(
            f"CREATE TRIGGER feed_tally_{event} AFTER {event} ON discrepancy REFERENCING {transition} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION feed_tally_{event}()"
        )
    run(f"""
CREATE FUNCTION feed_tally_truncate() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN DELETE FROM {TABLE}; RETURN NULL; END $$
""")
    run(
        "CREATE TRIGGER feed_tally_truncate AFTER TRUNCATE ON discrepancy "
        "FOR EACH STATEMENT EXECUTE FUNCTION feed_tally_truncate()"
    )
    for event in (*TRIGGERS, "truncate"):
        run(f"REVOKE EXECUTE ON FUNCTION feed_tally_{event}() FROM PUBLIC")
    standing = SUMMED.format(source=_each("discrepancy", 1))
    run(f"INSERT INTO {TABLE} ({', '.join(KEY)}, rows, is_folded) SELECT *, true FROM ({standing}) AS summed")
    rules = [Allow(TABLE, role, in_area(role)) for role in ("clerk", "officer")] + [Allow(TABLE, "steward")]
    for statement in (*protect(TABLE), *allow(rules)):
        run(statement)


def _function(event: str, source: str) -> str:
    """Adds what a statement changed, in its own transaction; the sum over all that was added is the count."""
    return adding(f"feed_tally_{event}", TABLE, KEY, SUMMED.format(source=source), FOLD_AFTER)


def _indexes(more: list[str]) -> None:
    for name, (columns, carried) in INDEXES.items():
        op.create_index(name, "discrepancy", columns, postgresql_include=[*carried, *more])


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
        sa.PrimaryKeyConstraint("tally_no", name=op.f("feed_tally_pkey")),
    )
    op.create_index("feed_tally_feed_idx", TABLE, ["feed", "area_code", "first_night"])
    op.create_index("feed_tally_area_idx", TABLE, ["area_code", "first_night", "status"])
    op.create_index("feed_tally_added_idx", TABLE, ["tally_no"], postgresql_where=sa.text("NOT is_folded"))


def downgrade() -> None:
    for event in (*TRIGGERS, "truncate"):
        op.execute(f"DROP TRIGGER feed_tally_{event} ON discrepancy")
        op.execute(f"DROP FUNCTION feed_tally_{event}()")
    op.execute("DROP FUNCTION fold_feed_tally()")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
    for name in INDEXES:
        op.drop_index(name, "discrepancy")
    _indexes([])
    op.drop_column("discrepancy", "feeds")
