"""Accounts: passwords, sessions, sign-in tokens, throttling, reveals

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, protect

revision = "0005"
down_revision = "0004"

# Reached through the gate alone.
GATED = ("credential", "app_session", "sign_in_token", "throttle")
ME = "(SELECT desk_user())"
ASKED = (
    "user_id",
    "subject_kind",
    "subject_id",
    "reason",
    "needs_second",
    "asked_at",
    "granted_by",
    "granted_at",
    "ends_at",
)
GRANTED = ("granted_by", "granted_at", "ends_at")
# Whoever may not see the subject can neither ask for it nor grant it, nor see that somebody did.
_SUBJECT = """(subject_kind = 'person' AND EXISTS (SELECT FROM person AS seen WHERE seen.person_no = subject_id)
    OR subject_kind = 'discrepancy'
    AND EXISTS (SELECT FROM discrepancy AS seen WHERE seen.discrepancy_id = subject_id))"""


def _rules() -> list[Allow]:
    written = f"(granted_by IS NULL OR granted_by = {ME}) AND (user_id = {ME} OR granted_by = {ME})"
    rules = [Allow("reveal", role, _SUBJECT, (), ASKED, GRANTED, written) for role in ("officer", "steward")]
    own = f"user_id = {ME} AND {_SUBJECT}"
    rules.append(Allow("reveal", "clerk", own, (), ASKED, (), f"(granted_by IS NULL OR granted_by = {ME})"))
    rules.append(Allow("reveal", "auditor"))
    return rules


def upgrade() -> None:
    _tables()
    statements = [line for table in (*GATED, "reveal") for line in protect(table)]
    for table in GATED:  # the night has no business with passwords
        statements += [f"REVOKE ALL ON {table} FROM bulou_night", f"DROP POLICY {table}_night ON {table}"]
        statements += [
            f"GRANT SELECT, INSERT, UPDATE ON {table} TO bulou_gate",
            f"CREATE POLICY {table}_gate ON {table} TO bulou_gate USING (true) WITH CHECK (true)",
        ]
    for table in ("app_user", "app_grant"):
        statements += [
            f"GRANT SELECT ON {table} TO bulou_gate",
            f"CREATE POLICY {table}_gate ON {table} FOR SELECT TO bulou_gate USING (true)",
        ]
    for statement in (*statements, *allow(_rules())):
        op.get_bind().exec_driver_sql(statement)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["app_user.user_id"], name=op.f(f"{table}_user_id_fkey"))


def _tables() -> None:
    op.create_table(
        "credential",
        _text("user_id"),
        _text("password_hash"),
        _at("set_at"),
        _user("credential"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("credential_pkey")),
    )
    op.create_table(
        "app_session",
        _text("token_hash"),
        _text("user_id"),
        _text("role", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        *(_at(name) for name in ("started_at", "seen_at", "ends_at")),
        _at("ended_at", nullable=True),
        _user("app_session"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("app_session_pkey")),
    )
    op.create_index(op.f("app_session_user_id_idx"), "app_session", ["user_id"])
    op.create_table(
        "sign_in_token",
        *(_text(name) for name in ("token_hash", "user_id", "made_by")),
        _at("ends_at"),
        _at("used_at", nullable=True),
        _user("sign_in_token"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("sign_in_token_pkey")),
    )
    op.create_index(op.f("sign_in_token_user_id_idx"), "sign_in_token", ["user_id"])
    op.create_table(
        "throttle",
        _text("kind"),
        _text("key_hash"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _at("first_at"),
        _at("blocked_until", nullable=True),
        sa.CheckConstraint("kind IN ('account', 'address')", name=op.f("throttle_kind_known_check")),
        sa.PrimaryKeyConstraint("kind", "key_hash", name=op.f("throttle_pkey")),
    )
    op.create_table(
        "reveal",
        sa.Column("reveal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(_text(name) for name in ("user_id", "subject_kind", "subject_id", "reason")),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        _at("asked_at"),
        _text("granted_by", nullable=True),
        _at("granted_at", nullable=True),
        _at("ends_at", nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'discrepancy')", name=op.f("reveal_subject_kind_known_check")
        ),
        sa.CheckConstraint(
            "granted_by IS NULL OR needs_second = (granted_by <> user_id)", name=op.f("reveal_second_check")
        ),
        sa.CheckConstraint(
            "(granted_by IS NULL) = (granted_at IS NULL) AND (granted_by IS NULL) = (ends_at IS NULL)",
            name=op.f("reveal_granted_check"),
        ),
        _user("reveal"),
        sa.PrimaryKeyConstraint("reveal_id", name=op.f("reveal_pkey")),
    )
    op.create_index("reveal_standing_idx", "reveal", ["user_id", "subject_kind", "subject_id"])


def downgrade() -> None:
    for statement in forget((*GATED, "reveal")):
        op.execute(statement)
    for table in ("app_user", "app_grant"):
        op.execute(f"DROP POLICY {table}_gate ON {table}")
    for table in ("reveal", *reversed(GATED)):
        op.drop_table(table)
