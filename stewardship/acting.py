"""Proposing the register change that a discrepancy speaks of: what would change is shown before it is proposed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.change_plans import Intent
from register.changes import Seen as SeenEvidence
from register.errors import Conflict, InvalidInput, StaleEvidence
from register.leases import Holder
from stewardship import adding
from stewardship.deciding import conflict, onwards, seen_in
from stewardship.decisions import KINDS
from stewardship.decks import FROM_DECK, is_from_deck, onwards_in_deck, place_in_deck
from stewardship.effects import effects_of
from stewardship.errors import NotThere
from stewardship.leads import NEWCOMERS, Lead
from stewardship.listing import asked_of, today_of
from stewardship.looking import found_lead
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.proposing.routes import form_page, send_form
from stewardship.queue import read_filters
from stewardship.showing import TO_DO, is_by_form, suggested_for
from stewardship.visits import Form, Here, House, Proposer, Visitor

router: Final = APIRouter()
LONGEST_VALUE: Final = 500


@router.get("/discrepancies/{id_}/propose")
def propose_page(request: Request, here: Here, visitor: Proposer, id_: str) -> Response:
    lead, holder = _opened(here, visitor, id_)
    if lead.type in NEWCOMERS:
        return adding.add_page(request, here, visitor, id_, {}, holder=holder)
    if is_by_form(lead):
        return form_page(request, here, visitor, id_, {}, holder=holder)
    return _page(request, here, visitor, id_, {}, holder=holder)


@router.post("/discrepancies/{id_}/propose")
def propose(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    """Proposed by this user; another approves it. Then the next one opens, of the review where one came from there."""
    lead = _lead(here, visitor, id_)
    if lead.type in NEWCOMERS:
        return adding.add(request, here, visitor, id_, form)
    if is_by_form(lead):
        return send_form(request, here, visitor, id_, form)
    filters, is_of_deck = read_filters(request.query_params), is_from_deck(request.query_params)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            intent = intent_of(lead, form.get("value", ""))
            seen = seen_in(form)
            if lead.status != seen.status:
                raise Conflict("the discrepancy has another status by now")
            work.changes.propose(
                intent, visitor.user_id, SeenEvidence(lead.discrepancy_id, seen.evidence_version)
            )
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, {**form, "kind": "propose"}, is_of_deck=is_of_deck)
    except InvalidInput:
        return _page(request, here, visitor, id_, form, 422)
    return onwards_in_deck(here, visitor, lead) if is_of_deck else onwards(here, visitor, lead, filters)


def _opened(here: House, visitor: Visitor, id_: str) -> tuple[Lead, Holder | None]:
    """Others are told that it is open here, and this user who else has it open. Raises: NotThere."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        lead, now = found_lead(work, id_, visitor), here.now()
        if lead.status in TO_DO:
            work.leases.take(lead.discrepancy_id, visitor.user_id, now, here.settings.lease)
        holders = work.leases.others([lead.discrepancy_id], visitor.user_id, now)
    return lead, holders.get(lead.discrepancy_id)


def _lead(here: House, visitor: Visitor, id_: str) -> Lead:
    """Raises: NotThere."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        return found_lead(work, id_, visitor)


def intent_of(lead: Lead, typed: str) -> Intent:
    """What the discrepancy suggests, or the value that was typed instead. Raises: NotThere."""
    intent: Intent | None = suggested_for(lead)
    if intent is None:
        raise NotThere
    value = typed.strip()[:LONGEST_VALUE]
    if intent.kind == "field" and value:
        return replace(intent, values={lead.field or "": value})
    if intent.kind == "move_household" and value:
        return replace(intent, values={**intent.values, "relation_to_head": value})
    return intent


def _page(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    form: dict[str, str],
    status: int = 200,
    holder: Holder | None = None,
) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        intent = intent_of(lead, "")
        is_lifted = (
            work.reveals.stands(visitor.user_id, "discrepancy", lead.discrepancy_id, here.now()) is not None
        )
        places = read_places(work.connection)
        shown = effects_of(work.connection, intent, places, today_of(here), is_lifted=is_lifted)
        sentence = asked_of(work.connection, lead, places, visitor, here)
        under_way = [one.change_id for one in work.changes.under_way(intent)]
    return page(
        request,
        "propose.html",
        status,
        visitor=visitor,
        lead=lead,
        kind=intent.kind,
        people=[] if shown is None else shown[0],
        homes=[] if shown is None else [home for home in shown[1] if home.is_changed],
        is_possible=shown is not None,
        can_answer=shown is None and lead.type in KINDS["same_person"].proposes,
        filters=read_filters(request.query_params),
        back=place_in_deck(lead, "at") if is_from_deck(request.query_params) else "",
        from_deck=FROM_DECK,
        value=form.get("value", "")[:LONGEST_VALUE],
        sentence=sentence,
        holder=holder,
        under_way=under_way,
    )
