"""Which units and rows the newest register is made of: worked out when a list comes, because who looks a person up sees only part of
it and could not, and because a look-up does not wait for it.

`register_unit` keeps what `register.told` says of each unit, `person.is_current` which rows are on the register: one per person.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in, copy_out
from register.told import IS_SHOWN, JOIN_STATEMENT, SPOKE, TOLD, in_order, merged_units, one_each

_NAMES: Final = ("arrival", "listed", "before", "before_listed")
_DAYS, _EXCLUDED, _OWN = (
    ", ".join(f"{of}{name}" for name in _NAMES) for of in ("", "excluded.", "register_unit.")
)
_TELL: Final = sa.text(f"""
INSERT INTO register_unit (unit, {_DAYS}, is_merged)
SELECT unit, {_DAYS}, false FROM ({TOLD.format(until="true")}) AS told
ON CONFLICT (unit) DO UPDATE SET ({_DAYS}) = (SELECT {_EXCLUDED})
WHERE ({_OWN}) IS DISTINCT FROM ({_EXCLUDED})
""")
_FORGET: Final = sa.text("""
DELETE FROM register_unit WHERE unit NOT IN (SELECT unit FROM register_import WHERE is_effective)
""")
# Of those whom the lists of several units have had, who is shown by more than one: only they can be on the register twice, so only
# they are looked at one by one. Most persons are in one unit all their life.
_SHOWN: Final = f"""
SELECT person_no, unit, arrival FROM (
    SELECT p.person_no, p.unit, {SPOKE} AS arrival, count(*) OVER (PARTITION BY p.person_no) AS times
    FROM person AS p JOIN register_unit AS u ON u.unit = p.unit AND {IS_SHOWN}
    {JOIN_STATEMENT}
    WHERE p.person_no IN (SELECT person_no FROM person GROUP BY person_no HAVING min(unit) <> max(unit))
) AS shown WHERE times > 1
"""
_SIZES: Final = sa.text(f"""
SELECT p.unit, count(*) FROM person AS p JOIN register_unit AS u ON u.unit = p.unit AND {IS_SHOWN}
WHERE p.unit = ANY (:units) GROUP BY p.unit
""")
_TYPES: Final = {"person_no": pa.string(), "unit": pa.string(), "arrival": pa.date32()}
_MERGE: Final = sa.text("""
UPDATE register_unit SET is_merged = NOT is_merged WHERE is_merged <> (unit = ANY (:merged))
""")
# Whom another unit has listed since, or as well.
_ELSEWHERE: Final = (
    "DROP TABLE IF EXISTS pg_temp.shown_elsewhere",
    "CREATE TEMP TABLE shown_elsewhere (person_no text, unit text, PRIMARY KEY (person_no, unit)) ON COMMIT DROP",
)
_SHOW: Final = sa.text(f"""
UPDATE person AS p SET is_current = NOT p.is_current FROM register_unit AS u
WHERE u.unit = p.unit AND p.is_current <> (NOT u.is_merged AND {IS_SHOWN} IS TRUE AND NOT EXISTS (
    SELECT FROM shown_elsewhere AS e WHERE e.person_no = p.person_no AND e.unit = p.unit))
""")


def refresh_units(connection: Connection) -> None:
    """Brings `register_unit` and `person.is_current` to what the lists say now."""
    connection.execute(_FORGET)
    connection.execute(_TELL)
    shown = in_order(copy_out(connection, _SHOWN, {}, _TYPES))
    units = sorted(set(shown["unit"]))
    told = connection.execute(_SIZES, {"units": units}).all() if units else []
    merged = merged_units(shown, {unit: int(rows) for unit, rows in told})
    connection.execute(_MERGE, {"merged": sorted(merged)})
    standing = shown[~shown["unit"].isin(merged)]
    elsewhere = standing.drop(one_each(standing).index)[["person_no", "unit"]]
    for statement in _ELSEWHERE:
        connection.execute(sa.text(statement))
    copy_in(connection, "shown_elsewhere", elsewhere)
    connection.execute(sa.text("ANALYZE pg_temp.shown_elsewhere"))
    connection.execute(_SHOW)
