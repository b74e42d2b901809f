"""How many discrepancies of each status there are in an area, whatever else they are

The numbers beside the areas are sums over `discrepancy_tally` (0011): of a county ten thousand rows for four hundred numbers, though mostly
nothing but the status is asked for. They are kept by these two in a table of its own, made of what is added to that tally.

Revision: 0027, after 0026.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, in_area, protect
from register.migrations.tallies import AS_OWNER, fold

revision = "0027"
down_revision = "0026"

TABLE = "area_tally"
KEY = ("status", "area_code")
KEYS = ", ".join(KEY)
FOLD = fold(TABLE, KEY)
FOLD_AFTER = 512
# What is put together there changes no number.
ADD = f"""
CREATE FUNCTION area_tally_insert() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
DECLARE added bigint; newest bigint;
BEGIN
    WITH written AS (
        INSERT INTO {TABLE} ({KEYS}, rows)
        SELECT {KEYS}, sum(rows) FROM come WHERE area_code <> '*' AND NOT is_folded
        GROUP BY {KEYS} HAVING sum(rows) <> 0
        RETURNING tally_no
    )
    SELECT count(*), max(tally_no) INTO added, newest FROM written;
    IF added > 0 AND mod(newest, {FOLD_AFTER}) < added THEN
        PERFORM fold_area_tally();
    END IF;
    RETURN NULL;
END $$
"""
EMPTY = f"""
CREATE FUNCTION area_tally_truncate() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN DELETE FROM {TABLE}; RETURN NULL; END $$
"""
# trigger → the table whose changes it follows, and how
TRIGGERS = {
    "area_tally_insert": (
        "discrepancy_tally",
        "AFTER INSERT ON discrepancy_tally REFERENCING NEW TABLE AS come",
    ),
    "area_tally_truncate": ("discrepancy", "AFTER TRUNCATE ON discrepancy"),
}
FILL = f"""
INSERT INTO {TABLE} ({KEYS}, rows, is_folded) SELECT {KEYS}, sum(rows), true FROM discrepancy_tally
WHERE area_code <> '*' GROUP BY {KEYS} HAVING sum(rows) <> 0
"""


def upgrade() -> None:
    _table()
    run = op.get_bind().exec_driver_sql
    run("LOCK TABLE discrepancy, discrepancy_tally IN SHARE ROW EXCLUSIVE MODE")
    for function in (FOLD, ADD, EMPTY):
        run(function)
    for name, (_, when) in TRIGGERS.items():
        run(f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
    for name in ("fold_area_tally", *TRIGGERS):
        run(f"REVOKE EXECUTE ON FUNCTION {name}() FROM PUBLIC")
    run("GRANT EXECUTE ON FUNCTION fold_area_tally() TO bulou_night")
    run(FILL)
    rules = [Allow(TABLE, role, in_area(role)) for role in ("clerk", "officer")] + [Allow(TABLE, "steward")]
    for statement in (*protect(TABLE), *allow(rules)):
        run(statement)


def _table() -> None:
    op.create_table(
        TABLE,
        sa.Column("tally_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_folded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("tally_no", name=op.f("area_tally_pkey")),
    )
    op.create_index("area_tally_status_idx", TABLE, list(KEY), postgresql_include=["rows"])
    op.create_index("area_tally_added_idx", TABLE, ["tally_no"], postgresql_where=sa.text("NOT is_folded"))


def downgrade() -> None:
    op.execute(
        "LOCK TABLE discrepancy, discrepancy_tally IN ACCESS EXCLUSIVE MODE"
    )  # in the order of who writes
    for name, (table, _) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION fold_area_tally()")
    for statement in forget((TABLE,)):
        op.execute(statement)
    op.drop_table(TABLE)
