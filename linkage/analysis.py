"""What blocking rules would cost before any pair is compared: pairs, largest blocks, and what each rule adds to those before it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linkage.block import BlockReport, block, keys_of
from linkage.prepare import Table, as_frame
from linkage.spec import LinkSpec


def analyse(spec: LinkSpec, left: Table, right: Table | None = None) -> pd.DataFrame:
    """A row per rule: `pairs` that it makes, `adds` of them that no earlier rule makes, `largest_block` (left × right records of one key),
    `records_without` (left records that miss a column), `pairs_given_up` in blocks above the specification's limit. `right` None is deduplication.

    Blocks are counted from their keys; only `adds` walks through the pairs. Raises: SpecError when a column is missing.
    """
    a = as_frame(left, spec, "left")
    b = None if right is None else as_frame(right, spec, "right")
    blocks = block(a, b, spec.blocking_rules, spec.largest_block)
    report = BlockReport([" + ".join(rule.columns) for rule in spec.blocking_rules])
    for _ in blocks.pairs(report):
        pass
    found = report.frame()
    rows = []
    for lefts, rights in zip(
        keys_of(a, spec.blocking_rules), keys_of(a if b is None else b, spec.blocking_rules)
    ):
        keys, number = np.unique(lefts[lefts != 0], return_counts=True)
        others, size = np.unique(rights[rights != 0], return_counts=True)
        _, x, y = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
        made = number[x] * ((size[y] - 1) / 2 if blocks.is_self else size[y])
        rows.append((int(made.sum()), int(made.max(initial=0)), int((lefts == 0).sum())))
    counted = pd.DataFrame(rows, columns=["pairs", "largest_block", "records_without"])
    found = found.rename(columns={"pairs": "adds"}).drop(columns="records_given_up")
    return pd.concat([found[["rule"]], counted, found[["adds", "pairs_given_up"]]], axis=1)
