"""What each unit handed over in twelve months: which files came by the day they were due, which came late, which did not come, how many rows
could not be used.

A period's file is the first that was taken in of it: what a unit sends again afterwards, corrected, makes nothing late. Periods count whose
day lies within the twelve months and before today, from the first one on that the unit ever sent. Files of no known unit or period are
counted, but neither on time nor late. That a unit which tells of events sent none may mean that nothing happened: what the night misses
(`feed_overdue`) is told beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median_low
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from discrepancies.schedule import CALENDAR, due_on, name_of, number_of
from register.models import Delivery
from stewardship.deliveries.calendar import WHOLE_FEED, Late, around
from stewardship.deliveries.other_lists import IS_TAKEN, REFUSED, STATUS
from stewardship.words import N_

YEAR: Final = timedelta(days=365)
ON_TIME, LATE = "on_time", "late"
TIMELY: Final[Mapping[str, str]] = {ON_TIME: N_("on time"), LATE: N_("after the day")}


@dataclass
class UnitYear:
    """`unit`: empty where no file says it. `late`: by how many days each late file came; `missing`: the periods of which none came, the oldest first;
    `asked`: what the night misses now; the rows are those of files that arrived within the year."""

    feed: str
    unit: str
    taken: int = 0
    refused: int = 0
    rows: int = 0
    unusable: int = 0
    on_time: int = 0
    missing: list[str] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    asked: list[Late] = field(default_factory=list)

    @property
    def due(self) -> int:
        return self.on_time + len(self.late) + len(self.missing)

    @property
    def days_late(self) -> int | None:
        """By so many days at most came half of what was late (the lower median)."""
        return median_low(self.late) if self.late else None

    @property
    def share_unusable(self) -> float | None:
        return self.unusable / self.rows if self.rows else None

    @property
    def attention(self) -> tuple[Any, ...]:
        """Sorts what needs it most first: what is missed now, lists that came late or not at all, rows that could not be used."""
        rhythm = CALENDAR.get(self.feed)
        gaps = len(self.missing) if rhythm is not None and rhythm.is_full_list else 0
        wrong = (len(self.asked), len(self.late) + gaps, self.share_unusable or 0, len(self.missing))
        return (*(-one for one in wrong), self.feed, self.unit)


def year_until(today: date) -> date:
    """The first day of the twelve months."""
    return today - YEAR


def units(
    connection: Connection, due_days: Mapping[str, int], today: date, late: Sequence[Late] = ()
) -> list[UnitYear]:
    """Of whom anything came, was due or is missed, as far as the user may see it, what needs attention first."""
    found: dict[tuple[str, str], UnitYear] = {}
    came: defaultdict[tuple[str, str], dict[int, date]] = defaultdict(dict)
    for row in connection.execute(_ledger(year_until(today))):
        key = row.feed, row.unit
        one = found.setdefault(key, UnitYear(*key))
        one.taken += row.taken
        one.refused += row.refused
        one.rows += row.rows
        one.unusable += row.unusable
        number = _number(row.feed, row.period)
        if row.unit and number is not None and row.arrived is not None:
            came[key][number] = min(row.arrived, came[key].get(number, row.arrived))
    for key, arrived in came.items():
        for number, due in sorted(due_within(key[0], due_days, today).items()):
            if number in arrived:
                days = (arrived[number] - due).days
                found[key].on_time += days <= 0
                found[key].late += [days] if days > 0 else []
            elif number > min(arrived):
                found[key].missing.append(name_of(number, CALENDAR[key[0]].every))
    for each in late:
        if each.unit != WHOLE_FEED:
            key = each.feed, each.unit
            found.setdefault(key, UnitYear(*key)).asked.append(each)
    there = (
        one for one in found.values() if one.taken or one.refused or one.on_time or one.late or one.asked
    )
    return sorted(there, key=lambda one: one.attention)


def due_within(feed: str, due_days: Mapping[str, int], today: date) -> dict[int, date]:
    """Of the year until yesterday: the number of each period whose file was due → the day."""
    every, day, since = CALENDAR[feed].every, due_days[feed], year_until(today)
    found = {}
    number = around(CALENDAR[feed], today)
    while (due := due_on(number, every, day)) >= since:
        if due < today:
            found[number] = due
        number -= 1
    return found


def came(
    connection: Connection, due_days: Mapping[str, int], today: date, when: str
) -> sa.ColumnElement[bool]:
    """Of a receipt, that it is the file of a unit's period which `units` counts on time, or late."""
    d, within = Delivery, {feed: due_within(feed, due_days, today) for feed in CALENDAR}
    of_units = sa.select(d.feed, d.unit, d.period, d.arrival, d.file, d.sha256).where(IS_TAKEN, d.unit != "")
    first: dict[tuple[str, str, int], Any] = {}
    for row in connection.execute(of_units.where(d.feed.in_(CALENDAR)).order_by(d.arrival, d.file)):
        number = _number(row.feed, row.period or "")
        if number in within[row.feed]:
            first.setdefault((row.feed, row.unit, number), row)
    keys = [
        (row.feed, row.file, row.sha256)
        for (feed, _, number), row in first.items()
        if (row.arrival > within[feed][number]) == (when == LATE)
    ]
    columns = zip(*keys) if keys else ((), (), ())
    wanted = sa.select(*(sa.func.unnest(sa.literal(list(one), sa.ARRAY(sa.Text))) for one in columns))
    return sa.tuple_(d.feed, d.file, d.sha256).in_(wanted)


def _ledger(since: date) -> sa.Select[Any]:
    """By feed, unit and period: when the first file came, and what arrived from a day on."""
    d, is_new = Delivery, Delivery.arrival >= since
    unit, period = sa.func.coalesce(d.unit, "").label("unit"), sa.func.coalesce(d.period, "").label("period")
    is_counted = sa.and_(IS_TAKEN, is_new)

    def of_counted(number: sa.SQLColumnExpression[int]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(number).filter(is_counted), 0)

    columns: list[Any] = [
        d.feed,
        unit,
        period,
        sa.func.min(d.arrival).filter(IS_TAKEN).label("arrived"),
        sa.func.count().filter(is_counted).label("taken"),
        sa.func.count().filter(STATUS == REFUSED, is_new).label("refused"),
        of_counted(d.rows_total - d.rows_set_aside).label("rows"),
        of_counted(d.rows_quarantined).label("unusable"),
    ]
    return sa.select(*columns).group_by(d.feed, unit, period)


def _number(feed: str, period: str) -> int | None:
    return number_of(period, CALENDAR[feed].every) if feed in CALENDAR else None
