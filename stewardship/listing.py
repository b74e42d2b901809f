"""Lists: the queue, and what those see who work on no discrepancy (counts)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from discrepancies.candidates import FEED_OVERDUE, OF_UNREGISTERED, SOURCE_CORRECTION, SUSPENDED, TYPES
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
from stewardship.masking import grouped, groups_of, masked, may_be_child
from stewardship.nights import Nights, done_today, next_begin
from stewardship.pages import page
from stewardship.people import first_said
from stewardship.places import LIVED_AT_FIRST, Places, read_places
from stewardship.queue import EVERY, Queue, read_cursor, read_done, read_filters
from stewardship.reason_words import sentence_of
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
    """A line of a list, masked."""

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
    people = current_rows(connection, {lead.person_no for lead in leads if lead.person_no}, _SHOWN)
    unknown = {lead.discrepancy_id for lead in leads if lead.type in OF_UNREGISTERED}
    said = first_said(connection, here.sources, unknown)
    today = today_of(here)
    return [
        _row(
            lead,
            people.get(lead.person_no or "") or said.get(lead.discrepancy_id, {}),
            places,
            language,
            today,
        )
        for lead in leads
    ]


def rows_for(
    connection: Connection, leads: Sequence[Lead], places: Places, visitor: Visitor, here: House
) -> list[Row]:
    """As `rows_of`; a department's contact is told nothing of whom they are about."""
    if visitor.role != "contact":
        return rows_of(connection, leads, places, visitor.language, here)
    return [_row(lead, {}, places, visitor.language, today_of(here)) for lead in leads]


def _row(lead: Lead, person: Mapping[str, str | None], places: Places, language: str, today: date) -> Row:
    is_child = lead.type != FEED_OVERDUE and any(may_be_child(one, today) for one in _births(lead, person))
    name, mother, field = person.get("name"), person.get("mother_name"), _value_field(lead)
    return Row(
        lead,
        sentence_of(lead, language, places),
        masked("name", name, is_child=is_child) if name else "",
        person.get("sex") or "",
        person.get("birth_date") or "",
        masked("mother_name", mother, is_child=False) if lead.type in OF_UNREGISTERED and mother else "",
        _place(lead, person, places),
        lead.days(today),
        _shown(field, lead.register_value, is_child=is_child),
        _shown(field, lead.proposed_value, is_child=is_child),
    )


def _births(lead: Lead, person: Mapping[str, str | None]) -> Iterator[str | None]:
    """When who it is about was born, by the register (else by a department's row) and by the value that differs."""
    yield person.get("birth_date")
    value = lead.proposed_value or ""
    if lead.field == "birth_date":
        yield value
    elif lead.field == "id_number" and (groups := groups_of(lead.field, value)):
        yield value[slice(*groups)]


def _place(lead: Lead, person: Mapping[str, str | None], places: Places) -> str:
    """Township and village, and of a person who lives or is registered there the village group."""
    named = places.named(lead.area_code)
    for address in LIVED_AT_FIRST:
        group = person.get(f"{address}_group")
        if group and person.get(f"{address}_area") == lead.area_code:
            return f"{named} {group}组"
    return named


def _shown(field: str | None, value: str | None, *, is_child: bool) -> str:
    return grouped(field, masked(field, value, is_child=is_child)) if field and value else ""


def _value_field(lead: Lead) -> str | None:
    """What kind of value the discrepancy's two values are."""
    return "household_no" if lead.type == "wrong_household" else lead.field


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
