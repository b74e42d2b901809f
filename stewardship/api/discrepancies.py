"""Discrepancies: the list, one of them, deciding, taking back, proposing what it speaks of, assigning, noting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query

from register.change_plans import Intent
from register.changes import Seen as SeenEvidence
from register.errors import Conflict, NotAllowed
from register.work import UnitOfWork
from stewardship.api import shapes
from stewardship.api.callers import Caller, Decider, Proposer, Reader
from stewardship.api.changes import brief
from stewardship.api.problems import ApiProblem, documented
from stewardship.decisions import Seen, decide, kinds_for, undo
from stewardship.filters import Filters, read_cursor
from stewardship.leads import NEWCOMERS, Lead
from stewardship.listing import Row, queue_of, rows_for, today_of
from stewardship.looking import found_lead, looked
from stewardship.newcomers import draft_of
from stewardship.places import read_places
from stewardship.proposing import adding
from stewardship.proposing.suggested import intent_of
from stewardship.showing import Column, Shown, is_by_form, show
from stewardship.together import assign, check_seen, write_note
from stewardship.visits import Here, House

router: Final = APIRouter(tags=["discrepancies"])
_OF_LINE: Final = ("name", "sex", "born", "mother", "place", "days", "register_value", "proposed_value")
_OF_LEAD: Final = (
    *("discrepancy_id", "type", "status", "priority", "confidence", "field", "area_code"),
    *("evidence_version", "first_night", "last_night"),
)


@router.get("/discrepancies", responses=documented())
def discrepancies(here: Here, caller: Reader, asked: Annotated[shapes.QueueQuery, Query()]) -> shapes.Lines:
    """The queue, in its order and with its counts. A page ends at a row and the next begins after it, whatever arrives meanwhile."""
    after = read_cursor(asked.after) if asked.after is not None else None
    if asked.after is not None and after is None:
        raise ApiProblem(422, "invalid", fields=["query.after"])
    wanted = {name: value for name in vars(Filters()) if (value := getattr(asked, name)) is not None}
    with caller.work(here, read_only=True) as work:
        places = read_places(work.connection)
        found = queue_of(work, here, caller, places).page(Filters(**wanted), after, asked.limit)
        rows = rows_for(work.connection, found.leads, places, caller, here)
    return shapes.Lines(
        items=[_line(row) for row in rows],
        next=None if found.next is None else str(found.next),
        total=found.total,
        counts={
            name: {code: rows for code, rows in one.items() if rows}
            for name, one in found.counts.items()
            if name != "assignee"
        },
    )


def _line(row: Row) -> shapes.Line:
    return shapes.Line(
        **{name: getattr(row.lead, name) for name in _OF_LEAD},
        **{name: getattr(row, name) for name in _OF_LINE},
        sentence=row.sentence,
        evidence_count=row.lead.evidence_count,
    )


@router.get("/discrepancies/{id_}", responses=documented())
def discrepancy(here: Here, caller: Reader, id_: shapes.DiscrepancyId) -> shapes.OneDiscrepancy:
    """With the register beside each source, and its history. That it was looked at is in the audit chain."""
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        shown = show(work, here, caller, lead, today_of(here), may_lift=False)
        names = work.assignments.names(shown.accounts)
        looked(work, caller, lead)
    return _one(shown, names)


def _one(shown: Shown, names: Mapping[str, str]) -> shapes.OneDiscrepancy:
    kinds = shown.kinds if shown.can_decide else []
    return shapes.OneDiscrepancy(
        **{name: getattr(shown.lead, name) for name in _OF_LEAD},
        sentence=shown.sentence,
        place=shown.place,
        days=shown.days,
        reasons=[code for code, _ in shown.reasons],
        columns=[_column(one) for one in shown.columns],
        lines=[
            shapes.MatrixLine(
                field=line.field,
                cells=[shapes.MatrixCell(sign=cell.sign, text=cell.text) for cell in line.cells],
                proposed=None if line.proposed is None else line.proposed.text,
            )
            for line in shown.lines
        ],
        evidence=[
            shapes.Evidence(
                feed=row.feed,
                unit=row.unit,
                file=row.file,
                sheet=row.sheet,
                row=row.row,
                role=row.role,
                arrival=row.arrival,
            )
            for row in shown.evidence
        ],  # fmt: skip
        history=[
            shapes.History(
                at=one.at,
                night=one.night,
                actor=names.get(one.actor or "", one.actor),
                what=one.what,
                of=one.of,
            )
            for one in shown.history
        ],
        assignee=shown.lead.assignee if shown.can_decide else None,
        goes_on_in=shown.successor,
        register_change=None if shown.change is None else shown.change.change_id,
        decisions=[
            shapes.DecisionKind(
                kind=kind.name, needs_reason=kind.needs_reason, leaves=kind.leaves_it(shown.lead)
            )
            for kind in kinds
        ],
        can_propose=shown.can_propose,
        can_undo=shown.can_undo,
    )


def _column(one: Column) -> shapes.Evidence:
    file = "" if one.feed == "register" else one.file
    unit = "" if one.feed == "register" else one.unit
    return shapes.Evidence(
        feed=one.feed, unit=unit, file=file, sheet=one.sheet, row=one.row, role=one.role, arrival=one.arrival
    )


@router.post("/discrepancies/{id_}/decisions", responses=documented(409, 411, 413))
def decide_on(
    here: Here, caller: Decider, id_: shapes.DiscrepancyId, body: shapes.DecideWithReason | shapes.Decide
) -> shapes.Standing:
    """Decides; 409 when evidence or status are no longer what the caller saw."""
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        if all(one.name != body.kind for one in kinds_for(lead)):
            raise ApiProblem(409, "impossible", fields=["body.kind"])
        seen = Seen(body.evidence_version, body.status)
        decide(work, lead, body.kind, body.reason, seen, caller.user_id, here.now())
        return _standing(work, lead, caller)


@router.post("/discrepancies/{id_}/undo", responses=documented(409, 411, 413))
def undo_on(here: Here, caller: Decider, id_: shapes.DiscrepancyId) -> shapes.Standing:
    """Takes back what this account did last, if nothing came after it."""
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        undo(work, lead, caller.user_id, here.now())
        return _standing(work, lead, caller)


@router.post("/discrepancies/{id_}/assignee", responses=documented(409, 411, 413))
def assign_to(here: Here, caller: Decider, id_: shapes.DiscrepancyId, body: shapes.Assign) -> shapes.Standing:
    """A clerk's token takes what is nobody's and gives up what is the account's own; officers and stewards assign."""
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        check_seen(lead, Seen(body.evidence_version, body.status))
        if lead.assignee != body.assignee:
            raise Conflict("the discrepancy has another assignee by now")
        try:
            assign(work, lead, body.to, lead.pick, caller)
        except NotAllowed:
            raise ApiProblem(409, "impossible", fields=["body.to"]) from None
        return _standing(work, lead, caller)


@router.post("/discrepancies/{id_}/notes", status_code=201, responses=documented(411, 413))
def write(here: Here, caller: Decider, id_: shapes.DiscrepancyId, body: shapes.Write) -> shapes.Standing:
    """Writes something down about it; notes are shown on the pages alone."""
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        write_note(work, lead, body.text, caller.user_id, here.now())
        return _standing(work, lead, caller)


def _standing(work: UnitOfWork, lead: Lead, caller: Caller) -> shapes.Standing:
    now = found_lead(work, lead.discrepancy_id, caller)
    return shapes.Standing(
        discrepancy_id=now.discrepancy_id, status=now.status, evidence_version=now.evidence_version
    )


@router.post("/discrepancies/{id_}/register-changes", status_code=201, responses=documented(409, 411, 413))
def propose(here: Here, caller: Proposer, id_: shapes.DiscrepancyId, body: shapes.Propose) -> shapes.Change:
    """Proposes the register change that it speaks of; somebody else approves it.

    Where somebody has to say more (whose number, who moves out together), that is for the pages.
    """
    with caller.work(here) as work:
        lead = found_lead(work, id_, caller)
        if is_by_form(lead):
            raise ApiProblem(409, "impossible", fields=["body"])
        intent = (_newcomer if lead.type in NEWCOMERS else _spoken_of)(work, here, lead, body)
        if lead.status != body.status:
            raise Conflict("the discrepancy has another status by now")
        evidence = SeenEvidence(lead.discrepancy_id, body.evidence_version)
        made = work.changes.propose(intent, caller.user_id, evidence)
        return brief(made, lead, read_places(work.connection), today_of(here))


def _spoken_of(work: UnitOfWork, here: House, lead: Lead, body: shapes.Propose) -> Intent:
    """What it suggests, or with the value that is given instead. Raises: NotThere, ApiProblem."""
    intent, _ = intent_of(work.connection, lead, body.value or "", today_of(here))
    if intent is None:
        raise ApiProblem(422, "impossible", fields=["body.value"])
    return intent


def _newcomer(work: UnitOfWork, here: House, lead: Lead, body: shapes.Propose) -> Intent:
    """As the form has it: what departments say, but for what is corrected. Raises: ApiProblem."""
    form = {adding.TYPED + item: value for item, value in body.corrections.items() if value}
    form |= {adding.BLANK + item: "1" for item, value in body.corrections.items() if not value}
    draft = draft_of(work, here.sources, here.trust, lead, read_places(work.connection))
    values = adding.corrected(draft, form)
    problem = adding.problem_of(values, form, today_of(here))
    if problem or adding.problem_of_home(work.connection, draft, values) is not None:
        raise ApiProblem(422, "impossible", fields=["body.corrections"])
    return Intent("add_person", values=values)
