"""How many rows each choice of the queue would show, from the tally that the store keeps with every change (`register.tally_models`).

A county's queue has a hundred thousand rows and its tally some thousands. Only how many of some areas are some months old at most is not
in it: those are read along an index, and what is older is the rest. What is assigned, and what was reopened after a decision, is
little beside the queue and read along indexes of its own; what is unassigned is the rest (`stewardship.cells`). All is read in one
transaction that sees one state of the store, and under the same policies as the list, so that the numbers agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from stewardship.cells import (
    BAND,
    BOUND,
    OF_FEED,
    Cell,
    Cells,
    Read,
    is_fresh,
    night_parameters,
    read_cells,
    tally_of,
)
from stewardship.filters import EVERY, Filters, Nights
from stewardship.tabs import CHANGED, MINE, OVERDUE, TABS, UNASSIGNED, tab_of

# Under which the tally has whichever night, and the whole county.
WHICHEVER: Final = sa.text("'infinity'::date")
COUNTY: Final = sa.text("'*'")
DIMENSIONS: Final = Cell._fields


def among(column: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """By an array, which an index serves also under the policies."""
    array = sa.literal(list(values), postgresql.ARRAY(sa.Text()))
    found: sa.ColumnElement[bool] = column == sa.any_(array)
    return found


def counts(
    connection: Connection, role: str, filters: Filters, codes: Sequence[str] | None, nights: Nights
) -> dict[str, Counter[str]]:
    """Dimension → choice → rows, all other filters kept; `area` by the code of the rows, `tab` and `assignee` (by account name), which a
    contact is not told.

    Args:
        codes: the areas that the filter leaves; None: all that the user sees.
    """
    read = read_cells(connection, role, filters, codes, nights)
    if role == "contact":
        return {name: _along(read.all, filters, name) for name in DIMENSIONS}
    of_tab = _tabs(read)
    chosen = of_tab.get(filters.tab, Counter())
    found = {name: _along(chosen, filters, name) for name in DIMENSIONS}
    found["tab"] = Counter({tab: _rows(of, filters) for tab, of in of_tab.items()})
    found["assignee"] = Counter({user: _rows(of, filters) for user, of in read.assigned.items()})
    found["area"] = _by_area(connection, role, filters, nights)
    return found


def total(counted: dict[str, Counter[str]], filters: Filters) -> int:
    """How many rows the filters leave."""
    of_type = counted["type"]
    return of_type[filters.type] if filters.type else sum(of_type.values())


_OPEN: Final = """
SELECT type, CAST(sum(rows) AS bigint) FROM discrepancy_tally
WHERE first_night = 'infinity' AND status = 'open' AND type = ANY (:types) AND area_code {areas} GROUP BY type
"""
_OPEN_OF: Final = {
    role: sa.text(_OPEN.format(areas="= '*'" if role == "steward" else "<> '*'"))
    for role in ("clerk", "officer", "steward")
}


def open_of(connection: Connection, role: str, types: Sequence[str]) -> Counter[str]:
    """How many of these types are open, of all that the user sees."""
    rows = connection.execute(_OPEN_OF[role], {"types": list(types)})
    return Counter({type_: int(number) for type_, number in rows})


def _tabs(read: Read) -> dict[str, Cells]:
    """What each tab holds."""
    of_somebody: Cells = Counter()
    of_tab: dict[str, Cells] = {tab: Counter() for tab in TABS}
    for user, of in read.assigned.items():
        of_somebody.update(of)
        of_tab[tab_of(user)] = of
    of_tab[MINE] = read.mine
    of_tab[""] = read.all
    of_tab[UNASSIGNED] = _without(read.all, of_somebody)
    of_tab[OVERDUE] = _without(read.all, read.fresh)
    of_tab[CHANGED] = read.changed
    return of_tab


def _without(cells: Cells, others: Cells) -> Cells:
    left = Counter(cells)
    left.subtract(others)
    return left


def _asked_of(filters: Filters, but: str) -> list[tuple[int, str]]:
    """The places in a cell, and what has to stand there."""
    wanted = [(place, name, getattr(filters, name)) for place, name in enumerate(DIMENSIONS)]
    return [
        (place, value)
        for place, name, value in wanted
        if name != but and value and not (name == "status" and value == EVERY)
    ]


def _along(cells: Cells, filters: Filters, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    asked, place = _asked_of(filters, name), DIMENSIONS.index(name)
    for cell, rows in cells.items():
        if rows and all(cell[at] == value for at, value in asked):
            found[cell[place]] += rows
    return found


def _rows(cells: Cells, filters: Filters) -> int:
    asked = _asked_of(filters, "")
    return sum(rows for cell, rows in cells.items() if all(cell[at] == value for at, value in asked))


def _by_area(connection: Connection, role: str, filters: Filters, nights: Nights) -> Counter[str]:
    """By the area of the rows, whatever area is asked for."""
    aged = _aged(filters)
    if filters.tab == CHANGED:
        return _counted(connection, filters, nights, ("d.reopened_night IS NOT NULL", *aged))
    if filters.tab == MINE:
        return _counted(connection, filters, nights, ("d.assignee = (SELECT desk_user())", *aged))
    if filters.tab not in TABS:
        return _of_others(connection, filters, nights, aged)
    found = _all_by_area(connection, role, filters, nights)
    if filters.tab == UNASSIGNED:
        found.subtract(_counted(connection, filters, nights, ("d.assignee IS NOT NULL", *aged)))
    elif filters.tab == OVERDUE:
        fresh = ("d.first_night >= :oldest", is_fresh("d", len(nights.due)), *aged)
        found.subtract(_young_by_area(connection, role, filters, nights, fresh, sorted(found)))
    return +found


def _of_others(
    connection: Connection, filters: Filters, nights: Nights, aged: tuple[str, ...]
) -> Counter[str]:
    """Of a tab that is somebody's, whose account the address does not say."""
    found: Counter[str] = Counter()
    for user in connection.scalars(_ASSIGNEES):
        if tab_of(str(user)) == filters.tab:
            found.update(_counted(connection, filters, nights, ("d.assignee = :user", *aged), user=str(user)))
    return found


_ASSIGNEES: Final = sa.text("SELECT DISTINCT assignee FROM discrepancy WHERE assignee IS NOT NULL")
_WITHIN: Final = "d.area_code = ANY (:codes)"
_OF_AGE: Final = {
    "week": ("d.first_night >= :week",),
    "month": ("d.first_night >= :month", "d.first_night < :week"),
    "older": ("d.first_night < :month",),
}


def _young_by_area(
    connection: Connection,
    role: str,
    filters: Filters,
    nights: Nights,
    conditions: tuple[str, ...],
    codes: list[str],
) -> Counter[str]:
    """Of whoever sees single areas along the nights of each, else along the county's nights."""
    if role in BOUND:
        return _counted(connection, filters, nights, (_WITHIN, *conditions), codes=codes)
    return _counted(connection, filters, nights, conditions)


def _all_by_area(connection: Connection, role: str, filters: Filters, nights: Nights) -> Counter[str]:
    asked = _asked(filters, "t", "t.band")
    rows = connection.execute(_tallied_by_area(tally_of(bool(filters.feed)), asked), _given(filters))
    found = Counter({str(code): int(number) for code, number in rows if number})
    if not filters.age:
        return found
    young = _OF_AGE[filters.age] if filters.age != "older" else ("d.first_night >= :month",)
    counted = _young_by_area(connection, role, filters, nights, young, sorted(found))
    if filters.age != "older":
        return counted
    found.subtract(counted)
    return found


def _aged(filters: Filters) -> tuple[str, ...]:
    return _OF_AGE.get(filters.age, ())


def _counted(
    connection: Connection, filters: Filters, nights: Nights, conditions: tuple[str, ...], **more: Any
) -> Counter[str]:
    """By area, of the rows under these conditions and the filters but age, area and tab."""
    every = (*conditions, *_asked(filters, "d", BAND))
    given = _given(filters) | night_parameters(nights) | more
    named = {name: value for name, value in given.items() if any(f":{name}" in one for one in every)}
    rows = connection.execute(_counted_by_area(every), named)
    return Counter({str(code): int(number) for code, number in rows})


@lru_cache(maxsize=256)
def _tallied_by_area(tally: str, conditions: tuple[str, ...]) -> sa.TextClause:
    every = " AND ".join(("t.first_night = 'infinity'", "t.area_code <> ALL ('{*,\"\"}')", *conditions))
    return sa.text(
        f"SELECT t.area_code, CAST(sum(t.rows) AS bigint) FROM {tally} AS t WHERE {every} GROUP BY t.area_code"
    )


@lru_cache(maxsize=256)
def _counted_by_area(conditions: tuple[str, ...]) -> sa.TextClause:
    every = " AND ".join(("d.area_code IS NOT NULL", *conditions))
    return sa.text(f"SELECT d.area_code, count(*) FROM discrepancy AS d WHERE {every} GROUP BY d.area_code")


def _asked(filters: Filters, row: str, band: str) -> tuple[str, ...]:
    conditions = {
        "status": f"{row}.status = :status" if filters.status != EVERY else "",
        "type": f"{row}.type = :type",
        "priority": f"{row}.priority = :priority",
        "confidence": f"({band}) = :confidence",
        "feed": OF_FEED[row],
    }
    return tuple(condition for name, condition in conditions.items() if condition and getattr(filters, name))


def _given(filters: Filters) -> dict[str, Any]:
    """What the conditions of `_asked` are about."""
    given: dict[str, Any] = {
        "status": filters.status if filters.status != EVERY else "",
        "type": filters.type,
        "priority": int(filters.priority or 0),
        "confidence": filters.confidence,
        "feed": filters.feed,
    }
    return {name: value for name, value in given.items() if value}
