"""A real browser at the desk, served on loopback from this process."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from register.database import Database
    from register.testing import Kept

HERE: Final = Path(__file__).parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / "integration" / name) for name in ("stewardship", "register"))]
REQUIRED: Final = (
    "BULOU_BROWSER_TESTS"  # set to `required`, a missing browser fails the tests instead of skipping them
)


def _missing(what: str) -> None:
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{REQUIRED}=required, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Of one file's tests: while it is open, nothing else in this process can run an event loop of its own."""
    from debian_chromium import ARGUMENTS, CHROMIUM

    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    if shutil.which(CHROMIUM) is None:
        _missing(f"there is no {CHROMIUM} (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def browser_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Kept]]:
    """Filled."""
    from desk_clients import fill_desk

    from register.testing import kept, temporary_database

    with temporary_database(tmp_path_factory.mktemp("browser")) as database:
        fill_desk(database)
        yield database, kept(database)


@pytest.fixture
def county(chromium: Chromium, request: pytest.FixtureRequest) -> Database:
    """With the rows it was filled with and no others. Its server is not even begun where there is no browser."""
    from register.testing import put_back

    database, rows = request.getfixturevalue("browser_server")
    put_back(database, rows)
    return database


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """An empty landing folder, with the area table beside it."""
    folder, reference = tmp_path / "county" / "landing", tmp_path / "county" / "reference"
    folder.mkdir(parents=True)
    reference.mkdir()
    table = "code,name,level,parent,valid_from,valid_to,successor\n990101000000,县,county,,1984-01-01,,\n"
    (reference / "areas.csv").write_text(table, "utf-8")
    return folder


@pytest.fixture
def address(county: Database, landing: Path) -> Iterator[str]:
    """Where the desk is served."""
    from desk_clients import SETTINGS
    from serving import served

    from pipelines.desk_landing import LandingFolder

    with served(county, SETTINGS, landing=LandingFolder(landing)) as place:
        yield place
