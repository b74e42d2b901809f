"""Working together on one queue: assignees, what was reopened after a decision, notes, leases, saved views

Revision: 0016, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, held, of_visible, protect

revision = "0016"
down_revision = "0014"

LOCAL = ("clerk", "officer", "steward")
TABLES = ("note", "lease", "saved_view")
COLLEAGUES = ("desk_colleagues(text)", "desk_may_be_assigned(text, text)")
ORDER: list[str | sa.TextClause] = ["status", "priority", sa.text("confidence DESC"), "discrepancy_id"]
KINDS = ["area_code", "type", "first_night"]
INDEXES = {"discrepancy_queue_idx": ["area_code", *ORDER], "discrepancy_first_idx": ORDER}
FEW = {"assignee": ["assignee", *ORDER], "reopened_night": ORDER}
WRITTEN = {
    "note": ("discrepancy_id", "text", "written_by", "written_at"),
    "lease": ("discrepancy_id", "user_id", "taken_at", "ends_at"),
    "saved_view": ("user_id", "slot", "name", "query"),
}
UPDATED = {"lease": ("user_id", "taken_at", "ends_at"), "saved_view": ("removed_at",)}
AS_OWNER = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
STANDING = f"g.role IN {LOCAL} AND g.revoked_at IS NULL AND u.disabled_at IS NULL"
# Who works on discrepancies of an area: known to those who assign there, who may not read all grants.
FUNCTIONS = (
    f"""
CREATE FUNCTION desk_colleagues(acting text) RETURNS SETOF text {AS_OWNER} AS $$
    SELECT DISTINCT g.user_id FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    JOIN grant_area AS a ON a.grant_id = g.grant_id
    WHERE {STANDING} AND (acting = 'steward' AND (SELECT desk_holds('steward'))
        OR acting IN ('clerk', 'officer') AND a.area_code = ANY ((SELECT desk_areas(acting))::text[]))
$$
""",
    f"""
CREATE FUNCTION desk_may_be_assigned(who text, area text) RETURNS boolean {AS_OWNER} AS $$
    SELECT EXISTS (SELECT FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    WHERE g.user_id = who AND {STANDING} AND (g.role = 'steward'
        OR EXISTS (SELECT FROM grant_area AS a WHERE a.grant_id = g.grant_id AND a.area_code = area)))
$$
""",
)
# Of those that stand already: the night that reopened them after a person had decided on less.
REOPENED = """
UPDATE discrepancy AS d SET reopened_night = v.night FROM (
    SELECT v.discrepancy_id, max(v.night) AS night FROM discrepancy_version AS v JOIN decision AS c
        ON c.discrepancy_id = v.discrepancy_id AND c.evidence_version < v.evidence_version
    WHERE v.event = 'reopened' AND c.status_after = 'decided' AND c.kind <> 'undo'
        AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = c.decision_id)
    GROUP BY v.discrepancy_id
) AS v WHERE v.discrepancy_id = d.discrepancy_id
"""


def upgrade() -> None:
    op.add_column("discrepancy", sa.Column("assignee", sa.Text(), nullable=True))
    op.add_column("discrepancy", sa.Column("reopened_night", sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f("discrepancy_assignee_fkey"), "discrepancy", "app_user", ["assignee"], ["user_id"]
    )
    op.execute(REOPENED)
    _indexes([*KINDS, "assignee"])
    for column, columns in FEW.items():
        op.create_index(
            f"discrepancy_{column}_idx",
            "discrepancy",
            columns,
            postgresql_include=KINDS,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    _tables()
    run = op.get_bind().exec_driver_sql
    for role in LOCAL:
        run(f"GRANT SELECT (assignee, reopened_night), UPDATE (assignee) ON discrepancy TO bulou_{role}")
    for function, name in zip(FUNCTIONS, COLLEAGUES):
        run(function)
        run(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        run(f"GRANT EXECUTE ON FUNCTION {name} TO {', '.join(f'bulou_{role}' for role in LOCAL)}")
    for statement in (*(line for table in TABLES for line in protect(table)), *allow(_rules())):
        run(statement)


def _rules() -> list[Allow]:
    """Beside a discrepancy that one sees, in one's own name; a lease may be taken from whoever has it. A view is its user's."""
    rules = []
    for role in LOCAL:
        for table, mine in (("note", "written_by"), ("lease", "user_id")):
            seen = of_visible("discrepancy", f"seen.discrepancy_id = {table}.discrepancy_id")
            own = f"{mine} = (SELECT desk_user())"
            rules.append(
                Allow(table, role, seen, insert=WRITTEN[table], update=UPDATED.get(table, ()), written=own)
            )
        view = f"{held(role)} AND user_id = (SELECT desk_user())"
        table = "saved_view"
        rules.append(Allow(table, role, view, insert=WRITTEN[table], update=UPDATED[table]))
    return rules


def _indexes(included: list[str]) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "discrepancy")
        carried = [column for column in included if column not in columns]
        op.create_index(name, "discrepancy", columns, postgresql_include=carried)


def _tables() -> None:
    of_discrepancy = {
        table: sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f(f"{table}_discrepancy_id_fkey"),
            ondelete="CASCADE",
        )
        for table in ("note", "lease")
    }
    op.create_table(
        "note",
        sa.Column("note_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        of_discrepancy["note"],
        sa.PrimaryKeyConstraint("note_id", name=op.f("note_pkey")),
    )
    op.create_index("note_discrepancy_id_idx", "note", ["discrepancy_id"])
    op.create_table(
        "lease",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        of_discrepancy["lease"],
        sa.ForeignKeyConstraint(["user_id"], ["app_user.user_id"], name=op.f("lease_user_id_fkey")),
        sa.PrimaryKeyConstraint("discrepancy_id", name=op.f("lease_pkey")),
    )
    op.create_table(
        "saved_view",
        sa.Column("view_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("slot BETWEEN 1 AND 20", name=op.f("saved_view_room_check")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.user_id"], name=op.f("saved_view_user_id_fkey")),
        sa.PrimaryKeyConstraint("view_id", name=op.f("saved_view_pkey")),
    )
    for column in ("slot", "name"):
        op.create_index(
            f"saved_view_{column}_idx",
            "saved_view",
            ["user_id", column],
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        )


def downgrade() -> None:
    for statement in forget(TABLES):
        op.execute(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in COLLEAGUES:
        op.execute(f"DROP FUNCTION {name}")
    for column in FEW:
        op.drop_index(f"discrepancy_{column}_idx", "discrepancy")
    _indexes(KINDS)
    op.drop_column("discrepancy", "reopened_night")
    op.drop_column("discrepancy", "assignee")
