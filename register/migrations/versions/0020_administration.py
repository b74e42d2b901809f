"""What administrators do at the desk

Revision: 0020, after 0019.

Operators administer accounts. The database holds that none of them touches the own account: neither its roles nor
what they reach, neither its lock nor its sessions. Auditors may ask of which areas a subject of the chain is, and see nothing else of it.

Stewards set the rules of the nights: the database holds that a draft was tried against the newest night as it is put in force, that
somebody else than its writer does so where there is somebody else, and that nothing in force is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from register.migrations.policies import Allow, allow, forget, held, protect

revision = "0020"
down_revision = "0019"

ME = "(SELECT desk_user())"
OTHERS = f"{held('operator')} AND user_id <> {ME}"
OF_OTHERS = f"{held('operator')} AND EXISTS (SELECT FROM app_grant AS g WHERE g.grant_id = grant_area.grant_id AND g.user_id <> {ME})"
# Of sessions and tokens that somebody is signed in, never with what.
OF_SESSION = "user_id, started_at, seen_at, ends_at, ended_at"
OF_TOKEN = "user_id, made_by, ends_at, used_at"
# Table → columns that operators read (none: all or none, as before), insert, update.
TABLES = {
    "app_user": ("", "user_id, display_name, created_at", "disabled_at"),
    "app_grant": ("", "user_id, role, area_code, feed, granted_by, granted_at", "revoked_by, revoked_at"),
    "sign_in_token": (OF_TOKEN, "token_hash, user_id, made_by, ends_at", "used_at"),
    "app_session": (OF_SESSION, "", "ended_at"),
}
BY_ME = {
    "app_user": "true",
    "app_grant": f"granted_by = {ME}",
    "sign_in_token": f"made_by = {ME}",
}


# Of nothing: a subject of which no area is known. As the owner, because an auditor may read neither of these tables.
AREAS = """
CREATE FUNCTION audit_areas(kind text, id text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT desk_holds('auditor') THEN
        RAISE insufficient_privilege;
    END IF;
    RETURN CASE kind
        WHEN 'discrepancy' THEN ARRAY(SELECT area_code FROM discrepancy WHERE discrepancy_id = id)
        WHEN 'person' THEN ARRAY(SELECT area_code FROM person WHERE person_no = id)
        WHEN 'register_change' THEN
            (SELECT area_codes FROM register_change WHERE id ~ '^[0-9]{1,18}$' AND change_id = id::bigint)
        WHEN 'worklist' THEN
            ARRAY(SELECT area_code FROM worklist WHERE id ~ '^[0-9]{1,18}$' AND worklist_id = id::bigint)
        WHEN 'account' THEN ARRAY(SELECT area_code FROM app_grant WHERE user_id = id)
    END;
END
$$
"""


VERSION, TRIAL = "rule_version", "rule_trial"
WRITTEN = ("rules", "digest", "note", "state", "revision", "written_by", "written_at")
PUT = ("put_by", "put_at", "from_night")
ASKED = ("version_no", "digest", "state", "asked_by", "asked_at")
TRIED = """EXISTS (SELECT FROM rule_trial AS t WHERE t.version_no = rule_version.version_no AND t.state = 'done'
    AND t.digest = rule_version.digest AND t.night = (SELECT max(n.night) FROM night AS n WHERE n.is_applied))"""
SECOND = f"""(written_by <> {ME} OR NOT EXISTS (SELECT FROM app_grant AS g JOIN app_user AS u ON u.user_id = g.user_id
    WHERE g.role = 'steward' AND g.revoked_at IS NULL AND u.disabled_at IS NULL AND g.user_id <> {ME}))"""
LATER = "from_night > (SELECT max(n.night) FROM night AS n)"
# What a draft may become.
BECOMES = f"""{held("steward")} AND (state = 'dropped' OR state = 'draft' AND written_by = {ME}
    OR state = 'in_force' AND put_by = {ME} AND {LATER} AND {SECOND} AND {TRIED})"""


def _rules() -> Iterator[str]:
    yield from protect(VERSION)
    yield from protect(TRIAL)
    yield from allow([Allow(VERSION, "steward"), Allow(TRIAL, "steward", insert=ASKED, written=_ASKS)])
    yield f"GRANT INSERT ({', '.join(WRITTEN)}), UPDATE ({', '.join((*WRITTEN, *PUT))}) ON {VERSION} TO bulou_steward"
    yield (
        f"CREATE POLICY {VERSION}_steward_insert ON {VERSION} FOR INSERT TO bulou_steward "
        f"WITH CHECK ({held('steward')} AND state = 'draft' AND written_by = {ME})"
    )
    yield (
        f"CREATE POLICY {VERSION}_steward_update ON {VERSION} FOR UPDATE TO bulou_steward "
        f"USING ({held('steward')} AND state = 'draft') WITH CHECK ({BECOMES})"
    )


_ASKS = f"state = 'waiting' AND asked_by = {ME}"


def upgrade() -> None:
    _tables()
    for statement in _rules():
        op.get_bind().exec_driver_sql(statement)
    op.execute(AREAS)
    op.execute("REVOKE EXECUTE ON FUNCTION audit_areas(text, text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION audit_areas(text, text) TO bulou_auditor")
    for statement in _accounts():
        op.get_bind().exec_driver_sql(statement)


def _accounts() -> Iterator[str]:
    yield "DROP POLICY app_grant_operator_read ON app_grant"
    yield f"CREATE POLICY app_grant_operator_read ON app_grant FOR SELECT TO bulou_operator USING ({held('operator')})"
    for table, (read, insert, update) in TABLES.items():
        if read:
            yield f"GRANT SELECT ({read}) ON {table} TO bulou_operator"
            yield f"CREATE POLICY {table}_operator_read ON {table} FOR SELECT TO bulou_operator USING ({held('operator')})"
        if insert:
            yield f"GRANT INSERT ({insert}) ON {table} TO bulou_operator"
            yield (
                f"CREATE POLICY {table}_operator_insert ON {table} FOR INSERT TO bulou_operator "
                f"WITH CHECK ({OTHERS} AND {BY_ME[table]})"
            )
        yield f"GRANT UPDATE ({update}) ON {table} TO bulou_operator"
        yield (
            f"CREATE POLICY {table}_operator_update ON {table} FOR UPDATE TO bulou_operator "
            f"USING ({OTHERS}) WITH CHECK ({OTHERS})"
        )
    yield "GRANT SELECT, INSERT ON grant_area TO bulou_operator"
    yield f"CREATE POLICY grant_area_operator_read ON grant_area FOR SELECT TO bulou_operator USING ({held('operator')})"
    yield f"CREATE POLICY grant_area_operator_insert ON grant_area FOR INSERT TO bulou_operator WITH CHECK ({OF_OTHERS})"


def _tables() -> None:
    op.create_table(
        VERSION,
        sa.Column("version_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "note", "state")),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_by", sa.Text(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_night", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'in_force', 'dropped')", name=op.f("rule_version_state_known_check")
        ),
        sa.CheckConstraint(
            "(state = 'in_force') = (from_night IS NOT NULL) AND (put_by IS NULL) = (from_night IS NULL) "
            "AND (put_at IS NULL) = (from_night IS NULL)",
            name=op.f("rule_version_put_check"),
        ),
        sa.PrimaryKeyConstraint("version_no", name=op.f("rule_version_pkey")),
    )
    op.create_index(
        "rule_version_draft_idx",
        VERSION,
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        TRIAL,
        sa.Column("trial_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version_no", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "state")),
        sa.Column("step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("rule_trial_state_known_check")
        ),
        sa.ForeignKeyConstraint(
            ["version_no"], ["rule_version.version_no"], name=op.f("rule_trial_version_no_fkey")
        ),
        sa.PrimaryKeyConstraint("trial_id", name=op.f("rule_trial_pkey")),
    )
    op.create_index(op.f("rule_trial_version_no_idx"), TRIAL, ["version_no"])


def downgrade() -> None:
    for statement in forget((TRIAL, VERSION)):
        op.execute(statement)
    op.drop_table(TRIAL)
    op.drop_table(VERSION)
    op.execute("DROP FUNCTION audit_areas(text, text)")
    for statement in _no_accounts():
        op.get_bind().exec_driver_sql(statement)


def _no_accounts() -> Iterator[str]:
    yield "DROP POLICY grant_area_operator_insert ON grant_area"
    yield "DROP POLICY grant_area_operator_read ON grant_area"
    yield "REVOKE SELECT, INSERT ON grant_area FROM bulou_operator"
    for table, (read, insert, update) in TABLES.items():
        yield f"DROP POLICY {table}_operator_update ON {table}"
        yield f"REVOKE UPDATE ({update}) ON {table} FROM bulou_operator"
        if insert:
            yield f"DROP POLICY {table}_operator_insert ON {table}"
            yield f"REVOKE INSERT ({insert}) ON {table} FROM bulou_operator"
        if read:
            yield f"DROP POLICY {table}_operator_read ON {table}"
            yield f"REVOKE SELECT ({read}) ON {table} FROM bulou_operator"
    yield "DROP POLICY app_grant_operator_read ON app_grant"
    yield f"CREATE POLICY app_grant_operator_read ON app_grant FOR SELECT TO bulou_operator USING (user_id = {ME})"
