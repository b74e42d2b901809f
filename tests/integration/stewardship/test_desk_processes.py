"""The desk's processes: they share the work, one that dies is replaced, and all end together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("desk_processes.py")
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(port: int) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen([sys.executable, str(SCRIPT), str(port)], start_new_session=True)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def answered(port: int) -> int | None:
    """The process that answers, over a connection of its own."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return int(answer.read())
    except OSError:
        return None


def waited_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def two_of(port: int) -> set[int]:
    """Both processes, once both have answered."""
    found: set[int] = set()

    def both() -> bool:
        one = answered(port)
        if one is not None:
            found.add(one)
        return len(found) == 2

    waited_for(both)
    return found


def is_alive(process: int) -> bool:
    """Not one that has ended and that nobody has waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all(number: signal.Signals) -> None:
    port = free_port()
    with served(port) as running:
        waited_for(lambda: answered(port) is not None)
        running.send_signal(number)
        assert running.wait(PATIENCE) == 0
    assert answered(port) is None


def test_one_that_dies_is_replaced() -> None:
    port = free_port()
    with served(port) as running:
        first, second = sorted(two_of(port))
        os.kill(first, signal.SIGKILL)
        waited_for(lambda: answered(port) not in (None, first, second))
        running.terminate()
        assert running.wait(PATIENCE) == 0
        assert not is_alive(second)
    assert answered(port) is None


def test_none_stays_when_the_one_that_started_them_is_killed() -> None:
    port = free_port()
    with served(port) as running:
        processes = two_of(port)
        running.kill()
        running.wait()
        waited_for(lambda: not any(is_alive(process) for process in processes))
    assert answered(port) is None


def test_an_app_that_cannot_be_made_ends_all_and_says_where_and_no_value() -> None:
    command = [sys.executable, str(SCRIPT), str(free_port()), "broken"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert "could not be started" in ended.stderr
    assert "ValueError at desk_processes" in ended.stderr
    assert "王小明" not in ended.stderr + ended.stdout
