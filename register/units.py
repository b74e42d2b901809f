"""Which units the newest register is made of: worked out when a snapshot comes, because who looks a person up sees only part of
it and could not.

A unit most of whose people another unit lists since is no more (`register.snapshot`): whom only its last list has
is not on the register.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.snapshot import MERGED_SHARE

_REFRESH: Final = sa.text("""
WITH told AS (
    SELECT unit, max(arrival) AS arrival FROM register_import WHERE is_effective GROUP BY unit
), merged AS (
    SELECT p.unit FROM person AS p JOIN told ON told.unit = p.unit
    WHERE p.valid_to IS NULL AND told.arrival < (SELECT max(arrival) FROM told)
    GROUP BY p.unit
    HAVING avg(CAST(EXISTS (
        SELECT FROM person AS o JOIN told AS later ON later.unit = o.unit AND later.arrival > told.arrival
        WHERE o.person_no = p.person_no AND o.valid_to IS NULL) AS int)) > :share
)
INSERT INTO register_unit (unit, arrival, is_merged)
SELECT unit, arrival, unit IN (SELECT unit FROM merged) FROM told
ON CONFLICT (unit) DO UPDATE SET arrival = excluded.arrival, is_merged = excluded.is_merged
WHERE (register_unit.arrival, register_unit.is_merged) IS DISTINCT FROM (excluded.arrival, excluded.is_merged)
""")
_FORGET: Final = sa.text("""
DELETE FROM register_unit WHERE unit NOT IN (SELECT unit FROM register_import WHERE is_effective)
""")


def refresh_units(connection: Connection) -> None:
    """Brings `register_unit` to what `register_import` and `person` say now."""
    connection.execute(_FORGET)
    connection.execute(_REFRESH, {"share": MERGED_SHARE})
