"""Proposing the register change that a discrepancy speaks of: what would change is shown before it is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.change_plans import FIELDS, Intent, Plan, plan
from register.changes import Seen as SeenEvidence
from register.current import current_rows
from register.errors import Conflict, InvalidInput, StaleEvidence
from stewardship.deciding import conflict, onwards, seen_in
from stewardship.errors import NotThere
from stewardship.leads import Lead
from stewardship.listing import today_of
from stewardship.looking import found_lead
from stewardship.masking import grouped, masked, may_be_child
from stewardship.pages import page
from stewardship.queue import read_filters
from stewardship.showing import suggested_for
from stewardship.visits import Form, Here, House, Proposer, Visitor

router: Final = APIRouter()
LONGEST_VALUE: Final = 500


@router.get("/discrepancies/{id_}/propose")
def propose_page(request: Request, here: Here, visitor: Proposer, id_: str) -> Response:
    return _page(request, here, visitor, id_, {})


@router.post("/discrepancies/{id_}/propose")
def propose(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    """Proposed by this user; another approves it."""
    filters = read_filters(request.query_params)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            intent = _intent(lead, form.get("value", ""))
            seen = seen_in(form)
            if lead.status != seen.status:
                raise Conflict("the discrepancy has another status by now")
            work.changes.propose(
                intent, visitor.user_id, SeenEvidence(lead.discrepancy_id, seen.evidence_version)
            )
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, {**form, "kind": "propose"})
    except InvalidInput:
        return _page(request, here, visitor, id_, form, 422)
    return onwards(here, visitor, lead, filters)


def _intent(lead: Lead, typed: str) -> Intent:
    """What the discrepancy suggests, or the value that was typed instead. Raises: NotThere."""
    intent: Intent | None = suggested_for(lead)
    if intent is None:
        raise NotThere
    value = typed.strip()[:LONGEST_VALUE]
    if intent.kind == "field" and value:
        return replace(intent, values={lead.field or "": value})
    return intent


def _page(
    request: Request, here: House, visitor: Visitor, id_: str, form: dict[str, str], status: int = 200
) -> Response:
    today = today_of(here)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        intent = _intent(lead, "")
        is_lifted = (
            work.reveals.stands(visitor.user_id, "discrepancy", lead.discrepancy_id, here.now()) is not None
        )
        try:
            planned = plan(intent, current_rows(work.connection, intent.numbers))
        except InvalidInput:
            planned = None
    return page(
        request,
        "propose.html",
        status,
        visitor=visitor,
        lead=lead,
        kind=intent.kind,
        effects=[] if planned is None else effects(planned, today, is_lifted=is_lifted),
        is_possible=planned is not None,
        filters=read_filters(request.query_params),
        value=form.get("value", "")[:LONGEST_VALUE],
        sentence=lead.sentence(visitor.language),
    )


def effects(planned: Plan, today: date, *, is_lifted: bool) -> list[dict[str, Any]]:
    """Per person what the register shows before and after: the items that change, and enough to know who it is."""
    told = []
    for before in planned.before.items():
        number, row = before
        after = planned.after[number]
        is_child = may_be_child((row or {}).get("birth_date"), today)

        def shown(field: str, value: str | None, is_child: bool = is_child) -> str:
            if not value:
                return ""
            return grouped(field, value if is_lifted else masked(field, value, is_child=is_child))

        old, new = row or {}, after or {}
        changed = [field for field in FIELDS if after is not None and old.get(field) != new.get(field)]
        fields = changed or ["name", "sex", "birth_date", "id_number"]
        told.append(
            {
                "goes": after is None,
                "name": shown("name", old.get("name")),
                "items": [
                    (field, shown(field, old.get(field)), shown(field, new.get(field))) for field in fields
                ],
            }
        )
    return told
