"""The register as of a night, as the frame that linkage and the rules read (docs/data-model.md, "Register
frame").

As of a night, each unit says what its latest effective snapshot with arrival ≤ that night says. A person whom
several units list is taken from the unit that spoke last (of one day's, the first by name), so nobody is
there twice. A unit most of whose people another unit lists since is no more (a township that was merged into
its neighbour hands over no list of its own): whom only its last list has is not on the register.

A list that breaks off ends nobody (docs/adr/0004): while a unit's newest list has less than half the rows of the one before, whom only
that one has is on the register still. The store keeps what was told; this is how it is read, so the order of arrival cannot matter.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
import pyarrow as pa
from sqlalchemy.engine import Connection

from register.bulk import copy_out
from register.database import Database

COLUMNS: Final = (
    "person_no",
    "household_no",
    "head_name",
    "relation_to_head",
    "name",
    "former_name",
    "id_number",
    "id_state",
    "sex",
    "ethnicity",
    "birth_date",
    "marital_status",
    "education",
    "occupation",
    "hukou_address",
    "residence_address",
    "area_code",
    "phone",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
    "hukou_area",
    "hukou_group",
    "hukou_door",
    "residence_area",
    "residence_group",
    "residence_door",
    "birth_date_lunar",
    "notes",
)
DATES: Final = ("birth_date", "birth_date_lunar")
MERGED_SHARE: Final = 0.5
FRAGMENT: Final = 0.5  # of the rows of the list before, as for departments' lists (`feeds.ledger`)
FEWEST_ROWS: Final = 20
_FROM_MEMBERSHIP: Final = frozenset({"household_no", "head_name", "relation_to_head"})

# Per unit the list that speaks, and the one before it while the newest is a fragment.
TOLD: Final = f"""
lists AS (
    SELECT unit, arrival, rows, row_number() OVER (PARTITION BY unit ORDER BY arrival DESC) AS age
    FROM register_import WHERE is_effective AND {{until}}
), told AS (
    SELECT unit, arrival FROM lists WHERE age = 1
    UNION ALL
    SELECT older.unit, older.arrival FROM lists AS older JOIN lists AS newest USING (unit)
    WHERE older.age = 2 AND newest.age = 1
        AND older.rows >= {FEWEST_ROWS} AND newest.rows < {FRAGMENT} * older.rows
)"""

_AS_OF = """
WITH {told}
SELECT {columns}, told.arrival, told.unit
FROM told
JOIN person AS p ON p.unit = told.unit
    AND p.valid_from <= told.arrival AND (p.valid_to IS NULL OR p.valid_to > told.arrival)
JOIN membership AS m ON m.unit = p.unit AND m.person_no = p.person_no
    AND m.valid_from <= told.arrival AND (m.valid_to IS NULL OR m.valid_to > told.arrival)
""".format(
    told=TOLD.format(until="arrival <= %(night)s"),
    columns=", ".join(f"{'m' if name in _FROM_MEMBERSHIP else 'p'}.{name}" for name in COLUMNS),
)

_TYPES: Final = {name: pa.date32() if name in DATES else pa.string() for name in COLUMNS} | {
    "arrival": pa.date32(),
    "unit": pa.string(),
}


def snapshot(database: Database, night: date) -> pd.DataFrame:
    """One row per person of the register as of `night`, ordered by person_no."""
    with database.read() as connection:
        return as_of(connection, night)


def as_of(connection: Connection, night: date) -> pd.DataFrame:
    """As `snapshot`, within a transaction. Text is object with None, dates are datetime64[ns]."""
    table = copy_out(connection, _AS_OF, {"night": night}, _TYPES)
    ordered = table.sort_by([("person_no", "ascending"), ("arrival", "descending"), ("unit", "ascending")])
    frame = ordered.to_pandas(date_as_object=False).drop_duplicates(["person_no", "unit"], keep="first")
    told_since = frame["arrival"] < frame.groupby("person_no")["arrival"].transform("max")
    is_merged = told_since.groupby(frame["unit"]).transform("mean") > MERGED_SHARE
    once = frame[~is_merged].drop_duplicates("person_no", keep="first")[list(COLUMNS)].reset_index(drop=True)
    for name in DATES:
        once[name] = once[name].astype("datetime64[ns]")
    return once
