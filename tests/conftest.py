"""One simulated county and its finished nights for all tests of the whole way."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import pipelines  # noqa: F401 - first: it says how pandas is to behave
from tests.county_nights import Deliveries, Home, delivered, made_once, opened_files, simulated

settings.register_profile("bulou", deadline=None)  # machines are shared: time says nothing
settings.load_profile("bulou")

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


# The longest, in this order: what is begun last is waited for. The first makes what others would wait for.
LONGEST = (
    "test_nights.py",
    "test_browser_axe.py",
    "test_killed_nights.py",
    "test_register_statements.py",
    "test_register_told_weekly.py",
    "test_night_decisions.py",
    "test_linkage_reference.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes take file after file; the order within a file stays."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture(scope="session", autouse=True)
def gave_way() -> Iterator[list[str]]:
    """A night that a test runs in this process does not put all later tests behind others; it is only noted."""
    noted: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("register.priority.give_way", lambda: noted.append("gave way"))
        yield noted


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it for rubbish again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def deliveries(run_folder: Path) -> Deliveries:
    with made_once(run_folder / "county") as folder:
        if not folder.exists():
            simulated(folder)
    return delivered(folder)


@pytest.fixture(scope="session")
def files_opened() -> list[str]:
    """What the nights of `done` opened."""
    return []


@pytest.fixture(scope="session")
def begun(deliveries: Deliveries, run_folder: Path) -> Home:
    """A home after the county's first night. Tests go on in a copy of it (`Home.copy`)."""
    with made_once(run_folder / "begun") as folder:
        if not folder.exists():
            Home(folder, deliveries.landing).run(deliveries.nights[:1])
    return Home(folder, deliveries.landing)


@pytest.fixture(scope="session")
def done(
    begun: Home,
    deliveries: Deliveries,
    files_opened: list[str],
    run_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Home:
    """A home in which the county's nights have been run, in order. Tests leave it as it is."""
    opened_paths = run_folder / "opened"
    with made_once(run_folder / "done") as folder:
        if not folder.exists():
            home = begun.copy(folder)
            with opened_files() as opened:
                home.run(deliveries.nights[1:])
            opened_paths.write_text("\n".join(opened), encoding="utf-8")
    files_opened.extend(opened_paths.read_text(encoding="utf-8").split("\n"))
    return Home(folder, deliveries.landing).copy(tmp_path_factory.mktemp("done") / "home")
