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
    judged: list[str] = []
    for name in given.sets or SETS:
        data, spec = _set(name, given.seed)
        for threshold, row, told in _rows(data, spec, given.threshold or [0.5, 0.9]):
            say(f"| {Path(name).stem} | {threshold:g} | {row} |\n")
            sys.stdout.flush()
            judged += [f"| {Path(name).stem} | {threshold:g} | {line} |\n" for line in _told_lines(told)]
    say(
        f"\nTold without truth, and whether within a factor of {measure.NEAR} of it.\n\n| set | threshold | rate | truth | "
    )
    say(f"{' | '.join(measure.METHODS)} |\n|{'---|' * (len(measure.METHODS) + 4)}\n{''.join(judged)}")
    return 0


def _told_lines(told: Sequence[measure.Told]) -> list[str]:
    """A line per rate: truth, then each method's estimate."""
    lines = []
    for rate in dict.fromkeys(one.rate for one in told):
        own = {one.method: one for one in told if one.rate == rate}
        cells = [
            f"{own[name].estimated:.5f} {'yes' if own[name].is_near else 'no'}" if name in own else "–"
            for name in measure.METHODS
        ]
        lines.append(f"{rate} | {next(iter(own.values())).truth:.5f} | {' | '.join(cells)}")
    return lines


HEAD = [field.name.replace("_", " ") for field in fields(measure.Accuracy)]


def _set(name: str, seed: int) -> tuple[DataSet, LinkSpec]:
    if name.startswith("febrl4"):
        return other_sets.febrl4(), specs.febrl(has_number=name == "febrl4")
    if name in SETS:
        data = pseudopeople_sets.load(name, seed=seed)
        return data, specs.population(has_birth_date=bool(data.left["birth_date"].notna().any()))
    return other_sets.historical(Path(name)), specs.historical()


def _rows(
    data: DataSet, spec: LinkSpec, thresholds: Sequence[float]
) -> list[tuple[float, str, list[measure.Told]]]:
    start = time.perf_counter()
    model = train(data.left, data.right, spec)
    found = []
    for threshold in thresholds:
        if data.right is None:
            result = dedupe(data.left, model, threshold)
            accuracy = measure.of_clusters(data, result)
        else:
            result = link(data.left, data.right, model, threshold)
            accuracy = measure.of_links(data, result)
        numbers = [f"{x:.0f}" if x > 1 else "–" if np.isnan(x) else f"{x:.5f}" for x in astuple(accuracy)]
        row = f"{time.perf_counter() - start:.1f} | {' | '.join(numbers)}"
        found.append((threshold, row, measure.told(accuracy, result)))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
