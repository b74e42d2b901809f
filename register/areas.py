"""The area table of a deployment (`reference/areas.csv`), with its history, and with it what every grant reaches."""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.errors import InvalidInput
from register.grants import GrantStore

COLUMNS: Final = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")
_ALWAYS: Final = date(1, 1, 1)


def replace_areas(connection: Connection, areas: pd.DataFrame) -> int:
    """Makes the table hold exactly these areas. A missing `valid_from` means always. Raises: InvalidInput."""
    missing = [name for name in COLUMNS if name not in areas.columns]
    if missing:
        raise InvalidInput(f"areas lack the columns {', '.join(missing)}")
    frame = areas[list(COLUMNS)].copy()
    for name in ("valid_from", "valid_to"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601").dt.date.astype(object)
    frame["valid_from"] = frame["valid_from"].where(frame["valid_from"].notna(), _ALWAYS)
    for name in ("parent", "successor"):
        frame[name] = frame[name].where(frame[name].notna() & (frame[name] != ""), None)
    frame = frame.drop_duplicates(["code", "valid_from"], keep="last")
    connection.execute(sa.text("LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(sa.text("DELETE FROM area"))
    rows = copy_in(connection, "area", frame)
    GrantStore(connection).refresh_areas()
    return rows
