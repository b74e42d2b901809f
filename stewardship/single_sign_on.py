"""Signing in with the county's own account, where a provider is configured (`stewardship.provider`).

The provider only says who somebody is. The account must be here already and not be disabled; what it may do is granted here as
for everybody. Failures count against the browser's address as wrong passwords do, not against an account: as with a one-time token,
somebody whom guessing at the password has locked out can come in this way.
"""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from register.accounts import AccountStore, Refused
from stewardship.errors import NotThere
from stewardship.gate import address_of, begin, sign_in_form
from stewardship.keeping import own_page
from stewardship.pages import set_cookie
from stewardship.provider import BACK, Attempt, Provider, ProviderFault, ProviderSilent
from stewardship.security import ATTEMPT, new_secret
from stewardship.visits import Here, House

LOG: Final = logging.getLogger("bulou.desk")
LONGEST_CODE: Final = 4096
router: Final = APIRouter()


@router.get("/sign-in/county")
def ask(request: Request, here: Here) -> Response:
    """To the provider, and back to the page that was wanted."""
    provider = _provider(here)
    wanted = own_page(request.query_params.get("next", ""))
    secret = new_secret()
    try:
        place = provider.place_to_ask(Attempt(secret))
    except ProviderFault as fault:
        return _no_answer(request, fault, wanted)
    response = RedirectResponse(place, 303)
    set_cookie(response, request, ATTEMPT, f"{secret}.{quote(wanted, safe='')}")
    return response


@router.get(BACK)
def back(request: Request, here: Here) -> Response:
    """What the provider sends the browser back with counts once, and only in the browser that asked."""
    response = _answered(request, here, _provider(here))
    response.delete_cookie(ATTEMPT, path="/")
    return response


def _answered(request: Request, here: House, provider: Provider) -> Response:
    secret, _, place = request.cookies.get(ATTEMPT, "").partition(".")
    attempt, wanted = Attempt(secret), own_page(unquote(place))
    code = request.query_params.get("code", "")
    if not secret or not attempt.is_answered_by(request.query_params.get("state", "")):
        return sign_in_form(request, here, wanted, Refused(), 401, how="provider")
    address = address_of(request)
    with here.desk.at_the_gate() as work:
        blocked = AccountStore(work.connection, here.settings.rules).blocked(address, here.now())
    if blocked is not None or not 0 < len(code) <= LONGEST_CODE:
        return sign_in_form(request, here, wanted, blocked or Refused(), 401, how="provider")
    name: str | None = None
    try:
        name = provider.vouched(code, attempt, here.now().timestamp())
    except ProviderSilent as fault:
        return _no_answer(request, fault, wanted)
    except ProviderFault as fault:
        LOG.warning("sign-in by the provider: %s", fault)
    with here.desk.at_the_gate() as work:
        answer = AccountStore(work.connection, here.settings.rules).sign_in_as(name, address, here.now())
    if isinstance(answer, Refused):
        return sign_in_form(request, here, wanted, answer, 401, how="provider")
    return begin(request, answer, wanted)


def _provider(here: House) -> Provider:
    if here.provider is None:
        raise NotThere
    return here.provider


def _no_answer(request: Request, fault: ProviderFault, wanted: str) -> Response:
    LOG.error("sign-in by the provider: %s", fault)
    return sign_in_form(request, request.app.state.house, wanted, Refused(), 503, how="silent")
