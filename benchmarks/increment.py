"""An index brought up to date beside linking both tables anew, in one process, and whether both give the same: `python -m benchmarks increment`.

Changes are drawn at random: of the register 1 in 1,000 rows changed (a phone number goes to another) and 1 in 5,000 gone, of the feed 1 in 200 changed (a village).
Prints JSON: wall and CPU seconds of each step.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import county
from benchmarks.rules import RULES
from benchmarks.speed_ours import specification
from linkage import Index, LinkResult, link, train


def changed(table: pd.DataFrame, every: int, column: str, seed: int) -> pd.DataFrame:
    """One row in so many, one column's values shuffled among them."""
    rows = np.random.default_rng(seed).permutation(len(table))[: len(table) // every]
    found = table.iloc[np.sort(rows)].copy()
    return found.assign(**{column: found[column].sample(frac=1, random_state=seed).to_numpy()})


def is_same(a: LinkResult, b: LinkResult) -> bool:
    """Whether links, candidates and probabilities of being missing are, to the last bit."""
    frames = a.links.equals(b.links) and a.candidates.equals(b.candidates)
    return bool(frames and a.missing_probability.equals(b.missing_probability))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks increment")
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=100_000, help="of the register")
    parser.add_argument("--rules", choices=tuple(RULES), default="heavy")
    parser.add_argument("--data", type=Path, default=Path(".bulou/benchmarks"))
    asked = parser.parse_args(arguments)
    folder = asked.data / str(asked.rows)
    if not (folder / "truth.parquet").exists():
        county.write(asked.rows, folder)
    seconds: dict[str, Any] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        seconds[step] = {
            "wall": round(time.perf_counter() - wall, 2),
            "cpu": round(time.process_time() - cpu, 2),
        }
        return found

    paths = folder / "feed.parquet", folder / "register.parquet"
    feed, register = map(pd.read_parquet, paths)
    model = timed("train", lambda: train(*paths, specification(asked.rules)))
    new, rows = changed(feed, 200, "village", 1), changed(register, 1000, "phone", 2)
    others = register.record_id[~register.record_id.isin(rows.record_id)]
    gone = others.sample(len(register) // 5000, random_state=3)
    with tempfile.TemporaryDirectory() as kept:
        index = timed("create", lambda: Index.create(Path(kept) / "index", *paths, model))
        index = timed("open", lambda: Index.open(index.folder))
        index = timed("update", lambda: index.update(new, rows, gone_right=gone))
        found = timed("result", index.result)
        timed("update of one", lambda: index.update(new.iloc[:1]))
    lefts = pd.concat([feed[~feed.record_id.isin(new.record_id)], new])
    rights = pd.concat([register[~register.record_id.isin({*rows.record_id, *gone})], rows])
    for table, path in ((lefts, folder / "feed-now.parquet"), (rights, folder / "register-now.parquet")):
        table.to_parquet(path, index=False)
    anew = timed(
        "link anew", lambda: link(folder / "feed-now.parquet", folder / "register-now.parquet", model)
    )
    sys.stdout.write(
        json.dumps({**seconds, "links": len(anew.links), "is_same": is_same(found, anew)}) + "\n"
    )
