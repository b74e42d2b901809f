"""Deliveries of the register into the store: what opened, what changed, what closed, unit by unit.

The feed `register` is a full list per unit (township), or the changes of a unit since. Its parsed records (docs/data-model.md) are
compared with what is valid. Valid time is the *arrival* of the delivery: an old file that is taken late finds its
place in the past and leaves newer ones alone (`register.timeline`, `register.statements`). A person whom two units list
has a row in each unit's timeline; `register.snapshot` shows the one told last.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.changes import ChangeStore
from register.errors import InvalidInput
from register.models import RegisterImport
from register.rows import CHANGES, FULL, REQUIRED, usable_rows
from register.statements import keep_statements, lay_over
from register.timeline import SnapshotKey, effective
from register.units import refresh_units
from register.writing import ImportReport, UnitSpan, write_lists


def import_snapshot(connection: Connection, records: pd.DataFrame, night: date) -> ImportReport:
    """Takes in register records: of each unit and arrival date one full snapshot of that unit, or changes (`coverage`, `change`).

    Args:
        connection: a transaction (`Database.begin`); all or nothing.
        records: current records of the feed `register`, of any number of units and arrival dates; what was
            taken in before may be there again.
        night: which night took them; kept for the record, it has no influence on the outcome.
    Raises: InvalidInput when a column is missing.
    """
    missing = [name for name in REQUIRED if name not in records.columns]
    if missing:
        raise InvalidInput(f"register records lack the columns {', '.join(missing)}")
    if records.empty:
        return ImportReport()
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('register import'))"))
    usable = usable_rows(records)
    report = ImportReport(rows=len(records), repeated=usable.repeated, without_number=usable.without_number)
    for arrival, rows in usable.rows.groupby("arrival", sort=True):
        report += _import_day(connection, arrival, rows, night)
    refresh_units(connection)
    return report + ImportReport(acknowledged=ChangeStore(connection).acknowledge())


def _import_day(connection: Connection, arrival: date, rows: pd.DataFrame, night: date) -> ImportReport:
    """All units' deliveries of one day: their lists first, then what is said of single persons."""
    keep_statements(connection, rows[rows["coverage"].eq(CHANGES)], night)
    spans, report = _import_lists(connection, arrival, rows[rows["coverage"].eq(FULL)], night)
    report += lay_over(connection, set(rows["unit"]), arrival, {unit for unit, _, _ in spans})
    return report


def _import_lists(
    connection: Connection, arrival: date, rows: pd.DataFrame, night: date
) -> tuple[list[UnitSpan], ImportReport]:
    """All units' snapshots of one day; of a unit's several, the one about the latest period speaks. Returns the spans written."""
    spans: list[UnitSpan] = []
    speaking: list[pd.DataFrame] = []
    late = 0
    for unit, snapshots in _by_unit(rows):
        known = _known(connection, unit)
        here = {SnapshotKey(arrival, period) for period in snapshots}
        timeline = effective(known | here)
        _record(connection, unit, arrival, snapshots, night, set(timeline))
        place = next((number for number, key in enumerate(timeline) if key in here), None)
        late += sum(
            len(part) for period, part in snapshots.items() if SnapshotKey(arrival, period) not in timeline
        )
        if place is None:
            continue
        following = timeline[place + 1].arrival if place + 1 < len(timeline) else None
        spans.append((unit, arrival, following))
        speaking.append(snapshots[timeline[place].period])
    report = ImportReport(late=late, units=len(spans))
    if speaking:
        report += write_lists(connection, pd.concat(speaking), spans)
    return spans, report


def _by_unit(rows: pd.DataFrame) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    for unit, part in rows.groupby("unit", sort=True):
        yield str(unit), {str(period): group for period, group in part.groupby("period", sort=True)}


def _known(connection: Connection, unit: str) -> set[SnapshotKey]:
    of_unit = (RegisterImport.unit == unit, RegisterImport.coverage == FULL)
    query = sa.select(RegisterImport.arrival, RegisterImport.period).where(*of_unit)
    return {SnapshotKey(*row) for row in connection.execute(query)}


_RECORD = sa.text("""
INSERT INTO register_import (unit, arrival, period, coverage, is_effective, night, deliveries, rows, persons)
VALUES (:unit, :arrival, :period, 'full', :is_effective, :night, :deliveries, :rows, :rows)
ON CONFLICT (unit, arrival, period, coverage) DO UPDATE
SET is_effective = excluded.is_effective, deliveries = excluded.deliveries, rows = excluded.rows, persons = excluded.persons
""")
_NO_LONGER_EFFECTIVE = sa.text("""
UPDATE register_import SET is_effective = false
WHERE unit = :unit AND coverage = 'full' AND is_effective AND (arrival, period) NOT IN
    (SELECT * FROM unnest(CAST(:arrivals AS date[]), CAST(:periods AS text[])))
""")


def _record(
    connection: Connection,
    unit: str,
    arrival: date,
    snapshots: dict[str, pd.DataFrame],
    night: date,
    timeline: set[SnapshotKey],
) -> None:
    for period, rows in snapshots.items():
        connection.execute(
            _RECORD,
            {
                "unit": unit,
                "arrival": arrival,
                "period": period,
                "is_effective": SnapshotKey(arrival, period) in timeline,
                "night": night,
                "deliveries": sorted(set(rows["delivery"])),
                "rows": len(rows),
            },
        )
    keys = sorted(timeline)
    connection.execute(
        _NO_LONGER_EFFECTIVE,
        {"unit": unit, "arrivals": [key.arrival for key in keys], "periods": [key.period for key in keys]},
    )
