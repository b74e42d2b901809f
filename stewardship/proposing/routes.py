"""The form of a change that a person has to say more for: shown, shown anew with what it would do, and sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import Request
from starlette.responses import Response

from discrepancies.wording import VALUE_NAMES
from register.changes import Change, Seen
from register.errors import Conflict, InvalidInput, StaleEvidence
from register.leases import Holder
from register.work import UnitOfWork
from stewardship.deciding import onwards, seen_in
from stewardship.effects import Effects, effects_of
from stewardship.errors import NotThere
from stewardship.leads import Lead, evidence_of, last_night, waiting_change
from stewardship.listing import asked_of, today_of
from stewardship.looking import found_lead
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.proposing import entering, joining, numbers, parting
from stewardship.proposing.forms import LONGEST_RELATION, RELATION, SENT, TICKED, Asked, Filled, Reader
from stewardship.queue import read_filters
from stewardship.showing import TO_DO, suggested_for
from stewardship.visits import House, Visitor

LOOK: Final = "look"
# Whose forms are about nobody else than the discrepancy.
OF_ITS_OWN: Final = frozenset({"missing_household", "shared_id_number"})
READERS: Final[Mapping[str, Reader]] = {
    "shared_id_number": numbers.read,
    "wrong_household": parting.read,
    "missing_household": entering.read,
    "duplicate_household": joining.read,
}


def form_page(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    form: Mapping[str, str],
    status: int = 200,
    problem: str = "",
    holder: Holder | None = None,
) -> Response:
    """The form with what it would do as it stands; after a refusal or a conflict with everything that was typed."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        asked = _asked(work, here, visitor, lead, form)
        filled = _filled(asked)
        change = waiting_change(work.connection, lead.discrepancy_id)
        others = {change.proposed_by} if change else set()
        names = work.assignments.names(others)
        sentence = asked_of(work.connection, lead, asked.places, visitor, here)
        shown: Effects | None = None
        under_way: list[Change] = []
        if filled.intent is not None:
            under_way = work.changes.under_way(filled.intent)
            shown = effects_of(
                work.connection, filled.intent, asked.places, asked.today, is_lifted=_is_open(asked)
            )
    people, homes = shown or ([], [])
    return page(
        request,
        filled.template,
        status,
        visitor=visitor,
        lead=lead,
        filters=read_filters(request.query_params),
        sentence=sentence,
        kind=filled.kind,
        people=people,
        homes=[home for home in homes if home.is_changed],
        problem=problem or (filled.problem if form else ""),
        holder=holder,
        change=change,
        under_way=[one.change_id for one in under_way if change is None or one.change_id != change.change_id],
        proposer=names.get(change.proposed_by, change.proposed_by) if change else "",
        can_send=change is None and lead.status in TO_DO and filled.is_possible,
        is_conflict=status == 409,
        relations=VALUE_NAMES["relation_to_head"],
        ticked=TICKED,
        relation=RELATION,
        longest_relation=LONGEST_RELATION,
        sent=SENT,
        look=LOOK,
        **filled.given,
    )


def send_form(request: Request, here: House, visitor: Visitor, id_: str, form: Mapping[str, str]) -> Response:
    """Proposed by this user; another approves it. Who asks to look first is shown what it would do."""
    if LOOK in form:
        return form_page(request, here, visitor, id_, form)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            filled = _filled(_asked(work, here, visitor, lead, form))
            if filled.intent is not None:
                seen = seen_in(dict(form))
                if lead.status != seen.status:
                    raise Conflict("the discrepancy has another status by now")
                evidence = Seen(lead.discrepancy_id, seen.evidence_version)
                work.changes.propose(filled.intent, visitor.user_id, evidence)
    except (StaleEvidence, Conflict):
        return form_page(request, here, visitor, id_, form, 409)
    except InvalidInput:
        return form_page(request, here, visitor, id_, form, 422, "there")
    if filled.intent is None:
        return form_page(request, here, visitor, id_, form, 422)
    return onwards(here, visitor, lead, read_filters(request.query_params))


def _is_open(asked: Asked) -> bool:
    """Whether leave that stands is for all whom the change is about: of who goes along it was not given."""
    return asked.is_lifted and asked.lead.type in OF_ITS_OWN


def _filled(asked: Asked) -> Filled:
    """Raises: NotThere, where there is no such form."""
    if asked.lead.type not in READERS or suggested_for(asked.lead) is not None:
        raise NotThere
    return READERS[asked.lead.type](asked)


def _asked(work: UnitOfWork, here: House, visitor: Visitor, lead: Lead, form: Mapping[str, str]) -> Asked:
    subject, now = lead.discrepancy_id, here.now()
    return Asked(
        work=work,
        here=here,
        role=visitor.role,
        lead=lead,
        evidence=evidence_of(work.connection, subject),
        places=read_places(work.connection),
        today=today_of(here),
        night=last_night(work.connection),
        form=form,
        is_lifted=work.reveals.stands(visitor.user_id, "discrepancy", subject, now) is not None,
    )
