"""The monthly quality sample: one pair at a time, judged blind; then what came of it.

Into the page of a pair goes what the two rows say and how many pairs the reviewer has answered, and nothing else: not the pair's score, its stratum, what
others said, how many others there are. The database has none of that for a reviewer while the sample is open (migration 0021). What is answered here
changes nothing of the links: a steward may let the night heed single pairs, once the sample is closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.errors import Conflict, InvalidInput
from register.quality import SUBJECT, Judged, Pair, Sample, verdict
from register.quality_models import ANSWERS
from register.work import UnitOfWork
from stewardship.decisions import KINDS
from stewardship.errors import NotThere
from stewardship.listing import today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.quality.pairs import Beside, beside
from stewardship.quality.results import Result, finding, result_of
from stewardship.visits import Form, Here, House, Proposer, Visitor, acting_as
from stewardship.words import N_

router: Final = APIRouter()
Steward = Annotated[Visitor, Depends(acting_as("steward"))]
PLACE: Final = "/review/quality"
RESULTS: Final = f"{PLACE}/results"
SHOWN_DAYS: Final = 2 * 366
MADE: Final = {"link": N_("linked"), "possible": N_("possible link"), "none": N_("not linked")}
FINDINGS: Final = {
    "false_link": N_("Linked, and not the same person"),
    "missed": N_("Not linked, and the same person"),
    "differ": N_("The first two differ"),
}
WORDS: Final = {
    "confirmed": N_("the night takes them for one person"),
    "rejected": N_("the night takes them for two persons"),
}
_ID: Final = re.compile(r"[A-Za-z0-9]{1,20}")
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@router.get(PLACE)
def judge(request: Request, here: Here, visitor: Proposer) -> Response:
    """The pair of `at`, else the next one of this reviewer (behind `skip` or `done`); `pause` shows how far one is."""
    query, is_paused = request.query_params, "pause" in request.query_params
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        sample = work.quality.open()
        mine, every = (0, 0) if sample is None else work.quality.progress(sample.month, visitor.user_id)
        found = None if sample is None or is_paused else _next(work, here, visitor, sample, query)
        is_over = sample is not None and found is None and visitor.role == "steward"
        # Who has pairs left is not told how many others have: it follows from what they answered.
        has_none = is_over and not is_paused
        unfinished = work.quality.unfinished(sample.month) if sample is not None and has_none else 0
        has_results = any(one.closed_at is not None for one in work.quality.samples())
        ended = newest_result(work) if has_results and found is None and not is_paused else None
        if found is not None:
            work.audit.record(Event(visitor.user_id, "quality.view", SUBJECT, found.pair.pair_id, {}))
    return page(
        request,
        "quality.html",
        visitor=visitor,
        sample=sample,
        mine=mine,
        every=every,
        is_paused=is_paused,
        found=found,
        may_close=is_over,
        unfinished=unfinished,
        has_results=has_results,
        ended=ended,
        is_late="late" in query,
        paused_at=_id(query.get("at", "")) if is_paused else "",
        kinds=[KINDS[name] for name in ANSWERS],
        done=_id(query.get("done", "")),
    )


def _next(
    work: UnitOfWork, here: House, visitor: Visitor, sample: Sample, query: Mapping[str, str]
) -> Beside | None:
    """The first whose two rows can still be read."""
    wanted = _id(query.get("at", ""))
    behind = _id(query.get("skip") or query.get("done", ""))
    pairs = work.quality.next(sample.month, visitor.user_id, behind)
    pairs.sort(key=lambda pair: pair.pair_id != wanted)
    today, places = today_of(here), read_places(work.connection)
    return next((it for pair in pairs if (it := beside(work, here, places, pair, today))), None)


@router.post(PLACE + "/close")
def close(here: Here, visitor: Steward, form: Form) -> Response:
    """Ends the sample: from here on scores and answers can be read, and nobody answers any more."""
    month = month_of(form.get("month", ""))
    if month is None:
        return RedirectResponse(PLACE, 303)
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            work.quality.close(month, visitor.user_id, here.now())
    except Conflict:
        return RedirectResponse(RESULTS, 303)
    return RedirectResponse(f"{RESULTS}?month={month:%Y-%m}", 303)


@router.get(RESULTS)
def results(request: Request, here: Here, visitor: Proposer) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        told = results_of(work, here, visitor, month_of(request.query_params.get("month", "")))
    return page(request, "quality_results.html", visitor=visitor, **told)


def results_of(work: UnitOfWork, here: House, visitor: Visitor, wanted: date | None) -> dict[str, Any]:
    """The newest closed sample or that of a month, its strata, the pairs worth looking at, and the months before."""
    history = results_since(work, today_of(here) - timedelta(days=SHOWN_DAYS))
    shown = next((one for one in history if wanted in (None, one.sample.month)), None)
    judged = [] if shown is None else work.quality.judged(shown.sample.month)
    return {
        "result": shown,
        "history": history,
        "listed": [(name, [one for one in judged if finding(one) == name]) for name in FINDINGS],
        "visible": len(judged),
        "words_of": work.quality.words(shown.sample.month) if shown and visitor.role == "steward" else {},
        "made": MADE,
        "findings": FINDINGS,
        "heeded": WORDS,
        "places": read_places(work.connection),
        "verdict": verdict,
    }


def results_since(work: UnitOfWork, since: date) -> list[Result]:
    """Of the closed samples since a day, newest first. Numbers are the county's for whoever may have them."""
    tally = work.quality.tally(since)
    return [
        result_of(
            sample,
            work.quality.strata(sample.month),
            [one for one in tally if one.month == sample.month],
        )
        for sample in work.quality.samples()
        if sample.closed_at is not None and sample.month >= since
    ]


def newest_result(work: UnitOfWork) -> Result | None:
    """Of the sample that was closed last: what the end of a deck tells. Of one that is still open nobody is told anything."""
    closed = [one.month for one in work.quality.samples() if one.closed_at is not None]
    return results_since(work, max(closed))[0] if closed else None


@router.get(RESULTS + "/{pair_id}")
def judged_pair(request: Request, here: Here, visitor: Proposer, pair_id: str) -> Response:
    """A pair of a closed sample with all that was hidden."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        one = _judged(work, pair_id)
        pair = _of(one)
        places = read_places(work.connection)
        found = beside(work, here, places, pair, today_of(here))
        names = work.assignments.names(set(one.raters))
        word = work.quality.words(pair.month).get(pair.pair_id) if visitor.role == "steward" else None
        work.audit.record(Event(visitor.user_id, "quality.view", SUBJECT, pair.pair_id, {}))
    return page(
        request,
        "quality_pair.html",
        visitor=visitor,
        one=one,
        found=found,
        names=names,
        place=places.named(pair.area_code),
        word=word,
        made=MADE,
        heeded=WORDS,
        finding=finding(one),
        findings=FINDINGS,
    )


@router.post(RESULTS + "/{pair_id}/heed")
def heed(here: Here, visitor: Steward, form: Form, pair_id: str) -> Response:
    """A steward's word on the pair, for the nights from the next one on; without `word` it is taken back."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            pair = _of(_judged(work, pair_id))
            work.quality.heed(pair.pair_id, form.get("word") or None, visitor.user_id, here.now())
    except (InvalidInput, Conflict):
        raise NotThere from None
    return RedirectResponse(f"{RESULTS}/{pair.pair_id}", 303)


@router.post(PLACE + "/{pair_id}/answer")
def answer(here: Here, visitor: Proposer, form: Form, pair_id: str) -> Response:
    kind = form.get("kind", "")
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            pair = _found(work, pair_id)
            work.quality.answer(pair.pair_id, visitor.user_id, kind, here.now())
    except InvalidInput:
        return RedirectResponse(f"{PLACE}?at={pair.pair_id}", 303)
    except Conflict:
        return RedirectResponse(f"{PLACE}?late=1&skip={pair.pair_id}", 303)
    return RedirectResponse(f"{PLACE}?done={pair.pair_id}", 303)


@router.post(PLACE + "/{pair_id}/undo")
def undo(here: Here, visitor: Proposer, form: Form, pair_id: str) -> Response:
    """Back to the pair as it was."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            pair = _found(work, pair_id)
            work.quality.take_back(pair.pair_id, visitor.user_id, here.now())
    except Conflict:
        return RedirectResponse(f"{PLACE}?late=1", 303)
    return RedirectResponse(f"{PLACE}?at={pair.pair_id}", 303)


def _found(work: UnitOfWork, pair_id: str) -> Pair:
    """Raises: NotThere, also for what this user may not see."""
    pair = work.quality.pair(_id(pair_id))
    if pair is None:
        raise NotThere
    return pair


def _judged(work: UnitOfWork, pair_id: str) -> Judged:
    """Raises: NotThere, also while the sample is open."""
    pair = _found(work, pair_id)
    for one in work.quality.judged(pair.month):
        if one.pair == pair:
            return one
    raise NotThere


def _of(one: Judged) -> Pair:
    assert one.pair is not None
    return one.pair


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def month_of(text: str) -> date | None:
    found = _MONTH.fullmatch(text)
    return None if found is None else date(int(found[1]), int(found[2]), 1)
