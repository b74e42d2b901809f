"""Templates into responses: in the reader's language, with what every page needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from jinja2 import FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from discrepancies.wording import value_name
from stewardship import words
from stewardship.escaping import DeskEnvironment
from stewardship.frame import section_of
from stewardship.keeping import NOTHING_TO_LOSE, is_untaken, page_before
from stewardship.language import (
    LANGUAGE_NAMES,
    TAGS,
    Speech,
    clock,
    day,
    moment,
    rounded,
    signed,
    translations,
    weekday,
)
from stewardship.masking import NUMBERS, unbroken
from stewardship.row_parts import RowParts
from stewardship.security import SESSION, UNTAKEN, VISIT, form_token, new_secret
from stewardship.visits import Visitor, house, language
from stewardship.words import N_
from stewardship.worklists import outcomes

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
YEAR_SECONDS: Final = 365 * 24 * 3600
DEFAULTS: Final[Mapping[str, Any]] = {
    "visitor": None,
    "token": "",
    "here": "/",
    "frame": None,
    "section": "",
    "untaken": False,
}


# The pages of the rail: second key after `g`, word, roles that have it, address.
GOING: Final = (
    ("q", N_("Queue"), ("clerk", "officer", "steward", "contact"), "/queue"),
    ("r", N_("Review"), ("clerk", "officer", "steward"), "/review"),
    ("w", N_("Worklists"), ("clerk", "officer", "steward"), "/worklists"),
    ("a", N_("Approvals"), ("officer", "steward"), "/approvals"),
    ("p", N_("Register"), ("clerk", "officer", "steward"), "/register"),
    ("d", N_("Deliveries"), ("officer", "steward", "operator", "contact"), "/deliveries"),
    ("o", N_("Overview"), ("officer", "steward"), "/overview"),
    ("c", N_("Counts"), ("operator", "steward"), "/counts"),
    ("m", N_("Administration"), ("steward", "operator", "auditor"), "/administration"),
)


@cache
def environment(tongue: str) -> DeskEnvironment:
    """The templates in one language."""
    made = DeskEnvironment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # a page is of one version throughout, also while another is installed
    )
    speech = Speech(translations(tongue))
    parts = RowParts(speech, tongue)
    made.filters["unbroken"] = unbroken
    made.globals.update(
        _=speech.say,
        gettext=speech.say,
        ngettext=speech.count,
        language=tongue,
        tag=TAGS[tongue],
        languages=LANGUAGE_NAMES,
        words=words,
        going=GOING,
        outcome=lambda code: outcomes.word(code, tongue),
        reason_told=lambda one, kind="": outcomes.told(one, tongue, kind),
        field_name=lambda name: words.field_name(name, tongue),
        value_name=lambda field, value: value_name(field, value, tongue),
        numbers=NUMBERS,
        rounded=rounded,
        signed=signed,
        day=lambda value: day(value, tongue),
        weekday=lambda value: weekday(value, tongue),
        clock=clock,
        moment=lambda value: moment(value, tongue),
        row_parts=parts,
        words_of_choices=parts.choices(),
        version=_version(),
    )
    return made


@cache
def _version() -> str:
    """Of the static files, so that browsers fetch a new one."""
    content = b"".join(file.read_bytes() for file in sorted(STATIC.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    visitor: Visitor | None = None,
    here: str | None = None,
    own_token: str | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page with forms of the visitor's session, or of a secret made for who is not signed in yet.

    Args:
        own_token: of a session that begins with this page, whose cookie the request does not have yet.
        here: what to come back to after choosing a language, where that is not the page itself; nothing where the page holds what was sent.
    """
    secret = request.cookies.get(SESSION) or request.cookies.get(VISIT)
    made = None if secret else new_secret()
    says_untaken = visitor is not None and request.method == "GET" and is_untaken(request, request.url.path)
    if says_untaken:
        context["untaken"] = True
    html = rendered(
        language(request),
        template,
        visitor=visitor,
        token=own_token or form_token(secret or made or ""),
        here="" if context.get("kept") else _here(request) if here is None else here,
        frame=None if visitor is None else house(request).frame,
        section=section_of(request.url.path),
        **context,
    )
    response = HTMLResponse(html, status)
    if made is not None:
        set_cookie(response, request, VISIT, made)
    if says_untaken:
        response.delete_cookie(UNTAKEN, path="/")
    return response


def rendered(tongue: str, template: str, **context: Any) -> str:
    return environment(tongue).get_template(template).render({**DEFAULTS, **context})


def set_cookie(
    response: HTMLResponse | Any, request: Request, name: str, value: str, seconds: int | None = None
) -> None:
    """For this origin only, out of reach of scripts, and over TLS only where the page came over TLS.

    Args:
        seconds: how long it is kept, 0 to be forgotten; without it, until the browser is closed.
    """
    is_secure = request.url.scheme == "https"
    response.set_cookie(name, value, seconds, httponly=True, samesite="lax", secure=is_secure, path="/")


def _here(request: Request) -> str:
    """The page to come back to after choosing a language; nothing on an answer to a form that has something to lose."""
    if request.method != "GET":
        return page_before(request) if request.url.path.startswith(NOTHING_TO_LOSE) else ""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
