"""Worklists: what is asked at the doors of an area, and what came back

Two kinds of decision come with them: `visited` (somebody was there, an officer goes on) and `not_met` (nobody was there, it waits).
A clerk may propose the register change of a discrepancy of the own village, which is how a confirmed row ends, and take it back;
another person judges it as ever.

Revision: 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from register.migrations.policies import Allow, allow, forget, in_area, of_visible, protect

revision = "0010"
down_revision = "0009"
OLD_KINDS = (
    "'not_a_problem', 'visit', 'to_department', 'cannot_tell', 'same_person', 'different_person', 'undo'"
)
OUTCOMES = "'confirmed', 'not_so', 'moved_away', 'nobody', 'refused', 'no_problem', 'other'"
ME = "(SELECT desk_user())"
MADE = ("area_code", "types", "language", "rows", "secret", "made_by", "made_at")
ANSWER = ("outcome", "answer", "returned_by", "returned_at")
RECEIPT = (
    "worklist_id",
    "sha256",
    "taken",
    "taken_before",
    "left_blank",
    "rejected",
    "returned_by",
    "returned_at",
)
TABLES = ("worklist", "worklist_row", "worklist_return")
PROPOSED = (
    "kind, state, version, discrepancy_id, evidence_version, undoes, person_nos, area_codes, before, after, "
    "proposed_by, changed_by, changed_at"
)
WITHDRAWN = "state, version, changed_by, changed_at, remark"
_CLERKS_PROPOSE = f"""
CREATE POLICY register_change_clerk_insert ON register_change FOR INSERT TO bulou_clerk WITH CHECK (
    area_codes <@ (SELECT desk_areas('clerk'))::text[] AND state = 'proposed' AND undoes IS NULL
    AND proposed_by = {ME} AND changed_by = {ME}
    AND EXISTS (SELECT FROM discrepancy AS seen WHERE seen.discrepancy_id = register_change.discrepancy_id)
)
"""
_CLERKS_WITHDRAW = f"""
CREATE POLICY register_change_clerk_update ON register_change FOR UPDATE TO bulou_clerk
    USING (area_codes <@ (SELECT desk_areas('clerk'))::text[] AND state = 'proposed' AND proposed_by = {ME})
    WITH CHECK (state = 'withdrawn' AND changed_by = {ME})
"""


def upgrade() -> None:
    _kinds(f"{OLD_KINDS}, 'visited', 'not_met'")
    _tables()
    run = op.get_bind().exec_driver_sql
    for statement in (*(line for table in TABLES for line in protect(table)), *allow(_rules())):
        run(statement)
    run(f"GRANT INSERT ({PROPOSED}) ON register_change TO bulou_clerk")
    run(_CLERKS_PROPOSE)
    run(f"GRANT UPDATE ({WITHDRAWN}) ON register_change TO bulou_clerk")
    run(_CLERKS_WITHDRAW)


def _rules() -> list[Allow]:
    rules = []
    for role in ("clerk", "officer", "steward"):
        here = None if role == "steward" else in_area(role)
        rules.append(Allow("worklist", role, here, insert=MADE, written=f"made_by = {ME}"))
        seen = of_visible("worklist", "seen.worklist_id = worklist_row.worklist_id")
        mine = f"(returned_by IS NULL OR returned_by = {ME})"
        rules.append(
            Allow("worklist_row", role, seen, (), ("worklist_id", "discrepancy_id"), ANSWER, written=mine)
        )
        seen = of_visible("worklist", "seen.worklist_id = worklist_return.worklist_id")
        rules.append(Allow("worklist_return", role, seen, insert=RECEIPT, written=f"returned_by = {ME}"))
    return rules


def _kinds(kinds: str) -> None:
    op.drop_constraint(op.f("decision_kind_known_check"), "decision", type_="check")
    op.create_check_constraint(op.f("decision_kind_known_check"), "decision", f"kind IN ({kinds})")


def _tables() -> None:
    op.create_table(
        "worklist",
        sa.Column("worklist_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worklist_id", name=op.f("worklist_pkey")),
    )
    op.create_index("worklist_area_code_idx", "worklist", ["area_code"])
    op.create_table(
        "worklist_row",
        sa.Column("worklist_id", sa.BigInteger(), nullable=False),
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("worklist_row_outcome_known_check")),
        sa.CheckConstraint(
            "(outcome IS NULL) = (answer IS NULL)", name=op.f("worklist_row_answered_whole_check")
        ),
        _of("worklist_row", "worklist"),
        _of("worklist_row", "discrepancy"),
        sa.PrimaryKeyConstraint("worklist_id", "discrepancy_id", name=op.f("worklist_row_pkey")),
    )
    op.create_index("worklist_row_discrepancy_id_idx", "worklist_row", ["discrepancy_id"])
    _returns()


def _returns() -> None:
    op.create_table(
        "worklist_return",
        sa.Column("return_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("worklist_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("taken_before", sa.Integer(), nullable=False),
        sa.Column("left_blank", sa.Integer(), nullable=False),
        sa.Column("rejected", postgresql.JSONB(), nullable=False),
        sa.Column("returned_by", sa.Text(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        _of("worklist_return", "worklist"),
        sa.PrimaryKeyConstraint("return_id", name=op.f("worklist_return_pkey")),
    )
    op.create_index("worklist_return_worklist_id_idx", "worklist_return", ["worklist_id"])


def _of(table: str, other: str) -> sa.ForeignKeyConstraint:
    column = f"{other}_id"
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.{column}"], name=op.f(f"{table}_{column}_fkey"), ondelete="CASCADE"
    )


def downgrade() -> None:
    for action, columns in (("insert", PROPOSED), ("update", WITHDRAWN)):
        op.execute(f"DROP POLICY register_change_clerk_{action} ON register_change")
        op.execute(f"REVOKE {action} ({columns}) ON register_change FROM bulou_clerk")
    for statement in forget(TABLES):
        op.execute(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM decision WHERE kind IN ('visited', 'not_met')")
    _kinds(OLD_KINDS)
