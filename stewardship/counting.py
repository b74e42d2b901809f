"""How many rows each choice of the queue would show, from the tally that the store keeps with every change (`register.tally_models`).

A county's queue has a hundred thousand rows and its tally some thousands. Only how many of some areas are some months old at most is not
in it: those are read along an index, and what is older is the rest. What is assigned, and what was reopened after a decision, is
little beside the queue and read along indexes of its own; what is unassigned is the rest. All is read in one transaction that sees
one state of the store, and under the same policies as the list, so that the numbers agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from register.models import Discrepancy
from register.tally_models import DiscrepancyTally, FeedTally
from stewardship.filters import EVERY, LIKELY, SURE, Filters, Nights
from stewardship.tabs import CHANGED, MINE, OVERDUE, TABS, UNASSIGNED, due_night, tab_of

# Under which the tally has whichever night, and the whole county.
WHICHEVER: Final = sa.text("'infinity'::date")
COUNTY: Final = sa.text("'*'")
DIMENSIONS: Final = ("status", "type", "priority", "confidence", "age")
BOUND: Final = ("clerk", "officer")  # who see areas, and nothing without one


class Cell(NamedTuple):
    """One combination of choices; the dimensions in order."""

    status: str
    type: str
    priority: str
    confidence: str
    age: str


Cells = Counter[Cell]


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
    if codes is None and role not in BOUND:
        cells, fresh = _of_county(connection, role, filters, nights)
    else:
        cells, fresh = _of_areas(connection, filters, codes, nights)
    if role == "contact":
        return {name: _along(cells, filters, name) for name in DIMENSIONS}
    assigned = _assigned(connection, filters, codes, nights)
    of_tab = _tabs(connection, filters, codes, nights, cells, fresh, assigned)
    chosen = of_tab.get(filters.tab, Counter())
    found = {name: _along(chosen, filters, name) for name in DIMENSIONS}
    found["tab"] = Counter({tab: _rows(of, filters) for tab, of in of_tab.items()})
    found["assignee"] = Counter({user: _rows(of, filters) for (user, _), of in assigned.items()})
    found["area"] = _by_area(connection, filters, nights)
    return found


def total(counted: dict[str, Counter[str]], filters: Filters) -> int:
    """How many rows the filters leave."""
    of_type = counted["type"]
    return of_type[filters.type] if filters.type else sum(of_type.values())


def _tabs(
    connection: Connection,
    filters: Filters,
    codes: Sequence[str] | None,
    nights: Nights,
    cells: Cells,
    fresh: Cells,
    assigned: dict[tuple[str, bool], Cells],
) -> dict[str, Cells]:
    """What each tab holds."""
    of_somebody: Cells = Counter()
    of_tab: dict[str, Cells] = {tab: Counter() for tab in TABS}
    for (user, is_mine), of in assigned.items():
        of_somebody.update(of)
        of_tab[tab_of(user)] = of
        if is_mine:
            of_tab[MINE] = of
    of_tab[""] = cells
    of_tab[UNASSIGNED] = _without(cells, of_somebody)
    of_tab[OVERDUE] = _without(cells, fresh)
    changed = _selected(connection, filters, codes, nights, Discrepancy.reopened_night.is_not(None))
    of_tab[CHANGED] = Counter({Cell(*kind): rows for *kind, rows in changed})
    return of_tab


def _without(cells: Cells, others: Cells) -> Cells:
    left = Counter(cells)
    left.subtract(others)
    return left


def _is_asked(cell: Cell, filters: Filters, but: str) -> bool:
    for name, value in cell._asdict().items():
        wanted = getattr(filters, name)
        if name != but and wanted not in ("", value) and not (name == "status" and wanted == EVERY):
            return False
    return True


def _along(cells: Cells, filters: Filters, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, rows in cells.items():
        if rows and _is_asked(cell, filters, name):
            found[getattr(cell, name)] += rows
    return found


def _rows(cells: Cells, filters: Filters) -> int:
    return sum(rows for cell, rows in cells.items() if _is_asked(cell, filters, ""))


def _age(night: Any, nights: Nights) -> sa.ColumnElement[str]:
    return sa.case((night >= nights.week, "week"), (night >= nights.month, "month"), else_="older")


def _numbered(columns: int) -> list[sa.ColumnElement[Any]]:
    return [sa.literal_column(str(place)) for place in range(1, columns + 1)]


def tally_of(filters: Filters) -> Any:
    """Where the rows are counted that the filters may leave."""
    return FeedTally if filters.feed else DiscrepancyTally


def _of_feed(of: Any, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Of a tally or of discrepancies: what rests on the feed that is asked for."""
    if not filters.feed:
        return []
    if of is Discrepancy:
        return [sa.literal(filters.feed) == sa.any_(Discrepancy.feeds)]
    return [of.feed == filters.feed]


def _of_county(connection: Connection, role: str, filters: Filters, nights: Nights) -> tuple[Cells, Cells]:
    t = tally_of(filters)
    whichever = sa.select(t.status, t.type, t.priority, t.band, sa.func.sum(t.rows)).where(
        t.first_night == WHICHEVER, *_of_feed(t, filters)
    )
    fresh = t.first_night >= due_night(t.priority, nights.due)
    columns = (t.status, t.type, t.priority, t.band, _age(t.first_night, nights), fresh)
    by_night = sa.select(*columns, sa.func.sum(t.rows)).where(
        t.first_night >= nights.oldest, t.first_night < WHICHEVER, *_of_feed(t, filters)
    )
    if role != "contact":
        whichever = whichever.where(t.area_code == COUNTY)
        by_night = by_night.where(t.area_code == COUNTY)
    return _cells(connection, whichever, by_night)


def _of_areas(
    connection: Connection, filters: Filters, codes: Sequence[str] | None, nights: Nights
) -> tuple[Cells, Cells]:
    t, d = tally_of(filters), Discrepancy
    whichever = sa.select(t.status, t.type, t.priority, t.band, sa.func.sum(t.rows)).where(
        t.first_night == WHICHEVER, t.area_code != COUNTY, *_of_feed(t, filters)
    )
    fresh = d.first_night >= due_night(d.priority, nights.due)
    columns = (d.status, d.type, d.priority, band_of(), _age(d.first_night, nights), fresh)
    young = sa.select(*columns, sa.func.count()).where(d.first_night >= nights.oldest, *_of_feed(d, filters))
    if codes is not None:
        whichever = whichever.where(among(t.area_code, codes))
        young = young.where(among(d.area_code, codes))
    return _cells(connection, whichever, young)


def _cells(connection: Connection, whichever: Any, young: Any) -> tuple[Cells, Cells]:
    """All combinations, and those that are not overdue; what is older than a month is what is left of whichever night."""
    cells: Cells = Counter()
    fresh: Cells = Counter()
    for status, type_, priority, band, rows in connection.execute(whichever.group_by(*_numbered(4))):
        cells[Cell(status, type_, str(priority), band, "older")] += int(rows)
    for status, type_, priority, band, age, is_fresh, rows in connection.execute(
        young.group_by(*_numbered(6))
    ):
        cell = Cell(status, type_, str(priority), band, age)
        cells[cell._replace(age="older")] -= int(rows)
        cells[cell] += int(rows)
        if is_fresh:
            fresh[cell] += int(rows)
    return cells, fresh


def _assigned(
    connection: Connection, filters: Filters, codes: Sequence[str] | None, nights: Nights
) -> dict[tuple[str, bool], Cells]:
    """(account name, is oneself) → what is assigned."""
    d = Discrepancy
    found: dict[tuple[str, bool], Cells] = {}
    me = sa.select(sa.func.desk_user()).scalar_subquery()
    rows = _selected(
        connection, filters, codes, nights, d.assignee.is_not(None), d.assignee, d.assignee == me
    )
    for *kind, user, is_mine, number in rows:
        found.setdefault((user, is_mine), Counter())[Cell(*kind)] += number
    return found


def _selected(
    connection: Connection,
    filters: Filters,
    codes: Sequence[str] | None,
    nights: Nights,
    condition: sa.ColumnElement[bool],
    *by: Any,
) -> list[tuple[Any, ...]]:
    """Of a few rows that an index of their own finds: their kinds, `by`, and how many."""
    d = Discrepancy
    kind = (d.status, d.type, sa.cast(d.priority, sa.Text()), band_of(), _age(d.first_night, nights))
    query = sa.select(*kind, *by, sa.func.count()).where(condition, *_of_feed(d, filters))
    if codes is not None:
        query = query.where(among(d.area_code, codes))
    return [tuple(row) for row in connection.execute(query.group_by(*_numbered(len(kind) + len(by))))]


def band_of() -> sa.ColumnElement[str]:
    column = Discrepancy.confidence
    return sa.case((column >= SURE, "high"), (column >= LIKELY, "middle"), else_="low")


def _by_area(connection: Connection, filters: Filters, nights: Nights) -> Counter[str]:
    """By the area of the rows, whatever area is asked for."""
    d, aged = Discrepancy, aged_by(filters, nights)
    if filters.tab == CHANGED:
        return _counted(connection, filters, d.reopened_night.is_not(None), *aged)
    if filters.tab == MINE:
        return _counted(
            connection, filters, d.assignee == sa.select(sa.func.desk_user()).scalar_subquery(), *aged
        )
    if filters.tab not in TABS:
        found: Counter[str] = Counter()
        query = sa.select(d.assignee).where(d.assignee.is_not(None)).distinct()
        for user in connection.scalars(query):
            if tab_of(str(user)) == filters.tab:
                found.update(_counted(connection, filters, d.assignee == user, *aged))
        return found
    found = _all_by_area(connection, filters, nights)
    if filters.tab == UNASSIGNED:
        found.subtract(_counted(connection, filters, d.assignee.is_not(None), *aged))
    elif filters.tab == OVERDUE:
        fresh = (d.first_night >= nights.oldest, d.first_night >= due_night(d.priority, nights.due))
        found.subtract(_counted(connection, filters, among(d.area_code, sorted(found)), *fresh, *aged))
    return +found


def _all_by_area(connection: Connection, filters: Filters, nights: Nights) -> Counter[str]:
    t, d = tally_of(filters), Discrepancy
    conditions = [t.first_night == WHICHEVER, t.area_code.not_in(["", "*"]), *asked(t, t.band, filters)]
    query = sa.select(t.area_code, sa.func.sum(t.rows)).where(*conditions).group_by(t.area_code)
    found = Counter({str(code): int(rows) for code, rows in connection.execute(query) if rows})
    if not filters.age:
        return found
    start, end = (nights.month, None) if filters.age == "older" else nights.of(filters.age)
    within = [among(d.area_code, sorted(found)), *from_to(start, end)]
    counted = _counted(connection, filters, *within)
    if filters.age != "older":
        return counted
    found.subtract(counted)
    return found


def aged_by(filters: Filters, nights: Nights) -> list[sa.ColumnElement[bool]]:
    return from_to(*nights.of(filters.age)) if filters.age else []


def from_to(start: Any, end: Any) -> list[sa.ColumnElement[bool]]:
    night = Discrepancy.first_night
    return [*([night >= start] if start is not None else []), *([night < end] if end is not None else [])]


def _counted(connection: Connection, filters: Filters, *conditions: sa.ColumnElement[bool]) -> Counter[str]:
    """By area, of the rows under these conditions and the filters but age, area and tab."""
    d = Discrepancy
    query = sa.select(d.area_code, sa.func.count()).where(
        d.area_code.is_not(None), *conditions, *asked(d, band_of(), filters)
    )
    return Counter({str(code): int(rows) for code, rows in connection.execute(query.group_by(d.area_code))})


def asked(of: Any, band: sa.ColumnElement[str] | Any, filters: Filters) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filters.status != EVERY:
        wanted.append(of.status == filters.status)
    if filters.type:
        wanted.append(of.type == filters.type)
    if filters.priority:
        wanted.append(of.priority == int(filters.priority))
    if filters.confidence:
        wanted.append(band == filters.confidence)
    return [*wanted, *_of_feed(of, filters)]
