"""How a page learns that the file it asked for has come: the browser does not tell a page of a download.

A script puts a random text into the form; the answer that is a file gives it back as a cookie, which the script waits for. Without script
there is no such field, and no cookie.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIELD: Final = "arrival"
COOKIE: Final = "bulou_arrival"
KEPT_SECONDS: Final = 60
_TEXT: Final = re.compile(r"[0-9a-f]{32}")


class Arrivals:
    """Puts the cookie on every file that a form asked for in this way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                text = scope.get("state", {}).get("posted", {}).get(FIELD, "")
                headers = MutableHeaders(scope=message)
                if _TEXT.fullmatch(text) and headers.get("content-disposition", "").startswith("attachment"):
                    headers.append("set-cookie", _cookie(text, is_secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, with_cookie)


def _cookie(text: str, *, is_secure: bool) -> str:
    """A script reads it, so it is not kept from scripts; it says nothing but what the page itself made up."""
    told = f"{COOKIE}={text}; Max-Age={KEPT_SECONDS}; Path=/; SameSite=strict"
    return f"{told}; Secure" if is_secure else told
