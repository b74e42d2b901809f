"""Since when the register has had a person: for how long births took to get there."""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
import pyarrow as pa

from register.bulk import copy_out
from register.database import Database

COLUMNS: Final = ("person_no", "shown_on", "is_first_list")

_FIRST_SHOWN = """
WITH began AS (
    SELECT unit, min(arrival) FILTER (WHERE coverage = 'full') AS began FROM register_import
    WHERE is_effective AND arrival <= %(night)s GROUP BY unit
)
SELECT DISTINCT ON (p.person_no) p.person_no, p.valid_from, ((p.valid_from = began.began) IS TRUE)::int
FROM person AS p JOIN began ON began.unit = p.unit
WHERE p.valid_from <= %(night)s AND p.birth_date >= %(born_from)s
ORDER BY p.person_no, p.valid_from, p.unit
"""
_TYPES: Final = {"person_no": pa.string(), "shown_on": pa.date32(), "is_first_list": pa.bool_()}


def first_shown(database: Database, night: date, born_from: date) -> pd.DataFrame:
    """`COLUMNS` of everybody born since `born_from` whom any delivery up to `night` showed: the day it arrived, and whether it was
    its unit's first, which says only that the person was on the register before.
    """
    with database.read() as connection:
        table = copy_out(connection, _FIRST_SHOWN, {"night": night, "born_from": born_from}, _TYPES)
    frame = table.to_pandas(date_as_object=False)
    return frame.assign(shown_on=frame["shown_on"].astype("datetime64[ns]"))
