"""What the store says about its own state, for `bulou doctor`: facts only, no judgement and no value of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.audit import AuditChain
from register.migrations.roles import missing

_LOGIN = sa.text("""
SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
    (SELECT count(*) FROM pg_class AS c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace) AS owned
FROM pg_roles AS r WHERE r.rolname = session_user
""")
_NIGHTS = sa.text("""
SELECT max(night) FILTER (WHERE status = 'finished') AS finished, max(finished_at) AS finished_at,
    (SELECT n.status FROM night AS n ORDER BY n.night DESC LIMIT 1) AS newest,
    min(started_at) FILTER (WHERE status = 'running') AS running_since
FROM night
""")
_USERS = sa.text("""
SELECT count(*) AS users,
    count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM app_grant AS g WHERE g.user_id = u.user_id AND g.revoked_at IS NULL)) AS without_role,
    count(*) FILTER (WHERE NOT EXISTS (SELECT FROM credential AS c WHERE c.user_id = u.user_id)) AS without_password,
    count(*) FILTER (WHERE EXISTS (SELECT FROM app_grant AS g WHERE g.user_id = u.user_id
        AND g.role = 'steward' AND g.revoked_at IS NULL)) AS stewards,
    count(*) FILTER (WHERE EXISTS (SELECT FROM app_grant AS g WHERE g.user_id = u.user_id
        AND g.role = 'steward' AND g.revoked_at IS NULL)
        AND EXISTS (SELECT FROM app_grant AS g WHERE g.user_id = u.user_id
        AND g.role = 'auditor' AND g.revoked_at IS NULL)) AS judge_themselves
FROM app_user AS u WHERE u.disabled_at IS NULL
""")
_UNPROTECTED = sa.text("""
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND NOT relrowsecurity ORDER BY 1
""")
_LAST = sa.text("SELECT max(at) FROM audit_entry WHERE action = :action")


@dataclass(frozen=True)
class Login:
    """The login that reached the database."""

    name: str
    is_superuser: bool
    passes_policies: bool
    makes_roles: bool
    owns_tables: bool


@dataclass(frozen=True)
class StoreHealth:
    """The store as it is found."""

    revision: str | None
    newest_revision: str | None
    server_version: int
    login: Login
    lacking_roles: tuple[str, ...]


@dataclass(frozen=True)
class ContentHealth:
    """What is in a store of the newest schema."""

    unprotected: tuple[str, ...]
    finished_night: date | None
    newest_status: str | None
    running_since: datetime | None
    areas: int
    users: int
    stewards: int
    without_role: int
    without_password: int
    judge_themselves: int
    audit_entries: int
    audit_problems: tuple[str, ...]
    last_backup: datetime | None


def login_of(connection: Connection) -> Login:
    row = connection.execute(_LOGIN).one()
    return Login(row.rolname, row.rolsuper, row.rolbypassrls, row.rolcreaterole, row.owned > 0)


def look_at(connection: Connection) -> StoreHealth:
    """Works on a store of any schema, also on an empty one."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from register.migrations.run import configuration

    version = connection.scalar(sa.text("SELECT current_setting('server_version_num')::int"))
    return StoreHealth(
        revision=MigrationContext.configure(connection).get_current_revision(),
        newest_revision=ScriptDirectory.from_config(configuration()).get_current_head(),
        server_version=int(version or 0),
        login=login_of(connection),
        lacking_roles=tuple(" in ".join(one) for one in missing(connection)),
    )


def look_into(connection: Connection) -> ContentHealth:
    """Reads the whole audit chain."""
    nights, users = connection.execute(_NIGHTS).one(), connection.execute(_USERS).one()
    verdict = AuditChain(connection).verify()
    return ContentHealth(
        unprotected=tuple(connection.scalars(_UNPROTECTED)),
        finished_night=nights.finished,
        newest_status=nights.newest,
        running_since=nights.running_since,
        areas=int(connection.scalar(sa.text("SELECT count(*) FROM area")) or 0),
        users=users.users,
        stewards=users.stewards,
        without_role=users.without_role,
        without_password=users.without_password,
        judge_themselves=users.judge_themselves,
        audit_entries=verdict.entries,
        audit_problems=verdict.problems,
        last_backup=_last(connection, "backup"),
    )


def _last(connection: Connection, action: str) -> datetime | None:
    return connection.scalar(_LAST, {"action": action})
