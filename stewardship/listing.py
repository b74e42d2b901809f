"""Lists: the queue, and what those see who work on no discrepancy (counts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from discrepancies.candidates import (
    DUPLICATE_HOUSEHOLD,
    FEED_OVERDUE,
    POSSIBLE_LINK,
    SOURCE_CORRECTION,
    SUSPENDED,
    TYPES,
)
from register.asking import keeps_plans
from register.current import current_rows
from register.tally_models import DiscrepancyTally
from register.work import UnitOfWork
from stewardship.beside import NOBODY, beside
from stewardship.columns import columns_of, left_out
from stewardship.counting import COUNTY, WHICHEVER, late_feeds
from stewardship.crumbs import beneath, crumbs, own_area
from stewardship.language import CHINA
from stewardship.leads import Lead
from stewardship.masking import may_be_child
from stewardship.matrix import Part
from stewardship.nights import Nights, done_today, next_begin
from stewardship.pages import page
from stewardship.people import births_of, first_said
from stewardship.places import LIVED_AT_FIRST, Places, read_places
from stewardship.queue import EVERY, HANDED, Queue, read_cursor, read_done, read_filters
from stewardship.reason_words import sentence_of
from stewardship.sentences import TOLD_BY_ROWS, Person, Who, facts_of, question
from stewardship.tabs import TABS
from stewardship.visits import DECIDING_ROLES, Here, House, Reader, Visitor, acting_as

router: Final = APIRouter()
# Of who is on the register.
_SHOWN: Final = (
    *("name", "sex", "birth_date", "mother_name"),
    *(f"{address}_{part}" for address in LIVED_AT_FIRST for part in ("area", "group")),
)


@dataclass(frozen=True)
class Row:
    """A line of a list, masked.

    `proposed_parts`: the proposed value with what differs from the register's marked. `other`: the second of two persons, `other_home`: of two
    households. `is_asked`: the sentence says no more than the rest of the line.
    """

    lead: Lead
    sentence: str
    name: str
    sex: str
    born: str
    mother: str
    place: str
    days: int
    register_value: str
    proposed_value: str
    proposed_parts: tuple[Part, ...]
    other: Who | None
    other_home: str
    is_asked: bool

    @property
    def is_of_source(self) -> bool:
        """Whether a department's row is what says otherwise: the register has what fits."""
        return self.lead.type == SOURCE_CORRECTION and self.register_value == self.proposed_value


def queue_of(work: UnitOfWork, here: House, visitor: Visitor, places: Places) -> Queue:
    """The queue as this visitor has it today."""
    return Queue(work.connection, visitor.role, places, today_of(here), here.settings.overdue_days)


def today_of(here: House) -> date:
    return here.now().astimezone(CHINA).date()


def rows_of(
    connection: Connection, leads: Sequence[Lead], places: Places, language: str, here: House
) -> list[Row]:
    """The lines for these discrepancies, with whom they are about: by the register, else by a department's row."""
    people = current_rows(connection, {number for lead in leads for number in lead.persons}, _SHOWN)
    unknown = {lead.discrepancy_id for lead in leads if lead.type in TOLD_BY_ROWS}
    said = first_said(connection, here.sources, unknown)
    homes = _second_homes(connection, leads)
    today = today_of(here)
    return [
        _row(lead, *_both(lead, people, said), homes.get(lead.person_no_2 or "", ""), places, language, today)
        for lead in leads
    ]


def rows_for(
    connection: Connection, leads: Sequence[Lead], places: Places, visitor: Visitor, here: House
) -> list[Row]:
    """As `rows_of`; a department's contact is told nothing of whom they are about."""
    if visitor.role != "contact":
        return rows_of(connection, leads, places, visitor.language, here)
    return [_row(lead, {}, None, "", places, visitor.language, today_of(here)) for lead in leads]


def asked_of(connection: Connection, lead: Lead, places: Places, visitor: Visitor, here: House) -> str:
    """The sentence of one of them, as its line has it."""
    return rows_for(connection, [lead], places, visitor, here)[0].sentence


def _both(
    lead: Lead, people: Mapping[str, Person], said: Mapping[str, Person]
) -> tuple[Person, Person | None]:
    """Who it is about, and who else: of a possible link whom a department means, and who that may be on the register."""
    first = people.get(lead.person_no or "")
    told = said.get(lead.discrepancy_id)
    if lead.type == POSSIBLE_LINK and told:
        return told, first
    return first or told or {}, people.get(lead.person_no_2 or "")


def _second_homes(connection: Connection, leads: Sequence[Lead]) -> dict[str, str]:
    """Of who is in the second of two households its number; asked only where there are such."""
    numbers = {lead.person_no_2 for lead in leads if lead.type == DUPLICATE_HOUSEHOLD and lead.person_no_2}
    rows = current_rows(connection, numbers, ("household_no",))
    return {number: row["household_no"] or "" for number, row in rows.items()}


def _row(
    lead: Lead,
    person: Person,
    second: Person | None,
    other_home: str,
    places: Places,
    language: str,
    today: date,
) -> Row:
    is_child = lead.type != FEED_OVERDUE and any(
        may_be_child(one, today) for one in births_of(lead, person, second)
    )
    facts, parts = facts_of(lead, person, second, other_home, is_child=is_child)
    asked = question(lead, facts, language)
    return Row(
        lead,
        asked or sentence_of(lead, language, places),
        *facts.who[:4],
        _place(lead, person, places),
        lead.days(today),
        facts.now,
        facts.then,
        parts,
        facts.other,
        other_home,
        bool(asked),
    )


def _place(lead: Lead, person: Person, places: Places) -> str:
    """Township and village, and of a person who lives or is registered there the village group."""
    named = places.named(lead.area_code)
    for address in LIVED_AT_FIRST:
        group = person.get(f"{address}_group")
        if group and person.get(f"{address}_area") == lead.area_code:
            return f"{named} {group}组"
    return named


@router.get("/queue")
def queue(request: Request, here: Here, visitor: Reader) -> Response:
    filters = read_filters(request.query_params)
    after = read_cursor(request.query_params.get("after", ""))
    frame = here.frame
    nights = Nights(frame.night, frame.running, next_begin(here.now(), here.settings.nights_begin))
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = queue_of(work, here, visitor, places).page(filters, after, here.settings.rows_per_page)
        keeps_plans(work.connection)  # what follows is of single discrepancies and persons
        rows = rows_for(work.connection, found.leads, places, visitor, here)
        assignees = {user for user in found.counts.get("assignee", ()) if user} | {visitor.user_id}
        others = beside(work, here, visitor, found.leads, assignees)
        codes = places.codes_of(filters.area) if filters.area else None
        late = late_feeds(work.connection, codes) if frame.late and visitor.role in DECIDING_ROLES else {}
        done_by_me = (
            None
            if rows or visitor.role not in DECIDING_ROLES
            else done_today(work.connection, visitor.user_id, here.now())
        )
    areas = areas_in_order(found.counts.get("area", {}), places)
    area = filters.area or own_area(areas, visitor.role, places)
    return page(
        request,
        "queue.html",
        visitor=visitor,
        filters=filters,
        found=found,
        rows=rows,
        within=crumbs(places, area, visitor.role, filters),
        beneath=beneath(areas, area, places),
        areas=areas,
        after=after,
        columns=columns_of(visitor.role),
        left_out=left_out(request),
        nights=nights,
        done_by_me=done_by_me,
        late=late,
        suspended=[type_ for type_ in TYPES if any(type_ in SUSPENDED.get(feed, ()) for feed in late)],
        every=EVERY,
        done=read_done(request.query_params),
        handed=read_done(request.query_params, HANDED),
        beside=others,
        is_local=visitor.role in DECIDING_ROLES,
        words_of_tabs=TABS,
        overdue_days=here.settings.overdue_days,
        refused_view=request.query_params.get("view") == "refused",
        nobody=NOBODY,
    )


def areas_in_order(counts: Mapping[str, int], places: Places) -> list[tuple[str, str, int, bool]]:
    """Code, name, rows, is a village: townships in order, each before its villages."""
    order = sorted(counts, key=lambda code: (places.township_of(code), code))
    return [
        (code, places.names.get(code, code), counts[code], places.township_of(code) != code) for code in order
    ]


@router.get("/counts")
def counts(
    request: Request, here: Here, visitor: Annotated[Visitor, Depends(acting_as("operator", "steward"))]
) -> Response:
    """How many discrepancies of each type and status: what an operator may know."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = counted(work.connection)
    return page(request, "counts.html", visitor=visitor, counts=found)


def counted(connection: Connection) -> dict[tuple[str, str], int]:
    """Type and status → discrepancies of the county."""
    t = DiscrepancyTally
    query = (
        sa.select(t.type, t.status, sa.func.sum(t.rows))
        .where(t.area_code == COUNTY, t.first_night == WHICHEVER)
        .group_by(t.type, t.status)
    )
    return {(type_, status): int(rows) for type_, status, rows in connection.execute(query) if rows}
