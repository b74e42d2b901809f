"""Looking people of the register up, and the page that says how."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.errors import InvalidInput
from register.lookup import TAIL, FoundPerson
from register.work import UnitOfWork
from stewardship.listing import queue_of, rows_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import Filters
from stewardship.residents.listed import lines_of
from stewardship.visits import Decider, Form, Here

router: Final = APIRouter()
MOST_FOUND: Final = 100
LONGEST: Final = 60  # characters of what is looked for
_DISCREPANCY: Final = re.compile(r"D[0-9a-f]{8,40}", re.IGNORECASE)
_ID_NUMBER: Final = re.compile(r"\d{15}|\d{17}[\dX]")
_ID_TAIL: Final = re.compile(rf"\d{{{TAIL.start - 1},{TAIL.stop - 2}}}[\dX]")
_PHONE: Final = re.compile(r"1\d{10}")


@router.get("/register")
def register(request: Request, visitor: Decider) -> Response:
    """What can be looked for, before anything is."""
    return page(request, "search.html", visitor=visitor, people=None, persons=(), rows=(), filters=Filters())


@router.post("/search")
def search(request: Request, here: Here, form: Form, visitor: Decider) -> Response:
    """Posted, because who is looked for must be in no address."""
    wanted = "".join(form.get("wanted", "").split())[:LONGEST]
    if _DISCREPANCY.fullmatch(wanted):
        return RedirectResponse(f"/discrepancies/{wanted.upper()[:1]}{wanted[1:].lower()}", 303)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        people = found_people(work, wanted)
        leads = queue_of(work, here, visitor, places).about(
            [person.person_no for person in people], MOST_FOUND
        )
        rows = rows_of(work.connection, leads, places, visitor.language, here)
    return page(
        request,
        "search.html",
        visitor=visitor,
        people=len(people),
        persons=lines_of(people, places, today_of(here)),
        rows=rows,
        filters=Filters(),
    )


def found_people(work: UnitOfWork, wanted: str) -> list[FoundPerson]:
    """Whom it may mean, of those whom the user may see: by whatever it looks like."""
    try:
        return _found(work, wanted)
    except InvalidInput:
        return []


def _found(work: UnitOfWork, wanted: str) -> list[FoundPerson]:
    if not wanted.isascii():
        return work.people.by_name(wanted)
    written = wanted.upper()
    people = work.people.by_number(written) if any(one.isdigit() for one in written) else []
    if not written[:1].isdigit():
        people += work.people.by_initials(wanted)
    if _ID_NUMBER.fullmatch(written):
        people += work.people.by_id_number(written)
    elif _PHONE.fullmatch(written):
        people += work.people.by_phone(written)
    elif _ID_TAIL.fullmatch(written):
        people += work.people.by_id_tail(written)
    return list({person.person_no: person for person in people}.values())
