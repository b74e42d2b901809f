"""Accounts are administered under rules that the database holds too, whoever asks it how."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from desk_county import COUNTY, NOW, VILLAGES

from register.access import Desk, desk_of
from register.accounts import Refused, SignedIn
from register.administration import Administration
from register.database import Database
from register.errors import Conflict, InvalidInput, NotAllowed, RegisterError, StoreError
from register.work import UnitOfWork, unit_of_work

FEEDS = ("police_births", "hospital_births")
OPERATORS = ("operator.1", "operator.2")


@pytest.fixture
def county(filled_county: Database) -> Database:
    with unit_of_work(filled_county) as work:
        accounts(work).add("operator.2", "operator.2", "operator", "operator", NOW)
    return filled_county


@pytest.fixture
def desk(county: Database) -> Iterator[Desk]:
    with desk_of(county.engine.url) as opened:
        yield opened


def accounts(work: UnitOfWork) -> Administration:
    return Administration(work.connection, FEEDS)


def entries(database: Database, actor: str) -> list[str]:
    with database.read() as connection:
        query = sa.text("SELECT action FROM audit_entry WHERE actor = :actor ORDER BY entry_no")
        return [str(one) for one in connection.scalars(query, {"actor": actor})]


def test_whatever_an_operator_does_to_an_account_is_in_the_audit_chain(county: Database, desk: Desk) -> None:
    with desk.as_user("operator.1", "operator") as work:
        made = accounts(work)
        made.add("zhou.min", "周敏", "clerk", "operator.1", NOW, area_code=VILLAGES["n1"])
        made.token("zhou.min", "operator.1", NOW)
        given = made.give("zhou.min", "contact", "operator.1", NOW, feed="police_births")
        made.withdraw("zhou.min", given.grant_id, "operator.1", NOW)
        made.end_sessions("zhou.min", "operator.1", NOW)
        made.lock("zhou.min", "operator.1", NOW)
        made.unlock("zhou.min", "operator.1")
    assert entries(county, "operator.1") == [
        "user.add", "user.grant", "token.make", "user.grant", "user.revoke",
        "session.end_all", "user.disable", "session.end_all", "user.enable",
    ]  # fmt: skip
    with county.read() as connection:
        reached = sa.text(
            "SELECT grant_area.area_code FROM grant_area JOIN app_grant USING (grant_id) WHERE user_id = 'zhou.min'"
        )
        assert connection.scalars(reached).all() == [VILLAGES["n1"]]


def test_a_token_that_an_operator_made_signs_in_once_and_only_before_the_lock(desk: Desk) -> None:
    with desk.as_user("operator.1", "operator") as work:
        token = accounts(work).token("clerk.n1", "operator.1", NOW)
    with desk.at_the_gate() as work:
        session = work.accounts.sign_in_with_token(token, "10.0.0.1", NOW)
        assert isinstance(session, SignedIn) and session.session.must_change
    with desk.as_user("operator.1", "operator") as work:
        assert accounts(work).account("clerk.n1", NOW).sessions == 1  # type: ignore[union-attr]
        again = accounts(work).token("clerk.n1", "operator.1", NOW)
        assert accounts(work).lock("clerk.n1", "operator.1", NOW) == 1
    with desk.at_the_gate() as work:
        assert work.accounts.session_of(session.token, NOW) is None
        assert isinstance(work.accounts.sign_in_with_token(again, "10.0.0.1", NOW), Refused)


def test_nobody_administers_the_own_account(desk: Desk) -> None:
    with desk.as_user("operator.1", "operator") as work:
        mine = accounts(work)
        own = work.grants.of("operator.1")[0]
        for act in (
            lambda: mine.lock("operator.1", "operator.1", NOW),
            lambda: mine.token("operator.1", "operator.1", NOW),
            lambda: mine.give("operator.1", "steward", "operator.1", NOW, area_code=COUNTY),
            lambda: mine.withdraw("operator.1", own.grant_id, "operator.1", NOW),
        ):
            with pytest.raises(NotAllowed):
                act()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "INSERT INTO app_grant (user_id, role, area_code, granted_by, granted_at) "
            f"VALUES ('operator.1', 'steward', '{COUNTY}', 'operator.1', now())",
            id="a role of one's own",
        ),
        pytest.param(
            "INSERT INTO app_grant (user_id, role, granted_by, granted_at) "
            "VALUES ('auditor', 'operator', 'operator.2', now())",
            id="in another's name",
        ),
        pytest.param(
            "INSERT INTO grant_area SELECT grant_id, '990101000000' FROM app_grant WHERE user_id = 'operator.1'",
            id="a wider reach of one's own",
        ),
        pytest.param(
            "INSERT INTO sign_in_token (token_hash, user_id, made_by, ends_at) "
            "VALUES ('h', 'operator.1', 'operator.1', now())",
            id="a token of one's own",
        ),
        pytest.param("UPDATE app_user SET user_id = 'other' WHERE user_id = 'auditor'", id="another name"),
        pytest.param("UPDATE app_grant SET role = 'operator' WHERE user_id = 'auditor'", id="another role"),
        pytest.param("SELECT token_hash FROM app_session", id="with what others are signed in"),
        pytest.param("SELECT password_hash FROM credential", id="passwords"),
        pytest.param("DELETE FROM app_grant", id="that a role was ever held"),
    ],
)
def test_the_database_refuses_an_operator(desk: Desk, statement: str) -> None:
    with pytest.raises(StoreError) as refused, desk.as_user("operator.1", "operator") as work:
        work.connection.execute(sa.text(statement))
    assert refused.value.sqlstate == "42501"


def test_no_other_role_writes_accounts(desk: Desk) -> None:
    for user, role in (("steward", "steward"), ("auditor", "auditor"), ("clerk.n1", "clerk")):
        with pytest.raises(RegisterError), desk.as_user(user, role) as work:
            accounts(work).lock("operator.1", user, NOW)
        with pytest.raises(StoreError), desk.as_user(user, role) as work:
            work.grants.disable("operator.1", user, NOW)


def test_of_two_operators_who_lock_each_other_one_stays(county: Database, desk: Desk) -> None:
    start, refused = threading.Barrier(2), []

    def lock(actor: str, other: str) -> None:
        try:
            with desk.as_user(actor, "operator") as work:
                start.wait()
                accounts(work).lock(other, actor, NOW)
        except NotAllowed:
            refused.append(actor)

    threads = [threading.Thread(target=lock, args=pair) for pair in (OPERATORS, OPERATORS[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with county.read() as connection:
        query = sa.text(
            "SELECT user_id FROM app_user WHERE disabled_at IS NULL AND user_id LIKE 'operator._'"
        )
        assert connection.scalars(query).all() == [one for one in OPERATORS if one not in refused]
    assert len(refused) == 1


def test_whoever_sits_at_the_machine_may_lock_also_the_last_operator(county: Database) -> None:
    with unit_of_work(county) as work:
        for name in OPERATORS:
            accounts(work).lock(name, "operator", NOW)
        assert not any(one.administers for one in accounts(work).accounts())


def test_what_has_changed_since_it_was_seen_is_left_alone_and_told(county: Database, desk: Desk) -> None:
    with desk.as_user("operator.1", "operator") as work:
        before = accounts(work).account("auditor", NOW)
        assert before is not None
    with desk.as_user("operator.2", "operator") as work:
        accounts(work).withdraw("auditor", before.grants[0].grant_id, "operator.2", NOW, before.seen)
        accounts(work).give("auditor", "contact", "operator.2", NOW, feed="police_births")
    for act in ("lock", "token"):
        with pytest.raises(Conflict), desk.as_user("operator.1", "operator") as work:
            getattr(accounts(work), act)("auditor", "operator.1", NOW, before.seen)
    with desk.as_user("operator.1", "operator") as work:
        changed = accounts(work).changed_since("auditor", before.seen)
        assert [one.grant.role for one in changed.given] == ["contact"]
        assert [(one.grant.role, one.revoked_by) for one in changed.taken] == [("auditor", "operator.2")]
        now = accounts(work).account("auditor", NOW)
        assert now is not None and now.user.disabled_at is None


def test_a_mistake_says_which_part_it_is_of(county: Database) -> None:
    wrong = {
        "user": ("X y", "x", "auditor", {}),
        "shown": ("x.y", " ", "auditor", {}),
        "role": ("x.y", "x", "king", {}),
        "area": ("x.y", "x", "clerk", {"area_code": COUNTY}),
        "feed": ("x.y", "x", "contact", {"feed": "nothing"}),
    }
    for part, (name, shown, role, where) in wrong.items():
        with pytest.raises(InvalidInput) as mistake, unit_of_work(county) as work:
            accounts(work).add(name, shown, role, "operator", NOW, **where)
        assert mistake.value.part == part
