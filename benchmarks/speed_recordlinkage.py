"""recordlinkage on the county tables, as its guide does it: `python -m benchmarks.speed_recordlinkage FOLDER RULES`.

Blocks by every rule, compares all pairs, and lets its unsupervised classifier (ECM, binary features) decide. Writes the pairs that it takes for matches to
FOLDER/recordlinkage.parquet.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from benchmarks.rules import RULES


def main(folder: Path, rules: str) -> None:
    import pandas as pd
    import recordlinkage as rl

    warnings.simplefilter("ignore")
    feed, register = (
        pd.read_parquet(folder / f"{name}.parquet").set_index("record_id") for name in ("feed", "register")
    )
    index = rl.Index()
    for columns in RULES[rules]:
        index.block(list(columns))
    pairs = index.index(feed, register)
    compared = rl.Compare()
    for name in ("name", "mother_name", "father_name"):
        compared.string(name, name, method="jarowinkler", threshold=0.75, label=name)
    for name, least in (("id_no", 17 / 18), ("phone", 10 / 11)):
        compared.string(name, name, method="levenshtein", threshold=least - 1e-9, label=name)
    for name in ("dob", "village", "sex"):
        compared.exact(name, name, label=name)
    features = compared.compute(pairs, feed, register)
    found = rl.ECMClassifier().fit_predict(features.fillna(0))
    links = found.to_frame(index=False).set_axis(["left_id", "right_id"], axis=1)
    links.to_parquet(folder / "recordlinkage.parquet")
    sys.stdout.write(json.dumps({"pairs": len(pairs)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
