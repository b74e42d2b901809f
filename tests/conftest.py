"""One simulated county and its finished nights for all tests of the whole way."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

import pipelines  # noqa: F401 - first: it says how pandas is to behave
from tests.county_nights import Deliveries, Home, opened_files, simulated

OWN_FOLDER = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """As root the tests' databases run as another user, who must be able to pass through the folders above them. Every pytest that
    starts closes the one that all share, also to the server that another is just starting: so each has a folder of its own.
    """
    if os.geteuid() == 0 and config.option.basetemp is None:
        config.stash[OWN_FOLDER] = Path(tempfile.mkdtemp(prefix="bulou-tests-"))
        config.option.basetemp = str(config.stash[OWN_FOLDER] / "run")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """`--basetemp` keeps what the tests wrote."""
    if OWN_FOLDER in config.stash:
        shutil.rmtree(config.stash[OWN_FOLDER], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Among several processes, whoever has run the county's nights runs all tests of them; other files stay whole."""
    for item in items:
        uses_county = {"deliveries", "done"} & set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("county" if uses_county else item.path.as_posix()))


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    return simulated(tmp_path_factory.mktemp("county") / "county")


@pytest.fixture(scope="session")
def files_opened() -> list[str]:
    """What the nights of `done` opened."""
    return []


@pytest.fixture(scope="session")
def done(deliveries: Deliveries, files_opened: list[str], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the county's nights have been run, in order. Tests leave it as it is."""
    home = Home(tmp_path_factory.mktemp("done"), deliveries.landing)
    with opened_files() as opened:
        home.run(deliveries.nights)
    files_opened.extend(opened)
    return home
