"""What leaves the house says nothing about a handful of people: small counts are blanked before a frame is shared.

A row that counts one to four people loses its numbers; and where only one of several rows that add up to a published total would be
blank, the next smallest is blanked too, or the total would give it away (secondary suppression: Willenborg & de Waal 2001, ch. 1).
One pass per dimension: enough for counts of births, no proof against somebody who holds many exports side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

ALL = "*"
SMALLEST = 5


def suppress_small(
    frame: pd.DataFrame, keys: Sequence[str], size: str, numbers: Sequence[str]
) -> pd.DataFrame:
    """`frame` with `numbers` NA in rows that count few, by the column `size`; `keys` are its dimensions, `*` their totals."""
    small = frame[size].between(1, SMALLEST - 1)
    for key in keys:
        parts = frame[frame[key].ne(ALL)]
        others = [other for other in keys if other != key]
        for _, rows in parts.groupby(others, sort=False).groups.items():
            blank = small.loc[rows]
            if blank.sum() == 1 and len(rows) > 1:
                rest = frame.loc[rows, size][~blank]
                rest = rest[rest > 0]
                if len(rest):
                    small.loc[rest.astype(float).idxmin()] = True
    shared = frame.copy()
    shared.loc[small, list(numbers)] = pd.NA
    return shared
