"""Several people on one queue: assigning a discrepancy, taking it over from who has it open, and writing something down about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.desk_models import Note
from register.errors import Conflict, InvalidInput, NotAllowed, StaleEvidence
from register.work import UnitOfWork
from stewardship.beside import NOBODY
from stewardship.deciding import onwards
from stewardship.decisions import LONGEST_REASON, Seen
from stewardship.decks import is_from_deck, place_in_deck
from stewardship.leads import Lead
from stewardship.looking import found_lead, link, shown
from stewardship.queue import HANDED, read_filters
from stewardship.visits import Decider, Form, Here, Proposer, Visitor

router: Final = APIRouter()


def assign(work: UnitOfWork, lead: Lead, to: str | None, seen: str, visitor: Visitor) -> None:
    """A clerk takes what is nobody's and gives up what is the clerk's own; officers and stewards assign.

    Args:
        seen: `Lead.pick` as it was before this user.
    Raises: Conflict, NotAllowed.
    """
    if seen != lead.pick:
        raise Conflict("the discrepancy is another by now")
    me = visitor.user_id
    if visitor.role == "clerk" and not ({lead.assignee, to} <= {None, me}):
        raise NotAllowed("a clerk assigns to nobody else")
    if lead.assignee != to:
        seen_by = (lead.evidence_version, lead.assignee)
        work.assignments.assign(lead.discrepancy_id, to, me, seen=seen_by)


def write_note(work: UnitOfWork, lead: Lead, text: str, user: str, now: datetime) -> None:
    """Raises: InvalidInput when there is no text."""
    told = text.strip()[:LONGEST_REASON]
    if not told:
        raise InvalidInput("a note has some text")
    values = {
        "discrepancy_id": lead.discrepancy_id,
        "text": told,
        "written_by": user,
        "written_at": now,
    }
    insert = sa.insert(Note).values(**values).returning(Note.note_id)
    number = int(work.connection.execute(insert).scalar_one())
    event = Event(user, "discrepancy.note", "discrepancy", lead.discrepancy_id, {"note": number})
    work.audit.record(event)


def check_seen(lead: Lead, seen: Seen) -> None:
    """Raises: StaleEvidence, Conflict."""
    if lead.evidence_version != seen.evidence_version:
        raise StaleEvidence("the evidence is another by now")
    if lead.status != seen.status:
        raise Conflict("the discrepancy has another status by now")


@router.post("/discrepancies/{id_}/assign")
def assign_one(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    filters = read_filters(request.query_params)
    to = form.get("to", NOBODY)[:40]
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            assign(work, lead, None if to == NOBODY else to, form.get("seen", ""), visitor)
    except Conflict:
        return shown(request, here, visitor, id_, 409, problem="assign")
    except NotAllowed:
        return shown(request, here, visitor, id_, 422, problem="assign")
    return RedirectResponse(link(lead.discrepancy_id, filters), 303)


@router.post("/discrepancies/{id_}/note")
def note_one(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    filters = read_filters(request.query_params)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            write_note(work, lead, form.get("text", ""), visitor.user_id, here.now())
    except InvalidInput:
        return shown(request, here, visitor, id_, 422, problem="note")
    return RedirectResponse(link(lead.discrepancy_id, filters), 303)


@router.post("/discrepancies/{id_}/hand-on")
def hand_on(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    """To a steward, with what is known here: who sees one of two persons cannot say which is right. The next one opens, as after a decision."""
    filters = read_filters(request.query_params)
    told, to = form.get("text", "")[:LONGEST_REASON], form.get("to", "")[:40]
    typed = {"note": told, "to": to}
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            if to == visitor.user_id or not work.assignments.stewards([to]):
                raise NotAllowed("it is handed on to a steward")
            write_note(work, lead, told, visitor.user_id, here.now())
            assign(work, lead, to, form.get("seen", ""), visitor)
    except InvalidInput:
        return shown(request, here, visitor, id_, 422, problem="note", **typed)
    except Conflict:
        return shown(request, here, visitor, id_, 409, problem="assign", **typed)
    except NotAllowed:
        return shown(request, here, visitor, id_, 422, problem="assign", **typed)
    return onwards(here, visitor, lead, filters, HANDED)


@router.post("/discrepancies/{id_}/take-over")
def take_over(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    """Whoever had it open keeps the page, and is told when sending a decision that has become another's."""
    filters = read_filters(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        lead = found_lead(work, id_, visitor)
        work.leases.take(lead.discrepancy_id, visitor.user_id, here.now(), here.settings.lease, over=True)
        event = Event(visitor.user_id, "discrepancy.take_over", "discrepancy", lead.discrepancy_id, {})
        work.audit.record(event)
    is_of_deck = is_from_deck(request.query_params)
    place = place_in_deck(lead, "at") if is_of_deck else link(lead.discrepancy_id, filters)
    return RedirectResponse(place, 303)
