"""A small county with a user per role, and browsers without a screen for each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from register.access import Desk, desk_of
from register.database import Database
from register.testing import cloned_database, temporary_database
from stewardship.prepared import Prepared

sys.path.insert(0, str(Path(__file__).parents[1] / "register"))  # desk_county, and what it is made of

from desk_clients import Browser, fill_desk, signed_in


@pytest.fixture(scope="session")
def desk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with temporary_database(tmp_path_factory.mktemp("desk")) as database:
        fill_desk(database)
        yield database


@pytest.fixture
def county(desk_server: Database) -> Iterator[Database]:
    """A copy of one test alone."""
    with cloned_database(desk_server) as clone:
        yield clone


@pytest.fixture
def desk(county: Database) -> Iterator[Desk]:
    with desk_of(county.engine.url) as opened:
        yield opened


@pytest.fixture
def browser(county: Database, desk: Desk) -> Callable[..., Browser]:
    def of(user: str, language: str = "en", prepared: Prepared | None = None) -> Browser:
        return signed_in(desk, county, user, language, prepared)

    return of
