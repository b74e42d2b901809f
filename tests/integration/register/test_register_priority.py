"""A night takes what others leave: its process, the other ends of its connections, and of their sessions no more than are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from register.embedded import memory_settings

AUTOGROUPS: Final = Path("/proc/self/autogroup")
IN_A_PROCESS: Final = """
import json, os, sys
from pathlib import Path
from register.database import open_database
from register.priority import give_way

def told(pid):
    autogroup = Path(f"/proc/{pid}/autogroup")
    group = autogroup.read_text().split()[-1] if autogroup.exists() else "19"
    return [os.getpriority(os.PRIO_PROCESS, pid), int(group)]

with open_database(Path(sys.argv[1]), durable=False) as database:
    with database.begin() as connection:
        before = told(connection.connection.driver_connection.info.backend_pid)
    database.dispose()
    give_way()
    with database.begin() as connection:
        backend = told(connection.connection.driver_connection.info.backend_pid)
    print(json.dumps({"before": before, "backend": backend, "self": told(os.getpid())}))
"""


def asked(home: Path, *before: str, new_session: bool) -> dict[str, list[int]]:
    """Niceness and that of the session: of the process, of a connection made before it gave way and of one made afterwards."""
    command = [*before, sys.executable, "-c", IN_A_PROCESS, str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=new_session)
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


@pytest.fixture(autouse=True)
def _not_behind_already() -> None:
    if os.getpriority(os.PRIO_PROCESS, 0) != 0:
        pytest.skip("the tests themselves run with another niceness")


def test_a_night_and_its_connections_come_last(tmp_path: Path) -> None:
    if not AUTOGROUPS.exists():
        pytest.skip("this system has no autogroups")
    found = asked(tmp_path / "home", new_session=True)
    assert found == {"before": [0, 0], "backend": [19, 19], "self": [19, 19]}


def test_whom_a_script_starts_has_its_session_with_it(tmp_path: Path) -> None:
    """A job of cron is a shell that starts the night and waits for it."""
    if not AUTOGROUPS.exists():
        pytest.skip("this system has no autogroups")
    found = asked(tmp_path / "home", "sh", "-c", '"$@"; exit 0', "sh", new_session=True)
    assert found["self"] == [19, 19]


def test_others_of_its_session_are_not_put_behind(tmp_path: Path) -> None:
    if not AUTOGROUPS.exists():
        pytest.skip("this system has no autogroups")
    beside = 'sleep 60 & "$@"; kill $!; exit 0'
    found = asked(tmp_path / "home", "sh", "-c", beside, "sh", new_session=True)
    assert found["self"] == [19, 0]
    assert found["backend"] == [19, 19]  # which is nobody else's


@pytest.mark.parametrize(
    ("memory", "buffers"), [(0, "256MB"), (1_000, "256MB"), (8_000, "1000MB"), (64_000, "2048MB")]
)
def test_the_server_keeps_an_eighth_of_the_memory(memory: int, buffers: str) -> None:
    settings = memory_settings(memory)
    assert settings["shared_buffers"] == buffers
    assert settings["effective_cache_size"] == f"{max(memory // 2, int(buffers[:-2]))}MB"
