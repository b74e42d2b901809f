"""`python -m benchmarks.accuracy [set…]`: links each set without its truth, then measures against it."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, fields
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.accuracy import measure, other_sets, pseudopeople_sets, specs
from benchmarks.accuracy.data import DataSet
from linkage import LinkSpec, dedupe, link, train

FEEDS = ("wic", "census2030", "1040", "w2")
SETS = ("febrl4", "febrl4-without-number", *FEEDS, *(f"{feed}-raised" for feed in FEEDS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a Markdown table, a row per set and threshold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks accuracy", description=__doc__)
    parser.add_argument("sets", nargs="*", help=f"{', '.join(SETS)}; or a Parquet file of historical persons")
    parser.add_argument(
        "--threshold", type=float, action="append", help="probability of a link (0.5 and 0.9)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated errors")
    given = parser.parse_args(arguments)
    say = sys.stdout.write
    say(f"{platform.machine()}, Python {platform.python_version()}, pandas {version('pandas')}, ")
    say(
        f"numpy {np.__version__}\n\n| set | threshold | seconds | {' | '.join(HEAD)} |\n|{'---|' * (len(HEAD) + 3)}\n"
    )
    for name in given.sets or SETS:
        data, spec = _set(name, given.seed)
        for row in _rows(data, spec, given.threshold or [0.5, 0.9]):
            say(f"| {Path(name).stem} | {row} |\n")
            sys.stdout.flush()
    return 0


HEAD = [field.name.replace("_", " ") for field in fields(measure.Accuracy)]


def _set(name: str, seed: int) -> tuple[DataSet, LinkSpec]:
    if name.startswith("febrl4"):
        return other_sets.febrl4(), specs.febrl(has_number=name == "febrl4")
    if name in SETS:
        data = pseudopeople_sets.load(name, seed=seed)
        return data, specs.population(has_birth_date=bool(data.left["birth_date"].notna().any()))
    return other_sets.historical(Path(name)), specs.historical()


def _rows(data: DataSet, spec: LinkSpec, thresholds: Sequence[float]) -> list[str]:
    start = time.perf_counter()
    model = train(data.left, data.right, spec)
    found = []
    for threshold in thresholds:
        if data.right is None:
            accuracy = measure.of_clusters(data, dedupe(data.left, model, threshold))
        else:
            accuracy = measure.of_links(data, link(data.left, data.right, model, threshold))
        numbers = [f"{x:.0f}" if x > 1 else "–" if np.isnan(x) else f"{x:.5f}" for x in astuple(accuracy)]
        found.append(f"{threshold:g} | {time.perf_counter() - start:.1f} | {' | '.join(numbers)}")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
