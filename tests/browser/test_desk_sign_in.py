"""A form that is sent after the session has ended waits in its tab while one signs in with the county's account at another origin."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from going_wrong import TYPED
from visiting import enter, sign_in

if TYPE_CHECKING:
    from fastapi import Request
    from playwright.sync_api import Browser as Chromium
    from starlette.responses import Response

    from register.database import Database
    from stewardship.provider import Attempt

USER = "officer.north"


class CountysAccount:
    """Vouches for one account, at its own origin; `desk` and `origin` are known once they are served."""

    desk = origin = ""
    account = USER

    def place_to_ask(self, attempt: Attempt) -> str:
        return f"{self.origin}/ask?{urlencode({'state': attempt.state})}"

    def vouched(self, code: str, attempt: Attempt, now: float) -> str:
        from stewardship.provider import ProviderFault

        if code != self.account:
            raise ProviderFault("not this one")
        return code

    def answer(self, request: Request) -> Response:
        from starlette.responses import HTMLResponse

        from stewardship.provider import BACK

        state = request.query_params["state"]
        links = [
            f'<a href="{self.desk}{BACK}?{urlencode({"code": code, "state": state})}">{word}</a>'
            for word, code in (("yes", self.account), ("no", "nobody"))
        ]
        return HTMLResponse(" ".join(links))


@pytest.mark.parametrize(
    ("account", "tries", "is_shown"),
    [
        pytest.param(USER, ["yes"], True, id="at once"),
        pytest.param(USER, ["no", "yes"], True, id="at the second try"),
        pytest.param(USER, ["no", "password"], True, id="by password after all"),
        pytest.param("steward", ["yes"], False, id="somebody else"),
    ],
)
def test_the_county_s_account_leads_back_to_what_was_sent(
    chromium: Chromium, county: Database, account: str, tries: list[str], is_shown: bool
) -> None:
    from desk_clients import PASSWORD, RULES, SETTINGS, discrepancy_of, status_of
    from desk_county import NOW
    from fastapi import FastAPI
    from serving import listening, served

    from register.accounts import AccountStore
    from register.work import unit_of_work

    provider, app = CountysAccount(), FastAPI(openapi_url=None)
    provider.account = account
    app.add_route("/ask", provider.answer)
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).set_password(USER, PASSWORD, "operator", NOW)
    with served(county, SETTINGS, provider=provider) as desk, listening(app) as origin:
        provider.desk, provider.origin = desk, origin.replace("127.0.0.1", "localhost")
        page = chromium.new_context(locale="en-GB").new_page()
        sign_in(page, desk, USER, PASSWORD)
        id_ = discrepancy_of(county, "n1")
        page.goto(f"{desk}/discrepancies/{id_}")
        with unit_of_work(county) as work:
            AccountStore(work.connection, RULES).end_sessions(USER, "operator", NOW)
        page.fill("[data-reason]", TYPED)
        page.click('button[value="visit"]')
        for one in tries:
            assert "is not lost" in page.inner_text("main")
            if one == "password":
                enter(page, USER, PASSWORD)
                continue
            page.click('a[href^="/sign-in/county"]')
            assert page.url.startswith(provider.origin)
            page.click(f"text={one}")
        if is_shown:
            page.wait_for_selector(f"text={TYPED}")
            page.click("text=Send it now")
            assert status_of(county, id_) == "waiting"
        else:
            page.wait_for_url(f"{desk}/discrepancies/{id_}")
            assert TYPED not in page.content() and status_of(county, id_) == "open"
        assert page.evaluate("sessionStorage.length") == 0
