"""What came and what is late, by feed and unit.

What is late is what the night found late (discrepancies of the type `feed_overdue`); what came is in the ledger; when a period's file is due
is the calendar of `discrepancies.schedule`. Nothing else is worked out here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from discrepancies.schedule import CALENDAR, Rhythm, due_on, name_of, number_of
from register.discrepancy_models import Discrepancy
from register.models import Delivery
from register.tally_models import DiscrepancyTally
from stewardship.counting import COUNTY, WHICHEVER
from stewardship.deliveries.other_lists import IS_TAKEN

PERIODS: Final = 6
OVERDUE: Final = "feed_overdue"
WHOLE_FEED: Final = "*"
STANDING: Final = ("open", "waiting")


@dataclass(frozen=True)
class Late:
    """A file that the night found missing."""

    discrepancy_id: str
    feed: str
    unit: str
    period: str
    since: date


@dataclass
class Cell:
    """One unit's file of one period."""

    arrived: date | None = None
    files: int = 0
    late: Late | None = None


@dataclass(frozen=True)
class FeedCalendar:
    """`periods`: when the file of each was due; `units`: unit → period → cell; `next_period` is the next to be due, on `due`."""

    feed: str
    periods: Mapping[str, date]
    units: Mapping[str, Mapping[str, Cell]]
    next_period: str
    due: date

    def days_late(self, period: str, cell: Cell) -> int:
        """By how many days the first file of a period came after it was due; 0 where it came in time, or did not come."""
        return max((cell.arrived - self.periods[period]).days, 0) if cell.arrived else 0


@dataclass
class _Units:
    cells: dict[str, dict[str, Cell]] = field(default_factory=dict)

    def at(self, unit: str, period: str) -> Cell:
        return self.cells.setdefault(unit, {}).setdefault(period, Cell())


def late_files(connection: Connection) -> list[Late]:
    """What is late now and the user may see, the longest first."""
    d = Discrepancy
    query = sa.select(d.discrepancy_id, d.subject, d.first_night).where(
        d.type == OVERDUE, d.status.in_(STANDING)
    )
    found = []
    for id_, subject, since in connection.execute(query.order_by(d.first_night, d.subject)):
        feed, _, rest = subject.partition(":")
        unit, _, period = rest.rpartition(":")
        found.append(Late(id_, feed, unit, period, since))
    return found


def late_by_feed(connection: Connection) -> Counter[str]:
    """For who may count and not read."""
    t = DiscrepancyTally
    query = sa.select(t.feed, sa.func.sum(t.rows)).where(
        t.type == OVERDUE, t.status.in_(STANDING), t.area_code == COUNTY, t.first_night == WHICHEVER
    )
    return Counter({feed: int(rows) for feed, rows in connection.execute(query.group_by(t.feed)) if rows})


def calendars(
    connection: Connection, late: list[Late], due_days: Mapping[str, int], today: date
) -> list[FeedCalendar]:
    """One per feed that comes in periods and of which the user sees anything."""
    came = _came(connection, today)
    found = []
    for feed, rhythm in CALENDAR.items():
        newest = _newest_ended(rhythm, today)
        day = due_days[feed]
        periods = {
            name_of(number, rhythm.every): due_on(number, rhythm.every, day)
            for number in range(newest - PERIODS + 1, newest + 1)
        }
        units = _Units()
        for row in came.get(feed, []):
            number = number_of(row.period, rhythm.every)
            if number is not None and (period := name_of(number, rhythm.every)) in periods:
                cell = units.at(row.unit, period)
                cell.arrived = min(row.arrived, cell.arrived or row.arrived)
                cell.files += row.files
        for one in late:
            if one.feed == feed and one.period in periods:
                units.at(one.unit, one.period).late = one
        if units.cells:
            coming = _next_due(rhythm, day, today)
            due = due_on(coming, rhythm.every, day)
            ordered = dict(sorted(units.cells.items()))
            found.append(FeedCalendar(feed, periods, ordered, name_of(coming, rhythm.every), due))
    return found


def has_come(connection: Connection) -> bool:
    """Whether any file that the user sees was ever taken in."""
    return bool(connection.scalar(sa.select(sa.exists().where(IS_TAKEN))))


def _came(connection: Connection, today: date) -> dict[str, list[Any]]:
    """Taken files of the last years by feed, unit and period."""
    d = Delivery
    first = today - timedelta(days=PERIODS * 366)
    query = (
        sa.select(
            d.feed, d.unit, d.period, sa.func.min(d.arrival).label("arrived"), sa.func.count().label("files")
        )
        .where(IS_TAKEN, d.unit.is_not(None), d.period.is_not(None), d.arrival >= first)
        .where(d.unit != "", d.period != "")
        .group_by(d.feed, d.unit, d.period)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.feed, []).append(row)
    return found


def _newest_ended(rhythm: Rhythm, today: date) -> int:
    """The newest period whose file can be here."""
    number = around(rhythm, today)
    while due_on(number, rhythm.every, 1) > today:
        number -= 1
    return number


def _next_due(rhythm: Rhythm, day: int, today: date) -> int:
    number = around(rhythm, today) - 2
    while due_on(number, rhythm.every, day) < today:
        number += 1
    return number


def around(rhythm: Rhythm, today: date) -> int:
    """Today's period, or the one after it."""
    per_year = {"month": 12, "quarter": 4, "term": 2}[rhythm.every]
    return today.year * per_year + (today.month - 1) * per_year // 12 + 1
