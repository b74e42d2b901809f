"""Valid-time tables: what a unit's snapshots said, from which arrival date to which.

Each unit has its own timeline, cut by its *effective* snapshots: ordered by arrival, those whose period is
not older than one that had already arrived. A snapshot says everything about its unit from its arrival to the
next effective one; writing it means overwriting that span. So snapshots may be written in any order, and
again, with the same end.

Over a snapshot lie the *statements* of deliveries of changes (docs/adr/0007): each says everything about one person, until a newer
statement about the same person or a snapshot that is newer than the statement.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
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


Span = tuple[date, date | None]
_QUARTERS = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12}


def as_of_day(key: SnapshotKey) -> date:
    """The day that a delivery tells of: the last one of its period, or the day it came where that was before (or the period is
    none)."""
    year, _, rest = key.period.partition("-")
    month, _, day = rest.partition("-")
    try:
        number = _QUARTERS[month] if month in _QUARTERS else int(month)
        last = int(day) if day else monthrange(int(year), number)[1]
        return min(date(int(year), number, last), key.arrival)
    except (ValueError, IndexError):
        return key.arrival


def _newness(key: SnapshotKey) -> tuple[date, date, str]:
    return as_of_day(key), key.arrival, key.period


def has_say(changes: SnapshotKey, snapshots: Sequence[SnapshotKey]) -> bool:
    """Whether a delivery of changes tells something newer than the snapshot that held when it came; of one day, the snapshot does.

    Args:
        snapshots: the unit's effective ones, in order of arrival.
    """
    base = next((one for one in reversed(snapshots) if one.arrival <= changes.arrival), None)
    return base is None or _newness(changes)[:2] > _newness(base)[:2]


def spans_of(statements: Iterable[SnapshotKey], snapshots: Sequence[SnapshotKey]) -> dict[SnapshotKey, Span]:
    """From when to when each statement about one person holds, by the delivery it is in; of one that never does, an empty span.

    Whatever has come later but tells of an earlier day has no say; of one day's statements, the one of the latest period.
    """
    held: list[SnapshotKey] = []
    spans: dict[SnapshotKey, Span] = {}
    for one in sorted(statements, key=lambda key: (key.arrival, _newness(key))):
        spans[one] = (one.arrival, one.arrival)
        if has_say(one, snapshots) and (not held or _newness(one) > _newness(held[-1])):
            if held and held[-1].arrival == one.arrival:
                held.pop()
            held.append(one)
    for place, one in enumerate(held):
        ends = [held[place + 1].arrival] if place + 1 < len(held) else []
        ends += [
            later.arrival
            for later in snapshots
            if later.arrival > one.arrival and _newness(later)[:2] >= _newness(one)[:2]
        ]
        spans[one] = (one.arrival, min(ends, default=None))
    return spans


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

    def find_stale(self, connection: Connection, scope: str | None = None) -> None:
        """Puts the rows that the incoming snapshot contradicts into the temporary table `stale_<name>`.

        Args:
            scope: a table with `unit` and the key of those of whom alone the incoming rows speak.
        """
        of_scope = f"JOIN {scope} AS k ON k.unit = r.unit AND k.{self.key} = r.{self.key}" if scope else ""
        connection.execute(sa.text(_FIND_STALE.format(**self._names(), scope=of_scope)))

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
{scope}
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
