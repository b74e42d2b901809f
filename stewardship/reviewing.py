"""Clerical review: possible links and possible double entries as a deck, one pair at a time, the matrix alone.

What is said here are the decisions of the discrepancy's own page: of a possible link the next night heeds them, of a possible double entry
officers and stewards propose the merge. A pair is in the deck while it is open, so what somebody else has said leaves it, and what is taken
back returns to it. What a colleague has open comes last, so that two reviewers of one area are shown different pairs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.errors import Conflict, InvalidInput, StaleEvidence
from register.leases import Holder
from register.work import UnitOfWork
from stewardship.counting import open_of
from stewardship.deciding import conflict, seen_in
from stewardship.decisions import KINDS, LONGEST_REASON, decide, undo
from stewardship.decks import DECKS, FROM_DECK, onwards_in_deck, place_in_deck
from stewardship.leads import Lead, read_lead
from stewardship.listing import today_of
from stewardship.looking import found_lead, link, looked
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.quality.routes import newest_result
from stewardship.queue import Filters, Queue, cursor_of, read_done
from stewardship.showing import show
from stewardship.visits import PROPOSING_ROLES, Decider, Form, Here, House, Visitor

router: Final = APIRouter()
ANSWERS: Final = ("same_person", "different_person", "cannot_tell")
_TODAY: Final = sa.text("""
SELECT count(*) FROM discrepancy AS l WHERE l.type = ANY (:types) AND l.discrepancy_id IN (
    SELECT c.discrepancy_id FROM register_change AS c
    WHERE c.proposed_by = :user AND c.kind = 'merge' AND c.state <> 'withdrawn'
        AND c.changed_at >= CAST(:today AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    UNION SELECT d.discrepancy_id FROM decision AS d
    WHERE d.decided_by = :user AND d.kind = ANY (:kinds)
        AND d.decided_at >= CAST(:today AS timestamp) AT TIME ZONE 'Asia/Shanghai'
        AND d.decided_at < CAST(:tomorrow AS timestamp) AT TIME ZONE 'Asia/Shanghai'
        AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = d.decision_id))
""")


def read_deck(request: Request) -> str:
    wanted = request.query_params.get("type", "")
    return wanted if wanted in DECKS else DECKS[0]


@router.get("/review")
def review(request: Request, here: Here, visitor: Decider) -> Response:
    """The pair of `at`, else the first behind the pair `skip` or `done`, else the first of the deck; `pause` shows how far one is."""
    deck, query = read_deck(request), request.query_params
    today, is_paused = today_of(here), "pause" in query
    with here.desk.as_user(visitor.user_id, visitor.role, keeps_plans=True) as work:
        places = read_places(work.connection)
        queue = Queue(work.connection, visitor.role, places, today)
        left = open_of(work.connection, visitor.role, DECKS)
        counts = {
            "user": visitor.user_id,
            "kinds": list(ANSWERS),
            "today": today,
            "tomorrow": today + timedelta(days=1),
            "types": list(DECKS),
        }
        done_today = int(work.connection.scalar(_TODAY, counts) or 0)
        place = query.get("at") or query.get("skip") or query.get("done")
        before = read_lead(work.connection, place[:80].replace("\x00", ""), visitor.role) if place else None
        if before is not None and (is_paused or "skip" in query):
            work.leases.release(before.discrepancy_id, visitor.user_id, here.now())
        lead = None if is_paused else _lead(here, queue, deck, before, is_wanted="at" in query)
        content = None
        following = None
        holder = None
        if lead is not None:
            content = show(work, here, visitor, lead, today, places=places, is_whole=False)
            following = queue.following(Filters(type=deck), cursor_of(lead))
            holder = _held(work, here, visitor, lead)
            looked(work, visitor, lead)
        is_end = lead is None and not is_paused
        ended = newest_result(work) if is_end and visitor.role in PROPOSING_ROLES else None
    return page(
        request,
        "review.html",
        visitor=visitor,
        deck=deck,
        decks={name: left[name] for name in DECKS},
        done_today=done_today,
        is_paused=is_paused,
        lead=lead,
        shown=content,
        holder=holder,
        paused_at=before.discrepancy_id if is_paused and before is not None else "",
        from_deck=FROM_DECK,
        can_skip=following is not None,
        kinds=[KINDS[name] for name in ANSWERS],
        done=read_done(query),
        ended=ended,
    )


def _lead(here: House, queue: Queue, deck: str, before: Lead | None, *, is_wanted: bool) -> Lead | None:
    """A queue's cursor says how sure the night is; here a pair is passed over by its number."""
    if before is not None and is_wanted and before.type in DECKS and before.status == "open":
        return before
    wanted, now = Filters(type=deck), here.now()
    found = None if before is None else queue.following(wanted, cursor_of(before), free_at=now)
    return found or queue.first(wanted, free_at=now)


def _held(work: UnitOfWork, here: House, visitor: Visitor, lead: Lead) -> Holder | None:
    """Takes the pair, unless a colleague has it open: then who that is."""
    work.leases.take(lead.discrepancy_id, visitor.user_id, here.now(), here.settings.lease)
    return work.leases.others({lead.discrepancy_id}, visitor.user_id, here.now()).get(lead.discrepancy_id)


@router.post("/review/{id_}/decide")
def decide_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    kind = form.get("kind", "")
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            if lead.type not in DECKS or kind not in ANSWERS:
                return RedirectResponse(link(lead.discrepancy_id, Filters()), 303)
            decide(
                work,
                lead,
                kind,
                form.get("reason", "")[:LONGEST_REASON].strip(),
                seen_in(form),
                visitor.user_id,
                here.now(),
            )
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form, is_of_deck=True)
    except InvalidInput:
        return RedirectResponse(f"/review?type={lead.type}", 303)
    return onwards_in_deck(here, visitor, lead)


@router.post("/review/{id_}/undo")
def undo_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    """Back to the pair as it was."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            undo(work, lead, visitor.user_id, here.now())
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form, is_of_deck=True)
    return RedirectResponse(place_in_deck(lead, "at"), 303)
