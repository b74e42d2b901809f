"""What a candidate pair costs: `python -m benchmarks.speed_pairs FOLDER MODEL` prints CPU seconds as JSON.

Links the county tables with a saved model as `linkage.link` does and tells apart what depends on records (`blocked`: both tables read, hashed, looked up and packed; `read`
is what reading alone takes, in a run of its own before) from what depends on pairs (`compared`: pairs made, told apart, compared, weighed, the best kept). Nanoseconds for each pair:
`ns` of the last alone, `ns_blocking` with what blocking and packing take, `ns_all` with reading as well.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from linkage import LinkSpec, Model
from linkage.block import BlockReport
from linkage.columns import Records
from linkage.compiled import machine_code
from linkage.patterns import matched
from linkage.score import Scorer


class Decode:
    """Reads columns and makes nothing of them."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns

    def part(self, at: int, rows: int, table: Mapping[str, Any]) -> None:
        """They are decoded already."""

    def done(self) -> dict[Any, Any]:
        """Nothing."""
        return {}


def tables(folder: Path, spec: LinkSpec) -> tuple[Records, Records]:
    """Feed and register."""
    left, right = (
        Records(folder / f"{name}.parquet", spec, side)
        for name, side in (("feed", "left"), ("register", "right"))
    )
    return left, right


def main(folder: Path, model_file: Path) -> None:
    model, nobody = Model.load(model_file), np.zeros(0, np.int32)
    machine_code()
    start = time.process_time()
    for table in tables(folder, model.spec):
        table.run(Decode([name for name in table.columns if name != "record_id"]))
    read = time.process_time()
    left, right = tables(folder, model.spec)
    pairing = matched(left, right, model.spec, told=(nobody, nobody))
    blocked = time.process_time()
    report = BlockReport.of(model.spec.blocking_rules)
    Scorer(model, pairing).candidates(report)
    compared, pairs = time.process_time() - blocked, sum(report.pairs)
    read, blocked = read - start, blocked - read
    found = {
        "read": round(read, 3),
        "blocked": round(blocked, 3),
        "compared": round(compared, 3),
        "pairs": pairs,
        "ns": round(compared / pairs * 1e9),
        "ns_blocking": round((blocked - read + compared) / pairs * 1e9),
        "ns_all": round((blocked + compared) / pairs * 1e9),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
