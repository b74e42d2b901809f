"""One throw-away PostgreSQL for all tests of the store; for each test a fresh copy of a migrated database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from register.database import Database
from register.testing import cloned_database, temporary_database


@pytest.fixture(scope="session")
def register_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("register")) as database:
        yield database


@pytest.fixture
def database(register_server: Database) -> Iterator[Database]:
    with cloned_database(register_server) as clone:
        yield clone
