"""Proposing that somebody be added to the register: a birth, or a person whom departments know and the register does not.

The page shows per item what departments say, masked, and takes a correction; what is not corrected is taken from the same rows again when
the form comes back. The version of the evidence says that they are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from discrepancies.values import is_valid_id
from register.change_plans import Intent, Plan, plan
from register.changes import Seen
from register.errors import Conflict, InvalidInput, StaleEvidence
from register.leases import Holder
from register.work import UnitOfWork
from stewardship.deciding import onwards, seen_in
from stewardship.effects import household_effects
from stewardship.leads import Lead, waiting_change
from stewardship.listing import asked_of, today_of
from stewardship.looking import found_lead
from stewardship.masking import grouped, masked
from stewardship.newcomers import FIELDS, NUMBERS, Draft, draft_of
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.queue import read_filters
from stewardship.visits import House, Visitor

LONGEST: Final = 200
TYPED: Final = "to_"
BLANK: Final = "no_"


@dataclass(frozen=True)
class Line:
    """An item of the form: what departments say, masked, who they are, and what the user put in its place."""

    field: str
    shown: str
    feeds: tuple[str, ...]
    typed: str
    is_blank: bool


def add(request: Request, here: House, visitor: Visitor, id_: str, form: dict[str, str]) -> Response:
    """Proposed by this user; another approves it."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            draft = draft_of(work, here.sources, here.trust, lead, read_places(work.connection))
            values = corrected(draft, form)
            problem = problem_of(values, form, today_of(here))
            if problem is None:
                seen = seen_in(form)
                if lead.status != seen.status:
                    raise Conflict("the discrepancy has another status by now")
                evidence = Seen(lead.discrepancy_id, seen.evidence_version)
                work.changes.propose(Intent("add_person", values=values), visitor.user_id, evidence)
    except (StaleEvidence, Conflict):
        return add_page(request, here, visitor, id_, form, 409)
    except InvalidInput:
        return add_page(request, here, visitor, id_, form, 422, problem="there")
    if problem is not None:
        return add_page(request, here, visitor, id_, form, 422, problem=problem)
    return onwards(here, visitor, lead, read_filters(request.query_params))


def corrected(draft: Draft, form: Mapping[str, str]) -> dict[str, str | None]:
    """The items as departments say, but for what was typed or taken out."""
    values: dict[str, str | None] = {}
    for field in FIELDS:
        typed = "".join(one for one in form.get(TYPED + field, "").strip()[:LONGEST] if one.isprintable())
        if field in NUMBERS:
            typed = typed.replace(" ", "").upper()
        values[field] = typed or (None if form.get(BLANK + field) else draft.values.get(field))
    return values


def problem_of(values: Mapping[str, str | None], form: Mapping[str, str], today: date) -> str | None:
    """Which item keeps this from being proposed; a typed ID number has to be one, and nobody is born after today."""
    if not values["name"]:
        return "name"
    for field in NUMBERS:
        if form.get(TYPED + field, "").strip() and not is_valid_id(values[field] or ""):
            return field
    try:
        plan(Intent("add_person", values={"name": "-", "birth_date": values["birth_date"]}), {})
    except InvalidInput:
        return "birth_date"
    return "future" if (values["birth_date"] or "") > today.isoformat() else None


def add_page(
    request: Request,
    here: House,
    visitor: Visitor,
    id_: str,
    form: dict[str, str],
    status: int = 200,
    problem: str | None = None,
    holder: Holder | None = None,
) -> Response:
    """The form; after a refusal or a conflict with everything that was typed."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        places = read_places(work.connection)
        is_lifted = (
            work.reveals.stands(visitor.user_id, "discrepancy", lead.discrepancy_id, here.now()) is not None
        )
        draft = draft_of(work, here.sources, here.trust, lead, places)
        change = waiting_change(work.connection, lead.discrepancy_id)
        proposer = (
            "" if change is None else work.assignments.names({change.proposed_by}).get(change.proposed_by, "")
        )
        villages = _villages(work, visitor, places)
        sentence = asked_of(work.connection, lead, places, visitor, here)
    return page(
        request,
        "add.html",
        status,
        visitor=visitor,
        lead=lead,
        filters=read_filters(request.query_params),
        sentence=sentence,
        lines=[line_of(field, draft, form, places, is_lifted=is_lifted) for field in FIELDS],
        homes=_homes(draft, lead, today_of(here), is_lifted=is_lifted),
        villages=villages,
        change=change,
        proposer=proposer,
        can_send=change is None and lead.status in ("open", "waiting"),
        problem=problem,
        holder=holder,
        is_conflict=status == 409,
        typed_prefix=TYPED,
        blank_prefix=BLANK,
        longest=LONGEST,
    )


def line_of(field: str, draft: Draft, form: Mapping[str, str], places: Places, *, is_lifted: bool) -> Line:
    value = draft.values.get(field, "")
    if field == "area_code":
        shown = places.named(value) if value else ""
    else:
        shown = grouped(field, value if is_lifted else masked(field, value, is_child=True))
    typed = form.get(TYPED + field, "")[:LONGEST]
    return Line(field, shown, draft.told.get(field, ()), typed, bool(form.get(BLANK + field)))


def _homes(draft: Draft, lead: Lead, today: date, *, is_lifted: bool) -> list[Any]:
    try:
        planned: Plan = plan(Intent("add_person", values=dict(draft.values)), {})
    except InvalidInput:  # nobody gives a name
        planned = plan(Intent("add_person", values={**draft.values, "name": "?"}), {})
    return household_effects(planned, draft.members, (), today, is_lifted=is_lifted)


def _villages(work: UnitOfWork, visitor: Visitor, places: Places) -> list[tuple[str, str]]:
    """Code and name of the villages that the user answers for."""
    codes = work.connection.scalar(sa.text("SELECT desk_areas(:role)"), {"role": visitor.role}) or []
    return [(code, places.named(code)) for code in sorted(codes) if places.levels.get(code) == "village"]
