"""The register as of a past night, for single persons and households: what a steward is shown of how it was.

The rows are those of the night's register frame (`register.snapshot`), within what the user may see. Rows that retention has
deleted are not there any more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.change_plans import FIELDS, HOUSEHOLD_FIELDS, Row
from register.current import shown_row

_ON: Final = sa.text(f"""
SELECT p.person_no, p.raw,
       {", ".join(f"{'m' if name in HOUSEHOLD_FIELDS else 'p'}.{name}" for name in FIELDS)}
FROM register_shown_on(:night, :numbers) AS s
JOIN person AS p ON p.person_no = s.person_no AND p.unit = s.unit
    AND p.valid_from <= s.arrival AND (p.valid_to IS NULL OR p.valid_to > s.arrival)
JOIN membership AS m ON m.person_no = s.person_no AND m.unit = s.unit
    AND m.valid_from <= s.arrival AND (m.valid_to IS NULL OR m.valid_to > s.arrival)
ORDER BY p.person_no
""")
_EVER_IN: Final = sa.text("SELECT DISTINCT person_no FROM membership WHERE household_no = :household_no")


def rows_on(connection: Connection, numbers: Collection[str], night: date) -> dict[str, Row]:
    """These persons as the register had them on that night, values as text; who was not on it is not in it."""
    if not numbers:
        return {}
    found = connection.execute(_ON, {"night": night, "numbers": sorted(set(numbers))})
    return {row.person_no: shown_row(row) for row in found}


def household_on(connection: Connection, household_no: str, night: date) -> dict[str, Row]:
    """The members of a household on that night, by number; of each the row. Empty where there was no such household."""
    ever = list(connection.scalars(_EVER_IN, {"household_no": household_no}))
    then = rows_on(connection, ever, night)
    return {number: row for number, row in then.items() if row["household_no"] == household_no}
