"""Roles and areas: who may see and change which rows and columns

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import (
    Allow,
    all_in_area,
    allow,
    forget,
    held,
    in_area,
    of_feed,
    of_visible,
    protect,
)
from register.migrations.roles import DESK, create

revision = "0004"
down_revision = "0003"

OLD_TABLES = (
    "area",
    "register_import",
    "household",
    "person",
    "membership",
    "night",
    "delivery",
    "quarantined_row",
    "model_version",
    "entity",
    "entity_mention",
    "entity_log",
    "discrepancy",
    "evidence",
    "discrepancy_version",
    "register_change",
)
NEW_TABLES = ("app_user", "app_grant", "grant_area")
EVERYBODY = ("clerk", "officer", "steward", "contact", "operator", "auditor")
LOCAL = ("clerk", "officer")  # whose rights end at an area

# Of a row of the queue what is no person, for counting.
COUNTED = (
    "type",
    "status",
    "priority",
    "confidence",
    "area_code",
    "field",
    "evidence_version",
    "evidence_count",
    "first_night",
    "last_night",
    "gone_night",
)
# Of a row of the queue what a department needs to correct its own file.
CORRECTED = (
    "discrepancy_id",
    "type",
    "subject",
    "status",
    "priority",
    "confidence",
    "field",
    "proposed_value",
    "reason",
    "evidence_hash",
    "evidence_version",
    "evidence_count",
    "first_night",
    "last_night",
    "gone_night",
)
PLACE = ("discrepancy_id", "feed", "file", "sheet", '"row"', "role", "unit", "content_key")
QUARANTINE_PLACE = ("feed", "file", "sheet", '"row"', "rule", '"column"', "night")
THEIRS = "type IN ('source_correction', 'feed_overdue') AND split_part(subject, ':', 1)"
SAME_TIME = """seen.person_no = membership.person_no AND seen.unit = membership.unit
    AND seen.valid_from < coalesce(membership.valid_to, 'infinity')
    AND coalesce(seen.valid_to, 'infinity') > membership.valid_from"""
OF_DISCREPANCY = "seen.discrepancy_id = {}.discrepancy_id"
CHANGED = (
    "state",
    "version",
    "superseded_by",
    "person_nos",
    "approved_by",
    "changed_by",
    "changed_at",
    "remark",
)
PROPOSED = (
    "kind",
    "state",
    "version",
    "discrepancy_id",
    "evidence_version",
    "undoes",
    "person_nos",
    "area_codes",
    "before",
    "after",
    "proposed_by",
    "changed_by",
    "changed_at",
)
ME = "(SELECT desk_user())"


def _rules() -> list[Allow]:
    rules = [
        *(Allow(table, role) for table in ("area", "night") for role in EVERYBODY),
        *(Allow("register_import", role) for role in EVERYBODY if role != "contact"),
        *(Allow("delivery", role) for role in (*LOCAL, "steward", "operator")),
        Allow("delivery", "contact", of_feed()),
        *(Allow("model_version", role) for role in ("steward", "operator")),
        *(Allow(table, "steward") for table in ("entity", "entity_mention", "entity_log")),
        Allow("quarantined_row", "steward"),
        Allow("quarantined_row", "contact", of_feed()),
        Allow("quarantined_row", "operator", columns=QUARANTINE_PLACE),
    ]
    for role in LOCAL:
        rules += [Allow(table, role, in_area(role)) for table in ("household", "person")]
        rules.append(Allow("membership", role, of_visible("person", SAME_TIME)))
    rules += [Allow(table, "steward") for table in ("household", "person", "membership")]
    return rules + _discrepancies() + _changes() + _accounts()


def _discrepancies() -> list[Allow]:
    rules = [Allow("discrepancy", role, in_area(role), update=("status",)) for role in LOCAL]
    rules += [
        Allow("discrepancy", "steward", update=("status",)),
        Allow("discrepancy", "contact", f"{THEIRS} = ANY ((SELECT desk_feeds())::text[])", CORRECTED),
        Allow("discrepancy", "operator", columns=COUNTED),
    ]
    for table in ("evidence", "discrepancy_version"):
        seen = of_visible("discrepancy", OF_DISCREPANCY.format(table))
        rules += [*(Allow(table, role, seen) for role in LOCAL), Allow(table, "steward")]
    of_their_feed = f"{of_feed()} AND {of_visible('discrepancy', OF_DISCREPANCY.format('evidence'))}"
    rules.append(Allow("evidence", "contact", of_their_feed, PLACE))
    return rules


def _changes() -> list[Allow]:
    mine = f"changed_by = {ME}"
    return [
        Allow("register_change", "clerk", all_in_area("clerk")),
        Allow("register_change", "officer", all_in_area("officer"), (), PROPOSED, CHANGED, mine),
        Allow("register_change", "steward", None, (), PROPOSED, CHANGED, mine),
    ]


def _accounts() -> list[Allow]:
    rules = [Allow("app_user", role) for role in EVERYBODY if role != "contact"]
    rules.append(Allow("app_user", "contact", f"user_id = {ME}"))
    for role in EVERYBODY:
        sees_all = role in ("steward", "auditor")
        rules.append(Allow("app_grant", role, None if sees_all else f"user_id = {ME}"))
        if role not in ("contact", "operator"):
            of_grant = of_visible("app_grant", "seen.grant_id = grant_area.grant_id")
            rules.append(Allow("grant_area", role, None if sees_all else of_grant))
    return rules


# The user of the transaction, and what the user holds now: a grant that is revoked or a user who is disabled counts no more
# from the next statement on. As the owner, because nobody at the desk may read all grants.
_FUNCTIONS = (
    """
CREATE FUNCTION desk_user() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('bulou.user', true), '')
$$
""",
    """
CREATE FUNCTION desk_holds(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
        WHERE g.user_id = desk_user() AND g.role = wanted AND g.revoked_at IS NULL AND u.disabled_at IS NULL)
$$
""",
    """
CREATE FUNCTION desk_areas(wanted text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT a.area_code), '{}')
    FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id JOIN grant_area AS a ON a.grant_id = g.grant_id
    WHERE g.user_id = desk_user() AND g.role = wanted AND g.revoked_at IS NULL AND u.disabled_at IS NULL
$$
""",
    """
CREATE FUNCTION desk_feeds() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT g.feed), '{}')
    FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    WHERE g.user_id = desk_user() AND g.role = 'contact' AND g.revoked_at IS NULL AND u.disabled_at IS NULL
$$
""",
    # Who appends to the chain needs its end, and no entry.
    """
CREATE FUNCTION audit_head(OUT entry_no bigint, OUT hash text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.entry_no, e.hash FROM audit_entry AS e ORDER BY e.entry_no DESC LIMIT 1
$$
""",
    # A lock needs the right to change the whole table, which nobody at the desk has.
    """
CREATE FUNCTION lock_discrepancies() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    LOCK TABLE discrepancy IN ROW EXCLUSIVE MODE;
END
$$
""",
)
_NAMES = (
    "desk_user()",
    "desk_holds(text)",
    "desk_areas(text)",
    "desk_feeds()",
    "audit_head()",
    "lock_discrepancies()",
)
# The subjects of the chain whose entries whoever sees the subject may read.
_OPEN_ENTRIES = """
subject_kind = 'discrepancy' AND EXISTS (SELECT FROM discrepancy AS d WHERE d.discrepancy_id = subject_id)
OR subject_kind = 'register_change'
    AND EXISTS (SELECT FROM register_change AS c WHERE c.change_id::text = subject_id)
"""


def _audit() -> list[str]:
    everyone = ", ".join(("bulou_night", "bulou_audit", "bulou_gate", *DESK))
    statements = [
        "ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY",
        f"GRANT INSERT ON audit_entry TO {everyone}",
        "GRANT SELECT ON audit_entry TO bulou_night, bulou_audit",
        "CREATE POLICY audit_entry_all ON audit_entry TO bulou_night, bulou_audit USING (true) WITH CHECK (true)",
        "CREATE POLICY audit_entry_gate ON audit_entry FOR INSERT TO bulou_gate WITH CHECK (true)",
        f"CREATE POLICY audit_entry_desk ON audit_entry FOR INSERT TO {', '.join(DESK)} "
        f"WITH CHECK (actor = {ME})",
    ]
    auditor = [Allow("audit_entry", "auditor")]
    seers = [
        Allow("audit_entry", role, f"{held(role)} AND ({_OPEN_ENTRIES})") for role in (*LOCAL, "steward")
    ]
    return [*statements, *allow([*auditor, *seers])]


def upgrade() -> None:
    create(op.get_bind())
    _tables()
    for function in _FUNCTIONS:
        op.execute(function)
    everyone = ", ".join(("bulou_night", "bulou_audit", "bulou_gate", *DESK))
    op.execute(f"GRANT USAGE ON SCHEMA public TO bulou_app, {everyone}")
    for name in _NAMES:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {everyone}")
    # Asked by the app itself, before it becomes anybody.
    op.execute("GRANT EXECUTE ON FUNCTION desk_user(), desk_holds(text) TO bulou_app")
    statements = [line for table in (*OLD_TABLES, *NEW_TABLES) for line in protect(table)]
    for statement in (*statements, *allow(_rules()), *_audit()):
        # exec_driver_sql: a colon in a statement is no parameter
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def _tables() -> None:
    op.create_table(
        "app_user",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("user_id ~ '^[a-z][a-z0-9._-]{1,39}$'", name=op.f("app_user_user_id_plain_check")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("app_user_pkey")),
    )
    op.create_table(
        "app_grant",
        sa.Column("grant_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("feed", sa.Text(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('clerk', 'officer', 'steward', 'contact', 'operator', 'auditor')",
            name=op.f("app_grant_role_known_check"),
        ),
        sa.CheckConstraint(
            "(role IN ('clerk', 'officer', 'steward')) = (area_code IS NOT NULL)",
            name=op.f("app_grant_area_check"),
        ),
        sa.CheckConstraint("(role = 'contact') = (feed IS NOT NULL)", name=op.f("app_grant_feed_check")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.user_id"], name=op.f("app_grant_user_id_fkey")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("app_grant_pkey")),
    )
    op.create_index(
        "app_grant_standing_idx",
        "app_grant",
        ["user_id", "role", "area_code", "feed"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "grant_area",
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["app_grant.grant_id"], name=op.f("grant_area_grant_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("grant_id", "area_code", name=op.f("grant_area_pkey")),
    )
    _row_areas()


def _row_areas() -> None:
    """What the conditions ask of a row, and an index for it."""
    # '' stands for a row of the register without an area: then the change is the county's.
    op.add_column("register_change", sa.Column("area_codes", sa.ARRAY(sa.Text()), nullable=True))
    op.execute("""
UPDATE register_change AS c SET area_codes = ARRAY(
    SELECT DISTINCT coalesce(side.value ->> 'area_code', '')
    FROM (SELECT * FROM jsonb_each(c.before) UNION ALL SELECT * FROM jsonb_each(c.after)) AS side
    WHERE jsonb_typeof(side.value) = 'object' ORDER BY 1)
""")
    op.alter_column("register_change", "area_codes", nullable=False)
    op.create_index("person_area_code_idx", "person", ["area_code"])
    op.create_index(
        "discrepancy_feed_idx",
        "discrepancy",
        [sa.text("split_part(subject, ':', 1)")],
        postgresql_where=sa.text("type IN ('source_correction', 'feed_overdue')"),
    )


def downgrade() -> None:
    for statement in forget((*OLD_TABLES, *NEW_TABLES, "audit_entry")):
        op.execute(statement)
    op.drop_index("discrepancy_feed_idx", "discrepancy")
    op.drop_index("person_area_code_idx", "person")
    op.drop_column("register_change", "area_codes")
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    for name in _NAMES:
        op.execute(f"DROP FUNCTION {name}")
