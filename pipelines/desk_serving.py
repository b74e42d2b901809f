"""`bulou serve`: the stewards' desk, in this process, on this machine only. Behind a proxy that speaks TLS it is the county's."""

import logging
from datetime import UTC, datetime

from rich.console import Console

from pipelines.desk_prepared import NightFrames
from pipelines.desk_sources import MentionRows
from pipelines.serving import HOST, refuse_taken
from pipelines.settings import Settings


def serve_desk(settings: Settings, port: int, console: Console) -> None:
    """Run until Ctrl-C or SIGTERM. Raises: OperatorError when the port is taken."""
    import uvicorn

    from register.access import open_desk
    from stewardship import create_app

    refuse_taken(port)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with open_desk(settings.root, settings.database_url, settings.app_database_url) as desk:
        frames = settings.frames_root
        app = create_app(desk, _now, sources=MentionRows(frames), prepared=NightFrames(frames))
        console.print(f"Stewards' desk  http://{HOST}:{port}", highlight=False)
        console.print("bulou user add makes the first user. Ctrl-C stops.", highlight=False)
        # No access log: addresses hold no person, but who looked at what belongs in the audit chain alone.
        uvicorn.run(app, host=HOST, port=port, access_log=False, server_header=False, log_level="warning")


def _now() -> datetime:
    return datetime.now(UTC)
