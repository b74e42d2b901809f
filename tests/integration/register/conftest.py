"""One throw-away PostgreSQL for all tests of the store; each test finds a migrated database without rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from register.database import Database
from register.testing import cloned_database, empty, temporary_database


@pytest.fixture(scope="session")
def register_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("register")) as database:
        yield database


@pytest.fixture
def database(register_server: Database) -> Database:
    empty(register_server)
    return register_server


@pytest.fixture
def scratch(register_server: Database) -> Iterator[Database]:
    """A database of one test alone, whose schema it may change."""
    empty(register_server)
    with cloned_database(register_server) as clone:
        yield clone
