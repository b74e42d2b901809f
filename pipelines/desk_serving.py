"""`bulou serve`: the stewards' desk, in this process, on this machine only. Behind a proxy that speaks TLS it is the county's."""

import logging
from datetime import UTC, datetime

from rich.console import Console

from pipelines.desk_reports import NightFrames
from pipelines.desk_sources import MentionRows
from pipelines.errors import OperatorError
from pipelines.serving import HOST, refuse_taken
from pipelines.settings import Settings


def serve_desk(settings: Settings, port: int, console: Console) -> None:
    """Run until Ctrl-C or SIGTERM. Raises: OperatorError when the port is taken."""
    import uvicorn

    from assets.rules import rules_of
    from discrepancies.settings_file import BadSetting
    from register.access import open_desk
    from stewardship import DeskSettings, create_app

    refuse_taken(port)
    try:
        own = DeskSettings(due_days=rules_of(settings.root, settings.link_probability).due_days)
    except BadSetting as fault:
        raise OperatorError(str(fault)) from None
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with open_desk(settings.root, settings.database_url, settings.app_database_url) as desk:
        app = create_app(
            desk, _now, own, MentionRows(settings.frames_root), NightFrames(settings.frames_root)
        )
        console.print(f"Stewards' desk  http://{HOST}:{port}", highlight=False)
        console.print("bulou user add makes the first user. Ctrl-C stops.", highlight=False)
        # No access log: addresses hold no person, but who looked at what belongs in the audit chain alone.
        uvicorn.run(app, host=HOST, port=port, access_log=False, server_header=False, log_level="warning")


def _now() -> datetime:
    return datetime.now(UTC)
