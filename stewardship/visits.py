"""Who asks: the session behind a request, and the forms that are taken from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request

from discrepancies.trust import Trust
from register.access import Desk
from register.accounts import AccountStore, Session
from stewardship.administration.machine import Machine, NoMachine
from stewardship.administration.trials import RuleTrials
from stewardship.deliveries.landing import Landing, NoLanding
from stewardship.errors import Elsewhere, LongForm, NotThere, RefusedForm, SessionOver
from stewardship.frame import Frame, read_frame
from stewardship.keeping import fields_of, page_before
from stewardship.language import chosen
from stewardship.lasting import Lasting
from stewardship.overview.sources import NightReports
from stewardship.prepared import Prepared
from stewardship.provider import Provider
from stewardship.security import LANGUAGE, SESSION, VISIT, is_same_origin, is_token_of
from stewardship.settings import DeskSettings
from stewardship.sources import SourceRows
from stewardship.trusting import read_trust


@dataclass(frozen=True)
class House:
    """What the app was made with."""

    desk: Desk
    now: Callable[[], datetime]
    settings: DeskSettings
    sources: SourceRows
    prepared: Prepared
    reports: NightReports
    provider: Provider | None = None
    trials: RuleTrials | None = None
    machine: Machine = NoMachine()
    landing: Landing = NoLanding()
    frames: Lasting[Frame] = field(default_factory=lambda: Lasting(DeskSettings.frame_kept))
    trusts: Lasting[Trust] = field(default_factory=lambda: Lasting(DeskSettings.frame_kept))

    @property
    def frame(self) -> Frame:
        now = self.now()
        return self.frames.of(now, lambda: read_frame(self.desk, now))

    @property
    def trust(self) -> Trust:
        return self.trusts.of(self.now(), lambda: read_trust(self.desk, self.settings))


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in and acts in a role."""

    session: Session
    role: str
    language: str

    @property
    def user_id(self) -> str:
        return self.session.user_id


def house(request: Request) -> House:
    found: House = request.app.state.house
    return found


def language(request: Request) -> str:
    return chosen(request.cookies.get(LANGUAGE), request.headers.get("accept-language", ""))


def session(request: Request) -> Session | None:
    """Of the cookie, if it stands."""
    token = request.cookies.get(SESSION)
    if not token:
        return None
    here = house(request)
    with here.desk.asked_at_the_gate() as connection:
        return AccountStore(connection, here.settings.rules).session_of(token, here.now())


def signed_in(request: Request) -> Session:
    """Whoever it is must be signed in, but may have a password to set or a role to choose."""
    found = session(request)
    if found is None:
        raise _first(request, "/sign-in")
    return found


def _first(request: Request, place: str) -> Elsewhere:
    """There, and then on; what was sent is not lost."""
    wanted = page_asked(request)
    kind = Elsewhere if request.method == "GET" else SessionOver
    return kind(f"{place}?next={quote(wanted, safe='')}" if wanted != "/" else place)


def page_asked(request: Request) -> str:
    """Where to go on when something else came first: the page itself, or the one on which the form stood."""
    if request.method != "GET":
        return page_before(request)
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def visitor(request: Request) -> Visitor:
    found = signed_in(request)
    if found.must_change:
        raise _first(request, "/password")
    if found.role is None:
        raise _first(request, "/role")
    return Visitor(found, found.role, language(request))


def acting_as(*roles: str) -> Callable[[Request], Visitor]:
    """For pages that are there for some roles only."""

    def allowed(request: Request) -> Visitor:
        found = visitor(request)
        if found.role not in roles:
            raise NotThere
        return found

    return allowed


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form of this app's own. Raises: RefusedForm, LongForm."""
    longest = house(request).settings.longest_form
    if not is_same_origin(request) or not (length := request.headers.get("content-length")):
        raise RefusedForm
    if int(length) > longest:
        raise LongForm
    sent = await fields_of(request)
    fields = {name: value.replace("\x00", "") for name, value in sent.items()}  # PostgreSQL has none in text
    secret = request.cookies.get(SESSION) or request.cookies.get(VISIT) or ""
    if not is_token_of(secret, fields.get("token", "")):
        request.state.refused = fields
        raise RefusedForm
    request.state.posted = fields
    return fields


async def _house(request: Request) -> House:
    """As a dependency: it waits for nothing, so that no thread is taken for it."""
    return house(request)


Form = Annotated[dict[str, str], Depends(posted)]
Language = Annotated[str, Depends(language)]
Here = Annotated[House, Depends(_house)]
AnyVisitor = Annotated[Visitor, Depends(visitor)]
SignedInSession = Annotated[Session, Depends(signed_in)]
QUEUE_ROLES = ("clerk", "officer", "steward", "contact")
DECIDING_ROLES = ("clerk", "officer", "steward")
PROPOSING_ROLES = ("officer", "steward")
Reader = Annotated[Visitor, Depends(acting_as(*QUEUE_ROLES))]
Decider = Annotated[Visitor, Depends(acting_as(*DECIDING_ROLES))]
Proposer = Annotated[Visitor, Depends(acting_as(*PROPOSING_ROLES))]
