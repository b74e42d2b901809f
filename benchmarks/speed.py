"""Ours beside Splink on the same tables and blocking rules, each a process of its own, in turns: whole work, then scoring with a saved model.

Prints and keeps a page of medians and ratios, with the machine, the versions, and precision and recall against the truth.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from benchmarks import county
from benchmarks.process import Cost, measure
from benchmarks.rules import RULES

ENGINES = ("ours", "splink")


def right(folder: Path, engine: str) -> str:
    """Precision, recall and F1 of an engine's links."""
    truth, found = (pd.read_parquet(folder / f"{name}.parquet") for name in ("truth", engine))
    true, made = (set(zip(t.iloc[:, 0], t.iloc[:, 1])) for t in (truth, found))
    hits = len(true & made)
    return f"{hits / len(made):.5f} | {hits / len(true):.5f} | {2 * hits / (len(true) + len(made)):.5f}"


def in_turns(
    folder: Path, rules: str, rounds: int, python: dict[str, str], *, is_scoring: bool
) -> dict[str, list[Cost]]:
    """Costs of each engine, round by round."""
    costs: dict[str, list[Cost]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            command = [python[engine], "-m", f"benchmarks.speed_{engine}", str(folder), rules]
            model = folder / f"{engine}-{rules}.json"
            costs[engine].append(measure([*command, str(model)] if is_scoring else command))
    return costs


def lines(folder: Path, title: str, costs: dict[str, list[Cost]]) -> list[str]:
    """A table of medians, and the ratios ours : Splink."""
    medians = {
        engine: [statistics.median(getattr(cost, part) for cost in runs) for part in ("wall", "cpu", "peak")]
        for engine, runs in costs.items()
    }
    page = [
        f"\n## {title}\n",
        "| | wall s | CPU s | peak MiB | precision | recall | F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine, (wall, cpu, peak) in medians.items():
        page.append(f"| {engine} | {wall:.1f} | {cpu:.1f} | {peak / 2**20:,.0f} | {right(folder, engine)} |")
    ratios = [b / a for a, b in zip(medians["ours"], medians["splink"])]
    page.append(
        "\nSplink : ours: "
        + ", ".join(f"{name} {r:.1f} ×" for name, r in zip(("wall", "CPU", "memory"), ratios))
    )
    page.append(f"\nOurs, seconds of each step: `{costs['ours'][-1].stdout.strip()}`")
    return page


def machine() -> str:
    """What this was measured on."""
    known = []
    for package in ("numba", "numpy", "pyarrow", "pandas", "splink", "duckdb"):
        try:
            known.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            known.append(f"{package} (other environment)")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; {', '.join(known)}; load before {load:.1f}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed")
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=100_000, help="of the register")
    parser.add_argument("--rules", choices=tuple(RULES), default="heavy")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(".bulou/benchmarks"))
    parser.add_argument("--splink-python", default=sys.executable, help="interpreter that has Splink")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    asked = parser.parse_args(arguments)
    folder = asked.data / str(asked.rows)
    if not (folder / "truth.parquet").exists():
        county.write(asked.rows, folder)
    python = {"ours": sys.executable, "splink": asked.splink_python}
    now = datetime.now(UTC).date()
    pairs = f"{asked.rows // 10:,} × {asked.rows:,} records, {len(RULES[asked.rules])} rules"
    page = [
        f"# Speed beside Splink: {pairs}\n",
        f"{now}; {machine()}; medians of {asked.rounds} round(s) in turns.",
    ]
    page += lines(
        folder, "Training and scoring", in_turns(folder, asked.rules, asked.rounds, python, is_scoring=False)
    )
    for engine in ENGINES:  # the first call saves a model
        (folder / f"{engine}-{asked.rules}.json").unlink(missing_ok=True)
    in_turns(folder, asked.rules, 1, python, is_scoring=True)
    page += lines(
        folder,
        "Scoring with a saved model",
        in_turns(folder, asked.rules, asked.rounds, python, is_scoring=True),
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    text = "\n".join(page) + "\n"
    (asked.out / f"speed-{asked.rows}-{asked.rules}.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
