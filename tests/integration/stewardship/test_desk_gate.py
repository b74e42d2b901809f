"""Signing in with a password or a one-time token, choosing a role and a language, signing out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from desk_clients import PASSWORD, RULES, Browser, app_client
from desk_county import NOW, TOWNSHIPS

from register.access import Desk
from register.accounts import AccountStore
from register.database import Database
from register.work import unit_of_work


def test_a_one_time_token_leads_to_a_password_and_then_to_work(desk: Desk, county: Database) -> None:
    with unit_of_work(county) as work:
        token = AccountStore(work.connection, RULES).make_token("clerk.n1", "operator", NOW)
    one = Browser(app_client(desk))
    to, fields = one.form(one.get("/sign-in"), "/sign-in")
    assert one.post(to, fields | {"one_time": token}).status_code == 303
    assert one.get("/queue").headers["location"] == "/password?next=%2Fqueue"
    page = one.get("/password?next=%2Fqueue")
    assert one.send(page, "/password", new="one two", again="one").status_code == 422
    assert one.send(page, "/password", new="short", again="short").status_code == 422
    assert one.send(page, "/password", new=PASSWORD, again=PASSWORD).headers["location"] == "/queue"
    assert one.get("/queue").status_code == 200

    again = Browser(app_client(desk))
    to, fields = again.form(again.get("/sign-in"), "/sign-in")
    late = again.post(to, fields | {"one_time": token})
    assert late.status_code == 401 and "A one-time token works once" in late.text
    assert "Check the account name" not in late.text and token not in late.text


def test_a_refusal_says_the_same_for_every_reason(
    desk: Desk, county: Database, browser: Callable[..., Browser]
) -> None:
    browser("steward")
    pages = []
    for user, password in (("steward", "wrong"), ("nobody.here", PASSWORD)):
        one = Browser(app_client(desk))
        answer = one.send(one.get("/sign-in"), "/sign-in", user=user, password=password)
        assert answer.status_code == 401
        token = one.form(answer, "/sign-in")[1]["token"]
        pages.append(answer.text.replace(token, ""))
        assert user not in answer.text
    assert pages[0] == pages[1]


def test_after_signing_in_one_is_where_one_wanted_to_be_but_never_elsewhere(
    desk: Desk, browser: Callable[..., Browser]
) -> None:
    browser("steward")
    for wanted, place in (
        ("/queue?type=missing_item", "/queue?type=missing_item"),
        ("//elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
    ):
        one = Browser(app_client(desk))
        to, fields = one.form(one.get("/sign-in"), "/sign-in")
        answer = one.post(to, fields | {"user": "steward", "password": PASSWORD, "next": wanted})
        assert answer.headers["location"] == place


def test_who_is_asked_to_sign_in_comes_back_to_the_same_page(desk: Desk) -> None:
    answer = Browser(app_client(desk)).get("/queue?type=missing_item")
    assert answer.headers["location"] == "/sign-in?next=%2Fqueue%3Ftype%3Dmissing_item"


def test_who_holds_several_roles_chooses_one(browser: Callable[..., Browser], county: Database) -> None:
    with unit_of_work(county) as work:
        work.grants.grant("clerk.s1", "officer", "operator", NOW, area_code=TOWNSHIPS["south"])
    one = browser("clerk.s1")
    assert one.get("/queue").headers["location"] == "/role?next=%2Fqueue"
    token = one.token()
    assert one.post("/role", {"token": token, "role": "steward"}).status_code == 422
    assert one.post("/role", {"token": token, "role": "officer"}).status_code == 303
    assert "Township officer" in one.get("/queue").text


def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: Callable[..., Browser]) -> None:
    one = browser("steward")
    token = one.client.cookies["bulou_session"]
    assert one.send(one.get("/queue"), "/sign-out").status_code == 303
    one.client.cookies.set("bulou_session", token)
    assert one.get("/queue").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("accepted", "word"),
    [
        pytest.param("zh-CN,zh;q=0.9,en;q=0.8", "待办", id="Chinese first"),
        pytest.param("en-GB,en;q=0.9", "Queue", id="English"),
        pytest.param("de;q=0.9, en;q=0.3", "Queue", id="the next one there is"),
        pytest.param("de, fr;q=nonsense", "待办", id="none there is"),
    ],
)
def test_the_browser_s_language_is_spoken(browser: Callable[..., Browser], accepted: str, word: str) -> None:
    assert f"<h1>{word}" in browser("steward", accepted).get("/queue").text


def test_the_user_s_choice_of_language_goes_before_the_browser_s(browser: Callable[..., Browser]) -> None:
    one = browser("steward", "en")
    page = one.get("/queue?type=missing_item")
    answer = one.send(page, "/language", language="zh")
    assert answer.headers["location"] == "/queue?type=missing_item"
    assert 'lang="zh-CN"' in one.get("/queue").text and "<h1>待办" in one.get("/queue").text
