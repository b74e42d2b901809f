"""How many rows of the queue rest on each feed: a row counts under every feed that it rests on.

Like `stewardship.counting`: from the tally, but for how many of some areas are some months old at most and for what few are (assigned,
reopened), which are read along indexes of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.discrepancy_models import Discrepancy
from register.tally_models import FeedTally
from stewardship.cells import BOUND
from stewardship.counting import COUNTY, WHICHEVER, among
from stewardship.filters import EVERY, LIKELY, SURE, Filters, Nights
from stewardship.tabs import CHANGED, MINE, OVERDUE, UNASSIGNED, is_of_few, tab_of


def by_feed(
    connection: Connection, role: str, filters: Filters, codes: Sequence[str] | None, nights: Nights
) -> Counter[str]:
    """Feed → rows, whatever feed is asked for and all other filters kept; for roles that see areas or the county."""
    asks = _Asks(connection, role, replace(filters, feed=""), codes, nights)
    if is_of_few(filters.tab):
        return asks.listed(_few(connection, filters.tab), *_aged_by(filters, nights))
    found = asks.aged()
    if filters.tab == UNASSIGNED:
        found.subtract(asks.listed(Discrepancy.assignee.is_not(None), *_aged_by(filters, nights)))
    elif filters.tab == OVERDUE:
        found.subtract(asks.opened(*nights.of(filters.age) if filters.age else (None, None), is_fresh=True))
    return +found


def _few(connection: Connection, tab: str) -> sa.ColumnElement[bool]:
    d = Discrepancy
    if tab == CHANGED:
        return d.reopened_night.is_not(None)
    if tab == MINE:
        return d.assignee == sa.select(sa.func.desk_user()).scalar_subquery()
    users = connection.scalars(sa.select(d.assignee).where(d.assignee.is_not(None)).distinct())
    return among(d.assignee, [str(user) for user in users if tab_of(str(user)) == tab])


@dataclass(frozen=True)
class _Asks:
    connection: Connection
    role: str
    filters: Filters
    codes: Sequence[str] | None
    nights: Nights

    def listed(self, *conditions: sa.ColumnElement[bool]) -> Counter[str]:
        """Read row by row."""
        d = Discrepancy
        query = sa.select(sa.func.unnest(d.feeds), sa.func.count()).where(
            *conditions, *_asked(d, _band(), self.filters)
        )
        if self.codes is not None:
            query = query.where(among(d.area_code, self.codes))
        return self._counted(query)

    def aged(self) -> Counter[str]:
        """Of the age that is asked for; what is older is the rest of all."""
        if self.filters.age and self.filters.age != "older":
            return self.opened(*self.nights.of(self.filters.age))
        t = FeedTally
        query = sa.select(t.feed, sa.func.sum(t.rows)).where(
            t.first_night == WHICHEVER, *_asked(t, t.band, self.filters), self._place()
        )
        found = self._counted(query)
        if self.filters.age:
            found.subtract(self.opened(self.nights.month, None))
        return found

    def opened(self, start: Any, end: Any, *, is_fresh: bool = False) -> Counter[str]:
        """First found from one night to below another; `is_fresh`: and not overdue yet."""
        if not self._is_of_county:
            d = Discrepancy
            fresh = self._fresh(d) if is_fresh else []
            return self.listed(*_from_to(start, end), *fresh)
        t = FeedTally
        ends = [t.first_night >= start] if start is not None else []
        ends += [t.first_night < (WHICHEVER if end is None else end)]
        query = sa.select(t.feed, sa.func.sum(t.rows)).where(
            *ends, *(self._fresh(t) if is_fresh else []), *_asked(t, t.band, self.filters), self._place()
        )
        return self._counted(query)

    @property
    def _is_of_county(self) -> bool:
        return self.codes is None and self.role not in BOUND

    def _place(self) -> sa.ColumnElement[bool]:
        area = FeedTally.area_code
        if self._is_of_county:
            return area == COUNTY
        return area != COUNTY if self.codes is None else among(area, self.codes)

    def _fresh(self, of: Any) -> list[sa.ColumnElement[bool]]:
        return [
            of.first_night >= self.nights.oldest,
            of.first_night >= _due_night(of.priority, self.nights.due),
        ]

    def _counted(self, query: sa.Select[str, int]) -> Counter[str]:
        grouped = query.group_by(sa.literal_column("1"))
        return Counter({str(feed): int(rows) for feed, rows in self.connection.execute(grouped)})


def _aged_by(filters: Filters, nights: Nights) -> list[sa.ColumnElement[bool]]:
    return _from_to(*nights.of(filters.age)) if filters.age else []


def _from_to(start: Any, end: Any) -> list[sa.ColumnElement[bool]]:
    night = Discrepancy.first_night
    return [*([night >= start] if start is not None else []), *([night < end] if end is not None else [])]


def _due_night(priority: Any, nights: tuple[date, ...]) -> sa.ColumnElement[date]:
    """Of a row with this priority."""
    by = {number: sa.literal(night, sa.Date()) for number, night in enumerate(nights, start=1)}
    return sa.case(by, value=priority, else_=sa.literal(nights[-1], sa.Date()))


def _band() -> sa.ColumnElement[str]:
    column = Discrepancy.confidence
    return sa.case((column >= SURE, "high"), (column >= LIKELY, "middle"), else_="low")


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
