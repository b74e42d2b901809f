"""`bulou backup`, `bulou restore`, `bulou doctor`: running the house."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.errors import OperatorError
from pipelines.settings import Settings
from pipelines.store_work import say


def add_commands(app: typer.Typer) -> None:
    """Puts the commands into the program's."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("doctor")(doctor)


def backup(
    out: Annotated[Path, typer.Option("--out", help="A new folder; keep it as you keep the register.")],
) -> None:
    """Write store, frames, models and rules to a new folder, and prove that the store can be restored from it."""
    from pipelines.backup import back_up

    folder = out.expanduser().resolve()
    if not folder.parent.is_dir():
        raise OperatorError(f"the folder {folder.parent} does not exist")
    with Console(stderr=True).status("backing up"):
        report = back_up(Settings(), folder)
    say(f"{report.files:,} files and {report.rows:,} rows in {folder}; restored once as a proof")


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that bulou backup wrote.")],
) -> None:
    """Bring a backup into an empty BULOU_HOME (and an empty external database, if one is set)."""
    from pipelines.backup import restore as bring_back

    with Console(stderr=True).status("restoring"):
        report = bring_back(Settings(), source.expanduser().resolve())
    say(
        f"{report.files:,} files and {report.rows:,} rows are back; the audit chain of {report.audit_entries:,} entries is whole"
    )


def doctor() -> None:
    """Say what is missing, misconfigured, stale or unsafe, and what to do. Changes nothing; exit code 1 when anything is bad."""
    from datetime import UTC, datetime

    from pipelines.doctor import examine

    is_bad = False
    for finding in examine(Settings(), datetime.now(UTC)):
        is_bad = is_bad or finding.level == "bad"
        say(f"{finding.level:<5}{finding.what}" + (f"\n     → {finding.do}" if finding.do else ""))
    if is_bad:
        raise typer.Exit(1)
