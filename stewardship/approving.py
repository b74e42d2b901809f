"""Approvals: what others proposed to change on the register, with its effect before anybody agrees; and what became of it.

Four eyes: whoever proposed a change may withdraw it, only another approves or refuses it. What is approved goes out with the next change file.
Two at once: the second is shown what the first did, and keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.change_file import write_changes
from register.change_models import CHANGE_STATES
from register.change_states import same_person
from register.changes import SUBJECT, Change
from register.current import members_of
from register.errors import Conflict, InvalidInput, NotAllowed, StaleEvidence
from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.crumbs import crumbs
from stewardship.decisions import LONGEST_REASON
from stewardship.effects import PersonEffect, household_effects, households_of, joined_unseen, person_effects
from stewardship.errors import NotThere
from stewardship.leads import Lead, read_leads
from stewardship.listing import areas_in_order, asked_of, rows_for, today_of
from stewardship.meanwhile import meanwhile
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.proposals import (
    EVERY,
    NEEDS_REASON,
    STEPS,
    TO_APPROVE,
    UNDO,
    Choice,
    Listed,
    Proposals,
    history_of_change,
    read_choice,
    read_number,
    standing_of,
)
from stewardship.tabs import is_account, whose_of
from stewardship.visits import Form, Here, House, Proposer, Visitor, acting_as

router: Final = APIRouter()
LOOK: Final = "look"  # to go back to the page with what was typed
Exporter = Annotated[Visitor, Depends(acting_as("steward"))]
FILE_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Row:
    """A line of the list, masked."""

    change: Change
    people: list[PersonEffect]
    sentence: str
    place: str
    is_mine: bool


@router.get("/approvals")
def approvals(request: Request, here: Here, visitor: Proposer) -> Response:
    choice = read_choice(request.query_params)
    after = read_number(request.query_params.get("after", ""))
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        proposals = Proposals(work.connection, visitor.user_id)
        found = proposals.page(choice, after, here.settings.rows_per_page)
        rows = rows_of_changes(work, found.changes, visitor, here)
        users = {user for change in found.changes for user in (change.proposed_by, change.changed_by)}
        names = called(work.assignments.names(users), visitor.language)
        proposers = proposers_of(found, choice, visitor, work.assignments.names(found.proposers))
        pending = proposals.pending() if visitor.role == "steward" else 0
        places = read_places(work.connection)
    return page(
        request,
        "approvals.html",
        visitor=visitor,
        choice=choice,
        found=found,
        rows=rows,
        names=names,
        pending=pending,
        proposers=proposers,
        areas=areas_in_order(found.counts["area"], places),
        within=crumbs(places, choice.area or None, visitor.role, choice, "/approvals"),
        is_later=bool(after),
        every=EVERY,
        to_approve=TO_APPROVE,
        done=read_number(request.query_params.get("done", "")),
    )


def proposers_of(
    found: Listed, choice: Choice, visitor: Visitor, names: Mapping[str, str]
) -> list[tuple[str, str, int]]:
    """How an address asks for each of the others, name and changes; also who is asked for and proposed none of these."""
    others = {user: rows for user, rows in found.proposers.items() if not same_person(user, visitor.user_id)}
    told = [(whose_of(user), names.get(user, user), rows) for user, rows in others.items()]
    if is_account(choice.by) and choice.by not in {whose for whose, _, _ in told}:
        told.append((choice.by, "", 0))
    return sorted(told, key=lambda one: one[1])


def rows_of_changes(work: UnitOfWork, changes: Sequence[Change], visitor: Visitor, here: House) -> list[Row]:
    """The lines for these changes, each with what its discrepancy asks."""
    places, today = read_places(work.connection), today_of(here)
    ids = {change.discrepancy_id for change in changes if change.discrepancy_id is not None}
    leads = read_leads(work.connection, ids, visitor.role)
    asked = rows_for(work.connection, list(leads.values()), places, visitor, here) if leads else []
    sentences = {row.lead.discrepancy_id: row.sentence for row in asked}
    rows = []
    for change in changes:
        lead = leads.get(change.discrepancy_id or "")
        people = person_effects(change.plan, today, places, is_lifted=False)
        sentence = sentences.get(change.discrepancy_id or "", "")
        is_mine = same_person(visitor.user_id, change.proposed_by)
        rows.append(Row(change, people, sentence, place_of_change(change, lead, places), is_mine))
    return rows


def place_of_change(change: Change, lead: Lead | None, places: Places) -> str:
    """Where it is about: its discrepancy's area, else a person's."""
    return places.named(area_of_change(change, lead))


def area_of_change(change: Change, lead: Lead | None) -> str | None:
    if lead is not None and lead.area_code:
        return lead.area_code
    rows = (*change.plan.before.values(), *change.plan.after.values())
    return next((row["area_code"] for row in rows if row and row.get("area_code")), None)


@router.get("/approvals/{id_}")
def approval(request: Request, here: Here, visitor: Proposer, id_: str) -> Response:
    return _shown(request, here, visitor, id_)


def _shown(
    request: Request, here: House, visitor: Visitor, id_: str, status: int = 200, **typed: Any
) -> Response:
    """The page, and the entry that somebody looked at it."""
    choice = read_choice(request.query_params)
    today = today_of(here)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        change = _found(work, id_)
        proposals = Proposals(work.connection, visitor.user_id)
        following = proposals.following(choice, change.change_id)
        before = proposals.before(choice, change.change_id)
        content = _content(work, here, visitor, change, today)
        if request.method == "GET":
            work.audit.record(Event(visitor.user_id, "change.view", SUBJECT, str(change.change_id), {}))
    given = {"problem": None, "reason": "", "done": read_number(request.query_params.get("done", ""))}
    return page(
        request,
        "approval.html",
        status,
        visitor=visitor,
        change=change,
        choice=choice,
        following=following,
        before=before,
        **content,
        **(given | typed),
    )


def _content(work: UnitOfWork, here: House, visitor: Visitor, change: Change, today: date) -> dict[str, Any]:
    """What the page shows of a change, masked unless leave stands."""
    now, subject = here.now(), str(change.change_id)
    lifted = work.reveals.stands(visitor.user_id, SUBJECT, subject, now)
    standing = standing_of(work, change, visitor.user_id, visitor.role)
    places = read_places(work.connection)
    history = history_of_change(work.connection, change.change_id)
    members = members_of(work.connection, households_of(change.plan))
    asked = [
        leave
        for leave in work.reveals.waiting(now)
        if (leave.subject_kind, leave.subject_id) == (SUBJECT, subject)
    ]
    users = {change.proposed_by, change.changed_by, *(one.actor for one in history if one.actor)}
    users |= {leave.user_id for leave in asked}
    lead = standing.lead
    return {
        "standing": standing,
        "lead": lead,
        "sentence": asked_of(work.connection, lead, places, visitor, here) if lead is not None else "",
        "reasons": lead.reasons if lead is not None else [],
        "within": crumbs(places, area_of_change(change, lead), visitor.role),
        "people": person_effects(change.plan, today, places, is_lifted=lifted is not None),
        "meanwhile": meanwhile(
            work.connection, change, standing, today, places, is_lifted=lifted is not None
        ),
        "homes": household_effects(
            change.plan,
            members,
            change.person_nos,
            today,
            is_lifted=lifted is not None,
            unseen=joined_unseen(work.connection, change.plan),
        ),
        "history": history,
        "names": called(work.assignments.names(users), visitor.language),
        "lifted_until": lifted,
        "asked": asked,
    }


def _found(work: UnitOfWork, id_: str) -> Change:
    """Raises: NotThere, also for what this user may not see."""
    try:
        return work.changes.get(read_number(id_))
    except InvalidInput:
        raise NotThere from None


@router.post("/approvals/file")
def change_file(here: Here, visitor: Exporter, form: Form) -> Response:
    """All that the register's owner has still to carry out, in the register's own columns; the audit chain has who took it."""
    ending = form.get("format", "")
    if ending not in FILE_TYPES:
        raise NotThere
    name = f"register-changes-{today_of(here)}.{ending}"
    with TemporaryDirectory() as folder, here.desk.as_user(visitor.user_id, visitor.role) as work:
        path = Path(folder) / name
        write_changes(work.changes.export(visitor.user_id), path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=FILE_TYPES[ending], headers=headers)


@router.post("/approvals/{id_}/act")
def act(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    kind, reason = form.get("kind", ""), form.get("reason", "").strip()[:LONGEST_REASON]
    version = read_number(form.get("version", ""))
    if kind == LOOK:
        return _shown(request, here, visitor, id_, reason=reason)
    if kind in NEEDS_REASON and not reason:
        return _shown(request, here, visitor, id_, 422, problem="reason", reason=reason)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            change = _found(work, id_)
            if kind == UNDO:
                made = work.changes.propose_undo(change.change_id, version, visitor.user_id)
                return RedirectResponse(f"/approvals/{made.change_id}", 303)
            for step in _steps(kind):
                moved = work.changes.act(step, change.change_id, version, visitor.user_id, reason or None)
                version = moved.version
    except (StaleEvidence, Conflict):
        return _conflict(request, here, visitor, id_, form)
    except NotAllowed:
        return _shown(request, here, visitor, id_, 422, problem="own", reason=reason)
    except InvalidInput:
        return _shown(request, here, visitor, id_, 422, problem="impossible", reason=reason)
    return _onwards(here, visitor, change.change_id, read_choice(request.query_params))


def _steps(kind: str) -> tuple[str, ...]:
    """Raises: InvalidInput."""
    if kind not in STEPS:
        raise InvalidInput("there is no such action")
    return STEPS[kind]


def _onwards(here: House, visitor: Visitor, done: int, choice: Choice) -> Response:
    """To the next of the list that this user may judge, or to the list when that was the last."""
    wanted = choice if choice.by or choice.state != TO_APPROVE else replace(choice, by="others")
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        following = Proposals(work.connection, visitor.user_id).following(wanted, done)
    query = "&".join(part for part in (choice.query(), f"done={done}") if part)
    if following is None:
        return RedirectResponse(f"/approvals?{query}", 303)
    return RedirectResponse(f"/approvals/{following.change_id}?{query}", 303)


def _conflict(request: Request, here: House, visitor: Visitor, id_: str, form: dict[str, str]) -> Response:
    """What became of it meanwhile, and what was typed."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        change = _found(work, id_)
        standing = standing_of(work, change, visitor.user_id, visitor.role)
        names = called(work.assignments.names({change.changed_by}), visitor.language)
        leave = work.reveals.stands(visitor.user_id, SUBJECT, str(change.change_id), here.now())
        places, is_lifted = read_places(work.connection), leave is not None
        since = meanwhile(work.connection, change, standing, today_of(here), places, is_lifted=is_lifted)
    seen_state, kind = form.get("state", ""), form.get("kind", "")
    return page(
        request,
        "approval_conflict.html",
        409,
        visitor=visitor,
        change=change,
        choice=read_choice(request.query_params),
        standing=standing,
        meanwhile=since,
        seen_state=seen_state if seen_state in CHANGE_STATES else "",
        names=names,
        is_other=change.version != read_number(form.get("version", "")),
        kind=kind if kind in STEPS else "",
        can_again=kind in standing.actions and kind in STEPS,
        look=LOOK,
        reason=form.get("reason", "")[:LONGEST_REASON],
    )


@router.post("/approvals/{id_}/reveal")
def reveal(request: Request, here: Here, visitor: Proposer, form: Form, id_: str) -> Response:
    """Unmasked for some minutes against a reason; of a child, when a second person lets it."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            change = _found(work, id_)
            subject, why = str(change.change_id), form.get("why", "")
            leave = work.reveals.ask(visitor.user_id, SUBJECT, subject, why, here.now())
    except InvalidInput:
        return _shown(request, here, visitor, id_, 422, problem="why")
    if leave.needs_second:
        return _shown(request, here, visitor, id_, problem="second")
    query = read_choice(request.query_params).query()
    return RedirectResponse(f"/approvals/{change.change_id}" + (f"?{query}" if query else ""), 303)
