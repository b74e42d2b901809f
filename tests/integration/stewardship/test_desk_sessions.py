"""What is sent after the session has ended: it is that session's user's, and nobody else sees it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from desk_clients import ORIGIN, PASSWORD, RULES, Browser, discrepancy_of, status_of
from desk_county import NOW

from register.accounts import AccountStore
from register.database import Database
from register.work import unit_of_work

Of = Callable[..., Browser]
USER = "officer.north"
TYPED = "ask <there>"
SEEN = "ask &lt;there&gt;"


@pytest.fixture
def id_(county: Database) -> str:
    return discrepancy_of(county, "n1")


def form(one: Browser, id_: str) -> tuple[str, dict[str, str]]:
    """A decision, typed and not yet sent."""
    to, fields = one.form(one.get(f"/discrepancies/{id_}"), f"/discrepancies/{id_}/decide")
    return to.rstrip("?"), {**fields, "kind": "visit", "reason": TYPED}


def signed_out(one: Browser) -> None:
    """In another tab."""
    assert one.send(one.get("/queue"), "/sign-out").status_code == 303


def signed_in_again(one: Browser, user: str = USER) -> None:
    """In another tab."""
    answer = one.send(one.get("/sign-in"), "/sign-in", user=user, password=PASSWORD)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("language", "ended", "again"),
    [
        pytest.param("en", "Your session has ended", "You are signed in again", id="English"),
        pytest.param("zh", "会话已结束", "已重新登录", id="Chinese"),
    ],
)
@pytest.mark.parametrize("how", ["signed out", "by an administrator"])
def test_a_form_is_not_lost_when_the_session_was_ended(
    browser: Of, county: Database, id_: str, language: str, ended: str, again: str, how: str
) -> None:
    one = browser(USER, language)
    to, fields = form(one, id_)
    if how == "signed out":
        signed_out(one)
    else:
        with unit_of_work(county) as work:
            AccountStore(work.connection, RULES).end_sessions(USER, "operator", NOW)
    told = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    assert told.status_code == 401 and ended in told.text and TYPED not in told.text
    wrong = one.send(told, "/sign-in", user=USER, password="not this one at all")
    assert wrong.status_code == 401 and ended in wrong.text, "it is kept still"
    back = one.send(wrong, "/sign-in", user=USER, password=PASSWORD)
    assert back.status_code == 200 and again in back.text and SEEN in back.text
    pages = (told, wrong, back)
    assert not any('action="/language"' in page.text for page in pages), "choosing a language would lose it"
    assert status_of(county, id_) == "open"
    assert one.send(back, to).status_code == 303
    assert status_of(county, id_) == "waiting"


def test_who_has_signed_in_again_meanwhile_sends_it_at_once(browser: Of, county: Database, id_: str) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    signed_in_again(one)
    back = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    assert back.status_code == 200 and "You are signed in again" in back.text and SEEN in back.text
    assert f'href="/discrepancies/{id_}"' in back.text and status_of(county, id_) == "open"
    assert one.send(back, to).status_code == 303
    assert status_of(county, id_) == "waiting"


@pytest.mark.parametrize(
    ("times", "is_kept"), [(1, True), (3, True), (4, False)], ids=["one", "three", "four"]
)
def test_a_form_of_some_sessions_ago_is_kept_too(
    browser: Of, county: Database, id_: str, times: int, is_kept: bool
) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    for _ in range(times):
        signed_out(one)
        signed_in_again(one)
    back = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    assert (SEEN in back.text) == is_kept and status_of(county, id_) == "open"
    assert len(one.client.cookies["bulou_before"]) < 400


def test_it_is_not_lost_either_on_a_page_to_sign_in_that_another_tab_was_quicker_than(
    browser: Of, county: Database, id_: str
) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    told = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    signed_in_again(one)
    back = one.send(told, "/sign-in", user=USER, password=PASSWORD)
    assert back.status_code == 200 and SEEN in back.text and f'href="/discrepancies/{id_}"' in back.text
    assert one.send(back, to).status_code == 303


def token_for(county: Database, user: str) -> str:
    """To sign in once."""
    with unit_of_work(county) as work:
        return AccountStore(work.connection, RULES).make_token(user, "operator", NOW)


def test_a_one_time_token_and_a_new_password_lead_back_to_it(browser: Of, county: Database, id_: str) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    told = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    with_token = told.text.partition('name="one_time"')[0].rpartition("<form")[2]
    assert 'name="kept"' in with_token and "bulou_kept" not in told.text
    page = one.send(told, "/sign-in", one_time=token_for(county, USER))
    assert page.status_code == 200 and "set the password, and send it then" in page.text
    page = one.send(page, "/password", new="one two", again="one")
    assert page.status_code == 422 and "set the password, and send it then" in page.text
    page = one.send(page, "/password", new="short", again="short")
    back = one.send(page, "/password", new="quiet orange ladder", again="quiet orange ladder")
    assert back.status_code == 200 and SEEN in back.text and f'href="/discrepancies/{id_}"' in back.text
    assert one.send(back, to).status_code == 303 and status_of(county, id_) == "waiting"


def test_a_form_that_is_sent_before_the_password_is_set_waits_for_it(
    browser: Of, county: Database, id_: str
) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    one.send(one.get("/sign-in"), "/sign-in", one_time=token_for(county, USER))  # in another tab
    page = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    assert page.status_code == 200 and "Set a password" in page.text
    back = one.send(page, "/password", new="quiet orange ladder", again="quiet orange ladder")
    assert SEEN in back.text and one.send(back, to).status_code == 303


def test_by_another_s_token_nothing_is_shown(browser: Of, county: Database, id_: str) -> None:
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    told = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    answer = one.send(told, "/sign-in", one_time=token_for(county, "steward"))
    assert answer.status_code == 303 and answer.headers["location"] == f"/discrepancies/{id_}"
    page = one.get("/password")
    told_kept = one.form(told, "/sign-in")[1]["kept"]
    new = "quiet orange ladder"
    answer = one.send(page, "/password", new=new, again=new, kept=told_kept)
    assert answer.status_code == 303 and "ask" not in answer.text
    answer = one.send(one.get("/sign-in/kept?next=/queue"), "/sign-in/kept", kept=told_kept)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue") and "ask" not in answer.text


def test_what_a_tab_kept_is_brought_back_for_its_user(browser: Of, county: Database, id_: str) -> None:
    """As the script does after signing in with the county's account."""
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    told = one.post(to, fields, referer=f"{ORIGIN}/discrepancies/{id_}")
    packed = one.form(told, "/sign-in")[1]["kept"]
    signed_in_again(one)
    place = f"/sign-in/kept?next=%2Fdiscrepancies%2F{id_}"
    back = one.send(one.get(place), "/sign-in/kept", kept=packed)
    assert SEEN in back.text and f'href="/discrepancies/{id_}"' in back.text
    assert one.send(back, to).status_code == 303 and status_of(county, id_) == "waiting"
    answer = one.send(one.get(place), "/sign-in/kept")
    assert answer.headers["location"] == f"/discrepancies/{id_}", "where there was nothing"


def test_nobody_else_sees_what_was_typed(browser: Of, county: Database, id_: str) -> None:
    browser("steward")  # has a password by now
    one = browser(USER)
    to, fields = form(one, id_)
    signed_out(one)
    told = one.post(to, fields)
    answer = one.send(told, "/sign-in", user="steward", password=PASSWORD)
    assert answer.status_code == 303 and "ask" not in answer.text, "somebody else signs in with it"
    answer = one.post(to, fields)
    assert answer.status_code == 403 and "ask" not in answer.text, "somebody else is signed in"
    with unit_of_work(county) as work:
        AccountStore(work.connection, RULES).end_sessions("steward", "operator", NOW)
    one.client.cookies.delete("bulou_before")
    answer = one.post(to, fields)
    assert answer.status_code == 303 and "ask" not in answer.text, "the last session was somebody else's"
    assert status_of(county, id_) == "open"


def test_what_the_browser_keeps_of_a_session_signs_nobody_in(browser: Of) -> None:
    one = browser(USER)
    secret = one.client.cookies["bulou_session"]
    signed_out(one)
    kept = one.client.cookies["bulou_before"]
    assert secret not in kept
    for part in (kept, *re.split("[._]", kept)):
        one.client.cookies.set("bulou_session", part)
        assert one.get("/queue").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("language", "ended", "untaken"),
    [
        pytest.param("en", "Sign in, then choose it again", "The file was not taken", id="English"),
        pytest.param("zh", "请登录后重新选择", "文件没有收下", id="Chinese"),
    ],
)
def test_of_a_file_the_page_where_it_was_chosen_says_that_it_was_not_taken(
    browser: Of, county: Database, language: str, ended: str, untaken: str
) -> None:
    one = browser("clerk.n1", language)
    signed_out(one)
    told = one.get(sent_file(one))
    assert ended in told.text
    back = one.send(told, "/sign-in", user="clerk.n1", password=PASSWORD)
    assert back.headers["location"] == "/worklists?area=990101001001"
    page = one.get(back.headers["location"])
    assert untaken in page.text and "/worklists/return" in page.text
    assert untaken not in one.get("/worklists").text, "it is said once"
    assert sent_file(one) == "/worklists?area=990101001001", "a form of the session before"
    assert untaken not in one.get("/queue").text and untaken in one.get("/worklists").text


def test_nobody_else_is_told_of_a_file(browser: Of) -> None:
    browser("steward")
    one = browser("clerk.n1")
    signed_out(one)
    told = one.get(sent_file(one))
    one.send(told, "/sign-in", user="steward", password=PASSWORD)
    assert "was not taken" not in one.get("/worklists").text


def sent_file(one: Browser) -> str:
    """A filled-in list, handed in on the page of the worklists; where the browser is sent to."""
    answer = one.client.post(
        "/worklists/return",
        data={"token": "of the session before"},
        files={"file": ("list.xlsx", b"PK" * 400)},
        headers={"sec-fetch-site": "same-origin", "referer": f"{ORIGIN}/worklists?area=990101001001"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_search_after_the_session_has_ended_leads_to_signing_in_and_keeps_nothing(browser: Of) -> None:
    """What is looked for is somebody's name or number: it is in no page and in no address."""
    one = browser(USER)
    to, fields = one.form(one.get("/queue"), "/search")
    signed_out(one)
    answer = one.post(to, {**fields, "wanted": "马秀英"}, referer=f"{ORIGIN}/queue?type=missing_item")
    assert answer.headers["location"] == "/sign-in?next=%2Fqueue%3Ftype%3Dmissing_item"
    assert "马秀英" not in one.get(answer.headers["location"]).text
