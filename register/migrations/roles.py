"""The roles of the database: of the whole server, not of one database, so they are made only where they are missing.

    bulou_night     the pipeline: all tables
    bulou_app       the web app: nothing by itself; it becomes one of the desk roles for one transaction
    bulou_gate      accounts and sessions, and no person
    bulou_audit     the audit chain: reads and appends
    bulou_clerk, bulou_officer, bulou_steward, bulou_contact, bulou_operator, bulou_auditor     the desk roles

An external server's user may lack the right to make roles. Then an administrator makes them once
(`instructions`), and the migration finds them there.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.errors import DatabaseUnavailable
from register.migrations.policies import DESK_ROLES

DESK = tuple(f"bulou_{role}" for role in DESK_ROLES)
LOGINS = ("bulou_night", "bulou_app", "bulou_gate")
ROLES = (*LOGINS, "bulou_audit", *DESK)
# Who may become whom. None takes over the other's rights without becoming it.
MEMBERS = (*((role, "bulou_app") for role in DESK), ("bulou_gate", "bulou_app"))

# Another database of the server may be migrated at the same moment.
_CREATE = """
DO $$ BEGIN
    CREATE ROLE {name} {login} NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
_RIGHTS = sa.text("""
SELECT rolsuper, rolcreaterole OR rolsuper AS may_create, rolname FROM pg_roles WHERE rolname = current_user
""")
_THERE = sa.text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)")
_IS_MEMBER = sa.text("""
SELECT count(*) > 0 FROM pg_auth_members
WHERE roleid = CAST(:of AS regrole) AND member = CAST(:who AS regrole)
""")


def instructions(missing: list[tuple[str, ...]]) -> str:
    """The statements that an administrator of the server has to run."""
    lines = []
    for one in missing:
        if len(one) == 1:
            lines.append(f"CREATE ROLE {one[0]} {_login(one[0])} NOINHERIT;")
        else:
            lines.append(f"GRANT {one[0]} TO {one[1]};")
    return " ".join(lines)


def missing(connection: Connection) -> list[tuple[str, ...]]:
    """Roles (one name) and memberships (role, member) that are not there."""
    there = set(connection.scalars(_THERE, {"names": list(ROLES)}))
    lacking: list[tuple[str, ...]] = [(name,) for name in ROLES if name not in there]
    for of, who in MEMBERS:
        if of not in there or who not in there or not connection.scalar(_IS_MEMBER, {"of": of, "who": who}):
            lacking.append((of, who))
    return lacking


def create(connection: Connection) -> None:
    """Makes what is missing. Raises: DatabaseUnavailable with what an administrator has to do."""
    me = connection.execute(_RIGHTS).one()
    lacking = missing(connection)
    if lacking and not me.may_create:
        raise DatabaseUnavailable(
            "the database's user may not make roles (no CREATEROLE); have an administrator of the server run: "
            + instructions(lacking)
        )
    for one in lacking:
        if len(one) == 1:
            connection.execute(sa.text(_CREATE.format(name=one[0], login=_login(one[0]))))
        else:
            connection.execute(sa.text(f"GRANT {one[0]} TO {one[1]}"))
    if me.may_create and not me.rolsuper:
        # The owner's login stands in for the app's where the app has none of its own.
        for role in LOGINS:
            connection.execute(sa.text(f'GRANT {role} TO "{me.rolname}"'))


def _login(role: str) -> str:
    return "LOGIN" if role in LOGINS else "NOLOGIN"
