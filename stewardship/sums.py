"""The parts of the queue's statement that count rows by area and by feed: per area whatever area is asked for, per feed whatever feed.

A row counts under its one area, and under every feed that it rests on. Both are sums over a tally (by area over one of statuses alone,
where nothing else is asked for) and, of what that does not know, rows of the table along an index of their own: young rows (no tally by
area has nights), what is assigned, what was reopened. A tab over few rows is counted from those alone; of the others what does not belong
is taken off the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from stewardship.cells import BOUND, OF_AGE, asked, is_fresh, tally_of
from stewardship.filters import Filters, Nights
from stewardship.paging import OWN_AREAS, of_tab, of_whose
from stewardship.tabs import OVERDUE, UNASSIGNED

_WHICHEVER: Final = ("t.first_night = 'infinity'",)
_YOUNGER: Final = ("{0}.first_night >= :month",)
# As wide as the other parts of the statement (`stewardship.cells`): what is counted, and its key in place of a status.
_PART: Final = """
SELECT '{name}', CAST({key} AS text), '', 0, '', '', NULL, false, {sign} CAST({rows} AS bigint) FROM {table} WHERE {conditions} GROUP BY 2
"""


@dataclass(frozen=True)
class _Sum:
    """By what is counted; `t` is a row of the tally, `d` a discrepancy.

    `whole`: where the tally has whichever night; `young`: where young rows are found; `has_nights`: whether the tally knows the nights of
    what is asked for.
    """

    name: str
    keys: dict[str, str]
    tally: str
    places: dict[str, tuple[str, ...]]
    whole: tuple[str, ...]
    young: tuple[str, ...]
    has_nights: bool
    filters: Filters

    def tallied(self, sign: str, *conditions: str) -> str:
        every = (*conditions, *self.places["t"], *asked(self.filters, "t"))
        return self._part(sign, "t", "sum(t.rows)", f"{self.tally} AS t", every)

    def listed(self, sign: str, *conditions: str) -> str:
        every = (*self.places["d"], *conditions, *asked(self.filters, "d"))
        return self._part(sign, "d", "count(*)", "discrepancy AS d", every)

    def found_in(self, sign: str, *conditions: str) -> str:
        """By conditions on the first night."""
        if self.has_nights:
            return self.tallied(sign, "t.first_night < 'infinity'", *(one.format("t") for one in conditions))
        return self.listed(sign, *self.young, *(one.format("d") for one in conditions))

    def _part(self, sign: str, row: str, rows: str, table: str, conditions: tuple[str, ...]) -> str:
        where = " AND ".join(conditions) or "true"
        return _PART.format(
            name=self.name, key=self.keys[row], sign=sign, rows=rows, table=table, conditions=where
        )


def sums(role: str, filters: Filters, within: bool, nights: Nights) -> tuple[str, ...]:
    """The parts, for a role that is told of areas.

    Args:
        within: whether single areas are asked for.
    """
    own = () if role not in BOUND else (f"d.area_code = ANY ({OWN_AREAS.format(role=role)})",)
    in_codes = ("{0}.area_code = ANY (:codes)",) if within else ()
    is_of_county = role not in BOUND and not within
    of_feed_tally = ("t.area_code = '*'",) if is_of_county else ("t.area_code <> '*'",)
    of_status = not filters.is_of_kind
    by_area = _Sum(
        "area",
        {"t": "t.area_code", "d": "d.area_code"},
        "area_tally" if of_status else tally_of(bool(filters.feed)),
        {"t": ("t.area_code <> ALL ('{*,\"\"}')",), "d": ("d.area_code IS NOT NULL",)},
        () if of_status else _WHICHEVER,
        own,
        False,
        filters,
    )
    by_feed = _Sum(
        "feed",
        {"t": "t.feed", "d": "unnest(d.feeds)"},
        tally_of(True),
        {
            "t": tuple(one.format("t") for one in in_codes) or of_feed_tally,
            "d": tuple(one.format("d") for one in in_codes),
        },
        _WHICHEVER,
        () if within else own,
        is_of_county,
        replace(filters, feed=""),
    )
    return (*_parts(by_area, nights), *_parts(by_feed, nights))


def _parts(by: _Sum, nights: Nights) -> Iterator[str]:
    filters, plus, minus = by.filters, "", "-"
    age = OF_AGE.get(filters.age, ())
    aged = tuple(one.format("d") for one in age)
    of_what = tuple(condition for condition, _ in of_tab(filters.what, nights))
    if filters.is_of_few:
        of_user = tuple(condition for condition, _ in of_whose(filters.whose))
        yield by.listed(plus, *of_what, *of_user, *aged)
        return
    if filters.age in ("week", "month"):
        yield by.found_in(plus, *age)
    else:
        yield by.tallied(plus, *by.whole)
        if filters.age:
            yield by.found_in(minus, *_YOUNGER)
    if filters.whose == UNASSIGNED:
        yield by.listed(minus, "d.assignee IS NOT NULL", *of_what, *aged)
    if filters.what == OVERDUE:
        yield by.found_in(minus, "{0}.first_night >= :oldest", is_fresh("{0}", len(nights.due)), *age)
