"""What somebody sent that was not done, because the session had ended or the program made a mistake: nothing typed is lost.

It goes back into the page as a form that can be sent again, and is kept nowhere else. Only a form of this origin is taken up, and none that
has a password or nothing of its own to lose. No page can put a file back into a form: of one it is only said, on the page where it was chosen, that it was
not taken (`stewardship.sessions`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.routing import Match

from register.change_plans import FIELDS
from register.household_plans import MOST_PEOPLE
from stewardship.errors import LongForm
from stewardship.proposing.names import item_of
from stewardship.security import UNTAKEN, is_same_origin
from stewardship.words import N_

NOTHING_TO_LOSE: Final = ("/sign-in", "/sign-out", "/password", "/role", "/language", "/search")
MOST_FIELDS: Final = MOST_PEOPLE * 2 * len(FIELDS)  # a household whose every item is both typed and left out
MOST_READ_AWAY: Final = 50_000_000  # bytes
# What a person types, by field, beside the items of proposing forms: shown, so that one sees what it is.
TYPED: Final[Mapping[str, str]] = {
    "reason": N_("Reason or note"),
    "text": N_("Note"),
    "why": N_("Why"),
    "note": N_("Why"),
    "value": N_("Another value"),
    "number": N_("The right ID number"),
}


@dataclass(frozen=True)
class Typed:
    """`word`: what it is called, else `field`: which item of the register it is, and `whose`, where a form asks of several persons."""

    text: str
    word: str = ""
    field: str = ""
    whose: str = ""


@dataclass(frozen=True)
class Kept:
    """`to`: the address it was sent to; `token`: of the session that has ended, which tells whose it is; `fields` without it."""

    to: str
    fields: Mapping[str, str]
    token: str = ""

    @property
    def typed(self) -> list[Typed]:
        """What was typed, in the order of its form."""
        return [one for name, text in self.fields.items() if text.strip() and (one := _typed(name, text))]

    def packed(self) -> str:
        told = {"to": self.to, "fields": dict(self.fields), "token": self.token}
        return json.dumps(told, ensure_ascii=False)


def _typed(name: str, text: str) -> Typed | None:
    if name in TYPED:
        return Typed(text, word=TYPED[name])
    item = item_of(name)
    if item is None:
        return None
    whose, field = item
    return Typed(text, field=field, whose=whose.lstrip("+0"))


def kept(request: Request, fields: Mapping[str, str]) -> Kept | None:
    """Of a form that was sent to this request's address."""
    path = request.url.path
    if path.startswith(NOTHING_TO_LOSE) or path.endswith("/export"):
        return None
    to = path + (f"?{request.url.query}" if request.url.query else "")
    own = {name: value for name, value in fields.items() if name != "token"}
    return Kept(to, own, fields.get("token", ""))


def has_file(request: Request) -> bool:
    """Whether it is a form of this origin that files are chosen in."""
    kind = request.headers.get("content-type", "")
    return kind.startswith("multipart/form-data") and is_same_origin(request)


def is_untaken(request: Request, place: str) -> bool:
    """Whether a file that was chosen on this page was not taken, and it has not been said there yet."""
    told = request.cookies.get(UNTAKEN)
    return told is not None and unquote(told) == urlsplit(place).path


async def sent(request: Request, longest: int) -> Kept | None:
    """Of a form whose session is over; half of `longest`, because it becomes a field of another form."""
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    length = int(request.headers.get("content-length") or longest)
    if not is_form or not is_same_origin(request) or length > longest // 2:
        return None
    try:
        fields = await fields_of(request)
    except LongForm:
        return None
    found = kept(request, fields)
    if found is None or not found.fields:  # a click without more is soon done again on the page
        return None
    return found if len(found.packed()) <= longest // 2 else None


async def fields_of(request: Request) -> dict[str, str]:
    """What was sent, by field; of one that was sent twice the last. Raises: LongForm."""
    await request.body()  # as a whole, so that nothing of it is unread where it is refused
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise LongForm from error
    return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


async def read_away(request: Request) -> None:
    """What a browser sends and nobody takes, kept nowhere: a browser that is cut off while it sends shows its own error and not the answer."""
    read = 0
    async for part in request.stream():
        read += len(part)
        if read > MOST_READ_AWAY:
            return


def unpacked(text: str) -> Kept | None:
    """As a form of ours brought it back; anything else is nothing."""
    try:
        told = json.loads(text)
        to, fields, token = told["to"], told["fields"], told["token"]
    except (ValueError, TypeError, KeyError):
        return None
    is_own = isinstance(to, str) and _is_own(to)
    if not is_own or not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        return None
    texts = {str(name): str(value) for name, value in fields.items()}
    return Kept(to, texts, str(token))


def own_page(place: str) -> str:
    """A page of this app and no other; the front page instead of anything else."""
    return place if _is_own(place) else "/"


def _is_own(place: str) -> bool:
    return place.startswith("/") and not place.startswith("//") and "\\" not in place and place.isprintable()


def page_before(request: Request) -> str:
    """The page of this desk on which the form stood; of an answer to another form, the page to which that one belongs."""
    referer = urlsplit(request.headers.get("referer", ""))
    if referer.netloc != request.url.netloc or not referer.path.startswith("/"):
        return "/"
    path = referer.path
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    return (path or "/") + (f"?{referer.query}" if referer.query else "")


def _is_page(request: Request, path: str) -> bool:
    """Whether something answers there to who asks, and not to forms alone."""
    asked = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)
