"""What came with each night, by type; and of one night and type why: on which files it rests that it was opened, what was opened again, which
rules that night was the first to go by, which areas began or ended with it.

Opened are discrepancies that were not known before; opened again are those that were closed or decided. The county's
numbers of nights are in the tally, an officer's are read along the own areas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from register.discrepancy_models import DISCREPANCY_STATUSES
from register.tally_models import NightTally
from stewardship.overview.reading import NOT_CLOSED
from stewardship.overview.stretches import CLOSED_IN, Stretch, count
from stewardship.paging import OWN_AREAS
from stewardship.places import Places
from stewardship.words import TYPES

SHOWN: Final = 7
MOST_LISTED: Final = 50
MOST_LOOKED_AT: Final = 5_000  # whose rows are read, to say which files brought them
MOST_FILES: Final = 20
_NIGHTS: Final = sa.text("""
SELECT night FROM night WHERE is_applied AND night <= :until ORDER BY night DESC LIMIT :most
""")
_AROUND: Final = sa.text("""
SELECT (SELECT max(night) FROM night WHERE is_applied AND night < :first) AS earlier,
    (SELECT max(night) FROM (
        SELECT night FROM night WHERE is_applied AND night > :last ORDER BY night LIMIT :most) AS n) AS later
""")
_AREAS: Final = sa.text("""
SELECT count(*) FILTER (WHERE valid_from > :before AND valid_from <= :night) AS begun,
    count(*) FILTER (WHERE valid_to > :before AND valid_to <= :night) AS ended FROM area
""")
_IN_COUNTY: Final = """
SELECT first_night AS night, type, CAST(sum(rows) AS bigint) AS n FROM discrepancy_tally
WHERE area_code = '*' AND first_night = ANY (:nights) GROUP BY 1, 2
"""
_IN_OWN_AREAS: Final = f"""
SELECT first_night AS night, type, count(*) AS n FROM discrepancy AS d
WHERE d.area_code = ANY ({OWN_AREAS.format(role="officer")}) AND d.first_night = ANY (:nights) GROUP BY 1, 2
"""
_AGAIN: Final = sa.text("""
SELECT v.night, d.type, count(DISTINCT d.discrepancy_id) AS n
FROM discrepancy_version AS v JOIN discrepancy AS d USING (discrepancy_id)
WHERE v.event = 'reopened' AND v.night = ANY (:nights) AND d.first_night < v.night GROUP BY 1, 2
""")
_OPENED: Final = """
SELECT d.discrepancy_id FROM discrepancy AS d
WHERE d.status = ANY (:statuses) AND d.first_night = :night AND d.type = :type{own}
ORDER BY d.priority, d.confidence DESC, d.discrepancy_id LIMIT :most
"""
_OPENED_AGAIN: Final = sa.text("""
SELECT DISTINCT d.discrepancy_id FROM discrepancy_version AS v JOIN discrepancy AS d USING (discrepancy_id)
WHERE v.event = 'reopened' AND v.night = :night AND d.first_night < v.night AND d.type = :type ORDER BY 1 LIMIT :most
""")
# Several discrepancies may rest on one file; of files of one name the one that this night or the last before it took in.
_FILES: Final = sa.text("""
SELECT e.feed, e.unit, e.file, e.rows, d.night, d.arrival, d.key
FROM (
    SELECT feed, unit, file, count(DISTINCT discrepancy_id) AS rows FROM evidence
    WHERE discrepancy_id = ANY (:ids) GROUP BY 1, 2, 3 ORDER BY rows DESC, feed, unit, file LIMIT :most
) AS e LEFT JOIN LATERAL (
    SELECT night, arrival, md5(concat_ws(chr(31), feed, file, sha256)) AS key FROM delivery
    WHERE status = 'taken' AND feed = e.feed AND file = e.file
    ORDER BY night <= :night DESC NULLS LAST, night DESC, arrival DESC LIMIT 1
) AS d ON true ORDER BY e.rows DESC, e.feed, e.unit, e.file
""")


@dataclass(frozen=True)
class Night:
    """Type → how many were opened, opened again, and stood (open or waiting) at its end; nothing where the night kept no numbers."""

    night: date
    opened: Counter[str]
    reopened: Counter[str]
    standing: Mapping[str, int]

    @property
    def types(self) -> list[str]:
        return [code for code in TYPES if self.opened[code] or self.reopened[code] or self.standing.get(code)]


@dataclass(frozen=True)
class Why:
    """One night and type. `stretch`: what was closed since the night before (`previous`), `closed`: how many, None where there was none before;
    `before`: what stood at its end, None where it kept no numbers; `files`: on which files' rows they rest, those of most first, of the first
    `MOST_LOOKED_AT`; `areas`: of the area table how many areas began to be valid since then (`begun`) and how many ended.
    """

    night: Night
    type: str
    stretch: Stretch
    before: int | None
    closed: int | None
    areas: Row[Any] | None
    opened: list[str]
    again: list[str]
    files: Sequence[Row[Any]]

    @property
    def previous(self) -> date | None:
        return self.stretch.after

    @property
    def standing(self) -> int | None:
        return self.night.standing.get(self.type, 0) if self.night.standing else None

    @property
    def came(self) -> int:
        return self.night.opened[self.type] + self.night.reopened[self.type]


def nights_of(connection: Connection, role: str, shown: int = SHOWN, until: date = date.max) -> list[Night]:
    """The newest nights (up to `until`), the newest first."""
    asked = {"until": until, "most": shown}
    nights = [row.night for row in connection.execute(_NIGHTS, asked)]
    opened = _counted(connection, _IN_OWN_AREAS if role == "officer" else _IN_COUNTY, nights)
    again = _counted(connection, _AGAIN, nights)
    kept = standing(connection, nights)
    return [
        Night(night, opened.get(night, Counter()), again.get(night, Counter()), kept.get(night, {}))
        for night in nights
    ]


def around(
    connection: Connection, nights: Sequence[Night], shown: int = SHOWN
) -> tuple[date | None, date | None]:
    """Up to which night those before these are shown, and those after them; None where there are none."""
    if not nights:
        return None, None
    asked = {"first": nights[-1].night, "last": nights[0].night, "most": shown}
    row = connection.execute(_AROUND, asked).one()
    return row.earlier, row.later


def standing(connection: Connection, nights: Sequence[date]) -> dict[date, dict[str, int]]:
    """Night → type → open and waiting at its end."""
    t = NightTally
    query = (
        sa.select(t.night, t.type, NOT_CLOSED.label("n")).where(t.night.in_(nights)).group_by(t.night, t.type)
    )
    found: dict[date, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.night, {})[row.type] = int(row.n)
    return found


def why(
    connection: Connection, role: str, places: Places, night: date, type_: str, most: int = MOST_LOOKED_AT
) -> Why | None:
    """None where no such night was applied. `most`: of those that were opened, and of those opened again, so many are named."""
    found = nights_of(connection, role, 2, night)
    if not found or found[0].night != night:
        return None
    one, *earlier = found
    before = earlier[0].standing.get(type_, 0) if earlier and earlier[0].standing else None
    asked = {"night": night, "type": type_, "most": most}
    own = f" AND d.area_code = ANY ({OWN_AREAS.format(role=role)})" if role == "officer" else ""
    statement = sa.text(_OPENED.format(own=own))
    ids = connection.scalars(statement, {**asked, "statuses": list(DISCREPANCY_STATUSES)}).all()
    again = connection.scalars(_OPENED_AGAIN, asked).all()
    looked_at = [*ids, *again][:MOST_LOOKED_AT]
    files = connection.execute(_FILES, {"ids": looked_at, "night": night, "most": MOST_FILES}).all()
    previous = earlier[0].night if earlier else None
    areas = connection.execute(_AREAS, {"before": previous, "night": night}).one() if previous else None
    stretch = Stretch(CLOSED_IN, previous, night, type_)
    closed = count(connection, role, stretch, places) if previous else None
    return Why(one, type_, stretch, before, closed, areas, list(ids), list(again), files)


def _counted(
    connection: Connection, statement: str | sa.TextClause, nights: Sequence[date]
) -> dict[date, Counter[str]]:
    found: dict[date, Counter[str]] = {}
    query = sa.text(statement) if isinstance(statement, str) else statement
    for row in connection.execute(query, {"nights": list(nights)}):
        found.setdefault(row.night, Counter())[row.type] += int(row.n)
    return found
