"""Accounts at the desk: an operator adds, locks, gives and takes back, on what was seen; a token is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import pytest
from desk_clients import PASSWORD, Browser, app_client
from desk_county import COUNTY, NOW, USERS, VILLAGES

from assets.deliveries import FEEDS
from register.access import Desk
from register.administration import Administration
from register.database import Database
from register.work import unit_of_work
from stewardship.administration.sections import key_of
from stewardship.administration.users import OF_CONTACTS

LIST: Final = "/administration/users"
TOKEN: Final = re.compile(r'class="reference">([\w-]{40,})<')
Open = Callable[..., Browser]


def place(user: str) -> str:
    return f"{LIST}/{key_of(user)}"


@pytest.fixture
def operator(browser: Open) -> Browser:
    return browser("operator.1")


def is_locked(database: Database, user: str) -> bool:
    with unit_of_work(database) as work:
        found = work.grants.user(user)
    return found is not None and found.disabled_at is not None


def roles(database: Database, user: str) -> list[str]:
    with unit_of_work(database) as work:
        return [grant.role for grant in work.grants.of(user)]


def test_a_new_user_signs_in_with_the_token_that_the_page_shows_once(operator: Browser, desk: Desk) -> None:
    page = operator.get(f"{LIST}/new")
    made = operator.send(
        page, LIST, user="Zhou.Min", shown="周敏", role="clerk", area=VILLAGES["n1"], feed="police_births"
    )
    token = TOKEN.search(made.text)
    assert made.status_code == 200 and token is not None
    assert token[1] not in operator.get(place("zhou.min")).text
    newcomer = Browser(app_client(desk))
    answer = newcomer.send(newcomer.get("/sign-in"), "/sign-in", one_time=token[1])
    assert answer.status_code == 303
    new = {"new": "quiet orange ladder", "again": "quiet orange ladder"}
    assert newcomer.send(newcomer.get("/password"), "/password", **new).status_code == 303
    assert newcomer.get("/queue").status_code == 200
    assert newcomer.get(LIST).status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        pytest.param({"user": "X Y"}, 422, "An account name has 2 to 40", id="a name that is none"),
        pytest.param({"role": ""}, 422, "Choose a role", id="no role"),
        pytest.param({"area": COUNTY}, 422, "A clerk is of a village", id="an area of another level"),
        pytest.param({"role": "contact", "feed": "x"}, 422, "Choose of which feed", id="no such feed"),
        pytest.param({"user": "steward"}, 409, "There is an account of this name", id="a name that is taken"),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_makes_nothing(
    operator: Browser, county: Database, typed: dict[str, str], status: int, said: str
) -> None:
    given = {"user": "zhou.min", "shown": "周敏", "role": "clerk", "area": VILLAGES["n1"]} | typed
    answer = operator.send(operator.get(f"{LIST}/new"), LIST, **given)
    assert answer.status_code == status and said in answer.text and "周敏" in answer.text
    with unit_of_work(county) as work:
        assert work.grants.user("zhou.min") is None


def test_an_account_is_locked_and_unlocked_and_its_sessions_end(
    browser: Open, operator: Browser, county: Database
) -> None:
    theirs = browser("clerk.n1")
    page = operator.get(place("clerk.n1"))
    assert "1 session" in page.text
    done = operator.send(page, f"{place('clerk.n1')}/lock")
    assert done.status_code == 303 and is_locked(county, "clerk.n1")
    assert theirs.get("/queue").headers["location"].startswith("/sign-in")
    page = operator.get(done.headers["location"])
    assert "Locked; whatever was open has ended." in page.text
    assert operator.send(page, f"{place('clerk.n1')}/unlock").status_code == 303
    assert not is_locked(county, "clerk.n1")
    again = theirs.send(theirs.get("/sign-in"), "/sign-in", user="clerk.n1", password=PASSWORD)
    assert again.status_code == 303
    assert operator.send(operator.get(place("clerk.n1")), f"{place('clerk.n1')}/sessions").status_code == 303
    assert theirs.get("/queue").headers["location"].startswith("/sign-in")


def test_a_role_is_given_and_taken_back_and_both_are_told(operator: Browser, county: Database) -> None:
    page = operator.get(place("clerk.n1"))
    given = operator.send(page, f"{place('clerk.n1')}/grant", role="contact", feed="police_births", area="")
    assert given.status_code == 303 and roles(county, "clerk.n1") == ["clerk", "contact"]
    page = operator.get(place("clerk.n1"))
    taken = operator.send(page, f"{place('clerk.n1')}/withdraw")
    assert taken.status_code == 303 and roles(county, "clerk.n1") == ["contact"]
    assert operator.get(place("clerk.n1")).text.count("operator.1") == 3  # signed in, gave, took back
    again = operator.send(page, f"{place('clerk.n1')}/withdraw")
    assert again.status_code == 409  # it is gone already


def test_who_comes_second_is_told_what_changed_and_keeps_what_was_typed(
    operator: Browser, county: Database
) -> None:
    page = operator.get(place("auditor"))
    with unit_of_work(county) as work:
        other = Administration(work.connection, FEEDS)
        other.give("auditor", "operator", "operator", NOW)
    answer = operator.send(page, f"{place('auditor')}/grant", role="steward", area=COUNTY, feed="")
    assert answer.status_code == 409 and "The account has changed meanwhile" in answer.text
    assert "Operator: given by operator" in answer.text
    assert f'<option value="{COUNTY}" selected>' in answer.text and roles(county, "auditor") == [
        "auditor",
        "operator",
    ]
    sent = operator.send(answer, f"{place('auditor')}/grant", role="steward", area=COUNTY)
    assert sent.status_code == 303 and "steward" in roles(county, "auditor")


def test_an_operator_does_nothing_to_the_own_account(operator: Browser, county: Database) -> None:
    page = operator.get(place("operator.1"))
    acts = page.text.replace(f'action="{place("operator.1")}/export"', "")
    assert "another operator administers it" in acts and f'action="{place("operator.1")}' not in acts
    fields = {"token": operator.token(), "seen": "1", "role": "steward", "area": COUNTY, "grant": "1"}
    for act in ("lock", "token", "sessions", "grant", "withdraw"):
        assert operator.post(f"{place('operator.1')}/{act}", fields).status_code == 409
    assert roles(county, "operator.1") == ["operator"] and not is_locked(county, "operator.1")


def test_the_list_is_narrowed_by_role_area_and_state_and_no_address_has_a_name(
    operator: Browser, county: Database
) -> None:
    def listed(query: str) -> set[str]:
        return {
            link for link in operator.links(operator.get(f"{LIST}?{query}"), f"{LIST}/") if "new" not in link
        }

    assert {place(user) for user in USERS} < listed("")
    assert listed("role=contact") == {place("contact.police"), place("contact.hospital")}
    assert listed(f"area={VILLAGES['s1']}") == {place("clerk.s1")}
    assert listed("area=990101001000") == {place(u) for u in ("clerk.n1", "officer.north", "officer.both")}
    assert listed("state=locked") == set()
    assert listed("role=%00&area=x&state=y&after=z") == listed("")
    assert not any(user in link for link in listed("") for user in USERS)


def test_a_contact_can_be_of_every_feed_that_there_is() -> None:
    assert set(OF_CONTACTS) == set(FEEDS)


@pytest.mark.parametrize("odd", ["%00", "x" * 3000, "0" * 16, "%F0%9F%98%80"])
def test_no_address_of_an_account_breaks_the_desk(operator: Browser, odd: str) -> None:
    nothing = operator.get("/no/such/page").content
    assert operator.get(f"{LIST}/{odd}").content == nothing
    token = operator.token()
    assert operator.post(f"{LIST}/{odd}/lock", {"token": token}).content == nothing
    assert operator.post(f"{place('auditor')}/{odd}", {"token": token}).content == nothing


def test_no_typed_text_breaks_an_account_page(operator: Browser) -> None:
    odd = "\x00‮😀<script>' OR 1=1 --"
    page = operator.get(place("auditor"))
    for act, field in (("withdraw", "grant"), ("grant", "role"), ("lock", "seen")):
        to, fields = operator.form(page, f"{place('auditor')}/{act}")
        assert operator.post(to, fields | {field: odd}).status_code in (409, 422)
