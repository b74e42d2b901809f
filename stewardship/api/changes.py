"""Register changes: which wait for approval and what became of the others, and judging them. Four eyes hold here too: who proposed
a change, on a page or by a token, does not approve it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query

from register.audit import Event
from register.changes import SUBJECT, Change
from register.errors import InvalidInput, NotAllowed
from register.work import UnitOfWork
from stewardship.api import shapes
from stewardship.api.callers import Caller, Proposer
from stewardship.api.problems import ApiProblem, documented
from stewardship.approving import place_of_change
from stewardship.effects import person_effects
from stewardship.errors import NotThere
from stewardship.leads import Lead, read_leads
from stewardship.listing import today_of
from stewardship.places import Places, read_places
from stewardship.proposals import STEPS, UNDO, Choice, Proposals, standing_of
from stewardship.visits import Here, House

router: Final = APIRouter(tags=["register changes"])
_SAME: Final = (
    *("change_id", "kind", "state", "version", "discrepancy_id", "undoes"),
    *("proposed_by", "approved_by", "changed_by", "changed_at"),
)


@router.get("/register-changes", responses=documented())
def changes(here: Here, caller: Proposer, asked: Annotated[shapes.ChangesQuery, Query()]) -> shapes.Changes:
    """What waits for approval, the oldest first; of other states the newest first."""
    choice = Choice(asked.state, asked.kind or "", asked.by or "")
    with caller.work(here, read_only=True) as work:
        found = Proposals(work.connection, caller.user_id).page(choice, asked.after or 0, asked.limit)
        places = read_places(work.connection)
        ids = {one.discrepancy_id for one in found.changes if one.discrepancy_id is not None}
        leads = read_leads(work.connection, ids, caller.role)
    items = [brief(one, leads.get(one.discrepancy_id or ""), places, today_of(here)) for one in found.changes]
    return shapes.Changes(items=items, next=found.next, total=found.total)


@router.get("/register-changes/{id_}", responses=documented())
def change(here: Here, caller: Proposer, id_: shapes.ChangeId) -> shapes.OneChange:
    """With what may be done to it. That it was looked at is in the audit chain."""
    with caller.work(here) as work:
        found = _found(work, id_)
        work.audit.record(Event(caller.user_id, "change.view", SUBJECT, str(found.change_id), {}))
        return _one(work, here, caller, found)


@router.post("/register-changes/{id_}/actions", responses=documented(403, 409, 411, 413))
def act(
    here: Here, caller: Proposer, id_: shapes.ChangeId, body: shapes.ActWithReason | shapes.Act
) -> shapes.OneChange:
    """Approves, refuses, withdraws, lets go, reverts, or proposes to take back; the answer is the change as it stands then."""
    with caller.work(here) as work:
        found, version = _found(work, id_), body.version
        if body.action == UNDO:
            return _one(work, here, caller, work.changes.propose_undo(id_, version, caller.user_id))
        for step in STEPS[body.action]:
            try:
                found = work.changes.act(step, id_, version, caller.user_id, body.reason.strip() or None)
            except NotAllowed:
                raise ApiProblem(403, "four-eyes", fields=["body.action"]) from None
            version = found.version
        return _one(work, here, caller, found)


def _found(work: UnitOfWork, id_: int) -> Change:
    """Raises: NotThere, also for what this account may not see."""
    try:
        return work.changes.get(id_)
    except InvalidInput:
        raise NotThere from None


def _one(work: UnitOfWork, here: House, caller: Caller, found: Change) -> shapes.OneChange:
    standing = standing_of(work, found, caller.user_id, caller.role)
    told = brief(found, standing.lead, read_places(work.connection), today_of(here))
    return shapes.OneChange(
        **dict(told), moved=standing.moved, stale=standing.stale, actions=list(standing.actions)
    )


def brief(found: Change, lead: Lead | None, places: Places, today: date) -> shapes.Change:
    """A change with its effect on each person, always masked."""
    effects = [
        shapes.Effect(
            name=person.name,
            comes=person.comes,
            goes=person.goes,
            items=[
                shapes.Item(field=item.field, before=item.before, after="".join(p.text for p in item.after))
                for item in person.items
            ],
        )
        for person in person_effects(found.plan, today, places, is_lifted=False)
    ]
    return shapes.Change(
        **{name: getattr(found, name) for name in _SAME},
        place=place_of_change(found, lead, places),
        effects=effects,
    )
