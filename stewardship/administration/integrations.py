"""The page of integrations: which other systems act at the API, for which account; made and revoked as at the command line.

A token is on the page that answers the form that made it, and nowhere else. It is revoked by its number, so that a newer one of the
same name stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.administration import Account, Administration
from register.errors import Conflict, InvalidInput
from register.grants import Grant
from register.integrations import MOST_DAYS, Integration
from register.work import UnitOfWork
from stewardship.administration.sections import sections_of
from stewardship.administration.users import OF_CONTACTS, PER_PAGE, Operator
from stewardship.errors import NotThere
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.visits import Form, Here, House, Visitor
from stewardship.words import N_

router: Final = APIRouter()
PAGE: Final = "/administration/integrations"
USUAL_DAYS: Final = 90
# state → the colour's class, sign, word
STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "standing": ("decided", "✓", N_("can be used")),
    "idle": ("waiting", "◐", N_("account locked or without the role")),
    "ended": ("resolved", "○", N_("has ended")),
    "revoked": ("wrong", "✕", N_("revoked")),
}


@dataclass(frozen=True)
class Line:
    """A token with where its account holds the role now."""

    token: Integration
    state: str
    grants: tuple[Grant, ...]


@router.get("/administration/integrations")
def integrations(request: Request, here: Here, visitor: Operator) -> Response:
    return _page(request, here, visitor, done=request.query_params.get("done", "") == "revoke")


@router.post("/administration/integrations")
def make(request: Request, here: Here, visitor: Operator, form: Form) -> Response:
    """A token for an account in one of its roles."""
    name, days = form.get("name", "").strip().lower()[:100], form.get("days", "").strip()
    user, _, role = form.get("holder", "")[:100].partition(" ")
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0
    if user == visitor.user_id:
        return _page(request, here, visitor, 422, typed=form, problem="holder")
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            token = work.integrations.make(name, user, role, number, visitor.user_id, here.now())
    except InvalidInput as mistake:
        return _page(request, here, visitor, 422, typed=form, problem=mistake.part)
    except Conflict:
        return _page(request, here, visitor, 409, typed=form, problem="taken")
    return _page(request, here, visitor, made_token=token, made_name=name)


@router.post("/administration/integrations/{token_id}/revoke")
def revoke(request: Request, here: Here, visitor: Operator, form: Form, token_id: int) -> Response:
    """Counts from the system's next request."""
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            found = next((one for one in work.integrations.all() if one.token_id == token_id), None)
            if found is None:
                raise NotThere
            work.integrations.revoke(found.name, visitor.user_id, here.now(), token_id)
    except InvalidInput:
        return _page(request, here, visitor, 409, problem="revoked")
    return RedirectResponse(f"{PAGE}?done=revoke", 303)


def lines_of(work: UnitOfWork, here: House, accounts: list[Account] | None = None) -> list[Line]:
    """All tokens, by name, the newest of a name first."""
    known = {one.user.user_id: one for one in (accounts or _accounts(work, here))}
    return [_line(token, known[token.user_id], here.now()) for token in work.integrations.all()]


def _line(token: Integration, account: Account, now: datetime) -> Line:
    grants = tuple(grant for grant in account.grants if grant.role == token.role)
    if token.revoked_at is not None:
        state = "revoked"
    elif token.ends_at <= now:
        state = "ended"
    else:
        state = "standing" if grants and account.user.disabled_at is None else "idle"
    return Line(token, state, grants)


def _accounts(work: UnitOfWork, here: House) -> list[Account]:
    return Administration(work.connection, OF_CONTACTS, here.settings.rules).accounts()


def _page(
    request: Request,
    here: House,
    visitor: Visitor,
    status: int = 200,
    *,
    typed: Mapping[str, str] | None = None,
    **told: Any,
) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        accounts = _accounts(work, here)
        found, places = lines_of(work, here, accounts), read_places(work.connection)
    numbers = [str(one.token.token_id) for one in found]
    after = request.query_params.get("after", "")
    first = numbers.index(after) + 1 if after in numbers else 0
    given: dict[str, Any] = {"problem": None, "made_token": None, "made_name": "", "done": False}
    return page(
        request,
        "administration/integrations.html",
        status,
        visitor=visitor,
        here=PAGE,
        sections=sections_of(visitor.role),
        found=found[first : first + PER_PAGE],
        more=numbers[first + PER_PAGE - 1] if len(found) > first + PER_PAGE else None,
        is_later=first > 0,
        states=STATES,
        holders=[
            (one.user.user_id, role)
            for one in accounts
            if one.user.disabled_at is None and one.user.user_id != visitor.user_id
            for role in dict.fromkeys(grant.role for grant in one.grants)
        ],
        places=places,
        typed=typed or {},
        usual_days=USUAL_DAYS,
        most_days=MOST_DAYS,
        **(given | told),
    )
