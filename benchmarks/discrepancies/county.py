"""One simulated county through its nights: simulated, run, exported; what is left behind can be scored again without the nights.

The nights see the landing folder and the reference data alone. A county that was broken off is made anew, one that is done is
kept: its truth, its exports of the last night and the nights that were run.
"""

from __future__ import annotations

import gc
import json
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

EXPORTS = ("discrepancies", "evidence", "links")
DONE = "done.json"


@dataclass(frozen=True)
class Plan:
    """Which county. `noise`: factor of the default rates; `every`: days between two nights."""

    seed: int
    persons: int = 20_000
    noise: float = 1.0
    months: int = 3
    every: int = 14

    @property
    def name(self) -> str:
        return f"{self.persons}-{self.months}m-every{self.every}-noise{self.noise:g}-seed{self.seed}"


@dataclass(frozen=True)
class Made:
    """A county that is done, and what it took."""

    plan: Plan
    folder: Path
    nights: tuple[date, ...]
    rows: int
    wall_seconds: float
    cpu_seconds: float

    @property
    def truth(self) -> Path:
        return self.folder / "county" / "truth"

    @property
    def exports(self) -> tuple[Path, ...]:
        return tuple(self.folder / f"{what}.csv" for what in EXPORTS)


def kept(plan: Plan, work: Path) -> Made | None:
    """The county of an earlier run, if it came to its end."""
    done = work / plan.name / DONE
    if not done.exists():
        return None
    facts = json.loads(done.read_text(encoding="utf-8"))
    nights = tuple(date.fromisoformat(night) for night in facts["nights"])
    return Made(plan, done.parent, nights, facts["rows"], facts["wall_seconds"], facts["cpu_seconds"])


def make(plan: Plan, work: Path) -> Made:
    """Simulates the county, runs its nights and writes the exports; some minutes for 20,000 persons."""
    from pipelines.cli import RARE_COLLECTIONS
    from pipelines.exporting import export
    from pipelines.running import run_nights
    from pipelines.settings import Settings
    from simulation import NoiseSettings, simulate

    gc.set_threshold(*RARE_COLLECTIONS)  # as the command line runs nights
    started, used = time.perf_counter(), time.process_time()
    folder = work / plan.name
    if folder.exists():
        shutil.rmtree(folder)
    noise = NoiseSettings().scaled(plan.noise)
    county = simulate(plan.persons, plan.seed, folder / "county", months=plan.months, noise=noise)
    settings = Settings(home=folder / "home", stability_seconds=0.0)
    days = nights_of(
        date.fromisoformat(county.first_night), date.fromisoformat(county.last_night), plan.every
    )
    nights = tuple(
        night
        for night, receipt in zip(days, run_nights(settings, days, folder / "county" / "landing"))
        if receipt is not None
    )
    for what in EXPORTS:
        export(settings, what, folder / f"{what}.csv")
    made = Made(plan, folder, nights, county.rows, time.perf_counter() - started, time.process_time() - used)
    facts = {name: value for name, value in asdict(made).items() if name not in ("plan", "folder")}
    text = json.dumps(facts | {"nights": [str(night) for night in nights]})
    (folder / DONE).write_text(text, encoding="utf-8")
    return made


def nights_of(first: date, last: date, every: int) -> list[date]:
    """From the first delivery to the last, both included."""
    days = range(0, (last - first).days, every)
    return [*(first + timedelta(days=offset) for offset in days), last]
