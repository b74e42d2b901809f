"""A home for tests of commands and jobs; each finds it as one that has just been made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from open_home import OpenHome

from register.testing import temporary_database


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHome]:
    root = tmp_path_factory.mktemp("pipelines") / "home"
    with temporary_database(root) as database:
        yield OpenHome(root, database)


@pytest.fixture
def open_home(shared_home: OpenHome) -> OpenHome:
    shared_home.clear()
    return shared_home
