"""What a candidate pair costs: `python -m benchmarks.speed_pairs FOLDER MODEL` prints CPU seconds as JSON.

Links the county tables with a saved model as `linkage.link` does and tells apart what depends on records (`blocked`: both tables read, hashed, looked up and packed)
from what depends on pairs (`compared`: pairs made, told apart, compared, weighed, the best kept). `ns` is the second for each pair, `ns_all` both together.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from linkage import Model
from linkage.block import BlockReport
from linkage.columns import Records
from linkage.compiled import machine_code
from linkage.patterns import matched
from linkage.score import Scorer


def main(folder: Path, model_file: Path) -> None:
    model, nobody = Model.load(model_file), np.zeros(0, np.int32)
    machine_code()
    start = time.process_time()
    left, right = (
        Records(folder / f"{name}.parquet", model.spec, side)
        for name, side in (("feed", "left"), ("register", "right"))
    )
    pairing = matched(left, right, model.spec, told=(nobody, nobody))
    blocked = time.process_time()
    report = BlockReport.of(model.spec.blocking_rules)
    Scorer(model, pairing).candidates(report)
    compared, pairs = time.process_time() - blocked, sum(report.pairs)
    blocked -= start
    found = {
        "blocked": round(blocked, 3),
        "compared": round(compared, 3),
        "pairs": pairs,
        "ns": round(compared / pairs * 1e9),
        "ns_all": round((blocked + compared) / pairs * 1e9),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
