"""`bulou serve`: the stewards' desk, on this machine only. Behind a proxy that speaks TLS it is the county's."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

from pipelines.desk_landing import LandingFolder
from pipelines.desk_machine import MachineFiles
from pipelines.desk_prepared import NightFrames
from pipelines.desk_processes import how_many, run_processes
from pipelines.desk_reports import ReportFrames
from pipelines.desk_sources import MentionRows
from pipelines.desk_trials import TrialJobs
from pipelines.errors import OperatorError
from pipelines.hours import NIGHT_BEGINS
from pipelines.ports import HOST, refuse_taken
from pipelines.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy.engine import URL

    from stewardship.provider import Provider, ProviderSettings


def serve_desk(settings: Settings, port: int, console: Console) -> None:
    """Run until Ctrl-C or SIGTERM. Raises: OperatorError when the port is taken or the provider of accounts is unsafe."""
    from register.access import desk_of, migrated

    refuse_taken(port)
    _provider(settings)
    rule_file = _rules(settings)
    with migrated(settings.root, settings.database_url) as address:
        with desk_of(address, settings.app_database_url, embedded=settings.database_url is None):
            pass  # a login that may do more is refused here, before any process is started
        console.print(f"Stewards' desk  http://{HOST}:{port}", highlight=False)
        console.print("bulou user add makes the first user. Ctrl-C stops.", highlight=False)
        processes = settings.desk_processes or how_many()
        run_processes(DeskMaker(settings, rule_file, address, processes), port, processes)


@dataclass(frozen=True)
class DeskMaker:
    """Makes the desk in each of its processes, over a store that is there and migrated.

    `rule_file`: what rules.toml says, read once for all of them.
    """

    settings: Settings
    rule_file: dict[str, Any]
    address: "URL"
    processes: int

    def __call__(self) -> "FastAPI":
        from assets.rules import default_rules
        from register.access import desk_of
        from stewardship import DeskSettings, create_app

        settings, frames = self.settings, self.settings.frames_root
        opened = ExitStack()
        desk = opened.enter_context(
            desk_of(
                self.address,
                settings.app_database_url,
                embedded=settings.database_url is None,
                processes=self.processes,
            )
        )
        desk.make_ready()
        defaults = default_rules(settings.link_probability)
        app = create_app(
            desk,
            _now,
            DeskSettings(rule_defaults=defaults, rule_file=self.rule_file, nights_begin=NIGHT_BEGINS),
            MentionRows(frames),
            prepared=NightFrames(frames),
            reports=ReportFrames(frames),
            provider=_provider(settings),
            trials=TrialJobs(settings),
            machine=MachineFiles(settings.root / "models", settings.landing_folder.parent / "reference"),
            landing=LandingFolder(settings.landing_folder),
        )
        app.state.opened = opened  # as long as the app
        return app


def _rules(settings: Settings) -> dict[str, Any]:
    """What rules.toml says. Raises: OperatorError for a setting that cannot be, there or in the version in force."""
    from assets.rules import file_rules, rule_settings
    from discrepancies.settings_file import BadSetting
    from pipelines.resources import open_workspace

    try:
        with open_workspace(settings) as workspace:
            rule_settings(workspace)
            return file_rules(settings.root)
    except BadSetting as fault:
        raise OperatorError(str(fault)) from None


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
