"""What administrators do at the desk

Revision: 0020, after 0018.

Operators administer accounts. The database holds that none of them touches the own account: neither its roles nor
what they reach, neither its lock nor its sessions. Auditors may ask of which areas a subject of the chain is, and see nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from register.migrations.policies import held

revision = "0020"
down_revision = "0018"

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


def upgrade() -> None:
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


def downgrade() -> None:
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
