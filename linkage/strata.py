"""Groups of left records of which a different share is on the right table: born since it was made, of another county, a return's dependents.

Who shares what with whom is the same in all of them; how many are to be found is not, and is estimated for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from linkage.block import Blocks
from linkage.patterns import Counts, Pairing, count

PRIOR_RECORDS = 20.0
UNKNOWN = ""


def names_of(column: pd.Series) -> np.ndarray:
    """Each record's stratum as text; "" where missing."""
    return column.map(lambda value: UNKNOWN if pd.isna(value) else str(value)).to_numpy(dtype=object)


def of_blocks(blocks: Blocks, rows: np.ndarray) -> Blocks:
    """The same blocks for some left rows (bool) alone."""
    return replace(blocks, left_keys=np.where(rows, blocks.left_keys, np.uint64(0)))


def count_each(pairs: Pairing, strata: np.ndarray, names: Sequence[str]) -> Counts:
    """Pattern counts with a row for each stratum and rule, stratum by stratum."""
    found = []
    for name in names:
        part = pairs if len(names) == 1 else replace(pairs, blocks=of_blocks(pairs.blocks, strata == name))
        found.append(count(part))
    if len(found) == 1:
        return found[0]
    levels = np.concatenate([each.levels for each in found])
    distinct, at = np.unique(levels, axis=0, return_inverse=True)
    at = at.ravel()
    rows, start = [], 0
    for each in found:
        table = np.zeros((len(each.pairs), len(distinct)))
        table[:, at[start : start + len(each.levels)]] = each.pairs
        rows.append(table)
        start += len(each.levels)
    return Counts(distinct, np.concatenate(rows))


def shares(matches: np.ndarray, records: np.ndarray, overall: float) -> np.ndarray:
    """Share of each stratum's records that have a match, small ones leaning on the overall share."""
    return np.asarray((matches + PRIOR_RECORDS * overall) / (records + PRIOR_RECORDS))
