"""The pages of accounts: who may sign in, as what and where; what is done to an account, on what was seen of it.

An address has a digest of the account, never its name. A one-time token is on the page that answers the form that made it, and
nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from register.account_models import ROLES
from register.administration import Account, Administration, PastGrant
from register.errors import Conflict, InvalidInput, NotAllowed
from register.grants import LEVELS
from register.work import UnitOfWork
from stewardship.administration.sections import ACCOUNTS, key_of, sections_of
from stewardship.errors import NotThere
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.visits import Form, Here, House, Visitor, acting_as
from stewardship.words import FEEDS

router: Final = APIRouter()
Operator = Annotated[Visitor, Depends(acting_as(*ACCOUNTS))]
OF_CONTACTS: Final = tuple(feed for feed in FEEDS if feed != "id_number")
STATES: Final = ("standing", "locked")
DONE: Final = ("lock", "unlock", "sessions", "grant", "withdraw")
PER_PAGE: Final = 100


@dataclass(frozen=True)
class Choice:
    """What is asked of the list; empty is no condition."""

    role: str = ""
    state: str = ""
    area: str = ""

    def query(self, **more: str) -> str:
        return urlencode({name: value for name, value in {**vars(self), **more}.items() if value})

    def fits(self, account: Account, places: Places) -> bool:
        """An area holds the grants of the areas below it."""
        reached = set(places.codes_of(self.area)) if self.area else set()
        is_locked = account.user.disabled_at is not None
        held = [g for g in account.grants if self.role in ("", g.role)]
        if self.area:
            held = [g for g in held if g.area_code in reached]
        is_held = bool(held) or not (self.role or self.area)
        return is_held and self.state in ("", "locked" if is_locked else "standing")


@router.get("/administration/users")
def users(request: Request, here: Here, visitor: Operator) -> Response:
    asked = request.query_params
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        choice, found = chosen(work, here, asked, places)
    keys = [key_of(one.user.user_id) for one in found]
    first = keys.index(asked["after"]) + 1 if asked.get("after", "") in keys else 0
    more = keys[first + PER_PAGE - 1] if len(found) > first + PER_PAGE else None
    return page(
        request,
        "administration/users.html",
        visitor=visitor,
        sections=sections_of(visitor.role),
        found=found[first : first + PER_PAGE],
        total=len(found),
        choice=choice,
        more=more,
        is_later=first > 0,
        key_of=key_of,
        **_choices(places),
    )


def chosen(
    work: UnitOfWork, here: House, asked: Mapping[str, str], places: Places
) -> tuple[Choice, list[Account]]:
    """What is asked of the list, and the accounts that fit."""
    choice = _read_choice(asked, places)
    return choice, [one for one in _administration(work, here).accounts() if choice.fits(one, places)]


def past_of(here: House, visitor: Visitor, key: str) -> tuple[str, Places, list[PastGrant]]:
    """The account that an address means, and the roles it has and had. Raises: NotThere."""
    name = _named(here, visitor, key)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        return name, read_places(work.connection), _administration(work, here).past(name)


@router.get("/administration/users/new")
def new_user(request: Request, here: Here, visitor: Operator) -> Response:
    return _new(request, here, visitor, {}, None)


@router.post("/administration/users")
def add_user(request: Request, here: Here, visitor: Operator, form: Form) -> Response:
    """With a first role, and a token that signs in once."""
    name, shown = form.get("user", "").strip().lower()[:100], form.get("shown", "").strip()[:200]
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            accounts = _administration(work, here)
            accounts.add(
                name, shown or name, form.get("role", ""), visitor.user_id, here.now(), **_where(form)
            )
            token = accounts.token(name, visitor.user_id, here.now())
    except InvalidInput as mistake:
        return _new(request, here, visitor, form, mistake.part or "role", 422)
    except (Conflict, NotAllowed):
        return _new(request, here, visitor, form, "taken", 409)
    return _account(request, here, visitor, name, made_token=token, is_new=True)


@router.get("/administration/users/{key}")
def user(request: Request, here: Here, visitor: Operator, key: str) -> Response:
    done = request.query_params.get("done", "")
    return _account(request, here, visitor, _named(here, visitor, key), done=done if done in DONE else "")


@router.post("/administration/users/{key}/{act}")
def act_on(request: Request, here: Here, visitor: Operator, form: Form, key: str, act: str) -> Response:
    """lock, unlock, token, sessions, grant, withdraw; on what was seen."""
    name = _named(here, visitor, key)
    if act not in (*DONE, "token"):
        raise NotThere
    seen = form.get("seen", "")[:4000]
    token = None
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            token = _act(_administration(work, here), act, name, visitor.user_id, here, form, seen)
    except InvalidInput as mistake:
        return _account(request, here, visitor, name, 422, problem=mistake.part or "act", typed=form)
    except NotAllowed:
        return _account(request, here, visitor, name, 409, problem="own", typed=form)
    except Conflict:
        return _account(request, here, visitor, name, 409, typed=form, seen=seen, act=act)
    if token is not None:
        return _account(request, here, visitor, name, made_token=token)
    return RedirectResponse(f"/administration/users/{key_of(name)}?done={act}", 303)


def _act(
    accounts: Administration,
    act: str,
    name: str,
    actor: str,
    here: House,
    form: Mapping[str, str],
    seen: str,
) -> str | None:
    """The token, where one was made."""
    now = here.now()
    if act == "token":
        return accounts.token(name, actor, now, seen)
    if act == "lock":
        accounts.lock(name, actor, now, seen)
    elif act == "unlock":
        accounts.unlock(name, actor, seen)
    elif act == "sessions":
        accounts.end_sessions(name, actor, now, seen)
    elif act == "grant":
        accounts.give(name, form.get("role", ""), actor, now, seen, **_where(form))
    else:
        number = form.get("grant", "")
        is_number = number.isascii() and number.isdecimal() and len(number) < 19
        accounts.withdraw(name, int(number) if is_number else 0, actor, now, seen)
    return None


def _where(form: Mapping[str, str]) -> dict[str, str | None]:
    """The area or feed that the role is for; the choice beside it is not looked at."""
    role, area, feed = form.get("role", ""), form.get("area", "")[:20], form.get("feed", "")[:40]
    return {
        "area_code": (area or None) if role in LEVELS else None,
        "feed": (feed or None) if role == "contact" else None,
    }


def _administration(work: UnitOfWork, here: House) -> Administration:
    return Administration(work.connection, OF_CONTACTS, here.settings.rules)


def _named(here: House, visitor: Visitor, key: str) -> str:
    """The account that an address means. Raises: NotThere."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        names = [one.user_id for one in work.grants.users() if key_of(one.user_id) == key]
    if not names:
        raise NotThere
    return names[0]


def _new(
    request: Request,
    here: House,
    visitor: Visitor,
    typed: Mapping[str, str],
    problem: str | None,
    status: int = 200,
) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
    return page(
        request,
        "administration/new_user.html",
        status,
        visitor=visitor,
        here="/administration/users/new",
        sections=sections_of(visitor.role),
        typed=typed,
        problem=problem,
        **_choices(places),
    )


def _account(
    request: Request,
    here: House,
    visitor: Visitor,
    name: str,
    status: int = 200,
    *,
    typed: Mapping[str, str] | None = None,
    seen: str | None = None,
    **told: Any,
) -> Response:
    """The page of an account as it is now; `seen` where it was something else when somebody acted on it."""
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        accounts = _administration(work, here)
        account = accounts.account(name, here.now())
        if account is None:
            raise NotThere
        past = accounts.past(name)
        changed = None if seen is None else accounts.changed_since(name, seen)
    given: dict[str, Any] = {"problem": None, "made_token": None, "is_new": False, "done": "", "act": ""}
    return page(
        request,
        "administration/user.html",
        status,
        visitor=visitor,
        here=f"/administration/users/{key_of(name)}",
        sections=sections_of(visitor.role),
        account=account,
        key=key_of(name),
        past=past,
        changed=changed,
        typed=typed or {},
        is_own=name == visitor.user_id,
        **_choices(places),
        **(given | told),
    )


def _choices(places: Places) -> dict[str, Any]:
    return {"roles": ROLES, "areas": _areas(places), "feeds": OF_CONTACTS, "places": places}


def _areas(places: Places) -> dict[str, Sequence[tuple[str, str]]]:
    """Level → code and name of the areas that a role can be for."""
    return {
        level: [(code, places.named(code)) for code in sorted(places.levels) if places.levels[code] == level]
        for level in ("county", "township", "village")
    }


def _read_choice(asked: Mapping[str, str], places: Places) -> Choice:
    """What is not known is no condition."""
    role, state, area = (asked.get(name, "") for name in ("role", "state", "area"))
    return Choice(
        role if role in ROLES else "", state if state in STATES else "", area if area in places.names else ""
    )
