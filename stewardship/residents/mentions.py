"""Departments' rows that speak of people of the register: where they stand, what they say, and whether they are believed to be theirs.

A night linked them, or perhaps linked them; and a person may have said of one that it is, or is not, somebody. Of a row that is not certainly
theirs, what it says stays masked whatever leave stands: it may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from register.link_decisions import Answer
from register.work import UnitOfWork
from stewardship.listing import today_of
from stewardship.masking import may_be_child
from stewardship.matrix import FIELDS, Part, Values, compare, parts_of
from stewardship.people import register_values, said_values
from stewardship.places import Places
from stewardship.prepared import Linked
from stewardship.sources import Place
from stewardship.visits import House

CERTAIN: Final = ("link", "confirmed")
_ARRIVED: Final = sa.text("""
SELECT d.feed, d.file, max(d.unit) AS unit, max(d.arrival) AS arrival, max(d.night) FILTER (WHERE d.status = 'taken') AS night
FROM delivery AS d
JOIN unnest(CAST(:feeds AS text[]), CAST(:files AS text[])) AS wanted (feed, file) USING (feed, file)
GROUP BY d.feed, d.file
""")


@dataclass(frozen=True)
class Item:
    """What a row says of an item, masked; marked is what differs from the register."""

    field: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Mention:
    """A row that speaks of a person. `decision` and `probability`: the last night's, none where it links the row to somebody else or nobody."""

    person_no: str
    content_key: str
    feed: str
    file: str
    sheet: str
    row: int
    role: str
    decision: str | None
    probability: float | None
    answer: Answer | None
    unit: str = ""
    arrival: date | None = None
    says: tuple[Item, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it is believed to be the person's, and nobody said that it is not."""
        return self.decision in CERTAIN and (self.answer is None or self.answer.decision == "confirmed")


def mentions_of(linked: Mapping[str, Sequence[Linked]], answers: Iterable[Answer]) -> list[Mention]:
    """What the night linked, person by person as it is handed over, with what was said of it; then of what else something was said."""
    said = {(one.person_no, one.content_key): one for one in answers}
    found = [
        _mention(number, one, one.decision, one.probability, said.get((number, one.content_key)))
        for number, rows in linked.items()
        for one in rows
    ]
    told = {(one.person_no, one.content_key) for one in found}
    return found + [
        _mention(one.person_no, one, None, None, one) for key, one in said.items() if key not in told
    ]


def _mention(
    number: str,
    place: Linked | Answer,
    decision: str | None,
    probability: float | None,
    answer: Answer | None,
) -> Mention:
    at = (place.content_key, place.feed, place.file, place.sheet, place.row, place.role)
    return Mention(number, *at, decision, probability, answer)


def with_what_they_say(
    work: UnitOfWork,
    here: House,
    mentions: Sequence[Mention],
    places: Places,
    fields: Collection[str] = FIELDS,
    lifted: Collection[str] = (),
) -> list[Mention]:
    """The unit and day of each file, and what the rows say, read for all of them at once.

    Args:
        lifted: the persons whom the user has leave to see unmasked.
    """
    arrived = _arrived(work.connection, mentions)
    known = register_values(work.connection, {one.person_no for one in mentions}, places)
    place_of = {
        one: Place(file.night, one.feed, one.file, one.sheet, one.row, one.role)
        for one in mentions
        if (file := arrived.get((one.feed, one.file))) is not None and file.night is not None
    }
    said = here.sources.said(set(place_of.values()))
    today = today_of(here)
    found = []
    for one in mentions:
        file, register = arrived.get((one.feed, one.file)), known.get(one.person_no, {})
        values = said_values(said.get(place_of[one], {}), places) if one in place_of else {}
        is_lifted = one.person_no in lifted and one.is_certain
        items = _items(values, register, fields, today, is_lifted=is_lifted)
        unit, arrival = (file.unit or "", file.arrival) if file is not None else ("", None)
        found.append(replace(one, unit=unit, arrival=arrival, says=items))
    return found


def _arrived(connection: Connection, mentions: Sequence[Mention]) -> dict[tuple[str, str], Row[Any]]:
    """By feed and file: the unit, the day it came, and the night that took it in."""
    files = sorted({(one.feed, one.file) for one in mentions if one.file})
    if not files:
        return {}
    given = {"feeds": [feed for feed, _ in files], "files": [file for _, file in files]}
    return {(row.feed, row.file): row for row in connection.execute(_ARRIVED, given)}


def _items(
    values: Values, register: Values, fields: Collection[str], today: date, *, is_lifted: bool
) -> tuple[Item, ...]:
    """Masked as a child's where either of the two may be one."""
    is_child = any(may_be_child(one.get("birth_date"), today) for one in (values, register))
    found = []
    for field in fields:
        value, beside = values.get(field), register.get(field)
        if value:
            differs = beside is not None and beside != "" and compare(field, register, values) != "="
            parts = parts_of(
                field, value, beside if differs else None, is_child=is_child, is_lifted=is_lifted
            )
            found.append(Item(field, parts))
    return tuple(found)
