"""What a browser still knows of the session before: whose form it is that was sent too late, and on which page a file was chosen that was not taken.

A form carries the token of its session. Of the last sessions before the present one the browser keeps that token and the hash by which the session is found; neither
signs anybody in. What was sent is that session's user's alone.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.responses import Response

from register.accounts import AccountStore, Refused, Session, hashed
from stewardship.keeping import Kept, kept, own_page, page_before, unpacked
from stewardship.pages import page, set_cookie
from stewardship.security import BEFORE, SESSION, UNTAKEN, form_token, is_token_of
from stewardship.visits import House, Visitor, language, session

TOLD_WITHIN: Final = 12 * 3600  # seconds
MOST_BEFORE: Final = 3
_PAIR: Final = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{64}")


def remember(response: Any, request: Request) -> None:
    """The session that ends, or gives way to another, with this answer."""
    secret = request.cookies.get(SESSION)
    if secret:
        last = f"{hashed(secret)}.{form_token(secret)}"
        found = [last, *(pair for pair in _before(request) if pair != last)]
        set_cookie(response, request, BEFORE, "_".join(found[:MOST_BEFORE]))


def _before(request: Request) -> list[str]:
    """Hash and token of each session that the browser knows of, the last one first."""
    return _PAIR.findall(request.cookies.get(BEFORE, ""))[:MOST_BEFORE]


def whose(request: Request, here: House, token: str) -> str | None:
    """The user of that one of this browser's present and last sessions whose forms carry this token."""
    secret = request.cookies.get(SESSION, "")
    if is_token_of(secret, token):
        return _user_of(here, hashed(secret))
    for pair in _before(request):
        key, _, before = pair.partition(".")
        if hmac.compare_digest(before.encode(), token.encode("utf-8", "replace")):
            return _user_of(here, key)
    return None


def go_on(request: Request, found: Session, token: str, before: str, held: Kept) -> Response:
    """Signed in again: what was sent before is there to be sent now, after a password is set and the role chosen where they have to be."""
    if found.must_change:
        return password_form(request, found, wanted=before, held=held, own_token=token)
    if found.role is None:
        return page(request, "role.html", session=found, next=before, kept=held, own_token=token)
    visitor = Visitor(found, found.role, language(request))
    return page(request, "kept.html", visitor=visitor, own_token=token, kept=held, before=before)


def sent_before(request: Request, here: House, fields: Mapping[str, str]) -> Response | None:
    """Of a form that is not of this session: what it holds, where it is of this user's session before."""
    held = unpacked(fields.get("kept", ""))
    before = own_page(fields.get("next", "")) if held else page_before(request)
    return brought_back(request, here, before, held or kept(request, fields))


def brought_back(request: Request, here: House, before: str, held: Kept | None) -> Response | None:
    """What was sent before, where whoever is signed in now sent it."""
    found = session(request)
    if found is None or held is None or not held.fields:
        return None
    if whose(request, here, held.token) != found.user_id:
        return None
    return go_on(request, found, form_token(request.cookies[SESSION]), before, held)


def password_form(
    request: Request,
    found: Session,
    status: int = 200,
    *,
    wanted: str = "/",
    held: Kept | None = None,
    problem: str | None = None,
    refused: Refused | None = None,
    own_token: str | None = None,
) -> Response:
    """The page to set a password on, and then to go on from; `problem`: `again` where the two are not the same, `weak`."""
    told: dict[str, Any] = {"session": found, "next": wanted, "kept": held}
    return page(
        request, "password.html", status, own_token=own_token, problem=problem, refused=refused, **told
    )


def tell_untaken(response: Any, request: Request, place: str) -> None:
    """A file that was chosen on this page was not taken; the page itself says so when it is opened next."""
    set_cookie(response, request, UNTAKEN, quote(urlsplit(place).path, safe=""), TOLD_WITHIN)


def forget_untaken(response: Any, request: Request, here: House, user_id: str) -> None:
    """Where somebody else signs in than whose file it was."""
    if UNTAKEN not in request.cookies:
        return
    secret = request.cookies.get(SESSION)
    key = hashed(secret) if secret else "".join(_before(request)[:1]).partition(".")[0]
    if _user_of(here, key) not in (None, user_id):
        response.delete_cookie(UNTAKEN, path="/")


def _user_of(here: House, key: str) -> str | None:
    with here.desk.at_the_gate() as work:
        return AccountStore(work.connection, here.settings.rules).user_of(key)
