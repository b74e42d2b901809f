"""What the assets work with: one open database, one frame store, one landing folder, and the lock that lets one night run at a time.

The lock is PostgreSQL's own (session-level advisory), so a process that is killed holds nothing, and it works between
machines. A second run waits: the nights are idempotent, the second finds little left to do.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.store import FrameStore
from assets.workspace import Workspace
from pipelines.settings import Settings
from register import priority

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from register.database import Database

NIGHT_LOCK = 0x62756C6F75  # "bulou"
WAITING = "another night is running here; waiting for it to end"


@contextmanager
def open_workspace(settings: Settings, landing: Path | None = None) -> Iterator[Workspace]:
    """The workspace over the embedded database of `settings.root`, or the external one; closed at the end."""
    from register.database import open_database

    with open_database(settings.root, settings.database_url) as database:
        yield Workspace(
            home=settings.root,
            landing=landing or settings.landing_folder,
            store=FrameStore(settings.frames_root),
            database=database,
            stability_seconds=settings.stability_seconds,
            link_probability=settings.link_probability,
            possible_probability=settings.possible_probability,
        )


def take_what_others_leave(database: "Database") -> None:
    """What has the whole night comes after whoever answers a person, in this process and in the embedded server; with its connections made anew."""
    priority.give_way()
    database.dispose()


@contextmanager
def one_at_a_time(engine: "Engine", say: Callable[[str], None]) -> Iterator[None]:
    """Hold the night's lock; `say` is told once when somebody else has it."""
    from sqlalchemy import text

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"key": NIGHT_LOCK}
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one():
            say(WAITING)
            connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def workspace_resource(settings: Settings) -> dg.ResourceDefinition:
    """The Dagster resource `workspace`; its only run setting is the landing folder (the database address stays out of Dagster)."""

    @dg.resource(
        config_schema={"landing": dg.Field(str, is_required=False, description="landing folder of this run")},
        description="The county's state, held by one night at a time.",
    )
    def workspace(context: dg.InitResourceContext) -> Iterator[Workspace]:
        landing = context.resource_config.get("landing")
        say = context.log.warning if context.log else _silent
        with open_workspace(settings, Path(landing) if landing else None) as opened:
            take_what_others_leave(opened.database)
            with one_at_a_time(opened.database.engine, say):
                yield opened
                _tidy(opened.database, say)

    return workspace


def _tidy(database: "Database", say: Callable[[str], None]) -> None:
    """After a night, so that the desk finds in the indexes what the night has written. That it cannot be done changes no night."""
    from register.errors import StoreError

    try:
        database.tidy()
    except StoreError as fault:
        say(f"the tables that the night has written were not vacuumed: {fault}")


def _silent(_: str) -> None:
    """Without a log there is nobody to tell."""
