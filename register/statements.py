"""What deliveries of changes say of single persons, and how that lies over the lists of their units (docs/adr/0007).

A statement is a whole row of a person, or that the person is on the register no more. All are kept, so that a list or a delivery of
changes that is taken late finds what was said over it: which of them hold from when to when follows from what has
arrived alone (`register.timeline.spans_of`), and is worked out anew for the units of each import.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from typing import Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.rows import CHANGES, FULL, ITEMS
from register.timeline import SnapshotKey, Span, has_say, spans_of
from register.writing import ImportReport, write_statements

_PLACE: Final = ("file", "sheet", "row", "night")
_KEY: Final = ("unit", "person_no", "arrival", "period")
_WRITTEN: Final = (*_PLACE, "is_removed", *ITEMS)
_KEPT: Final = ", ".join(f's."{name}"' for name in _PLACE)
_STAGED: Final = (
    "DROP TABLE IF EXISTS pg_temp.incoming_statement",
    "CREATE TEMP TABLE incoming_statement ON COMMIT DROP AS SELECT * FROM register_statement WITH NO DATA",
)
# Of what one day's files of a period say of a person, the last row speaks, whichever night read it first.
_KEEP: Final = sa.text(f"""
INSERT INTO register_statement AS s ({", ".join(f'"{name}"' for name in (*_KEY, "valid_to", *_WRITTEN))})
SELECT {", ".join(f'"{name}"' for name in (*_KEY, "arrival", *_WRITTEN))} FROM incoming_statement
ORDER BY unit, person_no
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE
SET {", ".join(f'"{name}" = excluded."{name}"' for name in _WRITTEN)}
WHERE (excluded.file, excluded.sheet, excluded."row", excluded.night) >= ({_KEPT})
""")
_RECORD: Final = sa.text(f"""
INSERT INTO register_import (unit, arrival, period, coverage, is_effective, night, deliveries, rows, persons)
SELECT s.unit, s.arrival, s.period, '{CHANGES}', false, :night, :deliveries, count(*), 0
FROM register_statement AS s WHERE s.unit = :unit AND s.arrival = :arrival AND s.period = :period
GROUP BY s.unit, s.arrival, s.period
ON CONFLICT (unit, arrival, period, coverage) DO UPDATE SET rows = excluded.rows, deliveries = (
    SELECT array_agg(DISTINCT d ORDER BY d) FROM unnest(register_import.deliveries || excluded.deliveries) AS d)
""")


def keep_statements(connection: Connection, rows: pd.DataFrame, night: date) -> None:
    """Keeps the rows of deliveries of changes (`register.rows.UsableRows`)."""
    if rows.empty:
        return
    for statement in _STAGED:
        connection.execute(sa.text(statement))
    copy_in(connection, "incoming_statement", rows.assign(night=night)[[*_KEY, *_WRITTEN]])
    connection.execute(_KEEP)
    for (unit, arrival, period), part in rows.groupby(["unit", "arrival", "period"], sort=True):
        told = {"unit": unit, "arrival": arrival, "period": period}
        deliveries = sorted(set(part["delivery"]))
        connection.execute(_RECORD, {**told, "night": night, "deliveries": deliveries})


_TOLD_OF: Final = sa.text(
    "SELECT DISTINCT unit FROM register_import WHERE coverage = :changes AND unit = ANY (:units) ORDER BY unit"
)
# Points in time at which the register of a unit is another one, until the next; those from which on something is to be written.
_POINTS: Final = sa.text("""
SELECT unit, arrival, until FROM (
    SELECT unit, arrival, lead(arrival) OVER (PARTITION BY unit ORDER BY arrival) AS until
    FROM (SELECT DISTINCT unit, arrival FROM register_import WHERE is_effective AND unit = ANY (:units)) AS i
) AS p
WHERE arrival >= :day AND EXISTS (
    SELECT FROM register_statement AS s
    WHERE s.unit = p.unit AND s.arrival <= p.arrival AND (s.valid_to IS NULL OR s.valid_to > p.arrival)
        AND (s.arrival = :day OR NOT EXISTS (
            SELECT FROM register_import AS f WHERE f.unit = p.unit AND f.coverage = 'full' AND f.is_effective
                AND f.arrival > :day AND f.arrival <= p.arrival)))
ORDER BY arrival, unit
""")


def lay_over(
    connection: Connection, units: Collection[str], day: date, listed: Collection[str]
) -> ImportReport:
    """Brings the history of the units from `day` on to what is said of single persons.

    Args:
        units: those of which something arrived on `day`; `listed`: those whose list of that day was written.
    Returns: what was changed on `day` itself, and how many of that day's rows have no say (`late`).
    """
    wanted = {"units": sorted(units), "changes": CHANGES}
    told_of = list(connection.scalars(_TOLD_OF, wanted))
    for unit in told_of:
        _settle(connection, unit)
    report = ImportReport(late=_late(connection, told_of, day))
    points = connection.execute(_POINTS, {"units": told_of, "day": day}).all() if told_of else []
    for arrival, here in groupby(points, key=lambda point: point.arrival):
        spans = [(str(unit), arrival, until) for unit, _, until in here]
        anew = [unit for unit, _, _ in spans if arrival > day or unit in listed]
        written = write_statements(connection, spans, anew)
        if arrival == day:
            report += written
    return report


def _late(connection: Connection, units: Sequence[str], day: date) -> int:
    query = sa.text(
        "SELECT coalesce(sum(rows), 0) FROM register_import "
        "WHERE coverage = :changes AND NOT is_effective AND arrival = :day AND unit = ANY (:units)"
    )
    return int(connection.scalar(query, {"changes": CHANGES, "day": day, "units": units}) or 0)


_DELIVERIES: Final = sa.text(
    "SELECT arrival, period, coverage, is_effective FROM register_import WHERE unit = :unit ORDER BY arrival"
)
_SAY: Final = sa.text(f"""
UPDATE register_import SET is_effective = :has_say
WHERE unit = :unit AND arrival = :arrival AND period = :period AND coverage = '{CHANGES}'
""")
_STATEMENTS: Final = sa.text(
    "SELECT person_no, arrival, period, valid_to FROM register_statement WHERE unit = :unit ORDER BY person_no"
)
_SETTLED: Final = (
    "DROP TABLE IF EXISTS pg_temp.settled",
    "CREATE TEMP TABLE settled (unit text, person_no text, arrival date, period text, valid_to date) ON COMMIT DROP",
)
_SETTLE: Final = sa.text(f"""
UPDATE register_statement AS s SET valid_to = n.valid_to FROM settled AS n
WHERE {" AND ".join(f"s.{name} = n.{name}" for name in _KEY)}
""")


def _settle(connection: Connection, unit: str) -> None:
    """Brings `register_import.is_effective` of changes and `register_statement.valid_to` to what has arrived."""
    deliveries = connection.execute(_DELIVERIES, {"unit": unit}).all()
    lists = [SnapshotKey(d.arrival, d.period) for d in deliveries if d.coverage == FULL and d.is_effective]
    for one in deliveries:
        key = SnapshotKey(one.arrival, one.period)
        if one.coverage == CHANGES and one.is_effective != has_say(key, lists):
            told = {"unit": unit, "arrival": one.arrival, "period": one.period}
            connection.execute(_SAY, {**told, "has_say": has_say(key, lists)})
    changed: list[tuple[str, str, date, str, date | None]] = []
    of_keys: dict[tuple[SnapshotKey, ...], dict[SnapshotKey, Span]] = {}  # many persons are in the same files
    statements = connection.execute(_STATEMENTS, {"unit": unit}).all()
    for person_no, said in groupby(statements, key=lambda row: row.person_no):
        ends = {SnapshotKey(row.arrival, row.period): row.valid_to for row in said}
        keys = tuple(sorted(ends))
        if keys not in of_keys:
            of_keys[keys] = spans_of(keys, lists)
        changed += [
            (unit, person_no, key.arrival, key.period, end)
            for key, (_, end) in of_keys[keys].items()
            if end != ends[key]
        ]
    if not changed:
        return
    for statement in _SETTLED:
        connection.execute(sa.text(statement))
    copy_in(connection, "settled", pd.DataFrame(changed, columns=[*_KEY, "valid_to"], dtype=object))
    connection.execute(_SETTLE)
