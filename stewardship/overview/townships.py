"""How it went in each township: what came, was closed and is not closed, of all types or of one, by what nights kept.

A flow is the difference between what two nights kept, so that what was opened again counts as closed less, and what came and went between
them is not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally
from stewardship.overview.asked import Asked
from stewardship.overview.reading import SHOWN_DAYS, STATUSES, Flow, flow_between, not_closed

Kept = Mapping[str, int]  # status → discrepancies
NOTHING: Final[Kept] = dict.fromkeys(STATUSES, 0)


@dataclass(frozen=True)
class Span:
    """From the end of one night to that of another: not closed before, what came and was closed, not closed after."""

    since: date
    until: date
    before: int
    flow: Flow
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


def course(connection: Connection, until: date, asked: Asked) -> Course:
    """The three months before, of the townships that the user sees."""
    nights = _kept(connection, until, asked.type)
    if not nights:
        return Course(None, None, asked.in_township(""), {}, {}, ())
    first, last = min(nights), max(nights)
    codes = sorted({code for told in nights.values() for code in told})
    chosen = asked.in_township(asked.township if asked.township in codes else "")
    return Course(
        first,
        last,
        chosen,
        {code: _span(nights, first, last, code) for code in codes},
        {night: {code: not_closed(told[code]) for code in told} for night, told in nights.items()},
        _weeks(nights, chosen.township) if chosen.township else (),
    )


def _kept(connection: Connection, until: date, type_: str) -> dict[date, dict[str, Kept]]:
    """Night → township → what it kept."""
    t = NightTally
    sums = [sa.func.sum(getattr(t, name)).label(name) for name in STATUSES]
    query = sa.select(t.night, t.area_code, *sums).where(t.night > until - timedelta(days=SHOWN_DAYS))
    if type_:
        query = query.where(t.type == type_)
    found: defaultdict[date, dict[str, Kept]] = defaultdict(dict)
    for row in connection.execute(query.group_by(t.night, t.area_code).order_by(t.night)):
        found[row.night][row.area_code] = {name: int(getattr(row, name)) for name in STATUSES}
    return found


def _weeks(nights: Mapping[date, Mapping[str, Kept]], code: str) -> Sequence[Span]:
    """From one week's last night to the next one's; the first week begins with the first night."""
    ends = {night.isocalendar()[:2]: night for night in sorted(nights)}
    places = sorted({min(nights), *ends.values()})
    return [_span(nights, before, after, code) for before, after in zip(places, places[1:])][::-1]


def _span(nights: Mapping[date, Mapping[str, Kept]], before: date, after: date, code: str) -> Span:
    first, last = (nights[night].get(code, NOTHING) for night in (before, after))
    return Span(before, after, not_closed(first), flow_between(first, last), not_closed(last))
