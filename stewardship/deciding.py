"""Deciding on a discrepancy, and taking a decision back. Two at once: the second is shown what the first did, and keeps what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.errors import Conflict, InvalidInput, StaleEvidence
from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.decisions import KINDS, LONGEST_REASON, Seen, decide, undo
from stewardship.decks import FROM_DECK, place_in_deck
from stewardship.leads import Lead, last_decision, values_at, waiting_change
from stewardship.listing import queue_of
from stewardship.looking import found_lead, link, shown
from stewardship.masking import grouped, masked
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import DONE, Filters, cursor_of, read_filters
from stewardship.showing import proposed_of, suggested_for
from stewardship.visits import PROPOSING_ROLES, Decider, Form, Here, House, Visitor

router: Final = APIRouter()


def seen_in(form: dict[str, str]) -> Seen:
    """Raises: InvalidInput."""
    version = form.get("evidence_version", "")
    if not version.isdecimal() or len(version) > 9:
        raise InvalidInput("the form says no version of the evidence")
    return Seen(int(version), form.get("status", "open"))


@router.post("/discrepancies/{id_}/decide")
def decide_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    filters = read_filters(request.query_params)
    kind, reason = form.get("kind", ""), form.get("reason", "")[:LONGEST_REASON]
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            decide(work, lead, kind, reason, seen_in(form), visitor.user_id, here.now())
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form)
    except InvalidInput:
        return shown(request, here, visitor, id_, 422, problem="reason", reason=reason)
    return onwards(here, visitor, lead, filters)


@router.post("/discrepancies/{id_}/undo")
def undo_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    filters = read_filters(request.query_params)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            undo(work, lead, visitor.user_id, here.now())
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form)
    return RedirectResponse(link(lead.discrepancy_id, filters), 303)


def onwards(here: House, visitor: Visitor, lead: Lead, filters: Filters, said: str = DONE) -> Response:
    """To the next one that no colleague has open, or to the queue when that was the last; `said`: how the address has what became of this one."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        work.leases.release(lead.discrepancy_id, visitor.user_id, here.now())
        queue = queue_of(work, here, visitor, read_places(work.connection))
        following = queue.following(filters, cursor_of(lead), free_at=here.now())
    if following is None:
        return RedirectResponse(filters.place(f"{said}={lead.discrepancy_id}"), 303)
    return RedirectResponse(link(following.discrepancy_id, filters, **{said: lead.discrepancy_id}), 303)


def conflict(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    form: dict[str, str],
    *,
    is_of_deck: bool = False,
) -> Response:
    """What was seen, what is there now, and what was typed; `is_of_deck`: of the clerical review, to which it leads back."""
    filters = read_filters(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        told = since(work, visitor, lead, form)
    is_proposal = form.get("kind") == "propose"
    return page(
        request,
        "conflict.html",
        409,
        visitor=visitor,
        lead=lead,
        filters=filters,
        behind=place_in_deck(lead, "skip") if is_of_deck else "",
        from_deck=FROM_DECK,
        since=told,
        kind=form.get("kind", ""),
        reason=form.get("reason", "")[:LONGEST_REASON],
        value=form.get("value", "")[:LONGEST_REASON],
        is_proposal=is_proposal,
        can_again=told["change"] is None
        and lead.status in ("open", "waiting")
        and (is_proposal or form.get("kind") in KINDS)
        and (not is_proposal or (visitor.role in PROPOSING_ROLES and suggested_for(lead) is not None)),
    )


def since(work: UnitOfWork, visitor: Visitor, lead: Lead, form: Mapping[str, str]) -> dict[str, Any]:
    """What the card says of a discrepancy that has changed since a form of it was opened, masked."""
    version = form.get("evidence_version", "")
    old = int(version) if version.isdecimal() and len(version) < 10 else 0
    said = values_at(work.connection, lead.discrepancy_id, {old, lead.evidence_version})
    change = waiting_change(work.connection, lead.discrepancy_id)
    last = last_decision(work.connection, lead.discrepancy_id)
    accounts = ({last.decided_by} if last else set()) | ({change.proposed_by} if change else set())
    field = (proposed_of(lead) or (lead.field, ""))[0]

    def hidden(value: str | None) -> str:
        return grouped(field, masked(field, value, is_child=True)) if value else ""

    return {
        "status": form.get("status", ""),
        "versions": [
            (one.night, hidden(one.register_value), hidden(one.proposed_value), one.confidence)
            for _, one in sorted(said.items())
        ],
        "field": field,
        "change": change,
        "last": last,
        "names": called(work.assignments.names(accounts), visitor.language),
    }
