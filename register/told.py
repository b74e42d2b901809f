"""Whom the lists that have come put on the register: the one rule, for a past night (`register.snapshot`) and for the newest register,
whose outcome `register.units` keeps with the rows so that a look-up need not work it out.

Each unit says what its newest effective list says, with the changes told since. A list that breaks off ends nobody (docs/adr/0004):
while it has less than half as many rows as the unit had persons before, whom only the unit before has is on the register still, unless
changes told since say otherwise; changes themselves are never a list that breaks off. A unit most of whose people another unit lists
since is no more (a township that was merged into its neighbour hands over no list of its own): whom only its last list has is not on
the register. A person whom several units list is taken from the unit that spoke of them last (of one day's, the first by name);
a delivery of changes speaks of those alone who are in it.

In the SQL, `u` is a unit: when it last changed (`arrival`), the arrival of its newest list (`listed`) and, while that is a fragment, when it
last changed before that (`before`) and the list then (`before_listed`). It is a row of `TOLD` or of `register_unit`. `p` is a row of `person`,
`s` the statement about the person that holds, if any.
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
SELECT n.unit, n.arrival, n.listed, b.arrival AS before, b.listed AS before_listed
FROM (
    SELECT unit, max(arrival) AS arrival, max(arrival) FILTER (WHERE coverage = 'full') AS listed
    FROM register_import WHERE is_effective AND {{until}} GROUP BY unit
) AS n
LEFT JOIN register_import AS l ON l.unit = n.unit AND l.arrival = n.listed AND l.coverage = 'full' AND l.is_effective
LEFT JOIN LATERAL (
    SELECT i.arrival, i.persons, (
        SELECT max(f.arrival) FROM register_import AS f
        WHERE f.unit = i.unit AND f.coverage = 'full' AND f.is_effective AND f.arrival <= i.arrival) AS listed
    FROM register_import AS i WHERE i.unit = n.unit AND i.is_effective AND i.arrival < n.listed
    ORDER BY i.arrival DESC LIMIT 1
) AS b ON b.persons >= {FEWEST_ROWS} AND l.rows < {FRAGMENT} * b.persons
"""


def _valid(row: str, on: str, since: str = "valid_from") -> str:
    return f"({row}.{since} <= {on} AND ({row}.valid_to IS NULL OR {row}.valid_to > {on}))"


# Of a person's rows in the unit, the one that is on the register.
IS_SHOWN: Final = f"""(
    {_valid("p", "u.arrival")} OR {_valid("p", "u.before")} AND NOT EXISTS (
        SELECT FROM person AS o WHERE o.person_no = p.person_no AND o.unit = p.unit AND {_valid("o", "u.arrival")}
    ) AND NOT EXISTS (
        SELECT FROM register_statement AS o WHERE o.person_no = p.person_no AND o.unit = p.unit AND o.is_removed
            AND {_valid("o", "u.arrival", "arrival")}
    )
)"""
# The day on which that row is looked for.
_LOOKED_AT: Final = f"CASE WHEN {_valid('p', 'u.arrival')} THEN u.arrival ELSE u.before END"
JOIN_MEMBERSHIP: Final = f"""
JOIN membership AS m ON m.person_no = p.person_no AND m.unit = p.unit AND {_valid("m", f"({_LOOKED_AT})")}
"""
# Of persons in `person AS p`, as the newest register has them.
JOIN_HOUSEHOLDS: Final = f"JOIN register_unit AS u ON u.unit = p.unit {JOIN_MEMBERSHIP}"
JOIN_STATEMENT: Final = f"""
LEFT JOIN register_statement AS s ON s.person_no = p.person_no AND s.unit = p.unit AND {_valid("s", f"({_LOOKED_AT})", "arrival")}
"""
# The arrival of the delivery that says so.
SPOKE: Final = (
    f"coalesce(s.arrival, CASE WHEN {_valid('p', 'u.arrival')} THEN u.listed ELSE u.before_listed END)"
)


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
