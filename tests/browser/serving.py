"""The desk on loopback, served from this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

    from register.database import Database
    from stewardship import DeskSettings


@contextmanager
def served(county: Database, settings: DeskSettings, **told: Any) -> Iterator[str]:
    """Its address. `told`: what else the app is made with."""
    from desk_clients import FixedSources, now

    from register.access import desk_of
    from stewardship import create_app

    with (
        desk_of(county.engine.url) as desk,
        listening(create_app(desk, now, settings, FixedSources(), **told)) as address,
    ):
        yield address


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Its address."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listens:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listens]})
        thread.start()
        yield f"http://127.0.0.1:{listens.getsockname()[1]}"
        server.should_exit = True
        thread.join()
