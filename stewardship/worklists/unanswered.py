"""What is on worklists and was not answered: asked at which door, since when, on which lists.

The same discrepancies that the pages of these lists still have: what is to be asked about as things are now, and of which no answer came, or only that nobody
was there. One that is on several lists stands here once, since the first of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Connection, Row

from register.discrepancy_models import Discrepancy
from register.worklist_models import Worklist, WorklistRow
from stewardship.language import CHINA
from stewardship.leads import COLUMNS, Lead
from stewardship.listing import today_of
from stewardship.places import Places
from stewardship.visits import House
from stewardship.worklists import choosing, doors
from stewardship.worklists.taking import AGAIN

BATCH: Final = 500
_CURSOR: Final = re.compile(r"([1-9]\d{0,17})\.(D[0-9a-f]{6,40})")
_FIRST: Final = sa.func.min(WorklistRow.worklist_id)


@dataclass(frozen=True)
class Cursor:
    """After which of them a page begins."""

    worklist_id: int
    discrepancy_id: str

    def __str__(self) -> str:
        return f"{self.worklist_id}.{self.discrepancy_id}"


@dataclass(frozen=True)
class OnList:
    """On which list, and as which number of it; None where the list keeps none."""

    worklist_id: int
    no: int | None


@dataclass(frozen=True)
class Unanswered:
    """`lists`: on which lists, the first one first; `since`: the day when that one was made; `not_met`: when a list last came back on which nobody was there."""

    line: doors.Line
    lists: tuple[OnList, ...]
    since: date
    not_met: date | None


@dataclass(frozen=True)
class Page:
    rows: list[Unanswered]
    next: Cursor | None


def read_cursor(text: str) -> Cursor | None:
    found = _CURSOR.fullmatch(text)
    return None if found is None else Cursor(int(found[1]), found[2])


def by_area(connection: Connection, places: Places) -> list[choosing.AreaChoice]:
    """The areas in which something is unanswered, with how many of each type."""
    d = Discrepancy
    rows: Any = sa.func.count(sa.distinct(d.discrepancy_id))
    counted: sa.Select[Any] = sa.select(d.area_code, d.type, rows).where(d.area_code.is_not(None))
    found = connection.execute(_from(counted).group_by(d.area_code, d.type)).all()
    return choosing.areas_of([tuple(row) for row in found], places)


def count(connection: Connection, codes: Collection[str] | None = None) -> tuple[int, date | None]:
    """How many, in all areas or in these, and since which day the first of them waits."""
    rows: Any = sa.func.count(sa.distinct(Discrepancy.discrepancy_id))
    counted: sa.Select[Any] = sa.select(rows, sa.func.min(Worklist.made_at))
    number, since = connection.execute(_from(counted, codes)).one()
    return number, _day(since)


def read(
    connection: Connection,
    here: House,
    places: Places,
    language: str,
    codes: Collection[str] | None,
    after: Cursor | None,
    most: int,
) -> Page:
    """What waits longest first, at most so many after the cursor; masked as on a list."""
    d, r = Discrepancy, WorklistRow
    query = _from(
        sa.select(
            *choosing.columns(),
            sa.func.array_agg(aggregate_order_by(r.worklist_id, r.worklist_id)).label("lists"),
            sa.func.array_agg(aggregate_order_by(r.no, r.worklist_id)).label("nos"),
            sa.func.min(Worklist.made_at).label("since"),
            sa.func.max(r.returned_at).label("not_met"),
        ),
        codes,
    ).group_by(d.discrepancy_id)
    if after is not None:
        place = sa.tuple_(sa.literal(after.worklist_id), sa.literal(after.discrepancy_id).collate("C"))
        query = query.having(sa.tuple_(_FIRST, d.discrepancy_id.collate("C")) > place)
    order = (_FIRST, d.discrepancy_id.collate("C"))
    found = connection.execute(query.order_by(*order).limit(most + 1)).all()
    shown = found[:most]
    following = None
    if len(found) > most:
        following = Cursor(shown[-1].lists[0], shown[-1].discrepancy_id)
    return Page(_told(connection, here, places, language, shown), following)


def every(
    connection: Connection, here: House, places: Places, language: str, codes: Collection[str] | None
) -> Iterator[Unanswered]:
    """All of them, for a file."""
    after: Cursor | None = None
    while True:
        found = read(connection, here, places, language, codes, after, BATCH)
        yield from found.rows
        after = found.next
        if after is None:
            return


def _told(
    connection: Connection, here: House, places: Places, language: str, rows: Sequence[Row[Any]]
) -> list[Unanswered]:
    leads = [Lead(*row[: len(COLUMNS)]) for row in rows]
    lines = doors.lines_of(connection, leads, places, here.sources, language, today_of(here))
    of_lead = {line.lead.discrepancy_id: line for line in lines}
    found = []
    for row in rows:
        since, not_met = _day(row.since), _day(row.not_met)
        assert since is not None
        lists = tuple(map(OnList, row.lists, row.nos))
        found.append(Unanswered(of_lead[row.discrepancy_id], lists, since, not_met))
    return found


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(CHINA).date()


def _from(query: sa.Select[Any], codes: Collection[str] | None = None) -> sa.Select[Any]:
    d, r = Discrepancy, WorklistRow
    is_open = sa.or_(r.outcome.is_(None), r.outcome == AGAIN)
    found = (
        query.select_from(r)
        .join(Worklist, Worklist.worklist_id == r.worklist_id)
        .join(d, d.discrepancy_id == r.discrepancy_id)
        .where(is_open, *choosing.standing())
    )
    return found if codes is None else found.where(choosing.among(d.area_code, sorted(codes)))
