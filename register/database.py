"""Where the store is, how to reach it, and what a transaction is.

`open_database(home, url)` is the only way in: the embedded server of that home, or any PostgreSQL ≥ 15 by
URL. Errors of the driver are turned into `register.errors` here, because their texts quote values.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, OperationalError

from register.embedded import EmbeddedServer
from register.errors import DatabaseTooOld, DatabaseUnavailable, StoreError
from register.priority import like_this

DATABASE_NAME: Final = "bulou"
OLDEST_SERVER: Final = 150000
DRIVER: Final = "postgresql+psycopg"
FEWEST_DEAD: Final = 10_000
_UNTIDY: Final = sa.text("""
SELECT quote_ident(relname) FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND n_dead_tup + n_ins_since_vacuum >= :fewest ORDER BY relname
""")
_TIDY: Final = sa.text("""
SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema() AND last_vacuum >= :began ORDER BY relname
""")
# Who does not answer any more is not waited for until the system gives up, which takes minutes.
OVER_A_NETWORK: Final = {"keepalives_idle": 60, "keepalives_interval": 10, "tcp_user_timeout": 30_000}
# After which a connection that nobody used is asked whether it stands.
IDLE_SECONDS: Final = 30
_USED: Final = "bulou used"
# One number for the lock under which migrations run; any constant that nothing else uses.
MIGRATION_LOCK: Final = 7_305_041_112


@dataclass(frozen=True)
class Database:
    """The store. `begin` is a transaction, `read` a read-only one with one view of the data from start to
    end.
    """

    engine: Engine
    stay: int = 1  # connections that are kept open

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back by an exception. Raises: StoreError."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction that sees one state of the store throughout. Raises: StoreError."""
        with _translated(), self.engine.connect() as connection:
            isolated = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with isolated.begin():
                yield isolated

    @contextmanager
    def ask(self) -> Iterator[Connection]:
        """Each statement a transaction of its own, which costs the server one answer instead of three. Raises: StoreError."""
        with _translated(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def migrate(self) -> None:
        """Brings the schema up to date; safe when several processes do it at once."""
        from register.migrations.run import upgrade

        with _translated(), self.engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            is_changed = upgrade(connection)
        if is_changed:
            with suppress(StoreError):  # the schema is as it should be; PostgreSQL does it in its own time
                self.tidy()

    def tidy(self, fewest: int = FEWEST_DEAD) -> list[str]:
        """Vacuums the tables in which at least so many rows are dead or new, and returns the names of those that were: not one that is another's, or in which
        somebody does the same. Until that is done the queue's statements look into the table for what their index would have: PostgreSQL does it by itself,
        but some time after a night. Raises: StoreError.
        """
        with self.ask() as alone:
            alone.execute(
                sa.select(sa.func.pg_stat_force_next_flush())
            )  # what this connection has just written
            began = alone.scalar(sa.select(sa.func.clock_timestamp()))
            for name in list(alone.scalars(_UNTIDY, {"fewest": fewest})):
                alone.exec_driver_sql(f"VACUUM (ANALYZE, SKIP_LOCKED) {name}")
            return list(alone.scalars(_TIDY, {"began": began}))

    def dispose(self) -> None:
        self.engine.dispose()


@contextmanager
def open_database(home: Path, url: str | None = None, *, durable: bool = True) -> Iterator[Database]:
    """The store of `home`, migrated and ready.

    Args:
        home: BULOU_HOME; the embedded server keeps its data in `home/pg`.
        url: an external PostgreSQL instead (`postgresql+psycopg://…`).
        durable: False for tests only: the embedded server does not wait for the disk.
    Raises: DatabaseUnavailable, DatabaseTooOld.
    """
    with running_database(home, url, durable=durable) as database:
        database.migrate()
        yield database


@contextmanager
def running_database(home: Path, url: str | None = None, *, durable: bool = True) -> Iterator[Database]:
    """The same as it is found, of whatever schema: to restore into, or to look at. Raises: as `open_database`."""
    if url is not None:
        with connected(external_url(url)) as database:
            yield database
        return
    server = EmbeddedServer(home, durable=durable)
    server.start()
    try:
        _create_if_missing(server.socket_dir)
        with connected(embedded_url(server.socket_dir), embedded=True) as database:
            yield database
    finally:
        server.release()


@contextmanager
def connected(
    url: URL, *, role: str | None = None, stay: int = 5, embedded: bool = False
) -> Iterator[Database]:
    """A database that runs already, as it is (no migration).

    Args:
        role: who its sessions act as, if not the login.
        embedded: the server is on this machine and ours: a process that gives way to others does so there too.
        stay: how many connections are kept open; as many more are made for as long as they are needed, and to make one costs more than a page.
    """
    options = "-c datestyle=ISO -c timezone=UTC" + (f" -c role={role}" if role is not None else "")
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=stay,
        max_overflow=stay,
        pool_use_lifo=True,  # the connection that was used last knows the most statements
        connect_args={"options": options, "application_name": "bulou", **OVER_A_NETWORK},
    )
    sa.event.listen(engine, "checkout", _look_whether_it_stands)
    if embedded:
        sa.event.listen(engine, "connect", lambda made, _: like_this(made.info.backend_pid))
    database = Database(engine, stay)
    try:
        _check_version(engine, role)
        yield database
    finally:
        database.dispose()


def _look_whether_it_stands(connection: psycopg.Connection, record: Any, _: Any) -> None:
    """Before a connection is handed out: one that the server has ended says so by something to be read, which asks nobody. What has lain for long, as
    behind a firewall that forgets, is asked.

    Raises: InvalidatePoolError, upon which the pool makes another, and others in place of all that are as old.
    """
    now = time.monotonic()
    used, record.info[_USED] = record.info.get(_USED, now), now
    look = select.poll()
    try:
        look.register(connection.fileno(), select.POLLIN)
        if look.poll(0) or now - used > IDLE_SECONDS:
            connection.execute("SELECT 1")
            connection.rollback()
    except psycopg.Error:
        raise InvalidatePoolError from None


def embedded_url(socket_dir: Path, name: str = DATABASE_NAME) -> URL:
    return URL.create(DRIVER, username="postgres", database=name, query={"host": str(socket_dir)})


def external_url(url: str) -> URL:
    """An operator's URL with our driver. Raises: DatabaseUnavailable."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnavailable("the database URL cannot be read") from None
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseUnavailable("the database URL must begin with postgresql+psycopg://")
    return parsed.set(drivername=DRIVER)


def _create_if_missing(socket_dir: Path) -> None:
    try:
        with psycopg.connect(
            host=str(socket_dir), user="postgres", dbname="postgres", autocommit=True
        ) as server:
            found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,))
            if found.fetchone() is None:
                try:
                    server.execute(f"CREATE DATABASE {DATABASE_NAME}")
                except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    return  # another process was quicker
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"the embedded database does not answer: {type(error).__name__}") from None


def _check_version(engine: Engine, role: str | None) -> None:
    try:
        with engine.connect() as connection:
            version = connection.scalar(sa.text("SELECT current_setting('server_version_num')::int"))
    except OperationalError as error:
        where = engine.url.host or engine.url.query.get("host") or "the default host"
        or_role = "" if role is None else f", or its login may not become {role} (GRANT {role} TO it)"
        raise DatabaseUnavailable(f"no database at {where}{or_role}: {type(error.orig).__name__}") from None
    if version is None or version < OLDEST_SERVER:
        raise DatabaseTooOld(
            f"PostgreSQL {OLDEST_SERVER // 10000} or newer is needed, the server is {version}"
        )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _without_values(error.orig) from None
    except psycopg.Error as error:
        raise _without_values(error) from None


def _without_values(error: BaseException | None) -> StoreError:
    if not isinstance(error, psycopg.Error):
        return StoreError(type(error).__name__, None, None, None)
    told = error.diag
    # Class 42 is a statement that is wrong in itself: a bug, whose message speaks of SQL and not of values.
    bug = told.message_primary if (error.sqlstate or "").startswith("42") else None
    return StoreError(type(error).__name__, error.sqlstate, told.table_name, told.constraint_name, bug)
