"""`bulou retention`: what is kept how long, what must not be deleted, and the job that deletes the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from register.work import UnitOfWork

OPERATOR = "operator"

retention_app = typer.Typer(
    help="What is kept how long, and what must not be deleted. Everything done is in the audit chain.",
    no_args_is_help=True,
)


@retention_app.command("list")
def list_rules() -> None:
    """Show the rules with their days, and the holds that stand."""
    from register.retention import RULES

    with _work() as (work, _):
        days, holds = work.retention.days(), work.retention.holds()
    for what, rule in RULES.items():
        _say(f"{what:<22}{days[what]:>6} days, then {rule.action}: {rule.says}")
    for hold in holds:
        _say(f"hold {hold.hold_id} on {hold.subject_kind} {hold.subject_id}: {hold.reason}")


@retention_app.command("set")
def set_days(
    what: Annotated[str, typer.Argument(help="A rule of bulou retention list.")],
    days: Annotated[int, typer.Argument(help="How many days it is kept after it has ended.")],
) -> None:
    """Keep something for another number of days."""
    with _work() as (work, now):
        work.retention.set_days(what, days, OPERATOR, now)
    _say(f"{what} is kept for {days} days")


@retention_app.command("run")
def run(
    is_only_shown: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
) -> None:
    """Delete or erase what has been kept long enough and lies under no hold."""
    done: dict[str, int] = {}
    try:
        with _work() as (work, now):
            done = work.retention.run(now)
            if is_only_shown:
                raise _OnlyShown
    except _OnlyShown:
        pass
    would = "would be " if is_only_shown else ""
    for what, rows in done.items():
        _say(f"{what:<22}{rows:>9,} rows {would}gone")


@retention_app.command("hold")
def hold(
    kind: Annotated[str, typer.Argument(help="person, household, discrepancy or everything.")],
    subject: Annotated[
        str, typer.Argument(help="The register's number or the discrepancy's id; * for everything.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; no names here.")],
) -> None:
    """Let nothing about somebody be deleted until the hold is lifted."""
    with _work() as (work, now):
        hold_id = work.retention.hold(kind, subject, reason, OPERATOR, now)
    _say(f"hold {hold_id} stands")


@retention_app.command("lift")
def lift(hold_id: Annotated[int, typer.Argument(help="The number of the hold.")]) -> None:
    """Lift a hold."""
    with _work() as (work, now):
        work.retention.lift(hold_id, OPERATOR, now)
    _say(f"hold {hold_id} is lifted")


class _OnlyShown(Exception):
    """Rolls a run back that was only to be shown."""


@contextmanager
def _work() -> "Iterator[tuple[UnitOfWork, datetime]]":
    from register.database import open_database
    from register.errors import InvalidInput
    from register.work import unit_of_work

    settings = Settings()
    with open_database(settings.root, settings.database_url) as database:
        try:
            with unit_of_work(database) as work:
                yield work, datetime.now(UTC)
        except InvalidInput as mistake:
            raise OperatorError(str(mistake)) from None


def _say(line: str) -> None:
    Console(highlight=False, soft_wrap=True, markup=False).print(line)
