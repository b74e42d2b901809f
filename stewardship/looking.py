"""The page of a discrepancy, and leave to see it unmasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.errors import Conflict, InvalidInput, NotAllowed
from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.beside import beside, with_stewards
from stewardship.crumbs import crumbs
from stewardship.errors import NotThere
from stewardship.leads import MOST_LOOKS, Lead, read_lead
from stewardship.listing import queue_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import HANDED, Cursor, Filters, Queue, cursor_of, read_done, read_filters
from stewardship.showing import show
from stewardship.visits import (
    DECIDING_ROLES,
    PROPOSING_ROLES,
    Decider,
    Form,
    Here,
    House,
    Proposer,
    Reader,
    Visitor,
)

router: Final = APIRouter()
PAGES: Final = {"register_change": "approvals", "person": "persons"}


@router.get("/discrepancies/{id_}")
def discrepancy(request: Request, here: Here, visitor: Reader, id_: str) -> Response:
    return shown(request, here, visitor, id_)


@router.get("/discrepancies/{id_}/preview")
def preview(request: Request, here: Here, visitor: Reader, id_: str) -> Response:
    """What stands beside the queue while one moves through it: the sentence and the matrix. It shows what the page shows, so it is
    a look like any other.
    """
    with here.desk.as_user(visitor.user_id, visitor.role, keeps_plans=True) as work:
        lead = found_lead(work, id_, visitor)
        content = show(work, here, visitor, lead, today_of(here), is_whole=False)
        names = called(work.assignments.names(content.accounts), visitor.language)
        looked(work, visitor, lead)
    filters = read_filters(request.query_params)
    return page(
        request, "preview.html", visitor=visitor, shown=content, lead=lead, names=names, filters=filters
    )


@router.get("/discrepancies/{id_}/next")
def following(request: Request, here: Here, visitor: Reader, id_: str) -> Response:
    """The one after it in the list that the address asks for; after the last, the first that is left."""
    return _beside(request, here, visitor, id_, Queue.following)


@router.get("/discrepancies/{id_}/previous")
def previous(request: Request, here: Here, visitor: Reader, id_: str) -> Response:
    """The one before it; before the first, the list."""
    return _beside(request, here, visitor, id_, Queue.before)


def _beside(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    of: Callable[[Queue, Filters, Cursor], Lead | None],
) -> Response:
    """Looked for when it is asked for: a page costs what it shows. What one only leafed through is nobody's again."""
    filters = read_filters(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        lead = found_lead(work, id_, visitor)
        if visitor.role in DECIDING_ROLES:
            work.leases.release(lead.discrepancy_id, visitor.user_id, here.now())
        found = of(queue_of(work, here, visitor, read_places(work.connection)), filters, cursor_of(lead))
    place = f"/queue?{filters.query()}".rstrip("?") if found is None else link(found.discrepancy_id, filters)
    return RedirectResponse(place, 303)


def looked(work: UnitOfWork, visitor: Visitor, lead: Lead) -> None:
    """The entry that somebody looked at it."""
    event = Event(visitor.user_id, "discrepancy.view", "discrepancy", lead.discrepancy_id, {})
    work.audit.record(event)


def shown(
    request: Request, here: House, visitor: Visitor, id_: str, status: int = 200, **typed: Any
) -> Response:
    """The page, and the entry that somebody looked at it."""
    filters = read_filters(request.query_params)
    today = today_of(here)
    with here.desk.as_user(visitor.user_id, visitor.role, keeps_plans=True) as work:
        lead = found_lead(work, id_, visitor)
        places = read_places(work.connection)
        content = show(work, here, visitor, lead, today, places=places)
        others = beside(work, here, visitor, [lead], content.accounts)
        if content.is_other_unseen and visitor.role in PROPOSING_ROLES:
            others = with_stewards(work, others, visitor)
        # Last: the next entry of the audit chain waits for the end of this transaction.
        if request.method == "GET":
            if visitor.role in DECIDING_ROLES and lead.status in ("open", "waiting"):
                work.leases.take(lead.discrepancy_id, visitor.user_id, here.now(), here.settings.lease)
            looked(work, visitor, lead)
    query = request.query_params
    given = {"problem": None, "reason": "", "note": "", "to": "", "done": read_done(query)} | typed
    return page(
        request,
        "discrepancy.html",
        status,
        visitor=visitor,
        shown=content,
        within=crumbs(places, lead.area_code, visitor.role, filters),
        lead=lead,
        filters=filters,
        is_local=visitor.role in DECIDING_ROLES,
        beside=others,
        most_looks=MOST_LOOKS,
        handed=read_done(query, HANDED),
        **given,
    )


def found_lead(work: Any, id_: str, visitor: Visitor) -> Lead:
    """Raises: NotThere, also for what this user may not see."""
    lead = read_lead(work.connection, id_[:80].replace("\x00", ""), visitor.role)
    if lead is None:
        raise NotThere
    return lead


def link(id_: str, filters: Filters, **more: str) -> str:
    """To a discrepancy within a queue."""
    query = "&".join(
        part for part in (filters.query(), *(f"{name}={value}" for name, value in more.items())) if part
    )
    return f"/discrepancies/{id_}" + (f"?{query}" if query else "")


@router.post("/discrepancies/{id_}/reveal")
def reveal(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    """Unmasked for some minutes against a reason; of a child, when a second person lets it."""
    filters = read_filters(request.query_params)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            leave = work.reveals.ask(
                visitor.user_id, "discrepancy", lead.discrepancy_id, form.get("why", ""), here.now()
            )
    except InvalidInput:
        return shown(request, here, visitor, id_, 422, problem="why")
    if leave.needs_second:
        return shown(request, here, visitor, id_, problem="second")
    return RedirectResponse(link(lead.discrepancy_id, filters), 303)


@router.post("/reveals/{reveal_id}/grant")
def grant(here: Here, visitor: Proposer, form: Form, reveal_id: int) -> Response:
    """Lets somebody else see a child unmasked."""
    if not 0 < reveal_id < 2**63:
        raise NotThere
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            leave = work.reveals.grant(reveal_id, visitor.user_id, here.now())
    except (InvalidInput, NotAllowed, Conflict):
        raise NotThere from None
    kind = PAGES.get(leave.subject_kind, "discrepancies")
    return RedirectResponse(f"/{kind}/{leave.subject_id}", 303)
