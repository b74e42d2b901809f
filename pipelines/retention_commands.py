"""`bulou retention`: what is kept how long, what must not be deleted, and the job that deletes the rest."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.settings import Settings
from pipelines.store_work import OPERATOR, say, store_work

retention_app = typer.Typer(
    help="What is kept how long, and what must not be deleted. Everything done is in the audit chain.",
    no_args_is_help=True,
)


@retention_app.command("list")
def list_rules() -> None:
    """Show the rules with their days, and the holds that stand."""
    from register.retention import FILES, RULES

    with store_work(Settings()) as (work, _):
        days, holds = work.retention.days(), work.retention.holds()
    for what, rule in {**RULES, **FILES}.items():
        say(f"{what:<22}{days[what]:>6} days, then {rule.action}: {rule.says}")
    for hold in holds:
        say(f"hold {hold.hold_id} on {hold.subject_kind} {hold.subject_id}: {hold.reason}")


@retention_app.command("set")
def set_days(
    what: Annotated[str, typer.Argument(help="A rule of bulou retention list.")],
    days: Annotated[int, typer.Argument(help="How many days it is kept after it has ended.")],
) -> None:
    """Keep something for another number of days."""
    with store_work(Settings()) as (work, now):
        work.retention.set_days(what, days, OPERATOR, now)
    say(f"{what} is kept for {days} days")


@retention_app.command("run")
def run(
    is_only_shown: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
) -> None:
    """Delete or erase what has been kept long enough and lies under no hold."""
    from pipelines.retention import run_retention
    from register.retention import FILES

    done = run_retention(Settings(), datetime.now(UTC), is_only_shown=is_only_shown)
    would = "would be " if is_only_shown else ""
    for what, number in done.items():
        say(f"{what:<22}{number:>9,} {'files' if what in FILES else 'rows'} {would}gone")


@retention_app.command("hold")
def hold(
    kind: Annotated[str, typer.Argument(help="person, household, discrepancy or everything.")],
    subject: Annotated[
        str, typer.Argument(help="The register's number or the discrepancy's id; * for everything.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; no names here.")],
) -> None:
    """Let nothing about somebody be deleted until the hold is lifted."""
    with store_work(Settings()) as (work, now):
        hold_id = work.retention.hold(kind, subject, reason, OPERATOR, now)
    say(f"hold {hold_id} stands")


@retention_app.command("lift")
def lift(hold_id: Annotated[int, typer.Argument(help="The number of the hold.")]) -> None:
    """Lift a hold."""
    with store_work(Settings()) as (work, now):
        work.retention.lift(hold_id, OPERATOR, now)
    say(f"hold {hold_id} is lifted")
