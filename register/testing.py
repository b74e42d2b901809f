"""Databases for tests: a server of their own that need not survive, quickly emptied or cloned.

    @pytest.fixture(scope="session")
    def server(tmp_path_factory):
        with temporary_database(tmp_path_factory.mktemp("home")) as database:
            yield database

    @pytest.fixture
    def database(server):
        empty(server)
        return server

A test that changes the schema takes `cloned_database(server)`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from register.database import Database, connected, open_database
from register.schema import METADATA


@contextmanager
def temporary_database(home: Path) -> Iterator[Database]:
    """A migrated embedded database under `home` that does not wait for the disk; stopped at the end."""
    with open_database(home, durable=False) as database:
        yield database


def empty(database: Database) -> None:
    """Deletes every row, also those that a trigger keeps; the schema stays."""
    with database.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for table in reversed(METADATA.sorted_tables):
            connection.execute(sa.delete(table))


@contextmanager
def cloned_database(template: Database) -> Iterator[Database]:
    """A copy of `template`, dropped at the end. Nobody may use the template now; its pool is emptied here."""
    template.dispose()
    name = f"clone_{secrets.token_hex(6)}"
    source = template.engine.url.database
    server = sa.create_engine(
        template.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy'))
    try:
        with connected(template.engine.url.set(database=name)) as clone:
            yield clone
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()
