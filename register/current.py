"""The newest register, for single persons: what a steward sees and changes, by the rules of `register.snapshot`.

Values are text as the register has them: a cell of which nothing could be used is as it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as Stored

from register.change_plans import FIELDS, HOUSEHOLD_FIELDS, Row
from register.snapshot import MERGED_SHARE, TOLD

_TOLD = f"WITH {TOLD.format(until='true')}"
_OF_PERSONS: Final = sa.text(f"""
{_TOLD}
SELECT p.person_no, p.unit, told.arrival, p.raw,
       {", ".join(f"{'m' if name in HOUSEHOLD_FIELDS else 'p'}.{name}" for name in FIELDS)}
FROM told
JOIN person AS p ON p.unit = told.unit
    AND p.valid_from <= told.arrival AND (p.valid_to IS NULL OR p.valid_to > told.arrival)
JOIN membership AS m ON m.unit = p.unit AND m.person_no = p.person_no
    AND m.valid_from <= told.arrival AND (m.valid_to IS NULL OR m.valid_to > told.arrival)
WHERE p.person_no = ANY (:numbers)
ORDER BY told.arrival DESC, p.unit
""")
_LIKE: Final = sa.text("""
SELECT person_no FROM person WHERE valid_to IS NULL AND id_number = ANY (:ids)
UNION
SELECT p.person_no FROM person AS p
JOIN unnest(CAST(:names AS text[]), CAST(:dates AS date[])) AS wanted (name, birth_date)
    ON wanted.name = p.name AND wanted.birth_date = p.birth_date
WHERE p.valid_to IS NULL
""")
# Units most of whose people another unit lists since: whom only their last list has is not on the register.
_MERGED: Final = sa.text(f"""
{_TOLD}, mine AS (
    SELECT p.unit, p.person_no, max(told.arrival) AS arrival FROM told JOIN person AS p ON p.unit = told.unit
        AND p.valid_from <= told.arrival AND (p.valid_to IS NULL OR p.valid_to > told.arrival)
    WHERE p.unit = ANY (:units) GROUP BY p.unit, p.person_no
)
SELECT unit FROM mine GROUP BY unit
HAVING avg(CAST(EXISTS (
    SELECT FROM person AS o JOIN told AS later ON later.unit = o.unit AND later.arrival > mine.arrival
    WHERE o.person_no = mine.person_no AND o.unit <> mine.unit
        AND o.valid_from <= later.arrival AND (o.valid_to IS NULL OR o.valid_to > later.arrival)) AS int)) > :share
""")
_NEWEST: Final = sa.text("SELECT max(arrival) FROM register_import WHERE is_effective")


def current_rows(connection: Connection, numbers: Collection[str]) -> dict[str, Row]:
    """The register's rows of these persons; who is not on it is not in it."""
    if not numbers:
        return {}
    found = connection.execute(_OF_PERSONS, {"numbers": sorted(set(numbers))}).all()
    newest = connection.scalar(_NEWEST)
    older = {row.unit for row in found if row.arrival < newest}
    merged: set[str] = set()
    if older:
        merged = set(connection.scalars(_MERGED, {"units": sorted(older), "share": MERGED_SHARE}))
    rows: dict[str, Row] = {}
    for row in found:
        if row.unit not in merged:
            rows.setdefault(row.person_no, _shown(row))
    return rows


def rows_like(connection: Connection, wanted: Iterable[Row]) -> dict[str, Row]:
    """The register's rows with the ID number, or the name and birth date, of any of `wanted`."""
    ids, names, dates = [], [], []
    for row in wanted:
        if row["id_number"]:
            ids.append(row["id_number"])
        if row["name"] and row["birth_date"]:
            names.append(row["name"])
            dates.append(row["birth_date"])
    if not ids and not names:
        return {}
    numbers = connection.scalars(_LIKE, {"ids": ids, "names": names, "dates": dates})
    return current_rows(connection, list(numbers))


def _shown(row: Stored[Any]) -> Row:
    raw = row.raw or {}
    shown: Row = {}
    for name in FIELDS:
        value = getattr(row, name)
        if value is None:
            value = raw.get(name)
        shown[name] = value.isoformat() if isinstance(value, date) else value
    return shown
