"""One of each thing that the county has none of by itself: who gets its pages, and who the very bytes of what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
import sqlalchemy as sa
from desk_clients import Browser, discrepancy_of, secrets_in, tried
from desk_county import NIGHT, NOW, PLACES, USERS, VILLAGES
from test_desk_lists import applied
from test_desk_pages import OF_ONE, OVERSEERS, PLACED, ask

from register.administration import Administration
from register.database import Database
from register.work import unit_of_work
from stewardship.administration.sections import key_of
from stewardship.administration.users import OF_CONTACTS
from stewardship.overview.stretches import KINDS

WHOSE: Final = "clerk.s1"  # the account that is administered
ACTS: Final = ("lock", "unlock", "token", "sessions", "grant", "withdraw")
# What any of the acts here would change.
CHANGED: Final = (
    *("saved_view", "reveal", "integration_token", "app_user", "app_grant", "sign_in_token", "app_session"),
    *("rule_version", "rule_trial", "audit_entry"),
)
EXPORT: Final = "/export"


@dataclass(frozen=True)
class Asked:
    """A route with a thing that is there."""

    route: str
    parts: dict[str, str]
    typed: dict[str, str] = field(default_factory=dict)
    query: str = ""

    @property
    def is_act(self) -> bool:
        return self.route.startswith("POST") and not self.route.endswith(EXPORT)


def standing(county: Database) -> list[str | None]:
    """The rows of what acts change, as one text for each table."""
    with county.read() as connection:
        query = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{}" AS t'
        return [connection.scalar(sa.text(query.format(table))) for table in CHANGED]


def each(county: Database) -> Iterator[Asked]:
    """Made when it is asked for: an act may be the end of what it is about."""
    yield from _of_overview(county)
    yield from _of_rules(county)
    yield from _of_accounts(county)
    yield Asked("POST /reveals/{reveal_id}/grant", {"reveal_id": reveal_of(county, "n1")})
    with unit_of_work(county) as work:
        work.saved_views.save("officer.north", "births", "type=unregistered_birth")
        view = work.connection.scalar(
            sa.text("SELECT view_id FROM saved_view WHERE user_id = 'officer.north'")
        )
    yield Asked("POST /queue/views/{view_id}/remove", {"view_id": str(view)})


def _of_overview(county: Database) -> Iterator[Asked]:
    applied(county)
    night, place = {"night": NIGHT.isoformat(), "type_": "missing_item"}, "/overview/nights/{night}/{type_}"
    yield Asked(f"GET {place}", night)
    yield Asked(f"POST {place}{EXPORT}", night)
    for what in KINDS:
        for route in ("GET /overview/lists/{what}", f"POST /overview/lists/{{what}}{EXPORT}"):
            yield Asked(route, {"what": what}, query=f"?after=2026-04-01&until={NIGHT}&status=open")


def _of_rules(county: Database) -> Iterator[Asked]:
    place = "/administration/rules/trials/{trial_id}"
    for act in ("try", "drop", "force"):
        listed = [["missing_item", "opened", "D1", VILLAGES["n1"]]]
        revision, trial = tried(county, [["missing_item", "", "opened", 1]], listed)
        if act == "try":
            yield Asked(f"GET {place}", {"trial_id": str(trial)})
            yield Asked(f"POST {place}{EXPORT}", {"trial_id": str(trial)})
        typed = {"revision": str(revision)}
        yield Asked("POST /administration/rules/draft/{act}", {"act": act}, typed)


def _of_accounts(county: Database) -> Iterator[Asked]:
    place, key = "/administration/users/{key}", {"key": key_of(WHOSE)}
    yield Asked(f"GET {place}", key)
    yield Asked(f"POST {place}{EXPORT}", key)
    for act in ACTS:
        with unit_of_work(county) as work:
            account = Administration(work.connection, OF_CONTACTS).account(WHOSE, NOW)
            assert account is not None
            typed = {"seen": account.seen, "grant": str(account.grants[-1].grant_id)}
        typed |= {"role": "clerk", "area": VILLAGES["n2"]}
        yield Asked(f"POST {place}/{{act}}", key | {"act": act}, typed)
    with unit_of_work(county) as work:
        token = next(one for one in work.integrations.all() if one.name == "somebody.sync")
    yield Asked("POST /administration/integrations/{token_id}/revoke", {"token_id": str(token.token_id)})


def reveal_of(county: Database, place: str) -> str:
    """What somebody has asked: to see the child of this place."""
    with unit_of_work(county) as work:
        born = sa.text("UPDATE person SET birth_date = DATE '2019-02-03' WHERE person_no = :place")
        work.connection.execute(born, {"place": place})
        return str(work.reveals.ask("somebody", "person", place, "x", NOW).reveal_id)


@pytest.mark.parametrize("user", USERS)
def test_a_page_of_one_thing_is_there_for_whoever_may_and_for_others_no_page_byte_for_byte(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token, nothing = one.token(), one.get("/no/such/page").content
    asked = set()
    for it in each(county):
        asked.add(it.route)
        before = standing(county)
        status, body = ask(one, it.route, token, it.typed, it.query, **it.parts)
        may = user in OF_ONE[it.route]
        assert (status in (200, 303)) == may, it
        assert may or (status, body) == (404, nothing), it
        assert (standing(county) != before) == may if it.is_act else may or standing(county) == before, it
        assert secrets_in(body) == [], it
    assert asked == set(OF_ONE)


@pytest.mark.parametrize("user", sorted(OVERSEERS))
def test_of_a_night_and_between_nights_are_the_rows_of_the_own_areas_alone(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token = one.token()
    for it in _of_overview(county):
        _, body = ask(one, it.route, token, it.typed, it.query, **it.parts)
        seen = {place for place in PLACES if discrepancy_of(county, place).encode() in body}
        there = set() if it.parts.get("what") == "closed" else PLACED[user]
        assert seen == there if it.route.endswith(EXPORT) else seen <= there and bool(seen) == bool(there), it


@pytest.mark.parametrize("user", USERS)
def test_a_child_is_shown_to_somebody_by_those_who_may_see_it_themselves(
    browser: Callable[..., Browser], county: Database, user: str
) -> None:
    one = browser(user)
    token, nothing, route = one.token(), one.get("/no/such/page").content, "POST /reveals/{reveal_id}/grant"
    for place in PLACES:
        status, body = ask(one, route, token, reveal_id=reveal_of(county, place))
        may = user in OVERSEERS and place in PLACED[user]
        assert status == 303 if may else (status, body) == (404, nothing), place
