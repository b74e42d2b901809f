"""How it went in each township: what was not closed at the end of two nights, by what they kept, and what came, was opened again and was closed
between them (`stewardship.overview.stretches`), of all types or of one. What came and went between two nights is not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally
from stewardship.overview.asked import Asked
from stewardship.overview.drawn import week_ends
from stewardship.overview.reading import NOT_CLOSED, History
from stewardship.overview.stretches import AGAIN, CAME, CLOSED_IN, Stretch, count_by_both
from stewardship.overview.weekly import count_by_week
from stewardship.places import Places

MOVES: Final = (CAME, AGAIN, CLOSED_IN)
Nights = Mapping[date, Mapping[str, int]]


@dataclass(frozen=True)
class Moved:
    """What → type and township (nothing: in none) → how many between two nights."""

    by_both: Mapping[str, Counter[tuple[str, str]]] = field(default_factory=dict)

    def by_type(self, what: str) -> Counter[str]:
        return _folded((type_, rows) for (type_, _), rows in self.by_both.get(what, {}).items())

    def by_township(self, what: str, type_: str) -> Counter[str]:
        """Of one type, or without one of all."""
        told = self.by_both.get(what, {}).items()
        return _folded((township, rows) for (of, township), rows in told if type_ in ("", of))


@dataclass(frozen=True)
class Span:
    """From the end of one night to that of another: not closed before, what came, was opened again and was closed, not closed after. The middle three
    by where a discrepancy is now, the others by where it was at that night."""

    since: date
    until: date
    before: int
    came: int
    again: int
    closed: int
    after: int

    @property
    def moved(self) -> int:
        """By how many the others do not add up: what came from another township, or went to one or was deleted (negative)."""
        return self.after - (self.before + self.came + self.again - self.closed)


@dataclass(frozen=True)
class Course:
    """`townships`: township (nothing: in none) → the whole time; `nights`: night → township → not closed; `weeks`: those of the chosen
    township, the newest first, each to the last of its nights.
    """

    since: date | None
    until: date | None
    asked: Asked
    townships: Mapping[str, Span]
    nights: Nights
    weeks: Sequence[Span]

    @property
    def is_of_one_night(self) -> bool:
        """Between which nothing can have happened."""
        return self.since == self.until

    @property
    def has_moved(self) -> bool:
        return any(one.moved for one in (*self.townships.values(), *self.weeks))


def moved(connection: Connection, role: str, places: Places, history: History) -> Moved:
    """Since the first night shown; nothing where there is but one."""
    if history.since is None or history.until is None:
        return Moved()
    asked = (Stretch(what, history.since, history.until) for what in MOVES)
    return Moved({one.what: count_by_both(connection, role, one, places) for one in asked})


def course(
    connection: Connection, role: str, places: Places, history: History, moved: Moved, asked: Asked
) -> Course:
    """In the time shown, of the townships that the user sees."""
    nights = nights_of(connection, history, asked.type)
    codes, chosen = codes_of(nights), choose(asked, nights)
    if not codes:
        return Course(None, None, chosen, {}, {}, ())
    first, last = min(nights), max(nights)
    told = {what: moved.by_township(what, asked.type) for what in MOVES}
    return Course(
        first,
        last,
        chosen,
        {
            code: _span(nights, first, last, code, {what: of[code] for what, of in told.items()})
            for code in codes
        },
        nights,
        weeks(connection, role, places, nights, chosen),
    )


def nights_of(connection: Connection, history: History, type_: str) -> Nights:
    """Night → township → not closed, for each night shown."""
    t = NightTally
    found: dict[date, dict[str, int]] = {night: {} for night in history.nights}
    query = sa.select(t.night, t.area_code, NOT_CLOSED.label("n")).where(t.night.in_(found))
    if type_:
        query = query.where(t.type == type_)
    for row in connection.execute(query.group_by(t.night, t.area_code)):
        found[row.night][row.area_code] = int(row.n)
    return found


def codes_of(nights: Nights) -> list[str]:
    return sorted({code for told in nights.values() for code in told})


def choose(asked: Asked, nights: Nights) -> Asked:
    """Without the township where none of its discrepancies stood."""
    return asked.in_township(asked.township if asked.township in codes_of(nights) else "")


def weeks(connection: Connection, role: str, places: Places, nights: Nights, asked: Asked) -> Sequence[Span]:
    """Of the township that is asked for, from one week's last night to the next one's; the first week begins with the first night."""
    if not asked.township:
        return ()
    ends, of = week_ends(nights), Stretch("", None, None, asked.type, asked.township)
    if len(ends) < 2:
        return ()
    told = {what: count_by_week(connection, role, what, ends, of, places) for what in MOVES}
    spans = [
        _span(nights, before, after, asked.township, {what: rows[after] for what, rows in told.items()})
        for before, after in pairwise(ends)
    ]
    return spans[::-1]


def _span(nights: Nights, before: date, after: date, code: str, moved: Mapping[str, int]) -> Span:
    stood, stands = (nights[night].get(code, 0) for night in (before, after))
    return Span(before, after, stood, moved[CAME], moved[AGAIN], moved[CLOSED_IN], stands)


def _folded(told: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, rows in told:
        found[key] += rows
    return found
