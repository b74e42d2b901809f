"""Looking people up, of the register and of departments' rows, and the page that says how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.lookup import MOST, TAIL, FoundPerson, PersonLookup, leads_named
from register.pinyin import as_pinyin
from stewardship.leads import Lead
from stewardship.listing import queue_of, rows_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import Filters, Queue
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
def search(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    """Posted, because who is looked for must be in no address."""
    wanted = together(form.get("wanted", ""))
    if _DISCREPANCY.fullmatch(wanted):
        return RedirectResponse(f"/discrepancies/{wanted.upper()[:1]}{wanted[1:].lower()}", 303)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True, keeps_plans=True) as work:
        places = read_places(work.connection)
        meant = meanings(wanted)
        people = found_people(work.people, meant)
        leads = leads_about(queue_of(work, here, visitor, places), people, meant, visitor.role)
        rows = rows_of(work.connection, leads, places, visitor.language, here)
    return page(
        request,
        "search.html",
        visitor=visitor,
        people=len(people),
        persons=lines_of(people, places, today_of(here)),
        rows=rows,
        filters=Filters(),
        most_people=MOST,
        most_rows=MOST_FOUND,
    )


def together(typed: str) -> str:
    """Without the spaces that people put between characters."""
    return "".join(typed.split())[:LONGEST]


def meanings(wanted: str) -> dict[str, str]:
    """As what it may be meant, by what it looks like: kind → what is looked for."""
    read = as_pinyin(wanted)
    found = {"name_pinyin": read} if read else {}
    if not wanted.isascii():
        return {"name": wanted} | found
    written = wanted.upper()
    if any(one.isdigit() for one in wanted):
        found["number"] = wanted
    if wanted and not wanted[0].isdigit():
        found["name_initials"] = wanted.casefold()
    if _ID_NUMBER.fullmatch(written):
        found["id_number"] = written
    elif _PHONE.fullmatch(written):
        found["phone"] = written
    elif _ID_TAIL.fullmatch(written):
        found["id_tail"] = written
    return found


_LOOK_UPS: Final[Mapping[str, Callable[[PersonLookup, str], list[FoundPerson]]]] = MappingProxyType(
    {
        "name": PersonLookup.by_name,
        "number": PersonLookup.by_number,
        "name_initials": PersonLookup.by_initials,
        "name_pinyin": PersonLookup.by_pinyin,
        "id_number": PersonLookup.by_id_number,
        "phone": PersonLookup.by_phone,
        "id_tail": PersonLookup.by_id_tail,
    }
)


def found_people(people: PersonLookup, meant: Mapping[str, str]) -> list[FoundPerson]:
    """Of the register, whoever the user may see."""
    found = [person for kind, text in meant.items() for person in _LOOK_UPS[kind](people, text)]
    return list({person.person_no: person for person in found}.values())


def leads_about(
    queue: Queue, people: Sequence[FoundPerson], meant: Mapping[str, str], role: str
) -> list[Lead]:
    """The discrepancies about those who were found, about whoever is missing in their households, and about whom departments' rows name so."""
    return queue.about(
        [person.person_no for person in people],
        MOST_FOUND,
        missing_from=list({person.household_no for person in people if person.household_no}),
        named=leads_named(as_said(meant), of_village=role == "clerk"),
    )


def as_said(meant: Mapping[str, str]) -> dict[str, str]:
    """The same of what departments' rows say, which know no number of the register; an end of an ID number is kept from its last character on."""
    said = {kind: text for kind, text in meant.items() if kind != "number"}
    return said | ({"id_tail": said["id_tail"][::-1]} if "id_tail" in said else {})
