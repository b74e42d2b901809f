"""The app: routes, static files, headers, and what becomes of errors.

An error page is in the reader's language and says a reference number, nothing of what went wrong; the log has the number, the kind of
error and where it happened, and no value. What is not there and what may not be seen are one page, byte for byte.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from register.access import Desk
from register.errors import NotAllowed, StoreError
from stewardship import (
    acting,
    api,
    approving,
    bulk,
    columns,
    deciding,
    finding,
    gate,
    listing,
    looking,
    reviewing,
    saving,
    single_sign_on,
    together,
)
from stewardship.administration import auditing, integrations, reference, rules, sections, users
from stewardship.administration.machine import Machine, NoMachine
from stewardship.administration.trials import RuleTrials
from stewardship.arriving import Arrivals
from stewardship.deliveries import routes as deliveries
from stewardship.deliveries.landing import Landing, NoLanding
from stewardship.errors import Elsewhere, LongForm, NotThere, RefusedForm, SessionOver, TooLarge
from stewardship.exporting import administering, numbers, records
from stewardship.exporting import routes as exporting
from stewardship.failures import INSUFFICIENT_PRIVILEGE, where
from stewardship.gate import sign_in_form
from stewardship.keeping import Kept, has_file, kept, own_page, page_before, read_away, sent
from stewardship.lasting import Lasting
from stewardship.overview import births, listed, unlinked, why
from stewardship.overview import routes as overview
from stewardship.overview.sources import NightReports, NoReports
from stewardship.pages import STATIC, page, rendered
from stewardship.prepared import NothingPrepared, Prepared
from stewardship.provider import Provider
from stewardship.quality import routes as quality
from stewardship.residents import households
from stewardship.residents import routes as residents
from stewardship.security import SecurityHeaders
from stewardship.sessions import brought_back, sent_before, tell_untaken, whose
from stewardship.settings import DeskSettings
from stewardship.sources import NoSources, SourceRows
from stewardship.visits import House, house, language, page_asked, session
from stewardship.worklists import routes as worklists

LOG = logging.getLogger("bulou.desk")
MODULES = (
    gate,
    single_sign_on,
    listing,
    finding,
    looking,
    deciding,
    acting,
    reviewing,
    approving,
    worklists,
    together,
    bulk,
    saving,
    columns,
    deliveries,
    overview,
    sections,
    administering,  # before users, which takes any act on an account
    integrations,
    users,
    auditing,
    rules,
    reference,
    quality,
    numbers,
    records,
    why,
    listed,
    births,
    unlinked,
    exporting,
    residents,
    households,
)


def create_app(
    desk: Desk,
    now: Callable[[], datetime],
    settings: DeskSettings | None = None,
    sources: SourceRows | None = None,
    *,
    prepared: Prepared | None = None,
    reports: NightReports | None = None,
    provider: Provider | None = None,
    trials: RuleTrials | None = None,
    machine: Machine | None = None,
    landing: Landing | None = None,
) -> FastAPI:
    """The stewards' desk over an open store.

    Args:
        now: the aware time in UTC.
        sources: where the departments' rows can be read; without it the matrix shows the register alone.
        prepared: what the night has prepared; without it there is neither household nor waterfall.
        reports: what nights estimated; without it the overview says that there is none.
        provider: of the county's own accounts, where one is configured.
        trials: who tries drafts of the rules; without it a draft cannot be put in force.
        machine: where models and reference data lie; without it their page says that there are none.
        landing: where departments' files are put; without it nothing can be handed in of a delivery.
    """
    app = FastAPI(title="bulou", docs_url=None, redoc_url=None, openapi_url=None)
    settings = settings or DeskSettings()
    app.state.house = House(
        desk,
        now,
        settings,
        sources or NoSources(),
        prepared or NothingPrepared(),
        reports or NoReports(),
        provider,
        trials,
        machine or NoMachine(),
        landing or NoLanding(),
        Lasting(settings.frame_kept),
        Lasting(settings.frame_kept),
    )
    app.add_middleware(Arrivals)
    app.add_middleware(SecurityHeaders)
    for module in MODULES:
        app.include_router(module.router)
    app.mount(api.PATH, api.create_api(app.state.house))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for kind in (NotThere, NotAllowed, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _not_there)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Elsewhere, _elsewhere)
    app.add_exception_handler(SessionOver, _session_over)
    app.add_exception_handler(RefusedForm, _refused)
    app.add_exception_handler(LongForm, _long_form)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(Exception, _broken)
    return app


def _not_there(request: Request, error: Exception) -> Response:
    if _is_of_api(request):  # an address with a line break reaches no mounted app
        return api.not_there(request, error)
    return HTMLResponse(rendered(language(request), "not_there.html"), 404)


def _is_of_api(request: Request) -> bool:
    return request.url.path.startswith(f"{api.PATH}/")


def _elsewhere(_: Request, error: Exception) -> Response:
    assert isinstance(error, Elsewhere)
    return RedirectResponse(error.place, 303)


async def _session_over(request: Request, error: Exception) -> Response:
    """The page to sign in on, which holds what was sent; of a file it says that it was not taken."""
    assert isinstance(error, SessionOver)
    here = house(request)
    if has_file(request):
        await read_away(request)
        return _untaken(request, error.place)
    told = await sent(request, here.settings.longest_form)
    again = None if told is None else await run_in_threadpool(_asked_first, request, here, told)
    return again or _elsewhere(request, error)


def _asked_first(request: Request, here: House, told: Kept) -> Response | None:
    """What comes before a form that was sent, with it: signing in, setting a password or choosing a role."""
    wanted = own_page(page_asked(request))
    if session(request) is not None:
        return brought_back(request, here, wanted, told)
    if whose(request, here, told.token) is None:
        return None
    return sign_in_form(request, here, wanted, status=401, kept=told)


def _untaken(request: Request, place: str) -> Response:
    response = RedirectResponse(place, 303)
    tell_untaken(response, request, page_before(request))
    return response


def _refused(request: Request, _: Exception) -> Response:
    """Nothing was done, and nothing is lost of what this user sent from a page of the session before."""
    if has_file(request):
        return _untaken(request, page_before(request))
    fields = getattr(request.state, "refused", None)
    again = None if fields is None else sent_before(request, house(request), fields)
    return again or page(request, "refused.html", 403, is_long=False)


async def _long_form(request: Request, _: Exception) -> Response:
    """Nothing was done; the page on which it stood is one click away."""
    await read_away(request)
    return page(request, "refused.html", 413, is_long=True, before=page_before(request))


def _too_large(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooLarge)
    most, before = error.most // 1_000_000, page_before(request)
    return page(request, "too_large.html", 413, most=most, is_list=error.is_list, before=before)


def _store(request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)
    if error.sqlstate == INSUFFICIENT_PRIVILEGE:
        return _not_there(request, error)
    return _broken(request, error)


def _broken(request: Request, error: Exception) -> Response:
    if _is_of_api(request):
        return Response(status_code=500)  # answered and logged by the API's own app, which hands it on
    reference = secrets.token_hex(4)
    LOG.error("reference %s: %s at %s", reference, type(error).__name__, where(error))
    fields = getattr(request.state, "posted", None)
    told = None if fields is None else kept(request, fields)
    token = "" if fields is None else fields["token"]
    html = rendered(
        language(request),
        "broken.html",
        reference=reference,
        kept=told,
        token=token,
        before=page_before(request),
    )
    return HTMLResponse(html, 500)
