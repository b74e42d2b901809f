"""Clerical review: possible links and possible double entries as a deck, one pair at a time, the matrix alone.

What is said here are the decisions of the discrepancy's own page; the next night heeds them. A pair is in the deck while it is open, so
what somebody else has said leaves it, and what is taken back returns to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.errors import Conflict, InvalidInput, StaleEvidence
from stewardship.counting import open_of
from stewardship.deciding import conflict, seen_in
from stewardship.decisions import KINDS, decide, undo
from stewardship.leads import Lead
from stewardship.listing import today_of
from stewardship.looking import found_lead, link
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.queue import Filters, Queue, cursor_of, read_done
from stewardship.showing import show
from stewardship.visits import Decider, Form, Here, Visitor

router: Final = APIRouter()
DECKS: Final = ("possible_link", "duplicate_person")
ANSWERS: Final = ("same_person", "different_person", "cannot_tell")
_TODAY: Final = sa.text("""
SELECT count(*) FROM decision AS d WHERE d.decided_by = :user AND d.kind = ANY (:kinds)
    AND d.decided_at >= CAST(:today AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    AND d.decided_at < CAST(:tomorrow AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = d.decision_id)
    AND EXISTS (SELECT FROM discrepancy AS l WHERE l.discrepancy_id = d.discrepancy_id AND l.type = ANY (:types))
""")


def read_deck(request: Request) -> str:
    wanted = request.query_params.get("type", "")
    return wanted if wanted in DECKS else DECKS[0]


@router.get("/review")
def review(request: Request, here: Here, visitor: Decider) -> Response:
    """The pair of `at`, else the first of the deck (after the pair `skip`); `pause` shows how far one is."""
    deck, query = read_deck(request), request.query_params
    today, is_paused = today_of(here), "pause" in query
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
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
        lead = None if is_paused else _lead(work, queue, visitor, deck, query)
        content = None
        following = None
        if lead is not None:
            content = show(work, here, visitor, lead, today, places=places, is_whole=False)
            following = queue.following(Filters(type=deck), cursor_of(lead))
            work.audit.record(
                Event(visitor.user_id, "discrepancy.view", "discrepancy", lead.discrepancy_id, {})
            )
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
        can_skip=following is not None,
        kinds=[KINDS[name] for name in ANSWERS],
        done=read_done(query),
    )


def _lead(work: Any, queue: Queue, visitor: Visitor, deck: str, query: Mapping[str, str]) -> Lead | None:
    """A queue's cursor says how sure the night is; here a pair is passed over by its number."""
    if "at" in query:
        wanted = found_lead(work, query["at"], visitor)
        if wanted.type in DECKS and wanted.status == "open":
            return wanted
    if "skip" in query:
        return queue.following(Filters(type=deck), cursor_of(found_lead(work, query["skip"], visitor)))
    return queue.first(Filters(type=deck))


@router.post("/review/{id_}/decide")
def decide_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    kind = form.get("kind", "")
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            if lead.type not in DECKS or kind not in ANSWERS:
                return RedirectResponse(link(lead.discrepancy_id, Filters()), 303)
            decide(work, lead, kind, "", seen_in(form), visitor.user_id, here.now())
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form)
    except InvalidInput:
        return RedirectResponse(f"/review?type={lead.type}", 303)
    return RedirectResponse(f"/review?type={lead.type}&done={lead.discrepancy_id}", 303)


@router.post("/review/{id_}/undo")
def undo_on(request: Request, here: Here, visitor: Decider, form: Form, id_: str) -> Response:
    """Back to the pair as it was."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            lead = found_lead(work, id_, visitor)
            undo(work, lead, visitor.user_id, here.now())
    except (StaleEvidence, Conflict):
        return conflict(request, here, visitor, id_, form)
    deck = lead.type if lead.type in DECKS else DECKS[0]
    return RedirectResponse(f"/review?type={deck}&at={lead.discrepancy_id}", 303)
