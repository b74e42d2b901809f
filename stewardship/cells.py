"""What the counts of the queue are read by: one statement for all kinds of rows, of which a page needs sums only.

Its parts: how many of each kind there are (`all`), of how many it has to be known for how long they have been known (`young`: no more
than a month, or not overdue), what is assigned (`assigned`, by account name) and what was reopened after a decision (`changed`). The first two are in
the tally; the tally has no nights of single areas, whose young rows are read along an index. Of a part only as much is read
as the page shows: its kinds one by one where the tab or the age that is asked for is made of it (`_Whole`), else the number of those that the filters leave.

All comes as one value: a page has some hundreds of kinds and areas, and a row of an answer costs more than what stands in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Connection

from register.asking import Question
from register.discrepancy_models import DISCREPANCY_STATUSES
from stewardship.filters import EVERY, LIKELY, SURE, Filters, Nights
from stewardship.tabs import CHANGED, OVERDUE, UNASSIGNED

BOUND: Final = ("clerk", "officer")  # who see areas, and nothing without one


class Cell(NamedTuple):
    """One combination of choices; the dimensions in order."""

    status: str
    type: str
    priority: str
    confidence: str
    age: str


Cells = Counter[Cell]


@dataclass
class Read:
    """`all` by age; `fresh`: those of `all` that are not overdue; `assigned`: all, what is overdue and what changed, by account name, of
    which `me` is the user's; `area` and `feed` as the sums that were asked for along with them (`stewardship.sums`).
    """

    all: Cells = field(default_factory=Counter)
    fresh: Cells = field(default_factory=Counter)
    assigned: dict[str, dict[str, Cells]] = field(default_factory=lambda: {"": {}, OVERDUE: {}, CHANGED: {}})
    me: str = ""
    changed: Cells = field(default_factory=Counter)
    area: Counter[str] = field(default_factory=Counter)
    feed: Counter[str] = field(default_factory=Counter)


BAND: Final = (
    f"CASE WHEN d.confidence >= {SURE} THEN 'high' WHEN d.confidence >= {LIKELY} THEN 'middle' ELSE 'low' END"
)
AGE: Final = "CASE WHEN {0}.first_night >= :week THEN 'week' WHEN {0}.first_night >= :month THEN 'month' ELSE 'older' END"
OF_FEED: Final = {"t": "t.feed = :feed", "d": ":feed = ANY (d.feeds)"}
OF_AGE: Final = {
    "week": ("{0}.first_night >= :week",),
    "month": ("{0}.first_night >= :month", "{0}.first_night < :week"),
    "older": ("{0}.first_night < :month",),
}
# Of the sums, which are most rows, nothing but their key and number.
_ALL: Final = """
SELECT json_agg(CASE WHEN part IN ('area', 'feed') THEN json_build_array(part, status, number)
    ELSE json_build_array(part, status, type, priority, band, age, holder, flag, number) END)
FROM ({parts}) AS x (part, status, type, priority, band, age, holder, flag, number)
"""
_TALLIED: Final = """
SELECT 'all', t.status, t.type, t.priority, t.band, 'older', NULL, false, CAST(sum(t.rows) AS bigint) FROM {tally} AS t
WHERE t.first_night = 'infinity' AND {place} GROUP BY t.status, t.type, t.priority, t.band
"""
# Of other statuses than the one that is asked for how many there are, whatever else they are.
_OTHERS: Final = """
SELECT 'all', t.status, '', 0, '', '', NULL, false, CAST(sum(t.rows) AS bigint) FROM {tally} AS t
WHERE t.status <> :status AND {place} GROUP BY t.status
"""
# Both conditions on the night: the first is one that an index serves.
_IS_YOUNG: Final = (
    "{0}.first_night >= :oldest AND {0}.status = ANY (:dated) AND ({0}.first_night >= :month OR {fresh})"
)
_YOUNG_TALLIED: Final = """
SELECT 'young', {kind}, {age}, NULL, {fresh}, CAST(sum(t.rows) AS bigint) FROM {tally} AS t
WHERE t.first_night < 'infinity' AND {young} AND {place} GROUP BY 2, 3, 4, 5, 6, 8
"""
_YOUNG: Final = """
SELECT 'young', {kind}, {age}, NULL, {fresh}, count(*) FROM discrepancy AS d
WHERE {young} AND {place} GROUP BY 2, 3, 4, 5, 6, 8
"""
_ASSIGNED: Final = """
SELECT 'assigned'{also}, {kind}, {age}, d.assignee, d.assignee = (SELECT desk_user()), count(*)
FROM discrepancy AS d WHERE d.assignee IS NOT NULL AND d.status = ANY (:held) AND {place} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
_ALSO: Final = f""" || CASE WHEN {{fresh}} THEN '' ELSE ' {OVERDUE}' END
    || CASE WHEN d.reopened_night IS NULL THEN '' ELSE ' {CHANGED}' END"""
# A county's, of one status or all whatever else they are, which are kept.
_ASSIGNED_KEPT: Final = """
SELECT 'assigned', {asked}, NULL, t.assignee, t.assignee = (SELECT desk_user()), CAST(sum(t.rows) AS bigint)
FROM county_tally AS t WHERE t.first_night = 'infinity' AND t.assignee <> '' AND {place} GROUP BY t.assignee HAVING sum(t.rows) > 0
"""
_CHANGED_KEPT: Final = """
SELECT 'changed', {asked}, NULL, NULL, false, CAST(sum(t.rows) AS bigint)
FROM county_tally AS t WHERE t.first_night = 'infinity' AND t.is_reopened AND {place} HAVING sum(t.rows) > 0
"""
_CHANGED: Final = """
SELECT 'changed', {kind}, {age}, NULL, false, count(*)
FROM discrepancy AS d WHERE d.reopened_night IS NOT NULL AND d.status = ANY (:reopened) AND {place} GROUP BY 2, 3, 4, 5, 6
"""
_KIND: Final = {
    "t": "t.status, t.type, t.priority, t.band",
    "d": f"d.status, d.type, d.priority, {BAND}",
}
# In place of a kind: what was asked for, whatever it is.
_ASKED: Final = "CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS smallint), CAST(NULL AS text)"


@dataclass(frozen=True)
class _Whole:
    """Of which parts the kinds have to be known one by one; `apart`: whether of what is assigned what is overdue, and what changed; `kept`: whether nothing but
    the status and who has it is asked for; `alone`: whether it is nothing but the status, so that of others it is asked only how many there are.
    """

    young: bool
    assigned: bool
    changed: bool
    apart: bool
    kept: bool
    alone: bool

    @classmethod
    def of(cls, filters: Filters) -> _Whole:
        is_whole = filters.whose in ("", UNASSIGNED)  # else what is assigned alone says it
        kept = not (filters.is_of_kind or filters.age)
        return cls(
            bool(filters.age) or (is_whole and filters.what == OVERDUE),
            bool(filters.whose),
            is_whole and filters.what == CHANGED,
            bool(filters.assignee or filters.what),
            kept,
            kept and filters.status != EVERY and not (filters.what or filters.whose),
        )


def read_cells(
    connection: Connection,
    role: str,
    filters: Filters,
    codes: Sequence[str] | None,
    nights: Nights,
    sums: tuple[str, ...] = (),
) -> Read:
    """All that the counts of a page are made of; a contact is told of no assignee and nothing reopened.

    Args:
        codes: the areas that the filter leaves; None: all that the user sees.
        sums: further parts of the statement.
    """
    whole = _Whole.of(filters)
    without_feed = replace(filters, feed="")  # which is a condition on the place
    conditions = {row: " AND ".join(asked(without_feed, row)) or "true" for row in ("t", "d")}
    aged = " AND ".join(one.format("d") for one in OF_AGE.get(filters.age, ())) or "true"
    question = _statement(
        role,
        codes is not None,
        len(nights.due),
        bool(filters.feed),
        whole,
        (conditions["t"], conditions["d"], aged),
        sums,
    )
    given: dict[str, Any] = night_parameters(nights) | _statuses(filters, whole) | _asked_for(filters)
    if codes is not None:
        given["codes"] = list(codes)
    given = {name: value for name, value in given.items() if name in question.names}
    read, own = Read(), _own(filters)
    for part, *told in question.first(connection, **given) or ():
        if part in ("area", "feed"):
            key, number = told
            (read.area if part == "area" else read.feed)[key] += number
            continue
        status, type_, priority, band, age, user, flag, number = told
        cell = Cell(status, type_, str(priority), band, age) if type_ is not None else own
        if part == "all":
            read.all[cell] += number
        elif part == "young":
            read.all[cell._replace(age="older")] -= number
            read.all[cell._replace(age=age)] += number
            if flag:
                read.fresh[cell] += number
        elif part == "changed":
            read.changed[cell] += number
        else:
            _, *also = part.split()
            for tab in ("", *also):
                read.assigned[tab].setdefault(user, Counter())[cell] += number
            if flag:
                read.me = user
    return read


def _own(filters: Filters) -> Cell:
    """What was asked for, as if it were a kind."""
    status = "" if filters.status == EVERY else filters.status
    return Cell(
        status, filters.types[0] if filters.type else "", filters.priority, filters.confidence, filters.age
    )


def asked(filters: Filters, row: str) -> tuple[str, ...]:
    """The conditions that are on neither place, night nor tab."""
    band = {"t": "t.band", "d": BAND}[row]
    conditions = {
        "status": f"{row}.status = :status" if filters.status != EVERY else "",
        "type": of_types(filters, row),
        "priority": f"{row}.priority = :priority",
        "confidence": f"({band}) = :confidence",
        "feed": OF_FEED[row],
    }
    return tuple(condition for name, condition in conditions.items() if condition and getattr(filters, name))


def of_types(filters: Filters, row: str) -> str:
    return f"{row}.type = ANY (:types)" if "," in filters.type else f"{row}.type = :type"


def tally_of(of_feed: bool) -> str:
    """The table that counts the rows of one feed, or all."""
    return "feed_tally" if of_feed else "discrepancy_tally"


def night_parameters(nights: Nights) -> dict[str, Any]:
    due = {f"due_{number}": night for number, night in enumerate(nights.due, start=1)}
    return {"week": nights.week, "month": nights.month, "oldest": nights.oldest, **due}


def is_fresh(row: str, priorities: int) -> str:
    """The condition that a row is not overdue."""
    cases = " ".join(f"WHEN {number} THEN :due_{number}" for number in range(1, priorities))
    return f"{row}.first_night >= CASE {row}.priority {cases} ELSE :due_{priorities} END"


def _statuses(filters: Filters, whole: _Whole) -> dict[str, list[str]]:
    """Of which statuses the nights, the assignees and what was reopened have to be known."""
    every = list(DISCREPANCY_STATUSES)
    asked = every if filters.status == EVERY else [filters.status]
    return {
        "dated": every if whole.young else asked,
        "held": every if whole.assigned else asked,
        "reopened": every if whole.changed else asked,
    }


def _asked_for(filters: Filters) -> dict[str, Any]:
    """What conditions on single choices are about."""
    return {
        "status": filters.status,
        "type": filters.type,
        "types": filters.types,
        "priority": int(filters.priority or 0),
        "confidence": filters.confidence,
        "feed": filters.feed,
        "digest": filters.whose.removeprefix("of-"),
    }


@lru_cache(maxsize=1024)
def _statement(
    role: str,
    within: bool,
    priorities: int,
    of_feed: bool,
    whole: _Whole,
    conditions: tuple[str, str, str],
    sums: tuple[str, ...],
) -> Question[Any]:
    """One for each kind of user, whether some areas are asked for or all, and a feed or all.

    Args:
        conditions: that the filters put on rows of the tally, on those of the table, and on the age of these.
    """
    by_county = role not in BOUND and not within
    is_all = by_county and role != "contact"  # a contact sees nothing but the county's sums, and no area
    of_tally = "t.area_code = ANY (:codes)" if within else "t.area_code = '*'" if is_all else "true"
    of_rows = "d.area_code = ANY (:codes)" if within else "true"
    if of_feed:
        of_tally, of_rows = f"{of_tally} AND {OF_FEED['t']}", f"{of_rows} AND {OF_FEED['d']}"
    tally, row = tally_of(of_feed), "t" if by_county else "d"
    fresh = is_fresh(row, priorities)
    place = of_tally if by_county else of_rows
    kind, young_tally = _KIND[row], tally
    in_tally, in_table, of_age = conditions
    kept = by_county and role == "steward" and whole.kept
    if not whole.young:
        kind, place = _ASKED, f"{place} AND {in_tally if by_county else in_table}"
        if kept:
            young_tally, place = "county_tally", in_tally
    young = (_YOUNG_TALLIED if by_county else _YOUNG).format(
        kind=kind,
        age=AGE.format(row),
        fresh=fresh,
        young=_IS_YOUNG.format(row, fresh=fresh),
        tally=young_tally,
        place=place,
    )
    parts = [
        young,
        _TALLIED.format(tally=tally, place=f"{of_tally} AND t.status = :status" if whole.alone else of_tally),
    ]
    if whole.alone and by_county:
        parts.append(_OTHERS.format(tally=tally, place=f"t.first_night = 'infinity' AND {of_tally}"))
    elif whole.alone:
        parts.append(_OTHERS.format(tally="area_tally", place=of_tally))
    if role != "contact":
        narrow = {"kind": _ASKED, "age": "NULL", "place": f"{of_rows} AND {in_table} AND {of_age}"}
        every = {"kind": _KIND["d"], "age": AGE.format("d"), "place": of_rows}
        if kept and not (whole.assigned or whole.apart):
            parts.append(_ASSIGNED_KEPT.format(asked=_ASKED, place=in_tally))
        else:
            also = _ALSO.format(fresh=is_fresh("d", priorities)) if whole.apart else ""
            parts.append(_ASSIGNED.format(also=also, **(every if whole.assigned else narrow)))
        if kept and not whole.changed:
            parts.append(_CHANGED_KEPT.format(asked=_ASKED, place=in_tally))
        else:
            parts.append(_CHANGED.format(**(every if whole.changed else narrow)))
    return Question(_ALL.format(parts=" UNION ALL ".join((*parts, *sums))), lambda found: found)
