"""The API's app: its routes, its document, and what becomes of errors."""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from register.errors import Conflict, InvalidInput, NotAllowed, StaleEvidence, StoreError
from stewardship.api import changes, counts, deliveries, discrepancies, persons, worklists
from stewardship.api.limits import BodyLimit
from stewardship.api.problems import SCHEMA, ApiProblem, Problem, answer
from stewardship.api.shapes import PARTS
from stewardship.errors import NotThere
from stewardship.failures import INSUFFICIENT_PRIVILEGE, where
from stewardship.visits import House

LOG = logging.getLogger("bulou.api")
PATH: Final = "/api/v1"
MODULES: Final = (discrepancies, worklists, persons, changes, deliveries, counts)
VERSION: Final = "1"


def create_api(house: House) -> FastAPI:
    """To be mounted at `PATH`; with the same store, clock and settings as the desk."""
    api = FastAPI(title="bulou", version=VERSION, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    api.state.house = house
    api.add_middleware(BodyLimit, longest=house.settings.longest_form)
    for module in MODULES:
        api.include_router(module.router)
    api.add_exception_handler(ApiProblem, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(NotThere, not_there)
    api.add_exception_handler(NotAllowed, not_there)
    api.add_exception_handler(Conflict, _conflict)
    api.add_exception_handler(StaleEvidence, _conflict)
    api.add_exception_handler(InvalidInput, _impossible)
    api.add_exception_handler(StoreError, _store)
    api.add_exception_handler(Exception, _broken)
    _document(api)
    return api


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return answer(request.headers, error.problem, error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    """Says which parts are not as the document has them, never what was in them."""
    assert isinstance(error, RequestValidationError)
    fields = sorted({_path(one["loc"]) for one in error.errors()})
    return answer(request.headers, Problem.of(422, "invalid", fields=fields))


def _path(location: tuple[Any, ...]) -> str:
    """Of what the document names; a key that the caller made up may be anything."""
    return ".".join(part for part in location if part in PARTS)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return not_there(request, error)
    if error.status_code == 400:  # a body that is no JSON
        return answer(request.headers, Problem.of(422, "invalid", fields=["body"]))
    code = "method" if error.status_code == 405 else "refused"
    return answer(request.headers, Problem.of(error.status_code, code), error.headers)


def not_there(request: Request, __: Exception) -> Response:
    """The same bytes for what is not and for what may not be seen."""
    return answer(request.headers, Problem.of(404, "not-there"))


def _conflict(request: Request, __: Exception) -> Response:
    return answer(request.headers, Problem.of(409, "changed"))


def _impossible(request: Request, __: Exception) -> Response:
    return answer(request.headers, Problem.of(409, "impossible"))


def _store(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    if error.sqlstate == INSUFFICIENT_PRIVILEGE:
        return not_there(request, error)
    return _broken(request, error)


def _broken(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    LOG.error("reference %s: %s at %s", reference, type(error).__name__, where(error))
    return answer(request.headers, Problem.of(500, "broken", reference=reference))


def _document(api: FastAPI) -> None:
    """The document names problems as what they are: one schema, one content type."""
    made = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            document = made()
            schemas = document["components"]["schemas"]
            for gone in ("HTTPValidationError", "ValidationError"):
                schemas.pop(gone, None)
            schemas[SCHEMA] = Problem.model_json_schema()
            api.openapi_schema = document
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
