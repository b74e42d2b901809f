"""A county of 2,000 on disk and its nights, for tests that need the whole way."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pipelines.exporting import export
from pipelines.running import run_nights
from pipelines.settings import Settings
from simulation import simulate

PERSONS, SEED, MONTHS = 2_000, 13, 2
EXPORTS = ("discrepancies", "evidence", "links")


@dataclass(frozen=True)
class Deliveries:
    """A simulated county: its folder and the nights from the first delivery to the last."""

    folder: Path
    first: date
    last: date

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def nights(self) -> list[date]:
        """Every fifteenth night and the last."""
        days = (self.last - self.first).days
        return [*(self.first + timedelta(days=n) for n in range(0, days, 15)), self.last]


@dataclass(frozen=True)
class Home:
    """A BULOU_HOME of a test."""

    root: Path
    landing: Path

    @property
    def settings(self) -> Settings:
        return Settings(home=self.root, stability_seconds=0.0)

    def run(self, nights: Sequence[date]) -> None:
        list(run_nights(self.settings, nights, self.landing, is_forced=True))

    def copy(self, root: Path) -> Home:
        """The same home elsewhere: owners included, because the database may run as another user."""
        subprocess.run(["cp", "-a", str(self.root), str(root)], check=True)
        # It names the folder; the next night writes it anew.
        (root / "dagster" / "dagster.yaml").unlink(missing_ok=True)
        return Home(root, self.landing)

    def exports(self) -> dict[str, bytes]:
        """The three exports as they lie on disk."""
        found = {}
        for what in EXPORTS:
            file = self.root / f"{what}.csv"
            export(self.settings, what, file)
            found[what] = file.read_bytes()
        return found


FIRST_AND_LAST = "first_and_last"


def simulated(folder: Path) -> None:
    """A county of `PERSONS` below `folder`."""
    county = simulate(PERSONS, SEED, folder, months=MONTHS)
    (folder / FIRST_AND_LAST).write_text(f"{county.first_night} {county.last_night}", encoding="utf-8")


def delivered(folder: Path) -> Deliveries:
    """What `simulated` made."""
    first, last = (folder / FIRST_AND_LAST).read_text(encoding="utf-8").split()
    return Deliveries(folder, date.fromisoformat(first), date.fromisoformat(last))


@contextmanager
def made_once(folder: Path) -> Iterator[Path]:
    """`folder`, while no other process makes it; what a failure leaves of it is removed."""
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


_opened: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_note)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Every path that this process opens meanwhile."""
    global _opened
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None
