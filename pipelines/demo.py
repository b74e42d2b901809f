"""`bulou demo`: a fictional county from its first delivery to a table of what was found against the truth.

The only place outside the simulation that reads the truth, and only after the last night: the nights themselves see the
landing folder and the reference data, like those of a real county.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipelines.errors import OperatorError
from pipelines.receipts import print_nights
from pipelines.settings import Settings

if TYPE_CHECKING:
    from simulation import ScoreTable

MONTHS = 2
NIGHT_EVERY_DAYS = 14
EXPORTS = ("discrepancies", "evidence", "links")
MARK = "county.txt"


def run_demo(settings: Settings, persons: int, seed: int, console: Console) -> None:
    """Everything lies under `BULOU_HOME/demo`, which is made anew each time."""
    from simulation import simulate

    home = settings.root / "demo"
    _clear(home)
    with Console(stderr=True).status(f"simulating a county of {persons:,}"):
        county = simulate(persons, seed, home / "county", months=MONTHS)
    (home / MARK).write_text(f"persons {persons}, seed {seed}, months {MONTHS}\n", encoding="utf-8")
    console.print(
        f"A fictional county: {county.persons:,} persons, {county.files:,} files, {county.rows:,} rows.",
        highlight=False,
    )
    _nights(settings, home, str(county.first_night), str(county.last_night), console)
    with Console(stderr=True).status("holding what was found against the truth"):
        scores = _score(settings, home)
    console.print(_table(scores))
    console.print(
        f"What was found: {home / 'exports'}. The nights in Dagster:", highlight=False, soft_wrap=True
    )
    landing = home / "county" / "landing"
    console.print(f"  BULOU_HOME={home} BULOU_LANDING={landing} bulou up", highlight=False, soft_wrap=True)


def _clear(home: Path) -> None:
    """Remove an earlier demo, and only one."""
    if not home.exists():
        return
    if not (home / MARK).exists() and any(home.iterdir()):
        raise OperatorError(f"{home} holds something that is no demo; move it away")
    shutil.rmtree(home)


def _nights(settings: Settings, home: Path, first: str, last: str, console: Console) -> None:
    """A night every two weeks: each takes what arrived since the one before."""
    from pipelines.running import run_nights

    days = [date.fromisoformat(first)]
    while days[-1] < date.fromisoformat(last):
        days.append(min(days[-1] + timedelta(days=NIGHT_EVERY_DAYS), date.fromisoformat(last)))
    print_nights(run_nights(settings.at_home(home), days, home / "county" / "landing"), len(days), console)


def _score(settings: Settings, home: Path) -> "ScoreTable":
    """Export what was found, then read the truth."""
    from pipelines.exporting import export_from
    from pipelines.resources import open_workspace
    from register.discrepancies import DiscrepancyStore
    from simulation import score

    exports = home / "exports"
    exports.mkdir()
    files = {what: exports / f"{what}.csv" for what in EXPORTS}
    with open_workspace(settings.at_home(home)) as workspace:
        for what, file in files.items():
            export_from(workspace, what, file)
        with workspace.database.read() as connection:
            night = DiscrepancyStore(connection).last_applied()
    if night is None:
        raise OperatorError("the demo's nights found nothing to do")
    return score(home / "county" / "truth", *files.values(), night=night)


def _table(scores: "ScoreTable") -> Table:
    header, *rows = scores.render()
    table = Table(title="What was found, against the truth", title_justify="left", box=None, pad_edge=False)
    for place, title in enumerate(header):
        table.add_column(title, justify="left" if place == 0 else "right", no_wrap=place == 0)
    for row in rows:
        table.add_row(*row)
    return table
