"""A night takes what others leave: its process, the other ends of its connections, and of their sessions no more than are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pytest

from pipelines.resources import workspace_resource
from pipelines.running import run_nights
from pipelines.settings import Settings
from register.embedded import memory_settings

SYS_NICE: Final = (
    23  # the capability by which root sets the niceness of another user's process; capabilities(7)
)
IN_A_PROCESS: Final = """
import json, multiprocessing, os, sys, threading
from pathlib import Path
from register.database import open_database
from register.priority import give_way

def told(pid):
    group = Path(f"/proc/{pid}/autogroup")
    return [os.getpriority(os.PRIO_PROCESS, pid), int(group.read_text().split()[-1]) if group.exists() else None]

def backend(database):
    with database.begin() as connection:
        return told(connection.connection.driver_connection.info.backend_pid)

def night(home):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    with open_database(home, durable=False) as database:
        server = int((home / "pg" / "postmaster.pid").read_text().split()[0])
        found = {"before": backend(database)}
        give_way()
        database.dispose()
        found |= {"backend": backend(database), "self": told(os.getpid()), "server": told(server)}
        found["threads"] = [os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path("/proc/self/task").iterdir()]
        print(json.dumps(found), flush=True)

if len(sys.argv) > 2:
    started = multiprocessing.get_context("fork").Process(target=night, args=(Path(sys.argv[1]),))
    started.start()
    started.join()
    print(json.dumps(told(os.getpid())))
else:
    night(Path(sys.argv[1]))
"""


def run(home: Path, *arguments: str, shell: str = "") -> list[Any]:
    """What a process in a session of its own says, line by line: niceness and that of its session. `shell`: what starts it, as `"$@"`."""
    command = [sys.executable, "-c", IN_A_PROCESS, str(home), *arguments]
    started = ["sh", "-c", shell, "sh", *command] if shell else command
    done = subprocess.run(started, capture_output=True, text=True, start_new_session=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def started_alone() -> Callable[..., list[Any]]:
    if os.getpriority(os.PRIO_PROCESS, 0) != 0:
        pytest.skip("the tests themselves run with another niceness")
    if not Path("/proc/self/autogroup").exists():
        pytest.skip("this system has no autogroups")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    allowed = int(status.split("CapEff:")[1].split()[0], 16) >> SYS_NICE & 1
    if os.geteuid() == 0 and not allowed:
        pytest.skip("root may not set the priority of others here (CAP_SYS_NICE)")
    return run


def test_a_night_and_its_connections_come_last_and_the_server_does_not(
    tmp_path: Path, started_alone: Callable[..., list[Any]]
) -> None:
    found = started_alone(tmp_path / "home")[0]
    assert set(found.pop("threads")) == {19}
    assert found == {"before": [0, 0], "backend": [19, 19], "self": [19, 19], "server": [0, 0]}


def test_others_of_its_session_are_not_put_behind(
    tmp_path: Path, started_alone: Callable[..., list[Any]]
) -> None:
    found = started_alone(tmp_path / "home", shell='"$@"; exit $?')[0]
    assert found["self"] == [19, 0]
    assert found["backend"] == [19, 19]  # which is nobody else's


def test_a_run_leaves_the_session_of_what_started_it(
    tmp_path: Path, started_alone: Callable[..., list[Any]]
) -> None:
    """As Dagster's daemon does, which has the next night to begin."""
    night, starter = started_alone(tmp_path / "home", "of another process")
    assert night["self"] == [19, 19]
    assert starter == [0, 0]


def test_nights_give_way(tmp_path: Path, gave_way: list[str]) -> None:
    """From when their store is open, here and in a process of Dagster's; there is no night to run here, so that nothing else is done."""
    settings = Settings(home=tmp_path / "home")
    before = len(gave_way)
    assert list(run_nights(settings, [], tmp_path)) == []
    assert len(gave_way) == before + 1
    with dg.build_resources({"workspace": workspace_resource(settings)}):
        assert len(gave_way) == before + 2


@pytest.mark.parametrize(
    ("memory", "buffers"), [(0, "256MB"), (1_000, "256MB"), (8_000, "1000MB"), (64_000, "2048MB")]
)
def test_the_server_keeps_an_eighth_of_the_memory(memory: int, buffers: str) -> None:
    settings = memory_settings(memory)
    assert settings["shared_buffers"] == buffers
    assert settings["effective_cache_size"] == f"{max(memory // 2, int(buffers[:-2]))}MB"
