"""How many rows each choice of the queue would show, from the tally that the store keeps with every change (`register.tally_models`).

A county's queue has a hundred thousand rows and its tally some thousands. Both are read in one transaction that sees one state of the store, and
under the same policies, so that the numbers agree with the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from register.tally_models import DiscrepancyTally as Tally
from stewardship.filters import EVERY, Filters, Nights

# Under which the tally has whichever night.
WHICHEVER: Final = "infinity"
DIMENSIONS: Final = ("status", "type", "priority", "confidence", "age")


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
    connection: Connection, filters: Filters, codes: Sequence[str] | None, today: date, *, has_areas: bool
) -> dict[str, Counter[str]]:
    """Dimension → choice → rows, all other filters kept.

    Args:
        codes: the areas that the filter leaves; None: all that the user sees.
        has_areas: whether to count by area as well (`area`, by the code of the row; '' for none).
    """
    nights = Nights.before(today)
    cells = _cells(connection, codes, nights)
    found = {name: _along(cells, filters, name) for name in DIMENSIONS}
    if has_areas:
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


def _cells(connection: Connection, codes: Sequence[str] | None, nights: Nights) -> Counter[Cell]:
    """All combinations; what is not younger than a month is what is left of whichever night."""
    t = Tally
    age = sa.case(
        (t.first_night == sa.text(f"'{WHICHEVER}'::date"), "older"),
        (t.first_night >= nights.week, "week"),
        else_="month",
    )
    query = sa.select(t.status, t.type, t.priority, t.band, age, sa.func.sum(t.rows)).where(
        t.first_night >= nights.month
    )
    if codes is not None:
        query = query.where(among(t.area_code, codes))
    cells: Counter[Cell] = Counter()
    for status, type_, priority, band, old, rows in connection.execute(
        query.group_by(*(sa.literal_column(str(place)) for place in range(1, 6)))
    ):
        cell = Cell(status, type_, str(priority), band, old)
        cells[cell] += int(rows)
        if old != "older":
            cells[cell._replace(age="older")] -= int(rows)
    return cells


def _by_area(connection: Connection, filters: Filters, nights: Nights) -> Counter[str]:
    """By the area of the rows, whatever area is asked for."""
    t = Tally
    whichever = t.first_night == sa.text(f"'{WHICHEVER}'::date")
    number: sa.ColumnElement[Any] = t.rows.expression
    conditions: list[sa.ColumnElement[bool]]
    if not filters.age:
        conditions = [whichever]
    elif filters.age == "older":
        conditions = [t.first_night >= nights.month]
        number = sa.case((whichever, t.rows), else_=-t.rows)
    else:
        start, end = nights.of(filters.age)
        conditions = [t.first_night >= start, t.first_night < (end or sa.text(f"'{WHICHEVER}'::date"))]
    if filters.status != EVERY:
        conditions.append(t.status == filters.status)
    if filters.type:
        conditions.append(t.type == filters.type)
    if filters.priority:
        conditions.append(t.priority == int(filters.priority))
    if filters.confidence:
        conditions.append(t.band == filters.confidence)
    area = sa.func.coalesce(t.area_code, "")
    query = sa.select(area, sa.func.sum(number)).where(*conditions).group_by(sa.literal_column("1"))
    return Counter({code: int(rows) for code, rows in connection.execute(query) if rows})
