"""What blocking rules would cost before any pair is compared: pairs, largest blocks, and what each rule adds to those before it."""

from __future__ import annotations

import numpy as np

from linkage.block import BlockReport, block
from linkage.later import pd
from linkage.prepare import Table, as_frame
from linkage.spec import LinkSpec

ANY = 2**62


def analyse(spec: LinkSpec, left: Table, right: Table | None = None) -> pd.DataFrame:
    """A row per rule: `pairs` that it makes, `adds` of them that no earlier rule makes, `largest_block` (left × right records of one key),
    `records_without` (left records that miss a column), `pairs_given_up` in blocks above the specification's limit. `right` None is deduplication.

    Blocks are counted from their keys; only `adds` walks through the pairs. Raises: SpecError when a column is missing.
    """
    a = as_frame(left, spec, "left")
    b = None if right is None else as_frame(right, spec, "right")
    blocks, whole = (block(a, b, spec.blocking_rules, most) for most in (spec.largest_block, ANY))
    report = BlockReport([" + ".join(rule.columns) for rule in spec.blocking_rules])
    for _ in blocks.pairs(report):
        pass
    found = report.frame()
    rows = []
    for rule, sides in zip(spec.blocking_rules, zip(whole.left, whole.right)):
        lefts, rights = (np.bincount(own[own >= 0], minlength=len(whole.starts)) for own in sides)
        made = lefts * ((rights - 1) / 2 if whole.is_self else rights)
        without = pd.DataFrame({column: a[column].isna() for column in rule.columns}).any(axis=1)
        rows.append((int(made.sum()), int(made.max(initial=0)), int(without.sum())))
    counted = pd.DataFrame(rows, columns=["pairs", "largest_block", "records_without"])
    found = found.rename(columns={"pairs": "adds"}).drop(columns="records_given_up")
    return pd.concat([found[["rule"]], counted, found[["adds", "pairs_given_up"]]], axis=1)
