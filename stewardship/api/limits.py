"""How long a request may be: known before it is read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from stewardship.api.problems import Problem, answer


class BodyLimit:
    """Takes a body only with its length said beforehand, and no longer than `longest` bytes."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            problem = Problem.of(411, "length")
        elif len(length) > 18 or int(length) > self._longest:
            problem = Problem.of(413, "too-long")
        else:
            await self._app(scope, receive, send)
            return
        await answer(headers, problem)(scope, receive, send)
