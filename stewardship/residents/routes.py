"""The pages of a person and of a household of the register, as it is now and as it was on a day."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.audit import PERSONAL, REFERENCE, Event
from register.current import Row, current_rows, members_of
from register.errors import InvalidInput
from register.past import household_on, rows_on
from register.work import UnitOfWork
from stewardship.crumbs import crumbs
from stewardship.errors import NotThere
from stewardship.exporting import asked, lists, tables
from stewardship.exporting.routes import handed_out, mark_of
from stewardship.leads import last_night
from stewardship.listing import queue_of, rows_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import Filters
from stewardship.residents import then
from stewardship.residents.listed import lines_of_rows
from stewardship.visits import PROPOSING_ROLES, Decider, Form, Here, House, Visitor
from stewardship.waterfalls import waterfalls_of
from stewardship.words import N_

router: Final = APIRouter()
PERSON: Final = "person"
HOUSEHOLD: Final = "household"
MOST_LEADS: Final = 50
MOST_PERSONS: Final = 50
MOST_LINKED: Final = 100
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    on = read_day(request.query_params.get("on", ""), today)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        places = read_places(work.connection)
        now = current_rows(work.connection, [key]).get(key)
        past = rows_on(work.connection, [key], on).get(key) if on else None
        days = then.days_of_person(work.connection, key)
        if now is None and not days:
            raise NotThere
        lifted = work.reveals.stands(visitor.user_id, PERSON, key, here.now())
        leads = queue_of(work, here, visitor, places).about([key], MOST_LEADS)
        rows = rows_of(work.connection, leads, places, visitor.language, here)
        waiting = _asked(work, here, visitor, key)
        if request.method == "GET":
            looked(work, visitor, PERSON, key, on)
        night = last_night(work.connection)
    linked = here.prepared.linked(night, key) if night is not None and now is not None else ()
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
        linked=linked[:MOST_LINKED],
        unlisted=max(0, len(linked) - MOST_LINKED),
        night=night,
        waterfalls=waterfalls_of(here.prepared, key, {one.content_key: one.feed for one in linked}, night)
        if night is not None
        else [],
        filters=Filters(),
        lifted_until=lifted,
        asked=waiting,
        problem=problem,
    )


def _asked(work: UnitOfWork, here: House, visitor: Visitor, key: str) -> list[Any]:
    """Who asks to see this person unmasked, for those who may let them."""
    waiting = work.reveals.waiting(here.now()) if visitor.role in PROPOSING_ROLES else []
    return [leave for leave in waiting if (leave.subject_kind, leave.subject_id) == (PERSON, key)]


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
    on = read_day(request.query_params.get("on", ""), today_of(here))
    return RedirectResponse(f"/persons/{key}" + (f"?on={on}" if on else ""), 303)


@router.get("/households/{household_no}")
def household(request: Request, here: Here, visitor: Decider, household_no: str) -> Response:
    key, today = checked(household_no), today_of(here)
    on = read_day(request.query_params.get("on", ""), today)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        now, past = _members(work, key, on)
        days = then.days_of_household(work.connection, key)
        if not now and not past and not days:
            raise NotThere
        area = next((row.get("area_code") for row in (*now.values(), *past.values())), None)
        within = crumbs(read_places(work.connection), area, visitor.role)
        looked(work, visitor, HOUSEHOLD, key, on)
    return page(
        request,
        "household_page.html",
        visitor=visitor,
        number=key,
        on=on,
        today=today,
        days=days,
        within=within,
        pairs=then.pairs(past, now, today),
    )


@router.post("/households/{household_no}/export")
def taken_out(request: Request, here: Here, visitor: Decider, form: Form, household_no: str) -> Response:
    """Who belongs to it, as the page says it."""
    key, today = checked(household_no), today_of(here)
    on = read_day(request.query_params.get("on", ""), today)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        now, past = _members(work, key, on)
        if not now and not past:
            raise NotThere
    found = then.pairs(past, now, today)
    w = asked.Words(visitor.language)
    told = w.pairs(((N_("Household"), key), (N_("As of"), "" if on is None else on.isoformat())))
    table = lists.members(found, visitor.language, is_of_two=on is not None)
    book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    details = {"household": key, "on": "" if on is None else on.isoformat()}
    return handed_out(here, visitor, table, book, details)


def _members(work: UnitOfWork, key: str, on: date | None) -> tuple[dict[str, Row], dict[str, Row]]:
    """Who belongs to it now, and on the day that is asked for."""
    now = members_of(work.connection, [key])
    return now, household_on(work.connection, key, on) if on else now


def looked(work: UnitOfWork, visitor: Visitor, kind: str, key: str, on: date | None) -> None:
    details = {} if on is None else {"on": on.isoformat()}
    work.audit.record(Event(visitor.user_id, f"{kind}.view", kind, key, details))


def checked(key: str) -> str:
    """A number of the register that may stand in an address and in the audit chain. Raises: NotThere."""
    if REFERENCE.fullmatch(key) is None or PERSONAL.search(key) is not None:
        raise NotThere
    return key


def read_day(text: str, today: date) -> date | None:
    """A day of the past; what is none, or has not come, is not asked for."""
    if not _DAY.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found <= today else None
