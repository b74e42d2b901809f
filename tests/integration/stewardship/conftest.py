"""A small county with a user per role, and browsers without a screen for each of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from register.access import Desk, desk_of
from register.database import Database
from register.testing import Kept, kept, put_back, temporary_database
from stewardship.overview.sources import NightReports
from stewardship.prepared import Prepared

sys.path.insert(0, str(Path(__file__).parents[1] / "register"))  # desk_county, and what it is made of

from desk_clients import Browser, TestClient, fill_desk, signed_in


@pytest.fixture(scope="module", autouse=True)
def one_event_loop() -> Iterator[None]:
    """For the requests of all tests of a file: by itself the client starts one for each, which takes as long as a small page."""
    with pytest.MonkeyPatch.context() as patched, start_blocking_portal() as portal:
        patched.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture(scope="session")
def desk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Kept]]:
    with temporary_database(tmp_path_factory.mktemp("desk")) as database:
        fill_desk(database)
        yield database, kept(database)


@pytest.fixture
def county(desk_server: tuple[Database, Kept]) -> Database:
    """With the rows it was filled with and no others, whatever the test before it did to them."""
    database, rows = desk_server
    put_back(database, rows)
    return database


@pytest.fixture(scope="session")
def open_desk(desk_server: tuple[Database, Kept]) -> Iterator[Desk]:
    with desk_of(desk_server[0].engine.url) as opened:
        yield opened


@pytest.fixture
def desk(county: Database, open_desk: Desk) -> Desk:
    """Its connections have been other tests' before, as those of a desk that has been open for a while are other users'."""
    return open_desk


@pytest.fixture
def browser(county: Database, desk: Desk) -> Callable[..., Browser]:
    def of(
        user: str,
        language: str = "en",
        prepared: Prepared | None = None,
        reports: NightReports | None = None,
    ) -> Browser:
        return signed_in(desk, county, user, language, prepared, reports)

    return of
