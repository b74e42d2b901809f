"""Signing in and out, setting a password, choosing a role and a language."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.accounts import AccountStore, Refused, Session, SignedIn
from register.errors import InvalidInput
from stewardship.keeping import Kept, is_untaken, own_page, unpacked
from stewardship.language import LANGUAGE_NAMES
from stewardship.pages import YEAR_SECONDS, page, set_cookie
from stewardship.security import LANGUAGE, SESSION, form_token
from stewardship.sessions import brought_back, forget_untaken, go_on, password_form, remember, whose
from stewardship.visits import Form, Here, House, SignedInSession, Visitor, house, language, session

router: Final = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    return sign_in_form(request, house(request), own_page(request.query_params.get("next", "")))


@router.post("/sign-in")
def sign_in(request: Request, here: Here, form: Form) -> Response:
    """With a password, or with a one-time token. A refusal says no more than that."""
    wanted, held = own_page(form.get("next", "")), unpacked(form.get("kept", ""))
    before = None if held is None else whose(request, here, held.token)
    how = "token" if form.get("one_time") else "password"
    with here.desk.at_the_gate() as work:
        accounts = AccountStore(work.connection, here.settings.rules)
        address = address_of(request)
        if how == "token":
            answer = accounts.sign_in_with_token(form["one_time"].strip(), address, here.now())
        else:
            name = form.get("user", "").strip().lower()[:100]
            answer = accounts.sign_in(name, form.get("password", "")[:1000], address, here.now())
    if isinstance(answer, Refused):
        return sign_in_form(request, here, wanted, answer, 401, how=how, kept=held if before else None)
    return _goes_on(request, answer, wanted, held if before == answer.session.user_id else None)


@router.get("/sign-in/kept")
def kept_page(request: Request, found: SignedInSession) -> Response:
    """After the county's account: what the tab kept meanwhile is brought back to the desk by a script."""
    wanted = own_page(request.query_params.get("next", ""))
    return page(request, "kept_away.html", here="", next=wanted)


@router.post("/sign-in/kept")
def bring_back(request: Request, here: Here, _: SignedInSession, form: Form) -> Response:
    """Of another user's form nothing is shown."""
    wanted = own_page(form.get("next", ""))
    told = brought_back(request, here, wanted, unpacked(form.get("kept", "")))
    return told or RedirectResponse(wanted, 303)


@router.get("/password")
def password_page(request: Request, found: SignedInSession) -> Response:
    return password_form(request, found, wanted=own_page(request.query_params.get("next", "")))


@router.post("/password")
def set_password(request: Request, here: Here, found: SignedInSession, form: Form) -> Response:
    new = form.get("new", "")[:1000]
    wanted, held = own_page(form.get("next", "")), unpacked(form.get("kept", ""))
    again = partial(password_form, request, found, wanted=wanted, held=held)
    if new != form.get("again", ""):
        return again(422, problem="again")
    token = request.cookies[SESSION]
    old = None if found.must_change else form.get("old", "")[:1000]
    try:
        with here.desk.at_the_gate() as work:
            accounts = AccountStore(work.connection, here.settings.rules)
            answer = accounts.change_password(token, old, new, address_of(request), here.now())
    except InvalidInput:
        return again(422, problem="weak")
    if isinstance(answer, Refused):
        return again(401, refused=answer)
    is_own = held is not None and whose(request, here, held.token) == found.user_id
    return _goes_on(request, answer, wanted, held if is_own else None)


@router.get("/role")
def role_page(request: Request, found: SignedInSession) -> Response:
    return page(
        request, "role.html", session=found, next=own_page(request.query_params.get("next", "")), kept=None
    )


@router.post("/role")
def choose_role(request: Request, here: Here, found: SignedInSession, form: Form) -> Response:
    wanted, held = own_page(form.get("next", "")), unpacked(form.get("kept", ""))
    if form.get("role") not in found.roles:
        return page(request, "role.html", 422, session=found, next=wanted, kept=held)
    with here.desk.at_the_gate() as work:
        accounts = AccountStore(work.connection, here.settings.rules)
        accounts.choose_role(request.cookies[SESSION], form["role"], here.now())
    if held is not None:
        visitor = Visitor(found, form["role"], language(request))
        return page(request, "kept.html", visitor=visitor, kept=held, before=wanted)
    return RedirectResponse(wanted, 303)


@router.post("/sign-out")
def sign_out(request: Request, here: Here, form: Form) -> Response:
    token = request.cookies.get(SESSION)
    if token:
        with here.desk.at_the_gate() as work:
            AccountStore(work.connection, here.settings.rules).sign_out(token, here.now())
    response = RedirectResponse("/sign-in", 303)
    remember(response, request)
    response.delete_cookie(SESSION, path="/")
    return response


@router.post("/language")
def choose_language(request: Request, form: Form) -> Response:
    response = RedirectResponse(own_page(form.get("next", "")), 303)
    if form.get("language") in LANGUAGE_NAMES:
        set_cookie(response, request, LANGUAGE, form["language"], YEAR_SECONDS)
    return response


@router.get("/")
def front(request: Request) -> Response:
    """To where one's role works."""
    found = session(request)
    if found is None:
        return RedirectResponse("/sign-in", 303)
    if found.must_change:
        return RedirectResponse("/password", 303)
    if found.role is None:
        return RedirectResponse("/role", 303)
    return RedirectResponse(place_of(found), 303)


def place_of(found: Session) -> str:
    return {"operator": "/counts", "auditor": "/audit"}.get(found.role or "", "/queue")


def sign_in_form(
    request: Request,
    here: House,
    wanted: str,
    refused: Refused | None = None,
    status: int = 200,
    *,
    how: str = "password",
    kept: Kept | None = None,
) -> Response:
    """The page to sign in on; `how` it was tried (`password`, `token`, `provider`, `silent`: the provider gave no answer)."""
    # The address that a provider sends the browser back to holds a code, and works once.
    come_back = None if how in ("password", "token") else "/sign-in"
    told: dict[str, Any] = {
        "next": wanted,
        "refused": refused,
        "how": how,
        "has_provider": here.provider is not None,
        "kept": kept,
        "untaken": is_untaken(request, wanted),
    }
    return page(request, "sign_in.html", status, here=come_back, **told)


def begin(request: Request, answer: SignedIn, place: str) -> Response:
    """A session begins, at a page of this app."""
    response = RedirectResponse(place, 303)
    forget_untaken(response, request, house(request), answer.session.user_id)
    return _given(response, request, answer)


def _goes_on(request: Request, answer: SignedIn, wanted: str, held: Kept | None) -> Response:
    """The session begins where this user was, with what this user sent before."""
    if held is None:
        return begin(request, answer, wanted)
    response = go_on(request, answer.session, form_token(answer.token), wanted, held)
    return _given(response, request, answer)


def _given(response: Response, request: Request, answer: SignedIn) -> Response:
    remember(response, request)
    set_cookie(response, request, SESSION, answer.token)
    return response


def address_of(request: Request) -> str:
    """The client's, by which guessing is slowed."""
    return request.client.host if request.client is not None else "unknown"
