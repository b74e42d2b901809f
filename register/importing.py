"""A register snapshot into the store: what opened, what changed, what closed, unit by unit.

The feed `register` is a full list per unit (township). Its parsed records (docs/data-model.md) are compared
with what is valid, so that a month in which ten people changed writes ten rows. Valid time is the *arrival*
of the delivery: an old file that is taken late finds its place in the past and leaves newer snapshots alone
(`register.timeline`). A person whom two units list has a row in each unit's timeline; `register.snapshot`
shows the one told last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.changes import ChangeStore
from register.errors import InvalidInput
from register.initials import initials
from register.models import RegisterImport
from register.timeline import SnapshotKey, VersionedTable, effective
from register.units import refresh_units

# column of `person` ← column of the feed's records
PERSON_COLUMNS: Final = {
    "name": "name",
    "former_name": "former_name",
    "id_number": "id_number",
    "id_state": "id_number__state",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "birth_date": "birth_date",
    "birth_date_lunar": "birth_date__lunar",
    "marital_status": "marital_status",
    "education": "education",
    "occupation": "occupation",
    "hukou_address": "hukou_address",
    "hukou_area": "hukou_address__area",
    "hukou_group": "hukou_address__group",
    "hukou_door": "hukou_address__door",
    "residence_address": "residence_address",
    "residence_area": "residence_address__area",
    "residence_group": "residence_address__group",
    "residence_door": "residence_address__door",
    "area_code": "area_code",
    "phone": "phone",
    "mother_name": "mother_name",
    "mother_id": "mother_id",
    "father_name": "father_name",
    "father_id": "father_id",
    "notes": "notes",
}
MEMBERSHIP_COLUMNS: Final = {
    "household_no": "household_no",
    "head_name": "head_name",
    "relation_to_head": "relation_to_head",
}
REQUIRED: Final = ("person_no", "household_no", "name", "file", "row", "arrival", "delivery")
DATES: Final = frozenset({"birth_date", "birth_date_lunar"})
HEAD: Final = "户主"

PERSON: Final = VersionedTable("person", "person_no", (*PERSON_COLUMNS, "raw"), derived=("name_initials",))
MEMBERSHIP: Final = VersionedTable("membership", "person_no", tuple(MEMBERSHIP_COLUMNS), source="person")
HOUSEHOLD: Final = VersionedTable("household", "household_no", ("head_name", "area_code"))


@dataclass(frozen=True)
class ImportReport:
    """What a night's register deliveries changed. All numbers count persons, except `units` and `acknowledged`
    (register changes that the newest register shows as done).

    `without_number` rows have no person_no and cannot be told apart tomorrow; `repeated` rows give a
    person_no that a later row of the same snapshot gives too. Neither is in the store. `late` rows belong to
    a snapshot that a newer period had already replaced when it arrived.
    """

    units: int = 0
    rows: int = 0
    opened: int = 0
    changed: int = 0
    closed: int = 0
    unchanged: int = 0
    moved: int = 0
    late: int = 0
    repeated: int = 0
    without_number: int = 0
    acknowledged: int = 0

    def __add__(self, other: ImportReport) -> ImportReport:
        return ImportReport(*(getattr(self, name) + getattr(other, name) for name in self.__annotations__))


def import_snapshot(connection: Connection, records: pd.DataFrame, night: date) -> ImportReport:
    """Takes in register records, each unit and arrival date being one full snapshot of that unit.

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
    usable, report = _usable(records)
    for arrival, rows in usable.groupby("arrival", sort=True):
        report += _import_day(connection, arrival, rows, night)
    refresh_units(connection)
    return report + ImportReport(acknowledged=ChangeStore(connection).acknowledge())


def _usable(records: pd.DataFrame) -> tuple[pd.DataFrame, ImportReport]:
    """Rows with a number, the last one per unit, period, day and person, with the columns of the store."""
    sheet = records["sheet"].fillna("") if "sheet" in records else ""
    frame = pd.DataFrame(
        {
            "person_no": records["person_no"],
            "unit": _text(records, "unit").fillna(""),
            "arrival": pd.to_datetime(records["arrival"]).dt.date,
            "period": _text(records, "period").fillna(records["arrival"].astype(str).str[:7]),
            "delivery": records["delivery"],
            **{name: _column(records, name, source) for name, source in PERSON_COLUMNS.items()},
            **{name: _text(records, source) for name, source in MEMBERSHIP_COLUMNS.items()},
            "raw": _raw_of_unusable(records),
        },
        index=records.index,
    )
    frame["area_code"] = _deepest_area(frame)
    frame["name_initials"] = initials(frame["name"].where(frame["name"].notna(), None))
    order = pd.DataFrame({"file": records["file"], "sheet": sheet, "row": records["row"]})
    frame = frame.loc[order.sort_values(["file", "sheet", "row"], kind="stable").index]
    numbered = frame[frame["person_no"].notna()]
    once = numbered.drop_duplicates(["unit", "arrival", "period", "person_no"], keep="last")
    return once, ImportReport(
        rows=len(frame),
        repeated=len(numbered) - len(once),
        without_number=len(frame) - len(numbered),
    )


def _text(records: pd.DataFrame, name: str) -> pd.Series:
    if name in records:
        return records[name]
    return pd.Series(None, index=records.index, dtype=object)


def _column(records: pd.DataFrame, name: str, source: str) -> pd.Series:
    values = _text(records, source)
    return pd.to_datetime(values).dt.date.astype(object) if name in DATES else values


def _deepest_area(frame: pd.DataFrame) -> pd.Series:
    """The column as parsed, else the residence's village, else the hukou's, else whichever address names some
    area.
    """
    residence, hukou = frame["residence_area"], frame["hukou_area"]
    area = frame["area_code"]
    for candidate in (_villages(residence), _villages(hukou), _anywhere(residence), _anywhere(hukou)):
        area = area.where(area.notna(), candidate)
    return area


def _villages(area: pd.Series) -> pd.Series:
    is_village = area.notna() & ~area.astype(str).str.endswith("000")
    return area.where(is_village, None)


def _anywhere(area: pd.Series) -> pd.Series:
    """Not the code that stands for a place outside of the area table."""
    return area.where(area != "000000000000", None)


def _raw_of_unusable(records: pd.DataFrame) -> pd.Series:
    """JSON of the cells that held text of which nothing could be used; None where there are none."""
    held: dict[int, dict[str, str]] = {}
    for name in (*PERSON_COLUMNS.values(), *MEMBERSHIP_COLUMNS.values()):
        if f"{name}__raw" not in records:
            continue
        raw = records[f"{name}__raw"]
        for place in (records[name].isna() & raw.notna()).to_numpy().nonzero()[0]:
            held.setdefault(int(place), {})[name] = str(raw.iloc[place])
    texts: list[str | None] = [None] * len(records)
    for place, cells in held.items():
        texts[place] = json.dumps(cells, ensure_ascii=False, sort_keys=True)
    return pd.Series(texts, index=records.index, dtype=object)


def _import_day(connection: Connection, arrival: date, rows: pd.DataFrame, night: date) -> ImportReport:
    """All units' snapshots of one day; of a unit's several, the one about the latest period speaks."""
    spans: list[tuple[str, date, date | None]] = []
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
    if not speaking:
        return ImportReport(late=late)
    _stage(connection, pd.concat(speaking), spans)
    return _write(connection) + ImportReport(units=len(spans), late=late)


def _by_unit(rows: pd.DataFrame) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    for unit, part in rows.groupby("unit", sort=True):
        yield str(unit), {str(period): group for period, group in part.groupby("period", sort=True)}


def _known(connection: Connection, unit: str) -> set[SnapshotKey]:
    query = sa.select(RegisterImport.arrival, RegisterImport.period).where(RegisterImport.unit == unit)
    return {SnapshotKey(*row) for row in connection.execute(query)}


_RECORD = sa.text("""
INSERT INTO register_import (unit, arrival, period, is_effective, night, deliveries, rows)
VALUES (:unit, :arrival, :period, :is_effective, :night, :deliveries, :rows)
ON CONFLICT (unit, arrival, period) DO UPDATE
SET is_effective = excluded.is_effective, deliveries = excluded.deliveries, rows = excluded.rows
""")
_NO_LONGER_EFFECTIVE = sa.text("""
UPDATE register_import SET is_effective = false
WHERE unit = :unit AND is_effective AND (arrival, period) NOT IN
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


_STAGING = (
    "DROP TABLE IF EXISTS pg_temp.incoming_span, pg_temp.incoming_person, pg_temp.incoming_household, "
    "pg_temp.stale_person, pg_temp.stale_membership, pg_temp.stale_household",
    "CREATE TEMP TABLE incoming_span (unit text, valid_from date, valid_to date) ON COMMIT DROP",
    "CREATE TEMP TABLE incoming_person ON COMMIT DROP AS SELECT unit, person_no, "
    f"{', '.join((*PERSON.attributes, *PERSON.derived, *MEMBERSHIP.attributes))} "
    "FROM person JOIN membership USING (unit, person_no) WITH NO DATA",
)
# A household is described by the row of its head, or by its first member's when nobody is the head.
_HOUSEHOLDS = sa.text("""
CREATE TEMP TABLE incoming_household ON COMMIT DROP AS
SELECT DISTINCT ON (unit, household_no) unit, household_no, head_name, area_code
FROM incoming_person WHERE household_no IS NOT NULL
ORDER BY unit, household_no, (relation_to_head = :head) IS TRUE DESC, person_no
""")
_COUNT = sa.text("""
WITH before AS (
    SELECT r.unit, r.person_no FROM person AS r JOIN incoming_span AS s ON s.unit = r.unit
    WHERE r.valid_from <= s.valid_from AND coalesce(r.valid_to, 'infinity') > s.valid_from
), differing AS (
    SELECT unit, person_no FROM stale_person WHERE NOT is_absent
    UNION SELECT unit, person_no FROM stale_membership WHERE NOT is_absent
), opened AS (
    SELECT unit, person_no FROM incoming_person EXCEPT SELECT unit, person_no FROM before
)
SELECT (SELECT count(*) FROM opened) AS opened,
       (SELECT count(*) FROM (SELECT * FROM differing EXCEPT SELECT * FROM opened) AS d) AS changed,
       (SELECT count(DISTINCT (unit, person_no)) FROM stale_person WHERE is_absent) AS closed,
       (SELECT count(*) FROM opened AS o WHERE EXISTS (
           SELECT FROM person AS r WHERE r.person_no = o.person_no AND r.unit <> o.unit
           AND r.valid_to IS NULL)) AS moved,
       (SELECT count(*) FROM incoming_person) AS rows
""")


def _stage(connection: Connection, rows: pd.DataFrame, spans: list[tuple[str, date, date | None]]) -> None:
    for statement in _STAGING:
        connection.execute(sa.text(statement))
    columns = ["unit", "person_no", *PERSON.attributes, *PERSON.derived, *MEMBERSHIP.attributes]
    copy_in(connection, "incoming_person", rows[columns])
    span = pd.DataFrame(spans, columns=["unit", "valid_from", "valid_to"])
    copy_in(connection, "incoming_span", span)
    connection.execute(_HOUSEHOLDS, {"head": HEAD})
    for name in ("incoming_person (unit, person_no)", "incoming_span", "incoming_household"):
        connection.execute(sa.text(f"ANALYZE pg_temp.{name}"))


def _write(connection: Connection) -> ImportReport:
    for table in (PERSON, MEMBERSHIP, HOUSEHOLD):
        table.find_stale(connection)
    counts = connection.execute(_COUNT).one()
    for table in (PERSON, MEMBERSHIP, HOUSEHOLD):
        table.write(connection)
    return ImportReport(
        opened=counts.opened,
        changed=counts.changed,
        closed=counts.closed,
        moved=counts.moved,
        unchanged=counts.rows - counts.opened - counts.changed,
    )
