"""Signing in, sessions, guessing: through the gate, as the web app does it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
from desk_county import NOW, VILLAGES, areas

from register.access import Desk, desk_of
from register.accounts import AccountRules, AccountStore, Refused, SignedIn
from register.areas import replace_areas
from register.audit import AuditChain
from register.database import Database
from register.errors import InvalidInput, NotAllowed, StoreError
from register.passwords import Hashing
from register.work import unit_of_work

PASSWORD = "three wells by the tree"
OTHER = "rice is planted in may"
HERE, THERE = "10.0.0.1", "10.0.0.2"
RULES = AccountRules(hashing=Hashing(1, 8, 1))
USER = "wang.li"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        work.grants.add_user(USER, "王丽", "operator", NOW)
        work.grants.grant(USER, "clerk", "operator", NOW, area_code=VILLAGES["n1"])
        AccountStore(work.connection, RULES).set_password(USER, PASSWORD, "operator", NOW)
    with desk_of(database.engine.url) as opened:
        yield opened


Answer = TypeVar("Answer")


def at_gate(desk: Desk, ask: Callable[[AccountStore], Answer]) -> Answer:
    with desk.at_the_gate() as work:
        return ask(AccountStore(work.connection, RULES))


def sign_in(
    desk: Desk, password: str = PASSWORD, now: datetime = NOW, user: str = USER, address: str = HERE
) -> SignedIn | Refused:
    return at_gate(desk, lambda accounts: accounts.sign_in(user, password, address, now))


def signed_in(desk: Desk, now: datetime = NOW) -> SignedIn:
    answer = sign_in(desk, now=now)
    assert isinstance(answer, SignedIn)
    return answer


def is_standing(desk: Desk, token: str, now: datetime) -> bool:
    return at_gate(desk, lambda accounts: accounts.session_of(token, now)) is not None


def test_a_user_signs_in_works_in_the_role_and_signs_out(desk: Desk) -> None:
    answer = signed_in(desk)
    session = at_gate(desk, lambda accounts: accounts.session_of(answer.token, NOW + MINUTE))
    assert session is not None
    assert (session.user_id, session.display_name, session.role) == (USER, "王丽", "clerk")
    assert not session.must_change
    with desk.as_user(session.user_id, "clerk", read_only=True) as work:
        assert work.connection.scalar(sa.text("SELECT desk_user()")) == USER
    at_gate(desk, lambda accounts: accounts.sign_out(answer.token, NOW + MINUTE))
    assert not is_standing(desk, answer.token, NOW + MINUTE)


def test_a_refusal_says_the_same_for_every_reason(database: Database, desk: Desk) -> None:
    with unit_of_work(database) as work:
        work.grants.add_user("gone", "gone", "operator", NOW)
        AccountStore(work.connection, RULES).set_password("gone", PASSWORD, "operator", NOW)
        work.grants.disable("gone", "operator", NOW)
        work.grants.add_user("without", "without password", "operator", NOW)
    answers = [
        sign_in(desk, OTHER),
        sign_in(desk, user="gone"),
        sign_in(desk, user="nobody"),
        sign_in(desk, user="without"),
        sign_in(desk, "p" * 10_000),
        at_gate(desk, lambda accounts: accounts.sign_in_with_token("made up", HERE, NOW)),
    ]
    assert answers == [Refused()] * 6


def test_neither_token_nor_password_nor_address_is_kept(database: Database, desk: Desk) -> None:
    token = signed_in(desk).token
    sign_in(desk, user=OTHER)
    with database.read() as connection:
        for table in ("app_session", "credential", "sign_in_token", "throttle", "audit_entry", "app_user"):
            told = str(connection.execute(sa.text(f"SELECT * FROM {table}")).all())
            assert not any(secret in told for secret in (token, PASSWORD, OTHER, HERE)), table


def test_a_session_ends_when_it_is_idle_and_at_the_latest_after_its_longest_time(desk: Desk) -> None:
    token = signed_in(desk).token
    assert not is_standing(desk, token, NOW + RULES.idle)
    now = NOW
    while now < NOW + RULES.longest - RULES.idle:
        now += RULES.idle - MINUTE
        assert is_standing(desk, token, now)
    assert not is_standing(desk, token, NOW + RULES.longest)


def test_sessions_are_ended_at_once(database: Database, desk: Desk) -> None:
    first, second = signed_in(desk), signed_in(desk)
    with unit_of_work(database) as work:
        work.grants.disable(USER, "operator", NOW)
    assert not is_standing(desk, first.token, NOW)
    with unit_of_work(database) as work:
        work.grants.enable(USER, "operator")
        assert AccountStore(work.connection, RULES).end_sessions(USER, "operator", NOW) == 2
    assert not is_standing(desk, second.token, NOW)


def test_a_new_password_ends_all_sessions_but_its_own(desk: Desk) -> None:
    first, second = signed_in(desk), signed_in(desk)
    wrong = at_gate(desk, lambda accounts: accounts.change_password(first.token, OTHER, OTHER, HERE, NOW))
    assert isinstance(wrong, Refused)
    third = at_gate(desk, lambda accounts: accounts.change_password(first.token, PASSWORD, OTHER, HERE, NOW))
    assert isinstance(third, SignedIn)
    standing = [is_standing(desk, answer.token, NOW) for answer in (first, second, third)]
    assert standing == [False, False, True]
    assert isinstance(sign_in(desk, PASSWORD), Refused)
    assert isinstance(sign_in(desk, OTHER), SignedIn)


def test_a_password_that_may_not_be_one_changes_nothing(desk: Desk) -> None:
    token = signed_in(desk).token
    for new in ("short", PASSWORD):
        with pytest.raises(InvalidInput):
            at_gate(desk, lambda accounts, new=new: accounts.change_password(token, PASSWORD, new, HERE, NOW))
    assert is_standing(desk, token, NOW)
    with pytest.raises(NotAllowed):
        at_gate(desk, lambda accounts: accounts.change_password("no session", PASSWORD, OTHER, HERE, NOW))


def test_a_one_time_token_signs_in_once_to_set_a_password(database: Database, desk: Desk) -> None:
    def make() -> str:
        with unit_of_work(database) as work:
            return AccountStore(work.connection, RULES).make_token(USER, "operator", NOW)

    old, token = make(), make()

    def use(token: str, now: datetime = NOW) -> SignedIn | Refused:
        return at_gate(desk, lambda accounts: accounts.sign_in_with_token(token, HERE, now))

    assert isinstance(use(old), Refused)
    assert isinstance(use(token, NOW + RULES.token_lasts), Refused)
    answer = use(token)
    assert isinstance(answer, SignedIn) and answer.session.must_change
    assert isinstance(use(token), Refused)
    changed = at_gate(desk, lambda accounts: accounts.change_password(answer.token, None, OTHER, HERE, NOW))
    assert isinstance(changed, SignedIn) and not changed.session.must_change


def test_guessing_one_account_is_blocked_for_longer_each_time(desk: Desk) -> None:
    for _ in range(RULES.failures - 1):
        assert sign_in(desk, OTHER) == Refused()
    assert sign_in(desk, OTHER) == Refused(NOW + MINUTE)
    assert sign_in(desk, PASSWORD, address=THERE) == Refused(NOW + MINUTE)
    later = NOW + MINUTE
    assert sign_in(desk, OTHER, later) == Refused(later + 2 * MINUTE)
    for _ in range(20):
        later += RULES.longest_block
        blocked = sign_in(desk, OTHER, later)
        assert isinstance(blocked, Refused) and blocked.retry_at is not None
    assert blocked.retry_at == later + RULES.longest_block
    assert isinstance(sign_in(desk, PASSWORD, later + RULES.longest_block), SignedIn)
    assert sign_in(desk, OTHER, later + RULES.longest_block) == Refused()


def test_guessing_many_accounts_from_one_address_is_blocked(desk: Desk) -> None:
    answers = [sign_in(desk, user=f"user{number}") for number in range(RULES.failures_of_address)]
    assert answers[:-1] == [Refused()] * (RULES.failures_of_address - 1)
    assert answers[-1] == Refused(NOW + RULES.window)
    assert isinstance(sign_in(desk), Refused)
    assert isinstance(sign_in(desk, address=THERE), SignedIn)
    assert isinstance(sign_in(desk, now=NOW + RULES.window), SignedIn)


def test_failures_of_an_address_count_within_a_window_only(desk: Desk) -> None:
    for number in range(2 * RULES.failures_of_address):
        now = NOW + number * MINUTE
        assert sign_in(desk, user=f"user{number}", now=now) == Refused()


def test_guesses_at_the_same_moment_are_counted_one_by_one(desk: Desk) -> None:
    start = threading.Barrier(12)
    answers: list[SignedIn | Refused] = []

    def guess() -> None:
        start.wait()
        answers.append(sign_in(desk, OTHER))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(Refused()) == RULES.failures - 1
    assert answers.count(Refused(NOW + MINUTE)) == 12 - (RULES.failures - 1)


def test_a_password_is_hashed_anew_when_the_cost_has_changed(database: Database, desk: Desk) -> None:
    dearer = AccountRules(hashing=Hashing(2, 8, 1))
    with desk.at_the_gate() as work:
        assert isinstance(AccountStore(work.connection, dearer).sign_in(USER, PASSWORD, HERE, NOW), SignedIn)
    with database.read() as connection:
        kept = connection.scalar(sa.text("SELECT password_hash FROM credential"))
    assert "t=2" in str(kept)


def test_who_holds_two_roles_chooses_one(database: Database, desk: Desk) -> None:
    with unit_of_work(database) as work:
        grant = work.grants.grant(USER, "auditor", "operator", NOW)
    answer = signed_in(desk)
    assert (answer.session.role, answer.session.roles) == (None, ("clerk", "auditor"))
    chosen = at_gate(desk, lambda accounts: accounts.choose_role(answer.token, "auditor", NOW))
    assert chosen.role == "auditor"
    with pytest.raises(NotAllowed):
        at_gate(desk, lambda accounts: accounts.choose_role(answer.token, "steward", NOW))
    with unit_of_work(database) as work:
        work.grants.revoke(grant.grant_id, "operator", NOW)
    session = at_gate(desk, lambda accounts: accounts.session_of(answer.token, NOW))
    assert session is not None and (session.role, session.roles) == ("clerk", ("clerk",))


def test_what_happens_to_accounts_is_in_the_audit_chain(database: Database, desk: Desk) -> None:
    token = signed_in(desk).token
    sign_in(desk, OTHER)
    sign_in(desk, user="a name that nobody has")
    at_gate(desk, lambda accounts: accounts.sign_out(token, NOW))
    with database.read() as connection:
        chain = AuditChain(connection)
        assert chain.verify().problems == ()
        assert [event.action for event in chain.of("account", USER)] == [
            "user.add",
            "user.grant",
            "password.set",
            "sign_in",
            "sign_in.refused",
            "sign_out",
        ]
        assert [event.action for event in chain.of("account", "unknown")] == ["sign_in.refused"]


def test_the_desk_itself_reads_no_password_and_no_session(desk: Desk) -> None:
    for table in ("credential", "app_session", "sign_in_token", "throttle"):
        with pytest.raises(StoreError, match="permission denied"), desk.as_user(USER, "clerk") as work:
            work.connection.execute(sa.text(f"SELECT FROM {table}"))


def test_the_gate_gives_nobody_a_role(desk: Desk) -> None:
    with pytest.raises(StoreError), desk.at_the_gate() as work:
        work.grants.grant(USER, "auditor", "operator", NOW)
