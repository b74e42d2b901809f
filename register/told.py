"""Whom the lists that have come put on the register: the one rule, for a past night (`register.snapshot`) and for the newest register,
whose outcome `register.units` keeps with the rows so that a look-up need not work it out.

Each unit says what its newest effective list says. A list that breaks off ends nobody (docs/adr/0004): while it has less than half
the rows of the one before, whom only that one has is on the register still. A unit most of whose people another unit lists
since is no more (a township that was merged into its neighbour hands over no list of its own): whom only its last list has is not on
the register. A person whom several units list is taken from the unit that spoke last (of one day's, the first by name).

In the SQL, `u` is a unit with the arrival of its newest list and, while that is a fragment, of the one `before`: a row of `TOLD` or
of `register_unit`. `p` is a row of `person`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import pyarrow as pa

MERGED_SHARE: Final = 0.5
FRAGMENT: Final = 0.5  # of the rows of the list before, as for departments' lists (`feeds.ledger`)
FEWEST_ROWS: Final = 20

TOLD: Final = f"""
SELECT unit, arrival, CASE WHEN rows_before >= {FEWEST_ROWS} AND rows < {FRAGMENT} * rows_before THEN before END AS before
FROM (
    SELECT unit, arrival, rows, row_number() OVER lists AS age, lead(arrival) OVER lists AS before, lead(rows) OVER lists AS rows_before
    FROM register_import WHERE is_effective AND {{until}}
    WINDOW lists AS (PARTITION BY unit ORDER BY arrival DESC)
) AS list WHERE age = 1
"""


def _valid(row: str, on: str) -> str:
    return f"({row}.valid_from <= {on} AND ({row}.valid_to IS NULL OR {row}.valid_to > {on}))"


# Of a person's rows in the unit, the one that is on the register.
IS_SHOWN: Final = f"""(
    {_valid("p", "u.arrival")} OR {_valid("p", "u.before")} AND NOT EXISTS (
        SELECT FROM person AS o WHERE o.person_no = p.person_no AND o.unit = p.unit AND {_valid("o", "u.arrival")})
)"""
# The arrival of the list that says so.
SPOKE: Final = f"CASE WHEN {_valid('p', 'u.arrival')} THEN u.arrival ELSE u.before END"
JOIN_MEMBERSHIP: Final = f"""
JOIN membership AS m ON m.person_no = p.person_no AND m.unit = p.unit AND {_valid("m", f"({SPOKE})")}
"""


def in_order(shown: pa.Table) -> pd.DataFrame:
    """Of each person the row that was told last first, of one day's that of the first unit by name. `shown` has a row per person and
    unit: `person_no, unit, arrival` of the list that says so, and whatever else.
    """
    order = [("person_no", "ascending"), ("arrival", "descending"), ("unit", "ascending")]
    return shown.sort_by(order).to_pandas(date_as_object=False)


def merged_units(several: pd.DataFrame, sizes: Mapping[str, int]) -> set[str]:
    """The units that are no more.

    Args:
        several: rows of `in_order`: at least those of the persons whom more than one unit shows.
        sizes: how many persons a unit shows, for every unit in `several`.
    """
    told_since = several["arrival"] < several.groupby("person_no")["arrival"].transform("max")
    since = several["unit"][told_since].value_counts()
    return {str(unit) for unit, rows in since.items() if rows > MERGED_SHARE * sizes[str(unit)]}


def one_each(shown: pd.DataFrame) -> pd.DataFrame:
    """Of rows in order and of units that are there still, those on the register."""
    return shown.drop_duplicates("person_no", keep="first")
