"""How many rows each choice of the queue would show, from the tally that the store keeps with every change (`register.tally_models`).

A county's queue has a hundred thousand rows and its tally some thousands. Only how many of some areas are a month old at most is not in
it: those are read along an index, and what is older is the rest. All is read in one transaction that sees one state of the store, and
under the same policies as the list, so that the numbers agree with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from register.models import Discrepancy
from register.tally_models import DiscrepancyTally as Tally
from stewardship.filters import EVERY, LIKELY, SURE, Filters, Nights

# Under which the tally has whichever night, and the whole county.
WHICHEVER: Final = sa.text("'infinity'::date")
COUNTY: Final = sa.text("'*'")
DIMENSIONS: Final = ("status", "type", "priority", "confidence", "age")
BOUND: Final = ("clerk", "officer")  # who see areas, and nothing without one
NUMBERED: Final[tuple[sa.ColumnElement[Any], ...]] = tuple(
    sa.literal_column(str(place)) for place in range(1, 6)
)


class Cell(NamedTuple):
    """One combination of choices; the dimensions in order."""

    status: str
    type: str
    priority: str
    confidence: str
    age: str


def among(column: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """By an array, which an index serves also under the policies."""
    array = sa.literal(list(values), postgresql.ARRAY(sa.Text()))
    found: sa.ColumnElement[bool] = column == sa.any_(array)
    return found


def counts(
    connection: Connection, role: str, filters: Filters, codes: Sequence[str] | None, today: date
) -> dict[str, Counter[str]]:
    """Dimension → choice → rows, all other filters kept; `area` by the code of the rows, which a contact is not told.

    Args:
        codes: the areas that the filter leaves; None: all that the user sees.
    """
    nights = Nights.before(today)
    if codes is None and role not in BOUND:
        cells = _of_county(connection, role, nights)
    else:
        cells = _of_areas(connection, codes, nights)
    found = {name: _along(cells, filters, name) for name in DIMENSIONS}
    if role != "contact":
        found["area"] = _by_area(connection, filters, nights)
    return found


def total(counted: dict[str, Counter[str]], filters: Filters) -> int:
    """How many rows the filters leave."""
    of_type = counted["type"]
    return of_type[filters.type] if filters.type else sum(of_type.values())


def _is_asked(cell: Cell, filters: Filters, but: str) -> bool:
    for name, value in cell._asdict().items():
        wanted = getattr(filters, name)
        if name != but and wanted not in ("", value) and not (name == "status" and wanted == EVERY):
            return False
    return True


def _along(cells: Counter[Cell], filters: Filters, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, rows in cells.items():
        if rows and _is_asked(cell, filters, name):
            found[getattr(cell, name)] += rows
    return found


def _age(night: Any, nights: Nights) -> sa.ColumnElement[str]:
    """Of what is a month old at most, and of whichever night."""
    return sa.case((night == WHICHEVER, "older"), (night >= nights.week, "week"), else_="month")


def _of_county(connection: Connection, role: str, nights: Nights) -> Counter[Cell]:
    t = Tally
    columns = (t.status, t.type, t.priority, t.band, _age(t.first_night, nights))
    query = sa.select(*columns, sa.func.sum(t.rows)).where(t.first_night >= nights.month)
    if role != "contact":
        query = query.where(t.area_code == COUNTY)
    return _cells(connection, query.group_by(*NUMBERED))


def _of_areas(connection: Connection, codes: Sequence[str] | None, nights: Nights) -> Counter[Cell]:
    t, d = Tally, Discrepancy
    whichever = sa.select(
        t.status, t.type, t.priority, t.band, sa.literal("older"), sa.func.sum(t.rows)
    ).where(t.first_night == WHICHEVER, t.area_code != COUNTY)
    young = sa.select(
        d.status, d.type, d.priority, _band(), _age(d.first_night, nights), sa.func.count()
    ).where(d.first_night >= nights.month)
    if codes is not None:
        whichever = whichever.where(among(t.area_code, codes))
        young = young.where(among(d.area_code, codes))
    return _cells(connection, whichever.group_by(*NUMBERED), young.group_by(*NUMBERED))


def _cells(connection: Connection, *queries: sa.Executable) -> Counter[Cell]:
    """All combinations; what is older than a month is what is left of whichever night."""
    cells: Counter[Cell] = Counter()
    for query in queries:
        for status, type_, priority, band, age, rows in connection.execute(query):
            cell = Cell(status, type_, str(priority), band, age)
            cells[cell] += int(rows)
            if age != "older":
                cells[cell._replace(age="older")] -= int(rows)
    return cells


def _band() -> sa.ColumnElement[str]:
    column = Discrepancy.confidence
    return sa.case((column >= SURE, "high"), (column >= LIKELY, "middle"), else_="low")


def _by_area(connection: Connection, filters: Filters, nights: Nights) -> Counter[str]:
    """By the area of the rows, whatever area is asked for."""
    t = Tally
    conditions = [t.first_night == WHICHEVER, t.area_code.not_in(["", "*"]), *_asked(t, t.band, filters)]
    query = sa.select(t.area_code, sa.func.sum(t.rows)).where(*conditions).group_by(t.area_code)
    found = Counter({code: int(rows) for code, rows in connection.execute(query) if rows})
    if not filters.age:
        return found
    start, end = nights.of(filters.age) if filters.age != "older" else (nights.month, None)
    young = _young(connection, sorted(found), filters, start, end)
    return (
        young
        if filters.age != "older"
        else Counter({code: rows - young[code] for code, rows in found.items()})
    )


def _young(
    connection: Connection, codes: Sequence[str], filters: Filters, start: date | None, end: date | None
) -> Counter[str]:
    """Of these areas, what was opened from `start` to below `end`."""
    d = Discrepancy
    conditions = [d.first_night >= start, among(d.area_code, codes), *_asked(d, _band(), filters)]
    if end is not None:
        conditions.append(d.first_night < end)
    query = sa.select(d.area_code, sa.func.count()).where(*conditions).group_by(d.area_code)
    return Counter({str(code): int(rows) for code, rows in connection.execute(query)})


def _asked(of: Any, band: sa.ColumnElement[str] | Any, filters: Filters) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filters.status != EVERY:
        wanted.append(of.status == filters.status)
    if filters.type:
        wanted.append(of.type == filters.type)
    if filters.priority:
        wanted.append(of.priority == int(filters.priority))
    if filters.confidence:
        wanted.append(band == filters.confidence)
    return wanted
