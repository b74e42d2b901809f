"""One throw-away PostgreSQL for all tests of the store; each finds a migrated database without rows, or with those of `desk_county`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk_county import fill

from register.database import Database
from register.testing import Kept, cloned_database, empty, kept, put_back, temporary_database


@pytest.fixture(scope="session")
def register_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("register")) as database:
        yield database


@pytest.fixture
def database(register_server: Database) -> Database:
    empty(register_server)
    return register_server


@pytest.fixture(scope="session")
def rows_of_a_county(register_server: Database) -> Kept:
    empty(register_server)
    fill(register_server)
    return kept(register_server)


@pytest.fixture
def filled_county(register_server: Database, rows_of_a_county: Kept) -> Database:
    put_back(register_server, rows_of_a_county)
    return register_server


@pytest.fixture
def scratch(register_server: Database) -> Iterator[Database]:
    """A database of one test alone, whose schema it may change."""
    empty(register_server)
    with cloned_database(register_server) as clone:
        yield clone
