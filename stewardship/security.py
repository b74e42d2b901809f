"""What keeps others out of a session: response headers, and proof that a form is this app's own.

A form is taken only when the browser says that it comes from this origin and when it carries the token of its session. The token
follows from the session's secret (or, before signing in, from that of a cookie made for it), so nothing is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION: Final = "bulou_session"
VISIT: Final = "bulou_visit"
BEFORE: Final = "bulou_before"
UNTAKEN: Final = "bulou_untaken"
ATTEMPT: Final = "bulou_attempt"
LANGUAGE: Final = "bulou_language"
COLUMNS: Final = "bulou_columns"
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Puts the headers on every response; what is no static file is kept by no cache.

    After a page the connection is closed: a connection stays with the process that took it, and so would all further pages of that browser, also while
    that process is busy with another page and the next one has nothing to do.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                is_static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "public, max-age=3600" if is_static else "no-store"
                if not is_static:
                    headers["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, with_headers)


def form_token(secret: str) -> str:
    """What a form of this session carries."""
    return hmac.new(secret.encode(), b"bulou form", hashlib.sha256).hexdigest()


def is_token_of(secret: str, given: str) -> bool:
    return bool(secret) and hmac.compare_digest(form_token(secret).encode(), given.encode("utf-8", "replace"))


def is_same_origin(request: Request) -> bool:
    """What the browser says about where a form comes from; a browser that says nothing is not believed."""
    headers: Headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin") == f"{request.url.scheme}://{headers.get('host', '')}"


def new_secret() -> str:
    return secrets.token_urlsafe(32)
