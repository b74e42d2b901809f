"""Several discrepancies of the queue at once: assigned, put on a worklist, noted, or dismissed with a reason.

Each is done by itself, in a transaction of its own, on the evidence that was seen; what is another by now is left out and listed, and
can be sent again as it is now. A dismissal asks for the number of what is selected, because one slip would be many. A worklist decides nothing: it is one
act on all, as they are now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.errors import Conflict, InvalidInput, NotAllowed, StaleEvidence
from stewardship.beside import NOBODY, Beside, beside
from stewardship.decisions import LONGEST_REASON, Seen, decide
from stewardship.errors import NotThere
from stewardship.language import LANGUAGE_NAMES
from stewardship.leads import Lead, read_leads
from stewardship.looking import found_lead
from stewardship.pages import page
from stewardship.queue import read_filters
from stewardship.together import assign, check_seen, write_note
from stewardship.visits import Decider, Form, Here, House, Visitor
from stewardship.worklists.selecting import put_on_list

router: Final = APIRouter()
MOST: Final = 100
_PICK: Final = re.compile(r"pick\.(D[0-9a-f]{6,40})")
_SEEN: Final = re.compile(r"(\d{1,9})\.([a-z]{1,20})\.((?:of-[0-9a-f]{10})?)")
ASSIGN: Final = "assign"
NOTE: Final = "note"
DISMISS: Final = "dismiss"
WORKLIST: Final = "worklist"


@dataclass(frozen=True)
class Order:
    """What is to be done with all that is selected; `language`: of a worklist, empty where none is chosen, which is the page's."""

    do: str
    to: str
    text: str
    number: str
    language: str = ""


@dataclass(frozen=True)
class Pick:
    """A discrepancy that was selected, and what was seen of it (`Lead.pick`)."""

    discrepancy_id: str
    seen: str

    @property
    def version_and_status(self) -> Seen:
        version, status, _ = self.seen.split(".")
        return Seen(int(version), status)


@dataclass(frozen=True)
class Outcome:
    """`what`: done, changed (another by now), unfit (not for this assignee) or gone; `lead` as it is now."""

    what: str
    discrepancy_id: str
    lead: Lead | None


def read_order(form: Mapping[str, str]) -> Order:
    do, language = form.get("do", ""), form.get("language", "")
    return Order(
        do if do in (ASSIGN, NOTE, DISMISS, WORKLIST) else "",
        form.get("to", "")[:40],
        form.get("text", "").strip()[:LONGEST_REASON],
        form.get("number", "").strip()[:4],
        language if language in LANGUAGE_NAMES else "",
    )


def read_picks(form: Mapping[str, str]) -> list[Pick]:
    """In the order of the form; what is no pick is none."""
    found = ((_PICK.fullmatch(name), value) for name, value in form.items())
    picks = [Pick(name[1], value) for name, value in found if name and _SEEN.fullmatch(value)]
    return picks[:MOST]


def problem_with(order: Order, picks: list[Pick]) -> str | None:
    """Why nothing is done yet."""
    if not picks:
        return "none"
    if not order.do:
        return "what"
    if order.do == ASSIGN:
        return None if order.to else "to"
    if order.do == WORKLIST:
        return None
    if not order.text:
        return "text"
    if order.do == DISMISS and order.number != str(len(picks)):
        return "number"
    return None


@router.post("/queue/bulk")
def bulk(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    order, picks = read_order(form), read_picks(form)
    problem = problem_with(order, picks)
    if problem is not None:
        return _page(request, here, visitor, order, picks, [], problem)
    if order.do == WORKLIST:
        return _worklist(request, here, visitor, order, picks)
    outcomes = [_carry_out(here, visitor, pick, order) for pick in picks]
    return _page(request, here, visitor, order, [], outcomes, None)


def _worklist(request: Request, here: House, visitor: Visitor, order: Order, picks: list[Pick]) -> Response:
    """One list; it says which of the others are not on it."""
    ids = [pick.discrepancy_id for pick in picks]
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        there = read_leads(work.connection, ids, visitor.role)
        selected = put_on_list(work, ids, visitor, here, order.language or visitor.language)
    if selected.made is None:
        return _page(request, here, visitor, order, picks, [], selected.problem)
    left = ",".join(id_ for id_ in ids if id_ in there and id_ not in selected.listed)
    place = f"/worklists/{selected.made.worklist_id}"
    return RedirectResponse(place + (f"?left={left}" if left else ""), 303)


def _carry_out(here: House, visitor: Visitor, pick: Pick, order: Order) -> Outcome:
    """One of them, in a transaction of its own."""
    user, now = visitor.user_id, here.now()
    what = "done"
    try:
        with here.desk.as_user(user, visitor.role) as work:
            lead = found_lead(work, pick.discrepancy_id, visitor)
            if order.do == ASSIGN:
                assign(work, lead, None if order.to == NOBODY else order.to, pick.seen, visitor)
            elif order.do == NOTE:
                check_seen(lead, pick.version_and_status)
                write_note(work, lead, order.text, user, now)
            else:
                work.leases.release(lead.discrepancy_id, user, now)
                decide(work, lead, "not_a_problem", order.text, pick.version_and_status, user, now)
    except NotThere:
        return Outcome("gone", pick.discrepancy_id, None)
    except (StaleEvidence, Conflict):
        what = "changed"
    except (InvalidInput, NotAllowed):
        what = "unfit"
    return Outcome(what, pick.discrepancy_id, lead)


def _page(
    request: Request,
    here: House,
    visitor: Visitor,
    order: Order,
    picks: list[Pick],
    outcomes: list[Outcome],
    problem: str | None,
) -> Response:
    """What was done and what was left out, or why nothing was done; with a form to send it again."""
    ids = {pick.discrepancy_id for pick in picks} | {one.discrepancy_id for one in outcomes}
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        leads = read_leads(work.connection, ids, visitor.role)
        others: Beside = beside(work, here, visitor, list(leads.values()))
    now_ = [Outcome(one.what, one.discrepancy_id, leads.get(one.discrepancy_id)) for one in outcomes]
    again = [(pick.discrepancy_id, pick.seen) for pick in picks if pick.discrepancy_id in leads] + [
        (one.discrepancy_id, one.lead.pick)
        for one in now_
        if one.what != "done" and one.lead is not None and one.lead.status != "resolved"
    ]
    return page(
        request,
        "bulk.html",
        200 if problem is None else 422,
        visitor=visitor,
        filters=read_filters(request.query_params),
        order=order,
        problem=problem,
        outcomes=now_,
        again=again,
        leads=leads,
        beside=others,
        nobody=NOBODY,
    )
