"""Tokens of integrations: shown once, kept as a hash, ended by time, by an operator, by what becomes of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from desk_county import NOW, VILLAGES, areas

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.audit import AuditChain, Event
from register.database import Database
from register.errors import Conflict, InvalidInput, StoreError
from register.integrations import Integration
from register.work import unit_of_work

USER = "wang.li"
DAY = timedelta(days=1)


@pytest.fixture
def token(database: Database) -> str:
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        work.grants.add_user(USER, "王丽", "operator", NOW)
        work.grants.grant(USER, "clerk", "operator", NOW, area_code=VILLAGES["n1"])
        return work.integrations.make("hospital.sync", USER, "clerk", 30, "operator", NOW)


@pytest.fixture
def desk(database: Database, token: str) -> Iterator[Desk]:
    with desk_of(database.engine.url) as opened:
        yield opened


def of(desk: Desk, token: str, days: int = 0) -> Integration | None:
    with desk.at_the_gate() as work:
        return work.integrations.of_token(token, NOW + days * DAY)


def test_a_token_acts_for_its_account_until_it_ends(desk: Desk, token: str) -> None:
    found = of(desk, token)
    assert found is not None and (found.name, found.user_id, found.role) == ("hospital.sync", USER, "clerk")
    assert of(desk, token, 29) is not None and of(desk, token, 30) is None
    assert of(desk, token[:-1]) is None


def test_the_store_keeps_a_hash_and_not_the_token(database: Database, token: str) -> None:
    with database.read() as connection:
        rows = connection.execute(sa.text("SELECT t::text FROM integration_token AS t")).scalars().all()
    assert len(rows) == 1 and token not in rows[0] and token.removeprefix("bulou_") not in rows[0]


def test_its_last_use_is_told(desk: Desk, database: Database, token: str) -> None:
    of(desk, token, 3)
    with unit_of_work(database) as work:
        assert [one.seen_at for one in work.integrations.all()] == [NOW + 3 * DAY]


def test_a_revoked_token_is_none_from_the_next_request(desk: Desk, database: Database, token: str) -> None:
    with unit_of_work(database) as work:
        work.integrations.revoke("hospital.sync", "operator", NOW)
    assert of(desk, token) is None
    with pytest.raises(InvalidInput), unit_of_work(database) as work:
        work.integrations.revoke("hospital.sync", "operator", NOW)


def test_a_token_falls_with_the_role_and_with_the_account(desk: Desk, database: Database, token: str) -> None:
    with unit_of_work(database) as work:
        work.grants.disable(USER, "operator", NOW)
    assert of(desk, token) is None
    with unit_of_work(database) as work:
        work.grants.enable(USER, "operator")
        assert work.grants.of(USER)
    assert of(desk, token) is not None
    with unit_of_work(database) as work:
        work.grants.revoke(work.grants.of(USER)[0].grant_id, "operator", NOW)
    assert of(desk, token) is None


@pytest.mark.parametrize(
    ("name", "user", "role", "days"),
    [
        pytest.param("No Name", USER, "clerk", 1, id="a name that is none"),
        pytest.param("other", "nobody", "clerk", 1, id="no such account"),
        pytest.param("other", USER, "steward", 1, id="a role that is not held"),
        pytest.param("other", USER, "clerk", 0, id="no day"),
        pytest.param("other", USER, "clerk", 367, id="more than a year"),
    ],
)
def test_no_token_is_made_for(
    database: Database, token: str, name: str, user: str, role: str, days: int
) -> None:
    with pytest.raises(InvalidInput), unit_of_work(database) as work:
        work.integrations.make(name, user, role, days, "operator", NOW)


def test_a_name_stands_once_and_may_be_given_again(database: Database, token: str) -> None:
    with pytest.raises(Conflict), unit_of_work(database) as work:
        work.integrations.make("hospital.sync", USER, "clerk", 1, "operator", NOW)
    with unit_of_work(database) as work:
        work.integrations.revoke("hospital.sync", "operator", NOW)
        work.integrations.make("hospital.sync", USER, "clerk", 1, "operator", NOW)
        assert [one.revoked_at is None for one in work.integrations.all()] == [True, False]
        told = [one.action for one in work.audit.of("integration", "hospital.sync")]
    assert told == ["integration.make", "integration.revoke", "integration.make"]


def test_the_desk_reads_no_token_and_the_gate_makes_none(desk: Desk, token: str) -> None:
    with pytest.raises(StoreError, match="permission denied"), desk.as_user(USER, "clerk") as work:
        work.integrations.all()
    with pytest.raises(StoreError, match="permission denied"), desk.at_the_gate() as work:
        work.integrations.make("other", USER, "clerk", 1, "operator", NOW)


def test_what_an_integration_does_names_it_beside_the_account(desk: Desk, database: Database) -> None:
    event = Event(USER, "discrepancy.view", "discrepancy", "D0", {})
    with desk.as_user(USER, "clerk", integration="hospital.sync") as work:
        work.audit.record(event)
    with desk.as_user(USER, "clerk") as work:
        work.audit.record(event)
    with unit_of_work(database) as work:
        told = [dict(one.details) for one in work.audit.of("discrepancy", "D0")]
        assert AuditChain(work.connection).verify().problems == ()
    assert told == [{"integration": "hospital.sync"}, {}]
