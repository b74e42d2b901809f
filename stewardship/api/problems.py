"""Errors as problems (RFC 9457): what kind, in one sentence, and which parts of the request; never a value or a trace.

What is not there and what may not be seen are one problem, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"
SCHEMA: Final = "Problem"
KIND: Final = "urn:bulou:problem:"
TITLES: Final[Mapping[int, str]] = {
    401: "No token, or none that stands",
    403: "Not for whoever proposed it",
    404: "There is no such thing, or not for this token",
    405: "The route does not know this method",
    409: "It changed meanwhile, or cannot be done as things are; read it again",
    411: "The request does not say its length",
    413: "The request is too long",
    422: "The request is not as the document says",
    429: "Too many wrong tokens",
    500: "A mistake of the program; the log has the reference",
}


class Problem(BaseModel):
    """`fields`: the parts of the request that it is about. `reference`: what the log has of a mistake of the program."""

    model_config = ConfigDict(extra="forbid")
    type: str
    title: str
    status: int
    fields: list[str] = []
    reference: str | None = None

    @classmethod
    def of(
        cls, status: int, code: str, title: str, *, fields: Sequence[str] = (), reference: str | None = None
    ) -> Problem:
        return cls(type=KIND + code, title=title, status=status, fields=list(fields), reference=reference)


class ApiProblem(Exception):
    """Ends a request with this answer."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        fields: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = Problem.of(status, code, TITLES[status], fields=fields)
        self.headers = headers
        super().__init__(code)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    content = problem.model_dump_json(exclude_defaults=True)
    return Response(content, problem.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer with besides what it is for; every route with a token may answer 401, 404, 422, 429 and 500."""
    schema = {"$ref": f"#/components/schemas/{SCHEMA}"}
    return {
        status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({401, 404, 422, 429, 500, *statuses})
    }
