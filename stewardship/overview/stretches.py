"""Which discrepancies a number of the overview counts: what came between two nights, what was closed or opened again between them, what was
not closed at the end of one; of one type and township, or of all. And what is in one status now, where the queue has no such list.

By what the nights themselves counted: the one that first opened a discrepancy, those that were the first to count it as closed and as open again
(`register.night_tally`). Closed is what was not closed at the end of the first night and was at the end of the last, opened again the other way
round: so that what was not closed before, what came and what was opened again, less what was closed, is what is not closed after. Of one township that
holds but for what belonged to another one in between (`townships.Span.moved`): what came, was opened again and was closed is counted where it is now.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally
from stewardship.filters import Cursor, read_day
from stewardship.leads import Lead, as_lead, in_batches, names_for
from stewardship.overview.reading import NOT_CLOSED
from stewardship.paging import FORWARDS, OWN_AREAS
from stewardship.places import Places
from stewardship.words import N_, STATUSES, TYPES

CAME, CLOSED_IN, AGAIN, STOOD, NOW = "came", "closed", "again", "stood", "now"
KINDS: Final[Mapping[str, str]] = {
    CAME: N_("What was newly found"),
    CLOSED_IN: N_("What was closed"),
    AGAIN: N_("What was opened again"),
    STOOD: N_("What was not closed"),
    NOW: N_("What there is now"),
}
NOT_CLOSED_NOW: Final = ("open", "waiting")
NOWHERE: Final = "none"  # the township of what is in no area
_CODE: Final = re.compile(r"\d{12}", re.ASCII)
_PAST: Final = "SELECT p.discrepancy_id FROM past_closing AS p WHERE {condition}"


def was_closed(at: str) -> str:
    """That `d` was closed at the end of a night and is not closed now, or was closed later."""
    past = f"p.discrepancy_id = d.discrepancy_id AND p.closed_night <= {at} AND (p.opened_night > {at} OR p.opened_night IS NULL)"
    return f"EXISTS ({_PAST.format(condition=past)})"


def was_open(at: str) -> str:
    """That `d` was not closed at the end of a night."""
    is_not_closed = (
        f"(d.status = ANY ('{{open,waiting}}') OR d.closed_night > {at} OR d.closed_night IS NULL)"
    )
    return f"{is_not_closed} AND NOT {was_closed(at)}"


_CLOSED_AND_OPENED_LATER: Final = _PAST.format(
    condition="p.closed_night > :after AND p.closed_night <= :until AND (p.opened_night > :until OR p.opened_night IS NULL)"
)
_OPENED_AGAIN: Final = _PAST.format(
    condition="p.closed_night <= :after AND p.opened_night > :after AND p.opened_night <= :until"
)
_IS: Final = {
    CAME: "d.first_night > :after AND d.first_night <= :until",
    CLOSED_IN: f"""(d.closed_night > :after AND d.closed_night <= :until OR d.discrepancy_id = ANY (ARRAY({_CLOSED_AND_OPENED_LATER})))
        AND NOT {was_closed(":after")}""",
    AGAIN: f"d.discrepancy_id = ANY (ARRAY({_OPENED_AGAIN})) AND {was_open(':until')}",
    STOOD: f"d.first_night <= :until AND {was_open(':until')}",
    NOW: "d.status = ANY (:statuses)",
}
_AFTER: Final = "(d.priority, - d.confidence, d.discrepancy_id) > (:at_priority, - CAST(:at_confidence AS float8), :at_id)"


@dataclass(frozen=True)
class Stretch:
    """`after`: the night at whose end it begins, not asked for of what stood; `until`: that at whose end it ends; neither is asked for of what there
    is now, but the `status` (empty: all that is not closed). Empty `type` and `township` are all of them. `township`: the code of a township, or of an area that is in none."""

    what: str
    after: date | None
    until: date | None
    type: str = ""
    township: str = ""
    status: str = ""

    @property
    def query(self) -> str:
        names = ("type", "township", "status", "after", "until")
        return urlencode({name: value for name in names if (value := getattr(self, name))})

    def place(self, what: str = "") -> str:
        """The address of the list, or that of what else happened in the same time."""
        return f"/overview/lists/{what or self.what}?{self.query}"


def read_stretch(what: str, query: Mapping[str, str]) -> Stretch | None:
    """None where it is not said of which nights, or of a status, of a type or an area that none can be."""
    after, until = read_day(query.get("after", "")), read_day(query.get("until", ""))
    type_, township, status = (query.get(name, "") for name in ("type", "township", "status"))
    is_asked = {NOW: status in ("", *STATUSES), STOOD: until}.get(what, after and until)
    is_place = township in ("", NOWHERE) or _CODE.fullmatch(township)
    if what not in KINDS or not is_asked or not is_place or type_ not in ("", *TYPES):
        return None
    return (
        Stretch(NOW, None, None, type_, township, status)
        if what == NOW
        else Stretch(what, after, until, type_, township)
    )


def count(connection: Connection, role: str, stretch: Stretch, places: Places) -> int:
    """Of what the user sees."""
    conditions, given = _conditions(role, stretch, places)
    return connection.scalar(sa.text(f"SELECT count(*) FROM discrepancy AS d WHERE {conditions}"), given) or 0


def count_by_both(
    connection: Connection, role: str, stretch: Stretch, places: Places
) -> Counter[tuple[str, str]]:
    """By type and township; what is in no area under nothing."""
    conditions, given = _conditions(role, stretch, places)
    query = f"SELECT d.type, d.area_code, count(*) FROM discrepancy AS d WHERE {conditions} GROUP BY 1, 2"
    found: Counter[tuple[str, str]] = Counter()
    for type_, code, rows in connection.execute(sa.text(query), given):
        found[type_, places.township_of(code or "")] += int(rows)
    return found


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
    found = connection.execute(_ordered(columns, conditions), {**given, "rows": rows})
    return [as_lead(row) for row in found]


def batches(
    connection: Connection, role: str, stretch: Stretch, places: Places, most: int, rows: int
) -> Iterator[list[Lead]]:
    """The first `most` in that order, so many at a time."""
    conditions, given = _conditions(role, stretch, places)
    ids = connection.scalars(_ordered("d.discrepancy_id", conditions), {**given, "rows": most}).all()
    return in_batches(connection, ids, role, rows)


def kept(connection: Connection, stretch: Stretch) -> int | None:
    """What was not closed by the numbers that the night kept, None where it kept none."""
    t = NightTally
    is_meant = [t.type == stretch.type] if stretch.type else []
    if stretch.township:
        is_meant.append(t.area_code == ("" if stretch.township == NOWHERE else stretch.township))
    stood = NOT_CLOSED.filter(sa.and_(sa.true(), *is_meant))
    query = sa.select(sa.func.count(), sa.func.coalesce(stood, 0)).where(t.night == stretch.until)
    rows, number = connection.execute(query).one()
    return int(number) if rows else None


def _ordered(columns: str, conditions: str) -> sa.TextClause:
    order = FORWARDS.format("d")
    return sa.text(f"SELECT {columns} FROM discrepancy AS d WHERE {conditions} ORDER BY {order} LIMIT :rows")


def narrowed(role: str, stretch: Stretch, places: Places) -> tuple[list[str], dict[str, Any]]:
    """Of `d`, that it is of the type and township and in the user's areas."""
    conditions, given = [], dict[str, Any]()
    if stretch.type:
        conditions.append("d.type = :type")
        given["type"] = stretch.type
    if stretch.township == NOWHERE:
        conditions.append("d.area_code IS NULL")
    elif stretch.township:
        conditions.append("d.area_code = ANY (:codes)")
        within = (code for code in places.names if places.township_of(code) == stretch.township)
        given["codes"] = sorted({stretch.township, *within})
    if role == "officer":
        conditions.append(f"d.area_code = ANY ({OWN_AREAS.format(role=role)})")
    return conditions, given


def _conditions(role: str, stretch: Stretch, places: Places) -> tuple[str, dict[str, Any]]:
    conditions, given = narrowed(role, stretch, places)
    statuses = [stretch.status] if stretch.status else list(NOT_CLOSED_NOW)
    given |= {"after": stretch.after, "until": stretch.until, "statuses": statuses}
    return " AND ".join([_IS[stretch.what], *conditions]), given
