"""`bulou serve`: the stewards' desk, in this process, on this machine only. Behind a proxy that speaks TLS it is the county's."""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from pipelines.desk_machine import MachineFiles
from pipelines.desk_prepared import NightFrames
from pipelines.desk_reports import ReportFrames
from pipelines.desk_sources import MentionRows
from pipelines.desk_trials import TrialJobs
from pipelines.errors import OperatorError
from pipelines.serving import HOST, refuse_taken
from pipelines.settings import Settings

if TYPE_CHECKING:
    from stewardship import DeskSettings
    from stewardship.provider import Provider, ProviderSettings


def serve_desk(settings: Settings, port: int, console: Console) -> None:
    """Run until Ctrl-C or SIGTERM. Raises: OperatorError when the port is taken or the provider of accounts is unsafe."""
    import uvicorn

    from register.access import open_desk
    from stewardship import create_app

    refuse_taken(port)
    provider = _provider(settings)
    own = desk_settings(settings)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with open_desk(settings.root, settings.database_url, settings.app_database_url) as desk:
        frames = settings.frames_root
        app = create_app(
            desk,
            _now,
            own,
            MentionRows(frames),
            prepared=NightFrames(frames),
            reports=ReportFrames(frames),
            provider=provider,
            trials=TrialJobs(settings),
            machine=MachineFiles(settings.root / "models", settings.landing_folder.parent / "reference"),
        )
        console.print(f"Stewards' desk  http://{HOST}:{port}", highlight=False)
        console.print("bulou user add makes the first user. Ctrl-C stops.", highlight=False)
        say_no_values()
        # No access log: addresses hold no person, but who looked at what belongs in the audit chain alone.
        uvicorn.run(app, host=HOST, port=port, access_log=False, server_header=False, log_level="warning")


def desk_settings(settings: Settings) -> "DeskSettings":
    """What the county has set. Raises: OperatorError for a setting that cannot be."""
    from assets.rules import default_rules, file_rules, rule_settings
    from discrepancies.settings_file import BadSetting
    from pipelines.resources import open_workspace
    from stewardship import DeskSettings

    try:
        with open_workspace(settings) as workspace:
            due_days = rule_settings(workspace).due_days
        defaults, file = default_rules(settings.link_probability), file_rules(settings.root)
    except BadSetting as fault:
        raise OperatorError(str(fault)) from None
    return DeskSettings(due_days=due_days, rule_defaults=defaults, rule_file=file)


class _WithoutTrace(logging.Filter):
    """Leaves out what was raised: its text may quote a person's value. The desk's own log has the kind and the place."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


def say_no_values() -> None:
    """An error that the desk has answered is raised once more to the server, which would log it whole."""
    server = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, _WithoutTrace) for one in server.filters):
        server.addFilter(_WithoutTrace())


def provider_settings(settings: Settings) -> "ProviderSettings | None":
    """Of the county's own accounts, where they are configured."""
    from stewardship.provider import ProviderSettings

    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        desk_url=settings.desk_url,
        client_secret=None if secret is None else secret.get_secret_value(),
        claim=settings.oidc_claim,
    )


def _provider(settings: Settings) -> "Provider | None":
    from stewardship.provider import Provider, ProviderFault

    wanted = provider_settings(settings)
    try:
        return None if wanted is None else Provider(wanted)
    except ProviderFault as fault:
        raise OperatorError(f"single sign-on: {fault}") from None


def _now() -> datetime:
    return datetime.now(UTC)
