"""The desk on loopback, served from this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from register.database import Database
    from stewardship import DeskSettings


@contextmanager
def served(county: Database, settings: DeskSettings, **told: Any) -> Iterator[str]:
    """Its address. `told`: what else the app is made with."""
    import uvicorn
    from desk_clients import FixedSources, now

    from register.access import desk_of
    from stewardship import create_app

    with desk_of(county.engine.url) as desk, socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_app(desk, now, settings, FixedSources(), **told)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
