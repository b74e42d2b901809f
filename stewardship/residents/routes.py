"""The page of a person of the register, as it is now and as it was on a day, and the list of persons that a search found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.audit import PERSONAL, REFERENCE, Event
from register.current import current_rows
from register.errors import InvalidInput
from register.past import rows_on
from register.work import UnitOfWork
from stewardship.crumbs import crumbs
from stewardship.errors import NotThere
from stewardship.exporting import asked, lists, tables
from stewardship.exporting.residents import sheets_about
from stewardship.exporting.routes import handed_out, mark_of, taken_out
from stewardship.filters import Filters, read_day
from stewardship.leads import last_night
from stewardship.listing import rows_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.residents import then
from stewardship.residents.about import read_about
from stewardship.residents.decided import Subject
from stewardship.residents.listed import lines_of_rows
from stewardship.visits import PROPOSING_ROLES, Decider, Form, Here, House, Visitor
from stewardship.waterfalls import MOST_SHOWN, waterfalls_of
from stewardship.words import N_

router: Final = APIRouter()
PERSON: Final = "person"
MOST_PERSONS: Final = 50
TITLES: Final[Mapping[str, str]] = {
    "leads": N_("Discrepancies about this person"),
    "mentions": N_("What departments' files have about this person"),
}


@router.post("/persons/export")
def found(here: Here, visitor: Decider, form: Form) -> Response:
    """Persons that a search listed, named by their numbers: what was looked for is not kept."""
    numbers = [key for key in form.get("ids", "").split()[:MOST_PERSONS] if REFERENCE.fullmatch(key)]
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        there = current_rows(work.connection, numbers)
        places = read_places(work.connection)
    rows = {number: there[number] for number in numbers if number in there}
    table = lists.persons(lines_of_rows(rows, places, today_of(here)))
    said = asked.Words(visitor.language).said
    book = tables.write(table, mark_of(here, visitor, said(N_("what a search found"))), visitor.language)
    return handed_out(here, visitor, table, book, {})


@router.get("/persons/{person_no}")
def person(request: Request, here: Here, visitor: Decider, person_no: str) -> Response:
    return _person(request, here, visitor, person_no)


def _person(
    request: Request,
    here: House,
    visitor: Visitor,
    number: str,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    """The page, and the entry that somebody looked at them."""
    key, today = checked(number), today_of(here)
    on = day_asked(request.query_params.get("on", ""), today)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        places = read_places(work.connection)
        now = current_rows(work.connection, [key]).get(key)
        past = rows_on(work.connection, [key], on).get(key) if on else None
        days = then.days_of_person(work.connection, key)
        if now is None and not days:
            raise NotThere
        lifted = work.reveals.stands(visitor.user_id, PERSON, key, here.now())
        night = last_night(work.connection)
        about = read_about(
            work,
            here,
            visitor,
            places,
            Subject((key,)),
            linkable=() if now is None else (key,),
            night=night,
            lifted=() if lifted is None else (key,),
        )
        rows = rows_of(work.connection, about.leads.rows, places, visitor.language, here)
        waiting = _asked(work, here, visitor, key)
        askers = work.assignments.names({leave.user_id for leave in waiting})
        if request.method == "GET":
            looked(work, visitor, PERSON, key, on)
    place_of = {one.content_key: one for one in about.mentions.rows if one.decision is not None}
    feeds = {one.content_key: one.feed for one in place_of.values()}
    weights = waterfalls_of(here.prepared, key, feeds, night) if night is not None else []
    is_all = request.query_params.get("why") == "all"
    weights_shown = weights if is_all else weights[:MOST_SHOWN]
    child = then.is_child(past, now, today)
    return page(
        request,
        "person.html",
        status,
        visitor=visitor,
        number=key,
        within=crumbs(places, (now or past or {}).get("area_code"), visitor.role),
        on=on,
        today=today,
        now=now,
        past=past,
        days=days,
        lines=then.lines(past, now, places, child=child, is_lifted=lifted is not None),
        homes=list(dict.fromkeys(row["household_no"] for row in (now, past) if row and row["household_no"])),
        rows=rows,
        about=about,
        night=night,
        waterfalls=weights_shown,
        more_waterfalls=len(weights) - len(weights_shown),
        is_all=is_all,
        place_of=place_of,
        filters=Filters(),
        lifted_until=lifted,
        asked=waiting,
        askers=askers,
        problem=problem,
    )


def _asked(work: UnitOfWork, here: House, visitor: Visitor, key: str) -> list[Any]:
    """Who asks to see this person unmasked, for those who may let them."""
    waiting = work.reveals.waiting(here.now()) if visitor.role in PROPOSING_ROLES else []
    return [leave for leave in waiting if (leave.subject_kind, leave.subject_id) == (PERSON, key)]


@router.post("/persons/{person_no}/export")
def exported(here: Here, visitor: Decider, form: Form, person_no: str) -> Response:
    """All that the page has about the person, also what it leaves out, masked."""
    key, w = checked(person_no), asked.Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        is_there = key in current_rows(work.connection, [key])
        if not is_there and not then.days_of_person(work.connection, key):
            raise NotThere
        about = read_about(
            work,
            here,
            visitor,
            places,
            Subject((key,)),
            linkable=(key,) if is_there else (),
            night=last_night(work.connection),
            most=here.settings.most_exported,
        )
        sheets = sheets_about(work, about, PERSON, TITLES, places, visitor, here)
        return taken_out(here, visitor, sheets, w.pairs(((N_("Person"), key),)), {"person": key})


@router.post("/persons/{person_no}/reveal")
def reveal(request: Request, here: Here, visitor: Decider, form: Form, person_no: str) -> Response:
    """Unmasked for some minutes against a reason; a child, when a second person lets it."""
    key = checked(person_no)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        if key not in current_rows(work.connection, [key]):
            raise NotThere
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            leave = work.reveals.ask(visitor.user_id, PERSON, key, form.get("why", ""), here.now())
    except InvalidInput:
        return _person(request, here, visitor, key, 422, "why")
    if leave.needs_second:
        return _person(request, here, visitor, key, problem="second")
    on = day_asked(request.query_params.get("on", ""), today_of(here))
    return RedirectResponse(f"/persons/{key}" + (f"?on={on}" if on else ""), 303)


def looked(work: UnitOfWork, visitor: Visitor, kind: str, key: str, on: date | None) -> None:
    details = {} if on is None else {"on": on.isoformat()}
    work.audit.record(Event(visitor.user_id, f"{kind}.view", kind, key, details))


def checked(key: str) -> str:
    """A number of the register that may stand in an address and in the audit chain. Raises: NotThere."""
    if REFERENCE.fullmatch(key) is None or PERSONAL.search(key) is not None:
        raise NotThere
    return key


def day_asked(text: str, today: date) -> date | None:
    """A day of the past; what is none, or has not come, is not asked for."""
    found = read_day(text)
    return found if found is not None and found <= today else None
