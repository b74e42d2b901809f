"""What a county's exports are worth, as plain rows that can be kept in a file and put together over seeds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import pandas as pd

from benchmarks.discrepancies.county import Made
from simulation import score

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Scores:
    """One county's: see `simulation.ScoreTable`."""

    seed: int
    noise: float
    persons: int
    months: int
    every: int
    nights: int
    rows: int
    wall_seconds: float
    cpu_seconds: float
    open_findings: int
    repeats: int
    types: Rows
    strata: Rows
    values: Rows

    @classmethod
    def of(cls, made: Made) -> Self:
        """Scored as of the last night; the nights are not run again."""
        table = score(made.truth, *made.exports, night=made.nights[-1], nights=made.nights)
        return cls(
            seed=made.plan.seed,
            noise=made.plan.noise,
            persons=made.plan.persons,
            months=made.plan.months,
            every=made.plan.every,
            nights=len(made.nights),
            rows=made.rows,
            wall_seconds=made.wall_seconds,
            cpu_seconds=made.cpu_seconds,
            open_findings=table.open_findings,
            repeats=table.repeats,
            types=_plain(table.types),
            strata=_plain(table.strata),
            values=_plain(table.values),
        )

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def _plain(frame: pd.DataFrame) -> Rows:
    """Rows as JSON has them: whole numbers, decimals, None where there is nothing to divide by."""
    rows: Rows = json.loads(frame.to_json(orient="records", force_ascii=False))
    return rows
