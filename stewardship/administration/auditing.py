"""The pages of the audit chain: what was done, newest first, and whether anything of it was changed afterwards.

A chain of years is not read in one request. Each reads so many entries and hands on, sealed for this session, how far it came; the page
loads the next part by itself, without script, and says at the end how many entries there are and with which head. Entries are only
ever added, so the parts are together the whole.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from register.audit import START, Event, Head, heads_of
from register.errors import InvalidInput
from register.models import AuditEntry
from register.work import UnitOfWork
from stewardship.administration.audit_words import in_words
from stewardship.administration.entries import (
    FAMILIES,
    KINDS,
    MACHINES,
    OTHER,
    entries,
    looked_through,
    meant,
    read_asked,
)
from stewardship.administration.sections import AUDITING, key_of, sections_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.security import SESSION
from stewardship.visits import Form, Here, Visitor, acting_as

router: Final = APIRouter()
Auditor = Annotated[Visitor, Depends(acting_as(*AUDITING))]
MOST_PROBLEMS: Final = 50
MOST_HEADS: Final = 20
_STATE: Final = re.compile(r"(\d{1,18})\.([0-9a-f]{64})\.(\d{1,9})\.([0-9a-f]{64})")
_HEAD: Final = re.compile(r"(\d{1,18})\.([0-9a-f]{64})")


@router.get("/audit")
def audit(request: Request, here: Here, visitor: Auditor) -> Response:
    """The audit chain, newest first."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        asked = read_asked(request.query_params, places.names)
        names = [user.user_id for user in work.grants.users()]
        found = entries(work.connection, meant(asked, names, places))
    return page(
        request,
        "audit.html",
        visitor=visitor,
        sections=sections_of(visitor.role),
        asked=asked,
        found=found,
        rows=[in_words(row, places, visitor.language) for row in found.rows],
        accounts=[(key_of(name), name) for name in names],
        machines=[(key_of(name), word) for name, word in MACHINES.items()],
        families={code: word for code, (word, _) in FAMILIES.items()},
        other=OTHER,
        kinds=KINDS,
        looked_through=looked_through(asked),
        areas={
            level: [(code, places.named(code)) for code, of in sorted(places.levels.items()) if of == level]
            for level in ("county", "township", "village")
        },
    )


@router.get("/audit/verify")
def verify_page(request: Request, here: Here, visitor: Auditor) -> Response:
    """One part; the next one follows by itself until there is a problem or the end."""
    state, heads = request.query_params.get("after", ""), _read_heads(request.query_params.get("heads", ""))
    after, problems_before = _opened(request, state)
    if after is None:
        return _verify(request, visitor, is_begun=False)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        part = work.audit.verify_part(after, here.settings.audit_part, heads)
        total = _entries(work)
        problems = problems_before + len(part.problems)
        if part.is_end:
            told = {"entries": part.last.entry_no, "problems": problems}
            work.audit.record(Event(visitor.user_id, "audit.verify", "audit", str(part.last.entry_no), told))
    sent = {"after": _sealed(request, part.last, problems), "heads": _written(heads)}
    following = None if part.is_end else "/audit/verify?" + urlencode({k: v for k, v in sent.items() if v})
    return _verify(
        request,
        visitor,
        part=part,
        total=max(total, part.last.entry_no, 1),
        problems=problems,
        following=following,
        goes_on=following is not None and not part.problems,
        heads=len(heads),
    )


@router.post("/audit/verify")
def begin_verifying(request: Request, here: Here, visitor: Auditor, form: Form) -> Response:
    """From the first entry on, against heads that were exported earlier, one per line."""
    text = form.get("heads", "").strip()
    try:
        heads = heads_of(text)[:MOST_HEADS] if text else []
    except InvalidInput:
        return _verify(request, visitor, 422, is_begun=False, typed=text, problem="heads")
    sent = {"after": _sealed(request, START, 0), "heads": _written(heads)}
    place = "/audit/verify?" + urlencode({name: value for name, value in sent.items() if value})
    return Response(status_code=303, headers={"location": place})


def _verify(request: Request, visitor: Visitor, status: int = 200, **told: Any) -> Response:
    given: dict[str, Any] = {
        "is_begun": True,
        "typed": "",
        "problem": None,
        "following": None,
        "goes_on": False,
    }
    return page(
        request,
        "administration/verify.html",
        status,
        visitor=visitor,
        here="/audit/verify",
        sections=sections_of(visitor.role),
        most_problems=MOST_PROBLEMS,
        **(given | told),
    )


def _entries(work: UnitOfWork) -> int:
    return int(work.connection.scalar(sa.select(sa.func.max(AuditEntry.entry_no))) or 0)


def _read_heads(text: str) -> list[Head]:
    found = [_HEAD.fullmatch(part) for part in text[:4000].split(",")]
    return [Head(int(one[1]), one[2]) for one in found if one][:MOST_HEADS]


def _written(heads: list[Head]) -> str:
    return ",".join(f"{head.entry_no}.{head.hash}" for head in heads)


def _sealed(request: Request, last: Head, problems: int) -> str:
    """How far this session came, so that no address can say that something was verified which was not."""
    told = f"{last.entry_no}.{last.hash}.{problems}"
    return f"{told}.{_seal(request, told)}"


def _opened(request: Request, state: str) -> tuple[Head | None, int]:
    found = _STATE.fullmatch(state)
    if found is None:
        return None, 0
    told = state.rpartition(".")[0]
    if not hmac.compare_digest(_seal(request, told), found[4]):
        return None, 0
    return Head(int(found[1]), found[2]), int(found[3])


def _seal(request: Request, told: str) -> str:
    secret = request.cookies.get(SESSION, "")
    return hmac.new(secret.encode(), f"bulou audit {told}".encode(), hashlib.sha256).hexdigest()
