"""How it went in each township: what was not closed at the end of two nights, by what they kept, and what came, was opened again and was closed
between them (`stewardship.overview.stretches`), of all types or of one. What came and went between two nights is not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally
from stewardship.overview.asked import Asked
from stewardship.overview.reading import NOT_CLOSED, SHOWN_DAYS
from stewardship.overview.stretches import AGAIN, CAME, CLOSED_IN, Stretch, count, count_by_township
from stewardship.places import Places

MOVES: Final = (CAME, AGAIN, CLOSED_IN)


@dataclass(frozen=True)
class Span:
    """From the end of one night to that of another: not closed before, what came, was opened again and was closed, not closed after."""

    since: date
    until: date
    before: int
    came: int
    again: int
    closed: int
    after: int


@dataclass(frozen=True)
class Course:
    """`townships`: township (nothing: in none) → the whole time; `nights`: night → township → not closed; `weeks`: those of the chosen
    township, the newest first, each to the last of its nights.
    """

    since: date | None
    until: date | None
    asked: Asked
    townships: Mapping[str, Span]
    nights: Mapping[date, Mapping[str, int]]
    weeks: Sequence[Span]


def course(connection: Connection, role: str, places: Places, until: date, asked: Asked) -> Course:
    """The three months before, of the townships that the user sees."""
    nights = _kept(connection, until, asked.type)
    if not nights:
        return Course(None, None, asked.in_township(""), {}, {}, ())
    first, last = min(nights), max(nights)
    codes = sorted({code for told in nights.values() for code in told})
    chosen = asked.in_township(asked.township if asked.township in codes else "")
    moved = {
        what: count_by_township(connection, role, Stretch(what, first, last, asked.type), places)
        for what in MOVES
    }
    return Course(
        first,
        last,
        chosen,
        {
            code: _span(nights, first, last, code, {what: of[code] for what, of in moved.items()})
            for code in codes
        },
        nights,
        _weeks(connection, role, places, nights, chosen) if chosen.township else (),
    )


def _kept(connection: Connection, until: date, type_: str) -> dict[date, dict[str, int]]:
    """Night → township → not closed."""
    t = NightTally
    query = sa.select(t.night, t.area_code, NOT_CLOSED.label("n")).where(
        t.night > until - timedelta(days=SHOWN_DAYS)
    )
    if type_:
        query = query.where(t.type == type_)
    found: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query.group_by(t.night, t.area_code).order_by(t.night)):
        found[row.night][row.area_code] = int(row.n)
    return found


def _weeks(
    connection: Connection, role: str, places: Places, nights: Mapping[date, Mapping[str, int]], asked: Asked
) -> Sequence[Span]:
    """From one week's last night to the next one's; the first week begins with the first night."""
    ends = {night.isocalendar()[:2]: night for night in sorted(nights)}
    found = []
    for before, after in pairwise(sorted({min(nights), *ends.values()})):
        stretches = (Stretch(what, before, after, asked.type, asked.township) for what in MOVES)
        moved = {one.what: count(connection, role, one, places) for one in stretches}
        found.append(_span(nights, before, after, asked.township, moved))
    return found[::-1]


def _span(
    nights: Mapping[date, Mapping[str, int]], before: date, after: date, code: str, moved: Mapping[str, int]
) -> Span:
    stood, stands = (nights[night].get(code, 0) for night in (before, after))
    return Span(before, after, stood, moved[CAME], moved[AGAIN], moved[CLOSED_IN], stands)
