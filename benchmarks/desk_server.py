"""The desk as `bulou serve` has it, over the store of `benchmarks.desk_store`, in processes whose CPU can be read.

`python -m benchmarks.desk_server HOME PORT [PROCESSES]`
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.engine import URL
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.desk import NOW
from benchmarks.desk_store import RULES
from pipelines.desk_prepared import NightFrames
from pipelines.desk_processes import how_many, run_processes
from pipelines.desk_sources import MentionRows
from register.access import desk_of, migrated
from stewardship import DeskSettings, create_app


class Timed:
    """Says how long the app took, from the request to the beginning of its answer: pages are made whole before they are sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = (time.perf_counter() - started) * 1000
                MutableHeaders(scope=message)["Server-Timing"] = f"app;dur={took:.1f}"
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)


@dataclass(frozen=True)
class Maker:
    """As `pipelines.desk_serving.DeskMaker`, at the time of the store."""

    frames: str
    address: URL
    processes: int

    def __call__(self) -> FastAPI:
        started = time.monotonic()
        opened = ExitStack()
        desk = opened.enter_context(desk_of(self.address, processes=self.processes))
        desk.make_ready()
        app = create_app(
            desk,
            lambda: NOW + timedelta(seconds=time.monotonic() - started),
            DeskSettings(rules=RULES),
            MentionRows(self.frames),
            prepared=NightFrames(self.frames),
        )
        app.add_middleware(Timed)
        app.state.opened = opened
        return app


def main(home: str, port: str, processes: str = "") -> None:
    with migrated(Path(home)) as address:
        number = int(processes or how_many())
        run_processes(Maker(str(Path(home) / "frames"), address, number), int(port), number)


if __name__ == "__main__":
    main(*sys.argv[1:])
