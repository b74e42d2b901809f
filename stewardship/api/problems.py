"""Errors as problems (RFC 9457): what kind, in one sentence of the caller's language, and which parts of the request; never a value or a
trace.

What is not there and what may not be seen are one problem, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers
from starlette.responses import Response

from stewardship.language import TAGS, chosen, translations
from stewardship.words import N_

MEDIA_TYPE: Final = "application/problem+json"
SCHEMA: Final = "Problem"
KIND: Final = "urn:bulou:problem:"
TITLES: Final[Mapping[int, str]] = {
    401: N_("No token, or none that stands"),
    403: N_("Not for whoever proposed it"),
    404: N_("There is no such thing, or not for this token"),
    405: N_("The route does not know this method"),
    409: N_("It changed meanwhile, or cannot be done as things are; read it again"),
    411: N_("The request does not say its length"),
    413: N_("The request is too long"),
    422: N_("The request is not as the document says"),
    429: N_("Too many wrong tokens"),
    500: N_("A mistake of the program; the log has the reference"),
}
REFUSED: Final = N_("The request is not taken")


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
        cls, status: int, code: str, *, fields: Sequence[str] = (), reference: str | None = None
    ) -> Problem:
        """Its title is in English until it is answered with."""
        title = TITLES.get(status, REFUSED)
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
        self.problem = Problem.of(status, code, fields=fields)
        self.headers = headers
        super().__init__(code)


def language_of(headers: Headers) -> str:
    """What the caller reads: as on the pages, without a cookie."""
    return chosen(None, headers.get("accept-language", ""))


def answer(asked: Headers, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """In the language that the request's headers ask for."""
    language = language_of(asked)
    said = problem.model_copy(update={"title": translations(language).gettext(problem.title)})
    content = said.model_dump_json(exclude_defaults=True)
    told = {"Content-Language": TAGS[language], "Vary": "Accept-Language", **(headers or {})}
    return Response(content, problem.status, headers=told, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer with besides what it is for; every route with a token may answer 401, 404, 422, 429 and 500."""
    schema = {"$ref": f"#/components/schemas/{SCHEMA}"}
    return {
        status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({401, 404, 422, 429, 500, *statuses})
    }
