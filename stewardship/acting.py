"""Proposing the register change that a discrepancy speaks of: what would change is shown before it is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from discrepancies.wording import VALUES_OFFERED
from register.changes import Seen as SeenEvidence
from register.errors import Conflict, InvalidInput, StaleEvidence
from register.leases import Holder
from stewardship.deciding import conflict, onwards, seen_in, since
from stewardship.decks import FROM_DECK, is_from_deck, onwards_in_deck, place_in_deck
from stewardship.leads import NEWCOMERS
from stewardship.listing import asked_of
from stewardship.looking import found_lead
from stewardship.pages import page
from stewardship.proposing.forms import SENT, TICKED, Asked, Filled
from stewardship.proposing.names import RELATION
from stewardship.proposing.reading import asked_in, filled
from stewardship.queue import read_filters
from stewardship.showing import TO_DO, is_by_form
from stewardship.visits import Form, Here, House, Proposer, Visitor

router: Final = APIRouter()
LOOK: Final = "look"


@router.get("/discrepancies/{id_}/propose")
def propose_page(request: Request, here: Here, visitor: Proposer, id_: str) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        asked = asked_in(work, here, visitor, found_lead(work, id_, visitor), {})
        form = filled(asked)
        content, holder = _content(asked, form), _opened(asked)
    return _page(request, visitor, form.template, content, holder=holder)


@router.post("/discrepancies/{id_}/propose")
def propose(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    """Proposed by this user; another approves it. Then the next one opens, of the review where one came from there. Who asks to look first is shown
    what it would do.
    """
    filters, is_of_deck = read_filters(request.query_params), is_from_deck(request.query_params)
    content = None
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            asked = asked_in(work, here, visitor, lead, form)
            wanted = filled(asked)
            if LOOK in form or wanted.intent is None:
                content = _content(asked, wanted)
            else:
                seen = seen_in(form)
                if lead.status != seen.status:
                    raise Conflict("the discrepancy has another status by now")
                evidence = SeenEvidence(lead.discrepancy_id, seen.evidence_version)
                work.changes.propose(wanted.intent, visitor.user_id, evidence)
    except (StaleEvidence, Conflict):
        if lead.type in NEWCOMERS or is_by_form(lead):
            return _anew(request, here, visitor, id_, form, 409)
        return conflict(request, here, visitor, id_, {**form, "kind": "propose"}, is_of_deck=is_of_deck)
    except InvalidInput:
        return _anew(request, here, visitor, id_, form, 422, problem="there")
    if content is not None:
        return _page(request, visitor, wanted.template, content, 200 if LOOK in form else 422)
    return onwards_in_deck(here, visitor, lead) if is_of_deck else onwards(here, visitor, lead, filters)


def _anew(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    form: Mapping[str, str],
    status: int,
    **told: str,
) -> Response:
    """After a refusal or a conflict how it stands now, with everything that was typed."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        asked = asked_in(work, here, visitor, found_lead(work, id_, visitor), form)
        wanted = filled(asked)
        content = _content(asked, wanted) | told
        if status == 409:
            content["since"] = since(work, visitor, asked.lead, form)
    return _page(request, visitor, wanted.template, content, status)


def _content(asked: Asked, form: Filled) -> dict[str, Any]:
    """What the page says of the form as it stands, with what it would do."""
    lead, change = asked.lead, asked.standing.change
    names = asked.work.assignments.names({change.proposed_by} if change else set())
    return {
        "lead": lead,
        "kind": form.kind,
        "sentence": asked_of(asked.work.connection, lead, asked.places, asked.visitor, asked.here),
        "problem": form.problem if asked.form else "",
        "change": change,
        "proposer": names.get(change.proposed_by, change.proposed_by) if change else "",
        "can_send": change is None and lead.status in TO_DO and form.is_possible,
        **form.given(),
    }


def _page(
    request: Request,
    visitor: Visitor,
    template: str,
    content: Mapping[str, Any],
    status: int = 200,
    holder: Holder | None = None,
) -> Response:
    is_of_deck = is_from_deck(request.query_params)
    return page(
        request,
        template,
        status,
        visitor=visitor,
        filters=read_filters(request.query_params),
        back=place_in_deck(content["lead"], "at") if is_of_deck else "",
        from_deck=FROM_DECK,
        holder=holder,
        is_conflict=status == 409,
        listed_values=VALUES_OFFERED,
        ticked=TICKED,
        relation=RELATION,
        sent=SENT,
        look=LOOK,
        **content,
    )


def _opened(asked: Asked) -> Holder | None:
    """Others are told that it is open here, and this user who else has it open."""
    leases, here, lead, user = asked.work.leases, asked.here, asked.lead, asked.visitor.user_id
    if lead.status in TO_DO:
        leases.take(lead.discrepancy_id, user, here.now(), here.settings.lease)
    return leases.others([lead.discrepancy_id], user, here.now()).get(lead.discrepancy_id)
