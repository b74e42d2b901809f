"""Groups of left records of which a different share is on the right table: born since it was made, of another county, a return's dependents.

Who shares what with whom is the same in all of them; how many are to be found is not, and is estimated for each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.later import pd
from linkage.patterns import Counts, Pairing, count

PRIOR_RECORDS = 20.0
UNKNOWN = ""


def names_of(column: pd.Series) -> np.ndarray:
    """Each record's stratum as text; "" where missing."""
    return column.map(lambda value: UNKNOWN if pd.isna(value) else str(value)).to_numpy(dtype=object)


def count_each(pairs: Pairing, strata: np.ndarray, names: Sequence[str]) -> Counts:
    """Pattern counts with a row for each stratum and rule, stratum by stratum."""
    if len(names) == 1:
        return count(pairs)
    return count(pairs, pd.Categorical(strata, categories=list(names)).codes, len(names))


def shares(matches: np.ndarray, records: np.ndarray, overall: float) -> np.ndarray:
    """Share of each stratum's records that have a match, small ones leaning on the overall share."""
    return np.asarray((matches + PRIOR_RECORDS * overall) / (records + PRIOR_RECORDS))
