"""`bulou up`: the embedded database, Dagster's web interface, its daemon and the stewards' desk as long as this terminal lives.

The children stand in sessions of their own, so that Ctrl-C reaches only this process, which then ends them in
order. When one of them dies by itself the others are ended too: half a system looks like a whole one.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

from pipelines.instance import prepare
from pipelines.ports import HOST, refuse_taken
from pipelines.resources import open_workspace
from pipelines.settings import Settings

PATIENCE_SECONDS = 15
LOOK_SECONDS = 0.5

DEFINITIONS = ("-m", "pipelines.definitions")
WEBSERVER = ("dagster_webserver", "--host", HOST, "--log-level", "warning", *DEFINITIONS)
DESK = ("pipelines", "serve")
DAEMON = ("dagster._daemon", "run", "--log-level", "warning", *DEFINITIONS)


def serve(settings: Settings, port: int, desk_port: int, console: Console) -> None:
    """Run until Ctrl-C (or SIGTERM); raises OperatorError when the port is taken."""
    for wanted in (port, desk_port):
        refuse_taken(wanted)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(prepare(settings.dagster_home)),
        "BULOU_HOME": str(settings.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    with _terminated_like_interrupted(), open_workspace(settings):
        settings.landing_folder.mkdir(parents=True, exist_ok=True)
        commands = {
            "web interface": (*WEBSERVER, "--port", str(port)),
            "daemon": DAEMON,
            "stewards' desk": (*DESK, "--port", str(desk_port)),
        }
        with _children(commands, environment) as children:
            console.print(f"Dagster        http://{HOST}:{port}", highlight=False)
            console.print(f"stewards' desk http://{HOST}:{desk_port}", highlight=False)
            console.print(f"landing folder {settings.landing_folder}", highlight=False)
            console.print("Nights run at 01:30 Asia/Shanghai.", highlight=False)
            console.print("Ctrl-C stops all.")
            ended = _wait(children)
    if ended:
        console.print(f"The {ended} ended by itself; all stopped.")


@contextmanager
def _children(
    commands: dict[str, tuple[str, ...]], environment: dict[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    running = {
        name: subprocess.Popen([sys.executable, "-m", *command], env=environment, start_new_session=True)
        for name, command in commands.items()
    }
    try:
        yield running
    finally:
        for child in running.values():
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
        for child in running.values():
            try:
                child.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _wait(children: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """The name of the child that ended by itself, or None after Ctrl-C."""
    import time

    try:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    return name
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        return None


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
