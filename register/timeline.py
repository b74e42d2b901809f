"""Valid-time tables: what a unit's snapshots said, from which arrival date to which.

Each unit has its own timeline, cut by its *effective* snapshots: ordered by arrival, those whose period is
not older than one that had already arrived. A snapshot says everything about its unit from its arrival to the
next effective one; writing it means overwriting that span. So snapshots may be written in any order, and
again, with the same end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.bulk import indexes_last


@dataclass(frozen=True, order=True)
class SnapshotKey:
    """Which snapshot of a unit: when it came, and what time it is about."""

    arrival: date
    period: str


def effective(snapshots: Iterable[SnapshotKey]) -> list[SnapshotKey]:
    """The snapshots that had a say, in order of arrival; of one day's, the one about the latest period."""
    newest_of_day: dict[date, SnapshotKey] = {}
    for snapshot in sorted(snapshots):
        newest_of_day[snapshot.arrival] = snapshot
    said: list[SnapshotKey] = []
    for snapshot in newest_of_day.values():
        if not said or snapshot.period >= said[-1].period:
            said.append(snapshot)
    return said


@dataclass(frozen=True)
class VersionedTable:
    """A table with `unit, valid_from, valid_to`, a key and attributes; `incoming_<source>` holds the new
    snapshot.
    """

    name: str
    key: str
    attributes: tuple[str, ...]
    source: str | None = None
    # Follows from the attributes: written with them, and no reason to write.
    derived: tuple[str, ...] = ()

    @property
    def incoming(self) -> str:
        return f"incoming_{self.source or self.name}"

    @property
    def stale(self) -> str:
        return f"stale_{self.name}"

    def find_stale(self, connection: Connection) -> None:
        """Puts the rows that the incoming snapshot contradicts into the temporary table `stale_<name>`."""
        connection.execute(sa.text(_FIND_STALE.format(**self._names())))

    def write(self, connection: Connection) -> None:
        """Overwrites the spans of `incoming_span` (unit, valid_from, valid_to) with the incoming rows."""
        names = self._names()
        with indexes_last(connection, self.name):
            for statement in (_CUT_BEFORE, _DROP_INSIDE, _KEEP_AFTER, _INSERT):
                connection.execute(sa.text(statement.format(**names)))
        for end in ("valid_from", "valid_to"):
            connection.execute(sa.text(_JOIN_EQUAL.format(**names, end=end)))

    def _names(self) -> dict[str, str]:
        written = (*self.attributes, *self.derived)
        columns = ("unit", self.key, "valid_from", "valid_to", *written)
        return {
            "table": self.name,
            "key": self.key,
            "incoming": self.incoming,
            "stale": self.stale,
            "columns": ", ".join(columns),
            "kept": ", ".join(written),
            "written": ", ".join(f"i.{name}" for name in written),
            "ours": ", ".join(f"r.{name}" for name in self.attributes),
            "theirs": ", ".join(f"i.{name}" for name in self.attributes),
        }


# Rows that say something else within the span than the incoming snapshot, with the span's ends.
_FIND_STALE = """
CREATE TEMP TABLE {stale} ON COMMIT DROP AS
SELECT r.*, s.valid_from AS span_from, s.valid_to AS span_to, i.{key} IS NULL AS is_absent
FROM {table} AS r
JOIN incoming_span AS s ON s.unit = r.unit
    AND r.valid_from < coalesce(s.valid_to, 'infinity') AND coalesce(r.valid_to, 'infinity') > s.valid_from
LEFT JOIN {incoming} AS i ON i.unit = r.unit AND i.{key} = r.{key}
WHERE i.{key} IS NULL
    OR r.valid_from > s.valid_from
    OR coalesce(r.valid_to, 'infinity') < coalesce(s.valid_to, 'infinity')
    OR ({ours}) IS DISTINCT FROM ({theirs})
"""
_CUT_BEFORE = """
UPDATE {table} AS r SET valid_to = o.span_from FROM {stale} AS o
WHERE r.{key} = o.{key} AND r.unit = o.unit AND r.valid_from = o.valid_from AND o.valid_from < o.span_from
"""
_DROP_INSIDE = """
DELETE FROM {table} AS r USING {stale} AS o
WHERE r.{key} = o.{key} AND r.unit = o.unit AND r.valid_from = o.valid_from AND o.valid_from >= o.span_from
"""
_KEEP_AFTER = """
INSERT INTO {table} ({columns})
SELECT unit, {key}, span_to, valid_to, {kept} FROM {stale}
WHERE span_to IS NOT NULL AND coalesce(valid_to, 'infinity') > span_to
"""
_INSERT = """
INSERT INTO {table} ({columns})
SELECT i.unit, i.{key}, s.valid_from, s.valid_to, {written}
FROM {incoming} AS i JOIN incoming_span AS s USING (unit)
WHERE NOT EXISTS (SELECT FROM {table} AS r WHERE r.{key} = i.{key} AND r.unit = i.unit
    AND r.valid_from <= s.valid_from AND coalesce(r.valid_to, 'infinity') > s.valid_from)
ORDER BY i.{key}
"""
# Neighbours in time that say the same become one row; new ones can only meet at an end of the span.
_JOIN_EQUAL = """
WITH later AS (
    DELETE FROM {table} AS i USING {table} AS r, incoming_span AS s
    WHERE i.unit = s.unit AND i.valid_from = s.{end} AND r.unit = i.unit AND r.{key} = i.{key}
        AND r.valid_to = i.valid_from AND ({ours}) IS NOT DISTINCT FROM ({theirs})
    RETURNING r.{key}, r.unit, r.valid_from, i.valid_to
)
UPDATE {table} AS r SET valid_to = o.valid_to FROM later AS o
WHERE r.{key} = o.{key} AND r.unit = o.unit AND r.valid_from = o.valid_from
"""
