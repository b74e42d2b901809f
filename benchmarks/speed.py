"""Ours beside Splink on the same tables and blocking rules, each a process of its own, in turns: whole work, then scoring with a saved model.

Beside them, on demand, recordlinkage once; always the limit that no engine of this shape can be below. Prints and keeps a page of medians and ratios, CPU first
(wall time says little on a machine that others use), with the machine, the versions, and precision and recall against the truth.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from benchmarks import county
from benchmarks.process import Cost, measure
from benchmarks.rules import RULES

ENGINES = ("ours", "splink")
PARTS = ("cpu", "wall", "peak")
PACKAGES = ("numba", "numpy", "pyarrow", "pandas", "splink", "duckdb", "recordlinkage")


def right(folder: Path, engine: str) -> str:
    """Precision, recall and F1 of an engine's links."""
    truth, found = (pd.read_parquet(folder / f"{name}.parquet") for name in ("truth", engine))
    true, made = (set(zip(t.iloc[:, 0], t.iloc[:, 1])) for t in (truth, found))
    hits = len(true & made)
    return f"{hits / len(made):.5f} | {hits / len(true):.5f} | {2 * hits / (len(true) + len(made)):.5f}"


def once(python: str, engine: str, *arguments: object) -> Cost:
    """One process of an engine."""
    return measure([python, "-m", f"benchmarks.speed_{engine}", *map(str, arguments)])


def in_turns(
    folder: Path, rules: str, rounds: int, python: dict[str, str], *, is_scoring: bool
) -> dict[str, list[Cost]]:
    """Costs of each engine, round by round."""
    costs: dict[str, list[Cost]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            model = (folder / f"{engine}-{rules}.json",) if is_scoring else ()
            costs[engine].append(once(python[engine], engine, folder, rules, *model))
    return costs


def medians(runs: Sequence[Cost]) -> list[float]:
    """Of each of PARTS."""
    return [statistics.median(getattr(cost, part) for cost in runs) for part in PARTS]


def lines(folder: Path, title: str, costs: dict[str, list[Cost]]) -> list[str]:
    """A table of medians with the least and most CPU seconds, and the ratios of the others to ours."""
    page = [
        f"\n## {title}\n",
        "| | rounds | CPU s (least–most) | wall s | peak MiB | precision | recall | F1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for engine, runs in costs.items():
        cpu, wall, peak = medians(runs)
        each = [cost.cpu for cost in runs]
        page.append(
            f"| {engine} | {len(runs)} | {cpu:.1f} ({min(each):.1f}–{max(each):.1f}) | {wall:.1f} | {peak / 2**20:,.0f} | {right(folder, engine)} |"
        )
    own = medians(costs["ours"])
    for engine, runs in costs.items():
        if engine != "ours":
            ratios = [b / a for a, b in zip(own, medians(runs))]
            told = ", ".join(f"{name} {r:.1f} ×" for name, r in zip(("CPU", "wall", "memory"), ratios))
            page.append(f"\n{engine} : ours: {told}")
    return page


def beside_the_limit(scoring: Sequence[Cost], limits: Sequence[Cost]) -> list[str]:
    """CPU seconds of the linking step (a saved model, no import) beside the limit's, and for each pair."""
    found, floor = ([json.loads(cost.stdout) for cost in runs] for runs in (scoring, limits))
    link, limit = (statistics.median(run[part] for run in runs) for part, runs in (("link", found), ("cpu", floor)))  # fmt: skip
    wall = statistics.median(run["wall"] for run in floor)
    pairs = found[0]["pairs"]
    return [
        "\n## Beside the limit\n",
        "Both tables decoded, blocking columns hashed, the smaller side indexed, the other looked up, and one word read of every pair's resident record:"
        f" {limit:.2f} s CPU, {wall:.2f} s wall. Our linking step, all of it, with a saved model: {link:.2f} s CPU, {link / limit:.1f} × the limit;"
        f" {pairs:,} pairs, {link / pairs * 1e9:,.0f} ns CPU each.",
    ]


def machine() -> str:
    """What this was measured on."""
    known = []
    for package in PACKAGES:
        try:
            known.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            known.append(f"{package} (other environment)")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; {', '.join(known)}; load before {load:.1f}"


def page_of(folder: Path, asked: argparse.Namespace) -> list[str]:
    """Measure, and tell."""
    rules, rounds = asked.rules, asked.rounds
    python = {"ours": sys.executable, "splink": asked.splink_python}
    size = f"{asked.rows // 10:,} × {asked.rows:,} records, {len(RULES[rules])} rules"
    page = [
        f"# Speed beside Splink: {size}\n",
        f"{datetime.now(UTC).date()}; {machine()}; medians of rounds in turns.\n",
        "CPU is told first: where other work shares the cores, wall time says little. Engines run compiled (the first run on a machine compiles).",
    ]
    for engine in ENGINES:  # the first call saves a model, and compiles
        (folder / f"{engine}-{rules}.json").unlink(missing_ok=True)
        once(python[engine], engine, folder, rules, folder / f"{engine}-{rules}.json")
    whole = in_turns(folder, rules, rounds, python, is_scoring=False)
    if asked.recordlinkage:
        whole["recordlinkage"] = [once(asked.splink_python, "recordlinkage", folder, rules)]
    page += lines(folder, "Training and scoring", whole)
    page.append(f"\nOurs, CPU seconds of each step: `{whole['ours'][-1].stdout.strip()}`")
    scoring = in_turns(folder, rules, rounds, python, is_scoring=True)
    page += lines(folder, "Scoring with a saved model", scoring)
    limits = [once(sys.executable, "limit", folder, rules) for _ in range(rounds)]
    return page + beside_the_limit(scoring["ours"], limits)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed")
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=100_000, help="of the register")
    parser.add_argument("--rules", choices=tuple(RULES), default="heavy")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--recordlinkage", action="store_true", help="beside it, once (slow, much memory)")
    parser.add_argument("--data", type=Path, default=Path(".bulou/benchmarks"))
    parser.add_argument("--splink-python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks"))
    asked = parser.parse_args(arguments)
    folder = asked.data / str(asked.rows)
    if not (folder / "truth.parquet").exists():
        county.write(asked.rows, folder)
    text = "\n".join(page_of(folder, asked)) + "\n"
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / f"speed-{asked.rows}-{asked.rules}.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
