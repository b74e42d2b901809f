"""Operators see the tokens of integrations, make and revoke them at the desk

Revision: 0032, after 0031.

Never what a token is kept as. As with accounts, nobody makes one for the own account, and who made or revoked one is who did.
"""

from __future__ import annotations

from alembic import op

from register.migrations.policies import held

revision = "0032"
down_revision = "0031"

TABLE = "integration_token"
ME = "(SELECT desk_user())"
READ = "token_id, name, user_id, role, made_by, made_at, ends_at, seen_at, revoked_at, revoked_by"
MADE = "name, user_id, role, token_hash, made_by, made_at, ends_at"
REVOKED = "revoked_at, revoked_by"


def upgrade() -> None:
    mine = held("operator")
    for statement in (
        f"GRANT SELECT ({READ}), INSERT ({MADE}), UPDATE ({REVOKED}) ON {TABLE} TO bulou_operator",
        f"CREATE POLICY {TABLE}_operator_read ON {TABLE} FOR SELECT TO bulou_operator USING ({mine})",
        f"CREATE POLICY {TABLE}_operator_insert ON {TABLE} FOR INSERT TO bulou_operator "
        f"WITH CHECK ({mine} AND user_id <> {ME} AND made_by = {ME})",
        f"CREATE POLICY {TABLE}_operator_update ON {TABLE} FOR UPDATE TO bulou_operator "
        f"USING ({mine} AND revoked_at IS NULL) WITH CHECK ({mine} AND revoked_by = {ME})",
    ):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    for act in ("read", "insert", "update"):
        op.execute(f"DROP POLICY {TABLE}_operator_{act} ON {TABLE}")
    op.execute(f"REVOKE SELECT ({READ}), INSERT ({MADE}), UPDATE ({REVOKED}) ON {TABLE} FROM bulou_operator")
