"""What the counts of the queue are read by: one statement for all kinds of rows, of which a page needs sums only.

Its parts: how many of each kind there are (`all`), of how many it has to be known for how long they have been known (`young`: no more
than a month, or not overdue), what is assigned (`assigned`, by account name) and what was reopened after a decision (`changed`). The first two are in
the tally; the tally has no nights of single areas, whose young rows are read along an index. By status only as much is read
as the page shows: of what is not asked for it shows the sum alone, which `all` has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.discrepancy_models import DISCREPANCY_STATUSES
from stewardship.filters import EVERY, LIKELY, SURE, Filters, Nights
from stewardship.tabs import CHANGED, OVERDUE

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
    """`all` by age; `fresh`: those of `all` that are not overdue; `assigned` by account name, `mine` those of the user; `area` and `feed`
    as the sums that were asked for along with them (`stewardship.sums`).
    """

    all: Cells = field(default_factory=Counter)
    fresh: Cells = field(default_factory=Counter)
    assigned: dict[str, Cells] = field(default_factory=dict)
    mine: Cells = field(default_factory=Counter)
    changed: Cells = field(default_factory=Counter)
    area: Counter[str] = field(default_factory=Counter)
    feed: Counter[str] = field(default_factory=Counter)


BAND: Final = (
    f"CASE WHEN d.confidence >= {SURE} THEN 'high' WHEN d.confidence >= {LIKELY} THEN 'middle' ELSE 'low' END"
)
AGE: Final = "CASE WHEN {0}.first_night >= :week THEN 'week' WHEN {0}.first_night >= :month THEN 'month' ELSE 'older' END"
OF_FEED: Final = {"t": "t.feed = :feed", "d": ":feed = ANY (d.feeds)"}
_TALLIED: Final = """
SELECT 'all', t.status, t.type, t.priority, t.band, 'older', NULL, false, CAST(sum(t.rows) AS bigint) FROM {tally} AS t
WHERE t.first_night = 'infinity' AND {place} GROUP BY t.status, t.type, t.priority, t.band
"""
# Both conditions on the night: the first is one that an index serves.
_IS_YOUNG: Final = (
    "{0}.first_night >= :oldest AND {0}.status = ANY (:dated) AND ({0}.first_night >= :month OR {fresh})"
)
_YOUNG_TALLIED: Final = """
SELECT 'young', t.status, t.type, t.priority, t.band, {age}, NULL, {fresh}, CAST(sum(t.rows) AS bigint) FROM {tally} AS t
WHERE t.first_night < 'infinity' AND {young} AND {place} GROUP BY 2, 3, 4, 5, 6, 8
"""
_YOUNG: Final = """
SELECT 'young', d.status, d.type, d.priority, {band}, {age}, NULL, {fresh}, count(*) FROM discrepancy AS d
WHERE {young} AND {place} GROUP BY 2, 3, 4, 5, 6, 8
"""
_ASSIGNED: Final = """
SELECT 'assigned', d.status, d.type, d.priority, {band}, {age}, d.assignee, d.assignee = (SELECT desk_user()), count(*)
FROM discrepancy AS d WHERE d.assignee IS NOT NULL AND d.status = ANY (:held) AND {place} GROUP BY 2, 3, 4, 5, 6, 7, 8
"""
_CHANGED: Final = """
SELECT 'changed', d.status, d.type, d.priority, {band}, {age}, NULL, false, count(*)
FROM discrepancy AS d WHERE d.reopened_night IS NOT NULL AND d.status = ANY (:reopened) AND {place} GROUP BY 2, 3, 4, 5, 6
"""


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
    statement, named = _statement(role, codes is not None, len(nights.due), bool(filters.feed), sums)
    given: dict[str, Any] = night_parameters(nights) | _statuses(filters) | _asked_for(filters)
    if codes is not None:
        given["codes"] = list(codes)
    given = {name: value for name, value in given.items() if name in named}
    read = Read()
    for part, status, type_, priority, band, age, user, flag, rows in connection.execute(statement, given):
        cell, number = Cell(status, type_, str(priority), band, age), int(rows)
        if part == "all":
            read.all[cell] += number
        elif part == "young":
            read.all[cell._replace(age="older")] -= number
            read.all[cell] += number
            if flag:
                read.fresh[cell] += number
        elif part == "assigned":
            read.assigned.setdefault(user, Counter())[cell] += number
            if flag:
                read.mine[cell] += number
        elif part == "changed":
            read.changed[cell] += number
        else:
            (read.area if part == "area" else read.feed)[status] += number
    return read


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


def _statuses(filters: Filters) -> dict[str, list[str]]:
    """Of which statuses the nights, the assignees and what was reopened have to be known."""
    every = list(DISCREPANCY_STATUSES)
    asked = every if filters.status == EVERY else [filters.status]
    is_dated = bool(filters.age) or filters.tab == OVERDUE
    return {
        "dated": every if is_dated else asked,
        "held": asked if filters.tab in ("", OVERDUE, CHANGED) else every,
        "reopened": every if filters.tab == CHANGED else asked,
    }


def _asked_for(filters: Filters) -> dict[str, Any]:
    """What conditions on single choices are about."""
    return {
        "status": filters.status,
        "type": filters.type,
        "priority": int(filters.priority or 0),
        "confidence": filters.confidence,
        "feed": filters.feed,
        "digest": filters.tab.removeprefix("of-"),
    }


@lru_cache(maxsize=256)
def _statement(
    role: str, within: bool, priorities: int, of_feed: bool, sums: tuple[str, ...]
) -> tuple[sa.TextClause, frozenset[str]]:
    """One for each kind of user, whether some areas are asked for or all, and a feed or all; with the names of its parameters."""
    by_county = role not in BOUND and not within
    is_all = by_county and role != "contact"  # a contact sees nothing but the county's sums, and no area
    of_tally = "t.area_code = ANY (:codes)" if within else "t.area_code = '*'" if is_all else "true"
    of_rows = "d.area_code = ANY (:codes)" if within else "true"
    if of_feed:
        of_tally, of_rows = f"{of_tally} AND {OF_FEED['t']}", f"{of_rows} AND {OF_FEED['d']}"
    row = "t" if by_county else "d"
    fresh = is_fresh(row, priorities)
    words = {
        "band": BAND,
        "age": AGE.format(row),
        "fresh": fresh,
        "young": _IS_YOUNG.format(row, fresh=fresh),
        "tally": tally_of(of_feed),
    }
    parts = [_TALLIED.format(place=of_tally, tally=words["tally"])]
    parts.append(
        _YOUNG_TALLIED.format(place=of_tally, **words) if by_county else _YOUNG.format(place=of_rows, **words)
    )
    if role != "contact":
        words["age"] = AGE.format("d")
        parts += [part.format(place=of_rows, **words) for part in (_ASSIGNED, _CHANGED)]
    statement = sa.text(" UNION ALL ".join((*parts, *sums)))
    return statement, frozenset(str(name) for name in statement.compile().params)
