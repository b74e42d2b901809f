"""Our engine on the county tables: `python -m benchmarks.speed_ours FOLDER RULES [MODEL]`.

Trains and links; with a model file that exists it links alone, with one that does not it saves the trained model there. Writes the links to
FOLDER/ours.parquet and prints the CPU seconds of each step, and the pairs, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rules import RULES

if TYPE_CHECKING:
    from linkage import LinkSpec


def specification(rules: str) -> LinkSpec:
    """Eight comparisons, and the blocking rules of a name (`benchmarks.rules`)."""
    from linkage import LinkSpec, block_on, compare

    names = [
        compare.string(column, levels=[0.75, 0.65], term_frequency=True)
        for column in ("name", "mother_name", "father_name")
    ]
    others = [
        compare.id_number("id_no"),
        compare.string("phone", levels=[1], distance="levenshtein"),
        compare.date("dob"),
        compare.address("village"),
        compare.exact("sex", u=0.5),
    ]
    return LinkSpec([block_on(*columns) for columns in RULES[rules]], [*names, *others])


def main(folder: Path, rules: str, model_file: Path | None) -> None:
    seconds: dict[str, float] = {}
    start = time.process_time()

    def tick(step: str) -> None:
        nonlocal start
        seconds[step], start = round(time.process_time() - start, 3), time.process_time()

    from pyarrow import parquet

    from linkage import Model, link

    tick("import")
    spec = specification(rules)
    feed, register = folder / "feed.parquet", folder / "register.parquet"
    if model_file and model_file.exists():
        model = Model.load(model_file)
        tick("load")
    else:
        from linkage import train

        model = train(feed, register, spec)
        tick("train")
        if model_file:
            model.save(model_file)
            tick("save")
    result = link(feed, register, model, threshold=0.95)
    tick("link")
    parquet.write_table(
        result.links_table("link").select(["left_id", "right_id"]),
        folder / "ours.parquet",
        use_dictionary=False,
    )
    seconds["pairs"] = result.pairs_compared
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else None)
