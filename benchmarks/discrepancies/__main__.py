"""`python -m benchmarks discrepancies [--seeds 1..5] [--persons 20000] [--noise 1 2]`: what is found in simulated counties, against the truth.

Each county is simulated, run night by night, exported and scored; some minutes for 20,000 persons. It is kept in the work folder, so that
a run that was broken off goes on where it was, and `--rescore` scores what is kept again. The page is written anew after each county.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from benchmarks.discrepancies.county import Made, Plan, kept, make
from benchmarks.discrepancies.report import page
from benchmarks.discrepancies.scores import Scores

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "discrepancies.md"
NOTES = "<!-- below this line the page is written by hand -->"


def seeds(text: str) -> list[int]:
    """`3`, `1..5` or `1,4`."""
    first, dots, last = text.partition("..")
    return list(range(int(first), int(last) + 1)) if dots else [int(one) for one in text.split(",")]


def main(words: Sequence[str] | None = None) -> int:
    """Runs what is not kept yet, prints the page and writes it."""
    parser = argparse.ArgumentParser(prog="benchmarks discrepancies", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=seeds("1..5"), help="3, 1..5 or 1,4")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--noise", type=float, nargs="+", default=[1.0], help="factors of the default noise")
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--every", type=int, default=14, help="days between two nights")
    parser.add_argument("--work", type=Path, default=Path(".bulou/benchmarks/discrepancies"))
    parser.add_argument(
        "--keep-homes", action="store_true", help="databases and frames too, for reading cases"
    )
    parser.add_argument("--rescore", action="store_true")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(words)
    plans = [
        Plan(seed, asked.persons, noise, asked.months, asked.every)
        for noise in asked.noise
        for seed in asked.seeds
    ]
    done: list[Scores] = []
    for plan in plans:
        done.append(_scores(plan, asked.work.resolve(), asked.rescore, asked.keep_homes))
        _write(asked.page, page(done))
    sys.stdout.write(page(done))
    return 0


def _scores(plan: Plan, work: Path, is_rescored: bool, keep_home: bool) -> Scores:
    """Kept scores, or those of the kept county, or those of a county made now."""
    file = work / f"{plan.name}.json"
    if file.exists() and not is_rescored:
        return Scores.read(file)
    made = kept(plan, work) or _made_apart(plan, work)
    scores = Scores.of(made)
    scores.write(file)
    if not keep_home:
        shutil.rmtree(made.folder / "home", ignore_errors=True)
    return scores


def _made_apart(plan: Plan, work: Path) -> Made:
    """In a process of its own, which gives back what the nights of one county leave in memory."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as apart:
        return apart.submit(make, plan, work).result()


def _write(file: Path, measured: str) -> None:
    """What was measured, above the notes that somebody wrote below the line."""
    there = file.read_text(encoding="utf-8") if file.exists() else ""
    notes = there.partition(NOTES)[2]
    machine = f"{platform.machine()}, Python {platform.python_version()}, pandas {version('pandas')}, numpy {version('numpy')}"
    title = f"# Discrepancies found, against the truth\n\n{date.today()}, {machine}: `python -m benchmarks discrepancies`."
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{title}\n\n{measured}\n{NOTES}\n{notes.strip()}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
