"""The register as of a night, as the frame that linkage and the rules read (docs/data-model.md, "Register
frame").

Who is on it, `register.told` says, of the effective deliveries with arrival ≤ that night; nobody is there twice. The store keeps what
was told; this is how it is read, so the order of arrival cannot matter.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
import pyarrow as pa
from sqlalchemy.engine import Connection

from register.bulk import copy_out
from register.database import Database
from register.told import (
    IS_SHOWN,
    JOIN_MEMBERSHIP,
    JOIN_STATEMENT,
    SPOKE,
    TOLD,
    in_order,
    merged_units,
    one_each,
)

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
_FROM_MEMBERSHIP: Final = frozenset({"household_no", "head_name", "relation_to_head"})

_AS_OF = """
SELECT {columns}, {spoke} AS arrival, u.unit
FROM ({told}) AS u
JOIN person AS p ON p.unit = u.unit AND {is_shown}
{join_membership}
{join_statement}
""".format(
    told=TOLD.format(until="arrival <= %(night)s"),
    columns=", ".join(f"{'m' if name in _FROM_MEMBERSHIP else 'p'}.{name}" for name in COLUMNS),
    spoke=SPOKE,
    is_shown=IS_SHOWN,
    join_membership=JOIN_MEMBERSHIP,
    join_statement=JOIN_STATEMENT,
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
    frame = in_order(copy_out(connection, _AS_OF, {"night": night}, _TYPES))
    sizes = {str(unit): int(rows) for unit, rows in frame["unit"].value_counts().items()}
    standing = frame[~frame["unit"].isin(merged_units(frame, sizes))]
    once = one_each(standing)[list(COLUMNS)].reset_index(drop=True)
    for name in DATES:
        once[name] = once[name].astype("datetime64[ns]")
    return once
