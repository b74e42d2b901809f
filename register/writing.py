"""Rows of the register's history overwritten: of whole units by a list, of single persons by statements (`register.statements`).

Staged in temporary tables first, compared, counted, then written: a month in which ten people changed writes ten rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import copy_in
from register.rows import HEAD, HOUSEHOLD, ITEMS, MEMBERSHIP, PERSON

UnitSpan = tuple[str, date, date | None]


@dataclass(frozen=True)
class ImportReport:
    """What a night's register deliveries changed. All numbers count persons, except `units` and `acknowledged`
    (register changes that the newest register shows as done).

    `without_number` rows have no person_no and cannot be told apart tomorrow; `repeated` rows give a
    person_no that a later row of the same delivery gives too. Neither is in the store. `late` rows belong to
    a delivery that a newer one had already replaced when it arrived.
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


_STAGING = (
    "DROP TABLE IF EXISTS pg_temp.incoming_span, pg_temp.incoming_person, pg_temp.incoming_household, "
    "pg_temp.stale_person, pg_temp.stale_membership, pg_temp.stale_household, pg_temp.told_person, pg_temp.told_household",
    "CREATE TEMP TABLE incoming_span (unit text, valid_from date, valid_to date) ON COMMIT DROP",
    f"CREATE TEMP TABLE incoming_person ON COMMIT DROP AS SELECT unit, person_no, {', '.join(ITEMS)} "
    "FROM person JOIN membership USING (unit, person_no) WITH NO DATA",
)
# A household is described by the row of its head, or by its first member's when nobody is the head.
_HOUSEHOLDS = """
CREATE TEMP TABLE incoming_household ON COMMIT DROP AS
SELECT DISTINCT ON (unit, household_no) unit, household_no, head_name, area_code
FROM {members} WHERE household_no IS NOT NULL
ORDER BY unit, household_no, (relation_to_head = :head) IS TRUE DESC, person_no
"""
_OF_LISTS = sa.text(_HOUSEHOLDS.format(members="incoming_person"))
_COUNT = sa.text("""
WITH differing AS (
    SELECT unit, person_no FROM stale_person WHERE NOT is_absent
    UNION SELECT unit, person_no FROM stale_membership WHERE NOT is_absent
), opened AS (
    SELECT i.unit, i.person_no FROM incoming_person AS i JOIN incoming_span AS s ON s.unit = i.unit
    WHERE NOT EXISTS (SELECT FROM person AS r WHERE r.person_no = i.person_no AND r.unit = i.unit
        AND r.valid_from <= s.valid_from AND coalesce(r.valid_to, 'infinity') > s.valid_from)
)
SELECT (SELECT count(*) FROM opened) AS opened,
       (SELECT count(*) FROM (SELECT * FROM differing EXCEPT SELECT * FROM opened) AS d) AS changed,
       (SELECT count(DISTINCT (unit, person_no)) FROM stale_person WHERE is_absent) AS closed,
       (SELECT count(*) FROM opened AS o WHERE EXISTS (
           SELECT FROM person AS r WHERE r.person_no = o.person_no AND r.unit <> o.unit
           AND r.valid_to IS NULL)) AS moved,
       (SELECT count(*) FROM incoming_person) AS rows
""")


def write_lists(connection: Connection, rows: pd.DataFrame, spans: Sequence[UnitSpan]) -> ImportReport:
    """Overwrites the spans by full lists.

    Args:
        rows: of each unit in `spans` its whole list, columns `unit, person_no` and `ITEMS`.
    """
    _stage(connection, spans)
    copy_in(connection, "incoming_person", rows[["unit", "person_no", *ITEMS]])
    connection.execute(_OF_LISTS, {"head": HEAD})
    _analyze(connection, "incoming_person (unit, person_no)", "incoming_household")
    for table in (PERSON, MEMBERSHIP, HOUSEHOLD):
        table.find_stale(connection)
    report = _counted(connection)
    for table in (PERSON, MEMBERSHIP, HOUSEHOLD):
        table.write(connection)
    return report


def _stage(connection: Connection, spans: Sequence[UnitSpan]) -> None:
    for statement in _STAGING:
        connection.execute(sa.text(statement))
    copy_in(connection, "incoming_span", pd.DataFrame(spans, columns=["unit", "valid_from", "valid_to"]))
    _analyze(connection, "incoming_span")


def _analyze(connection: Connection, *tables: str) -> None:
    for name in tables:
        connection.execute(sa.text(f"ANALYZE pg_temp.{name}"))


def _counted(connection: Connection) -> ImportReport:
    counts = connection.execute(_COUNT).one()
    return ImportReport(
        opened=counts.opened,
        changed=counts.changed,
        closed=counts.closed,
        moved=counts.moved,
        unchanged=counts.rows - counts.opened - counts.changed,
    )


_ON: Final = "{row}.{since} <= i.valid_from AND coalesce({row}.valid_to, 'infinity') > i.valid_from"
_HOLDS = _ON.format(row="s", since="arrival")
_MEMBER = _ON.format(row="m", since="valid_from")
_TOLD = (
    f"""
CREATE TEMP TABLE told_person ON COMMIT DROP AS
SELECT s.unit, s.person_no, s.period, s.arrival FROM register_statement AS s JOIN incoming_span AS i ON i.unit = s.unit
WHERE {_HOLDS} AND (s.arrival = i.valid_from OR s.unit = ANY (:anew))
""",
    f"""
INSERT INTO incoming_person (unit, person_no, {", ".join(ITEMS)})
SELECT unit, person_no, {", ".join(ITEMS)}
FROM register_statement JOIN told_person USING (unit, person_no, period, arrival) WHERE NOT is_removed
""",
    f"""
CREATE TEMP TABLE told_household ON COMMIT DROP AS
SELECT m.unit, m.household_no FROM membership AS m
JOIN told_person AS t ON t.person_no = m.person_no AND t.unit = m.unit
JOIN incoming_span AS i ON i.unit = m.unit AND {_MEMBER}
WHERE m.household_no IS NOT NULL
UNION SELECT unit, household_no FROM incoming_person WHERE household_no IS NOT NULL
""",
)
# Of the households told of, as they are now that their members are written.
_OF_STATEMENTS = sa.text(
    _HOUSEHOLDS.format(
        members=f"""(
    SELECT m.unit, m.household_no, m.head_name, m.relation_to_head, p.area_code, p.person_no
    FROM told_household AS k JOIN membership AS m ON m.unit = k.unit AND m.household_no = k.household_no
    JOIN incoming_span AS i ON i.unit = m.unit AND {_MEMBER}
    JOIN person AS p ON p.person_no = m.person_no AND p.unit = m.unit AND {_ON.format(row="p", since="valid_from")}
) AS member"""
    )
)
_PERSONS = sa.text(f"""
UPDATE register_import AS r SET persons = c.persons FROM (
    SELECT i.unit, i.valid_from, count(p.person_no) AS persons
    FROM incoming_span AS i LEFT JOIN person AS p ON p.unit = i.unit AND {_ON.format(row="p", since="valid_from")}
    GROUP BY i.unit, i.valid_from
) AS c WHERE r.unit = c.unit AND r.arrival = c.valid_from AND r.is_effective AND r.persons <> c.persons
""")


def write_statements(connection: Connection, spans: Sequence[UnitSpan], anew: Sequence[str]) -> ImportReport:
    """Overwrites, within each unit's span, the persons of whom statements hold when it begins.

    Args:
        anew: units of which all those statements are written; of others those that arrived that day, the others being there.
    """
    _stage(connection, spans)
    for statement in _TOLD:
        connection.execute(sa.text(statement), {"anew": list(anew)} if ":anew" in statement else {})
    _analyze(
        connection, "told_person (unit, person_no)", "incoming_person (unit, person_no)", "told_household"
    )
    for table in (PERSON, MEMBERSHIP):
        table.find_stale(connection, scope="told_person")
    report = _counted(connection)
    for table in (PERSON, MEMBERSHIP):
        table.write(connection)
    connection.execute(_OF_STATEMENTS, {"head": HEAD})
    HOUSEHOLD.find_stale(connection, scope="told_household")
    HOUSEHOLD.write(connection)
    connection.execute(_PERSONS)
    return report
