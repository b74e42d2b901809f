"""How the stewards' desk reaches the store: never as its owner, and never without a user.

    with open_desk(home, url) as desk:
        with desk.as_user("wang.li", "officer") as work:      # persons and discrepancies of her townships
            work.changes.propose(…)
        with desk.at_the_gate() as work:                      # accounts and sessions, and no person
            work.accounts.sign_in(…)

The connection is that of `bulou_app`, which may do nothing. For one transaction it becomes the role in which the user acts, and the
policies (`register/migrations/versions/0004`) ask for each table what that user holds *now*. A user with several
roles acts in one of them at a time. At the end of the transaction the connection is nobody again, so a pool can
hand it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL

from register.account_models import ROLES
from register.asking import KEEPING_PLANS, Question, of_role
from register.audit import INTEGRATION
from register.database import Database, connected, external_url, open_database
from register.errors import DatabaseUnavailable, NotAllowed, StoreError
from register.work import UnitOfWork

APP: Final = "bulou_app"
GATE: Final = "bulou_gate"
# Requests at the same moment that need not wait for a connection to be made, by all processes of the desk; twice as many are made at the most.
AT_ONCE: Final = 20
# What has become a lesser role can become itself again: so it matters what the login may do.
_LOGIN: Final = sa.text("""
SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls AS passes_policies,
    r.rolcreaterole OR pg_has_role(r.oid, 'bulou_night', 'MEMBER') OR EXISTS (SELECT FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS may_more
FROM pg_roles AS r WHERE r.rolname = session_user
""")
_ENTERING: Final = (
    "set_config('bulou.user', :user, true), set_config('role', :role, true), desk_holds(:held), areas_sum()"
)
# With plans that serve whatever is asked for: whether each is made once, or anew for every question.
_ENTER: Final = {
    is_kept: Question(f"SELECT {_ENTERING}{also}", lambda _user, _role, is_held, areas, *_: (is_held, areas))
    for is_kept, also in ((False, ""), (True, f", {KEEPING_PLANS}"))
}
_AREAS: Final = "bulou_areas"  # option of a connection: the sum over the areas when the user entered
_SUM: Final = sa.text("SELECT areas_sum()")


@dataclass(frozen=True)
class Desk:
    """The store as the web app has it."""

    app: Database
    gate: Database

    @contextmanager
    def as_user(
        self,
        user_id: str,
        role: str,
        *,
        read_only: bool = False,
        integration: str | None = None,
        keeps_plans: bool = False,
    ) -> Iterator[UnitOfWork]:
        """A transaction that sees and changes what the user may in that role.

        Args:
            read_only: one state of the store throughout, and no writing.
            integration: the system that acts for the user; every audit entry of the transaction names it.
            keeps_plans: PostgreSQL plans a statement that comes again once, and not for what it is about: for single persons and discrepancies, which
                are found in one way whoever they are, and not for lists and counts.
        Raises: NotAllowed when the user does not hold the role, StoreError for what the role may not do.
        """
        if role not in ROLES:
            raise NotAllowed("there is no such role")
        begin: AbstractContextManager[sa.Connection] = self.app.read() if read_only else self.app.begin()
        with begin as connection:
            of_role(connection, role)
            # Columns are worked out from left to right: who asks is known before it is asked what is held.
            entered = _ENTER[keeps_plans].first(connection, user=user_id, role=f"bulou_{role}", held=role)
            is_held, areas = entered or (False, "")
            if not is_held:
                raise NotAllowed("this user does not hold this role")
            options = {_AREAS: areas} | ({} if integration is None else {INTEGRATION: integration})
            connection.execution_options(**options)  # of this checkout alone
            yield UnitOfWork(connection)

    def make_ready(self) -> None:
        """Opens the connections that stay open now, so that nobody who asks for a page waits for one to be made; as many as the server has room for."""
        with suppress(StoreError), ExitStack() as opened:
            for database in (self.app, self.gate):
                for _ in range(database.stay):
                    opened.enter_context(database.read())

    @contextmanager
    def at_the_gate(self) -> Iterator[UnitOfWork]:
        """A transaction for accounts, sessions and the audit chain, before it is known who asks."""
        with self.gate.begin() as connection:
            yield UnitOfWork(connection)

    def asked_at_the_gate(self) -> AbstractContextManager[sa.Connection]:
        """The same for what is one statement, or several that need not be of one moment: whose session this is, with every page."""
        return self.gate.ask()


def areas_now(connection: sa.Connection) -> str:
    """A sum over the table of areas: another one, another table."""
    found: str = connection.execute(_SUM).scalar_one()
    return found


def areas_seen(connection: sa.Connection) -> str:
    """The same as of when the user of this transaction entered; without a user, as of now."""
    found: str | None = connection.get_execution_options().get(_AREAS)
    return areas_now(connection) if found is None else found


@contextmanager
def open_desk(home: Path, url: str | None = None, app_url: str | None = None) -> Iterator[Desk]:
    """The desk's way into the store of `home`, migrated and ready.

    Args:
        url: an external PostgreSQL instead of the embedded one, as its owner: used to migrate, then given up.
        app_url: the same database by a login that is a member of `bulou_app` and nothing else. Without it the owner's login
            is used, which steps down to `bulou_app` at once; `bulou doctor` says so.
    Raises: DatabaseUnavailable, also for a login that the policies do not bind; DatabaseTooOld.
    """
    with migrated(home, url) as address, desk_of(address, app_url, embedded=url is None) as desk:
        yield desk


@contextmanager
def migrated(home: Path, url: str | None = None) -> Iterator[URL]:
    """Where the store of `home` is for as long as this is open, migrated and ready: for `desk_of`, also in other processes.

    Raises: DatabaseUnavailable, DatabaseTooOld.
    """
    with open_database(home, url) as database:
        database.dispose()  # the owner's connections, which nobody needs any more
        yield database.engine.url


@contextmanager
def desk_of(
    url: URL, app_url: str | None = None, *, embedded: bool = True, processes: int = 1
) -> Iterator[Desk]:
    """The desk on a database that runs already and is migrated; `url` as its owner has it.

    `processes`: how many have the desk open; the connections are shared out among them.
    """
    stay = -(-AT_ONCE // processes)
    if embedded:
        logins = {name: url.set(username=name) for name in (APP, GATE)}
    else:
        login = external_url(app_url) if app_url is not None else url
        logins = dict.fromkeys((APP, GATE), login)
    with (
        connected(logins[APP], role=APP, stay=stay) as app,
        connected(logins[GATE], role=GATE, stay=-(-stay // 2)) as gate,
    ):
        if not embedded:
            _refuse_powerful(app, is_own=app_url is not None)
        yield Desk(app, gate)


def _refuse_powerful(app: Database, *, is_own: bool) -> None:
    """Of an external server. Raises: DatabaseUnavailable."""
    with app.read() as connection:
        login = connection.execute(_LOGIN).one()
    if login.passes_policies or (is_own and login.may_more):
        raise DatabaseUnavailable(
            f"the desk does not work by the login {login.name}, which may do more than {APP}: "
            f"give it a login that is a member of {APP} alone (BULOU_APP_DATABASE_URL, docs/operations)"
        )
