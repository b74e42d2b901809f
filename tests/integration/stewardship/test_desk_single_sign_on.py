"""Signing in with the county's own account, against a provider that is a real process on loopback."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from county_provider import CLIENT, DESK, SECRET, CountyProvider, running
from desk_clients import SETTINGS, Browser, FixedSources, TestClient, app_client, now
from desk_county import NOW

from register.access import Desk
from register.database import Database
from register.work import unit_of_work
from stewardship import create_app
from stewardship.provider import Attempt, Provider, ProviderFault, ProviderSettings, ProviderSilent

ASK = "/sign-in/county"
USER = "steward"
SECONDS = int(NOW.timestamp())
HOUR = 3600


@pytest.fixture(scope="module")
def provider() -> Iterator[CountyProvider]:
    with running() as process:
        yield process


@pytest.fixture
def free_port() -> Iterator[int]:
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield int(probe.getsockname()[1])


def of(provider: CountyProvider, **more: Any) -> ProviderSettings:
    return ProviderSettings(
        **{
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "desk_url": DESK,
            "client_secret": SECRET,
            **more,
        }
    )


def visit(desk: Desk, provider: CountyProvider, **more: Any) -> Browser:
    app = create_app(desk, now, SETTINGS, FixedSources(), provider=Provider(of(provider, **more)))
    return Browser(
        TestClient(app, base_url=DESK, headers={"accept-language": "en"}, raise_server_exceptions=False)
    )


def sent_back(browser: Browser, ask: str = ASK) -> str:
    """Asks the provider as a browser does; the place at the desk that it sends the browser back to."""
    place = browser.get(ask).headers["location"]
    answer = httpx.get(place, follow_redirects=False, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(DESK)


def sign_in(browser: Browser, ask: str = ASK) -> httpx.Response:
    return browser.get(sent_back(browser, ask))


def audited(database: Database) -> list[tuple[str, str, Any]]:
    with database.read() as connection:
        query = sa.text("SELECT action, actor, details FROM audit_entry ORDER BY entry_no")
        return [tuple(row) for row in connection.execute(query)]


def test_an_account_that_the_provider_vouches_for_works_at_the_desk(
    desk: Desk, county: Database, provider: CountyProvider
) -> None:
    provider.next("  Steward ", now=SECONDS)
    one = visit(desk, provider)
    assert ASK in "".join(one.links(one.get("/sign-in?next=%2Fsearch"), ASK))
    answer = sign_in(one, f"{ASK}?next=%2Fsearch")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")
    assert one.get("/queue").status_code == 200
    assert audited(county)[-1] == ("sign_in", USER, {"how": "provider"})


def test_without_a_provider_there_is_no_button_and_no_way(desk: Desk) -> None:
    one = Browser(app_client(desk))
    assert ASK not in one.get("/sign-in").text
    assert one.get(ASK).status_code == one.get(f"{ASK}/back?code=1&state=2").status_code == 404


@pytest.mark.parametrize(
    ("account", "faults"),
    [
        pytest.param(USER, {"claims": {"nonce": "another"}}, id="another nonce"),
        pytest.param(USER, {"claims": {"nonce": None}}, id="no nonce"),
        pytest.param(USER, {"now": SECONDS - HOUR}, id="expired"),
        pytest.param(USER, {"now": SECONDS + HOUR}, id="issued in the future"),
        pytest.param(USER, {"claims": {"exp": None}}, id="without an end"),
        pytest.param(USER, {"claims": {"aud": "another-desk"}}, id="another audience"),
        pytest.param(USER, {"claims": {"aud": [CLIENT, "another-desk"]}}, id="two audiences"),
        pytest.param(USER, {"claims": {"azp": "another-desk"}}, id="another party"),
        pytest.param(USER, {"claims": {"iss": "https://elsewhere.example"}}, id="another issuer"),
        pytest.param(USER, {"key": "other"}, id="signed by another key"),
        pytest.param(USER, {"key": "none"}, id="not signed"),
        pytest.param("nobody", {"is_forged": USER}, id="changed after signing"),
        pytest.param(USER, {"claims": {"at_hash": "another"}}, id="another access token"),
        pytest.param(USER, {"claims": {"preferred_username": None}}, id="no account named"),
        pytest.param(USER, {"claims": {"preferred_username": [USER]}}, id="account is no text"),
        pytest.param("nobody.here", {}, id="unknown account"),
        pytest.param("operator", {}, id="a name of the audit chain"),
    ],
)
def test_who_is_not_vouched_for_as_it_must_be_stays_outside(
    desk: Desk, county: Database, provider: CountyProvider, account: str, faults: dict[str, Any]
) -> None:
    provider.next(account, **{"now": SECONDS} | faults)
    one = visit(desk, provider)
    answer = sign_in(one)
    assert answer.status_code == 401 and "must be known at this desk" in answer.text
    assert "bulou_session" not in one.client.cookies
    assert one.get("/queue").headers["location"].startswith("/sign-in")
    assert audited(county)[-1] == ("sign_in.refused", "unknown", {"how": "provider"})


def test_a_disabled_account_stays_outside_and_is_told_the_same_as_an_unknown_one(
    desk: Desk, county: Database, provider: CountyProvider
) -> None:
    with unit_of_work(county) as work:
        work.grants.disable(USER, "operator", NOW)
    pages = []
    for account in (USER, "nobody.here"):
        provider.next(account, now=SECONDS)
        one = visit(desk, provider)
        answer = sign_in(one)
        assert answer.status_code == 401
        pages.append(answer.text.replace(one.form(answer, "/sign-in")[1]["token"], ""))
    assert pages[0] == pages[1] and "code=" not in pages[0]


def test_an_answer_counts_only_in_the_browser_that_asked_and_only_once(
    desk: Desk, county: Database, provider: CountyProvider
) -> None:
    provider.next(USER, now=SECONDS)
    one, other = visit(desk, provider), visit(desk, provider)
    place = sent_back(one)
    other.get(ASK)
    before, asked = len(audited(county)), len(provider.asked())
    for browser, where in (
        (other, place),  # another browser's answer: signing somebody in as oneself
        (visit(desk, provider), place),  # a browser that never asked
        (one, place.replace("state=", "state=x")),
    ):
        assert browser.get(where).status_code == 401
        assert "bulou_session" not in browser.client.cookies
    assert one.get(place).status_code == 401  # after a wrong state one starts again
    assert len(audited(county)) == before and provider.asked()[asked:].count("token") == 0

    place = sent_back(one)
    assert one.get(place).status_code == 303
    assert one.get(place).status_code == 401


def test_a_code_that_the_provider_does_not_know_is_refused(
    desk: Desk, county: Database, provider: CountyProvider
) -> None:
    provider.next(USER, now=SECONDS)
    one = visit(desk, provider)
    state = sent_back(one).partition("state=")[2]
    assert one.get(f"{ASK}/back?code=guessed&state={state}").status_code == 401
    assert audited(county)[-1][0] == "sign_in.refused"


def test_a_provider_that_knows_another_secret_gives_nobody(desk: Desk, provider: CountyProvider) -> None:
    provider.next(USER, now=SECONDS)
    assert sign_in(visit(desk, provider, client_secret="guessed")).status_code == 401


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "queue"]
)
def test_after_the_provider_one_is_on_a_page_of_the_desk_and_never_elsewhere(
    desk: Desk, provider: CountyProvider, wanted: str
) -> None:
    provider.next(USER, now=SECONDS)
    one = visit(desk, provider)
    answer = one.client.get(ASK, params={"next": wanted}, follow_redirects=False)
    place = httpx.get(answer.headers["location"], follow_redirects=False, trust_env=False).headers["location"]
    assert one.get(place.removeprefix(DESK)).headers["location"] == "/"


def test_failures_are_slowed_by_address_before_the_provider_is_asked(
    desk: Desk, county: Database, provider: CountyProvider
) -> None:
    provider.next("nobody.here", now=SECONDS)
    one = visit(desk, provider)
    for _ in range(SETTINGS.rules.failures_of_address):
        assert sign_in(one).status_code == 401
    assert audited(county)[-1][0] == "sign_in.blocked"
    provider.next(USER, now=SECONDS)
    place = sent_back(one)
    asked = provider.asked().count("token")
    answer = one.get(place)
    assert answer.status_code == 401 and "can be tried again at" in answer.text
    assert provider.asked().count("token") == asked


def test_new_keys_of_the_provider_are_fetched_when_they_are_needed(
    desk: Desk, provider: CountyProvider
) -> None:
    provider.next(USER, now=SECONDS)
    one = visit(desk, provider)
    assert sign_in(one).status_code == 303
    asked = len(provider.asked())
    assert sign_in(one).status_code == 303
    assert provider.asked()[asked:] == ["token"]
    provider.next(USER, now=SECONDS, key="new")
    assert sign_in(one).status_code == 303


def test_an_address_names_an_account_only_when_the_provider_has_verified_it(provider: CountyProvider) -> None:
    for told, is_vouched in ((True, True), (False, False), ("true", False), (None, False)):
        provider.next(USER, now=SECONDS, claims={"email": USER, "email_verified": told})
        asked = Provider(of(provider, claim="email"))
        attempt = Attempt("secret")
        answer = httpx.get(asked.place_to_ask(attempt), follow_redirects=False, trust_env=False)
        code = httpx.URL(answer.headers["location"]).params["code"]
        if is_vouched:
            assert asked.vouched(code, attempt, SECONDS) == USER
        else:
            with pytest.raises(ProviderFault, match="has not verified"):
                asked.vouched(code, attempt, SECONDS)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        pytest.param({"calls_itself": "https://elsewhere.example"}, "another issuer", id="another issuer"),
        pytest.param(
            {"token_endpoint": "http://127.0.0.2:9/token"}, "token_endpoint is not", id="endpoint elsewhere"
        ),
        pytest.param({"token_endpoint": None}, "token_endpoint is not", id="no endpoint"),
    ],
)
def test_a_provider_that_points_elsewhere_is_not_believed(
    provider: CountyProvider, said: dict[str, Any], fault: str
) -> None:
    provider.next(USER, **said)
    with pytest.raises(ProviderFault, match=fault):
        Provider(of(provider)).look()


def test_a_provider_that_is_not_there_is_said_to_be_so(
    desk: Desk, county: Database, provider: CountyProvider, free_port: int
) -> None:
    before = audited(county)
    one = visit(desk, provider, issuer=f"http://127.0.0.1:{free_port}")
    answer = one.get(ASK)
    assert answer.status_code == 503 and "cannot be reached" in answer.text
    assert audited(county) == before
    with pytest.raises(ProviderSilent):
        Provider(of(provider, issuer=f"{provider.issuer}/test/asked")).look()


def test_neither_the_secret_nor_a_token_nor_an_account_is_logged(
    desk: Desk, provider: CountyProvider, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for faults in ({}, {"key": "other"}, {"claims": {"nonce": "another"}}):
            provider.next("wang.of.the.county", now=SECONDS, **faults)
            sign_in(visit(desk, provider))
    said = [record.getMessage() for record in caplog.records if record.name.startswith("bulou")]
    assert said
    assert not any(word in line for line in said for word in (SECRET, "eyJ", "wang.of.the.county"))
    assert SECRET not in repr(of(provider))


@pytest.mark.parametrize(
    ("issuer", "desk_url", "is_safe"),
    [
        pytest.param("https://id.county.example", "https://desk.county.example", True, id="encrypted"),
        pytest.param("http://127.0.0.1:9000", "http://localhost:8080", True, id="loopback"),
        pytest.param("http://id.county.example", "https://desk.county.example", False, id="plain issuer"),
        pytest.param("https://id.county.example", "http://desk.county.example", False, id="plain desk"),
        pytest.param("https://id.county.example/?a=b", "http://localhost", False, id="with a query"),
        pytest.param("https://", "http://localhost", False, id="no host"),
        pytest.param("http://127.0.0.1.elsewhere.example", "http://localhost", False, id="only looks local"),
        pytest.param("http://[", "http://localhost", False, id="no address"),
    ],
)
def test_only_an_encrypted_provider_or_one_on_loopback_is_asked(
    issuer: str, desk_url: str, is_safe: bool
) -> None:
    settings = ProviderSettings(issuer, CLIENT, desk_url)
    assert (settings.problems() == []) is is_safe
    if not is_safe:
        with pytest.raises(ProviderFault):
            Provider(settings)
