"""Which discrepancies a number of the overview counts: what came between two nights, what was closed between them, what was not closed at
the end of one; of one type and township, or of all.

By the nights themselves: the one that first opened a discrepancy, and the one that was the first to count it as closed
(`register.night_tally`). What was opened again since is not closed; of it the numbers that nights kept take off one that was closed, and a
list has none to take off. So the page says both where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally
from stewardship.filters import Cursor, read_day
from stewardship.leads import Lead, as_lead, names_for
from stewardship.overview.reading import STATUSES, flow_between, not_closed
from stewardship.paging import FORWARDS, OWN_AREAS
from stewardship.places import Places
from stewardship.queue import cursor_of
from stewardship.words import N_, TYPES

CAME, CLOSED_IN, STOOD = "came", "closed", "stood"
KINDS: Final[Mapping[str, str]] = {
    CAME: N_("What came"),
    CLOSED_IN: N_("What was closed"),
    STOOD: N_("What was not closed"),
}
NOWHERE: Final = "none"  # the township of what is in no area
_IS: Final = {
    CAME: "d.first_night > :after AND d.first_night <= :until",
    CLOSED_IN: "d.closed_night > :after AND d.closed_night <= :until",
    STOOD: """d.first_night <= :until
        AND (d.status = ANY ('{open,waiting}') OR d.closed_night > :until OR d.closed_night IS NULL)""",
}
_AFTER: Final = "(d.priority, - d.confidence, d.discrepancy_id) > (:at_priority, - CAST(:at_confidence AS float8), :at_id)"


@dataclass(frozen=True)
class Stretch:
    """`after`: the night at whose end it begins, not asked for of what stood; `until`: that at whose end it ends; empty `type` and `township` are
    all of them."""

    what: str
    after: date | None
    until: date
    type: str = ""
    township: str = ""

    @property
    def query(self) -> str:
        asked = {"type": self.type, "township": self.township, "after": self.after, "until": self.until}
        return urlencode({name: value for name, value in asked.items() if value})

    def place(self, what: str = "") -> str:
        """The address of the list, or that of what else happened in the same time."""
        return f"/overview/lists/{what or self.what}?{self.query}"


def read_stretch(what: str, query: Mapping[str, str], places: Places) -> Stretch | None:
    """None where it is not said of which nights; what else is not known is no condition."""
    after, until = read_day(query.get("after", "")), read_day(query.get("until", ""))
    if what not in KINDS or until is None or (after is None and what != STOOD):
        return None
    type_, township = query.get("type", ""), query.get("township", "")
    is_place = township == NOWHERE or places.levels.get(township) == "township"
    return Stretch(what, after, until, type_ if type_ in TYPES else "", township if is_place else "")


def count(connection: Connection, role: str, stretch: Stretch, places: Places) -> int:
    """Of what the user sees."""
    conditions, given = _conditions(role, stretch, places)
    return connection.scalar(sa.text(f"SELECT count(*) FROM discrepancy AS d WHERE {conditions}"), given) or 0


def page_of(
    connection: Connection, role: str, stretch: Stretch, places: Places, after: Cursor | None, rows: int
) -> list[Lead]:
    """At most so many after the cursor, in the order of the queue."""
    conditions, given = _conditions(role, stretch, places)
    if after is not None:
        conditions += f" AND {_AFTER}"
        given |= {
            "at_priority": after.priority,
            "at_confidence": after.confidence,
            "at_id": after.discrepancy_id,
        }
    columns = ", ".join(f"d.{name}" for name in names_for(role))
    text = f"SELECT {columns} FROM discrepancy AS d WHERE {conditions} ORDER BY {FORWARDS.format('d')} LIMIT :rows"
    return [as_lead(row) for row in connection.execute(sa.text(text), {**given, "rows": rows})]


def batches(
    connection: Connection, role: str, stretch: Stretch, places: Places, rows: int
) -> Iterator[list[Lead]]:
    """All, so many at a time."""
    after: Cursor | None = None
    while leads := page_of(connection, role, stretch, places, after, rows):
        yield leads
        after = cursor_of(leads[-1])


def kept(connection: Connection, stretch: Stretch) -> int | None:
    """The same by what nights kept, None where one of the two kept nothing."""
    t = NightTally
    is_meant = [t.type == stretch.type] if stretch.type else []
    if stretch.township:
        is_meant.append(t.area_code == ("" if stretch.township == NOWHERE else stretch.township))
    sums = [
        sa.func.coalesce(sa.func.sum(getattr(t, name)).filter(sa.and_(sa.true(), *is_meant)), 0).label(name)
        for name in STATUSES
    ]
    query = sa.select(t.night, *sums).where(t.night.in_([stretch.after, stretch.until])).group_by(t.night)
    nights = {row.night: dict(row._mapping) for row in connection.execute(query)}
    before, last = nights.get(stretch.after), nights.get(stretch.until)
    if last is None or (before is None and stretch.what != STOOD):
        return None
    if stretch.what == STOOD:
        return not_closed(last)
    flow = flow_between(before or {}, last)
    return flow.came if stretch.what == CAME else flow.closed


def _conditions(role: str, stretch: Stretch, places: Places) -> tuple[str, dict[str, Any]]:
    conditions = [_IS[stretch.what]]
    given: dict[str, Any] = {"after": stretch.after, "until": stretch.until}
    if stretch.type:
        conditions.append("d.type = :type")
        given["type"] = stretch.type
    if stretch.township == NOWHERE:
        conditions.append("d.area_code IS NULL")
    elif stretch.township:
        conditions.append("d.area_code = ANY (:codes)")
        given["codes"] = places.codes_of(stretch.township)
    if role == "officer":
        conditions.append(f"d.area_code = ANY ({OWN_AREAS.format(role=role)})")
    return " AND ".join(conditions), given
