"""Rules are drafted, tried, put in force by a second person and never changed after that, whoever asks the database how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from desk_county import COUNTY, NIGHT, NOW

from register.access import Desk, desk_of
from register.database import Database
from register.errors import Conflict, InvalidInput, NotAllowed, StoreError
from register.rules import TRIAL_LASTS, Version, digest_of
from register.work import unit_of_work

RULES = {"birth_days": 45}
DAY = timedelta(days=1)


@pytest.fixture
def county(filled_county: Database) -> Database:
    with unit_of_work(filled_county) as work:
        work.rules.drop(1, "somebody")
        work.grants.add_user("steward.2", "steward.2", "operator", NOW)
        work.grants.grant("steward.2", "steward", "operator", NOW, area_code=COUNTY)
    return filled_county


@pytest.fixture
def desk(county: Database) -> Iterator[Desk]:
    with desk_of(county.engine.url) as opened:
        yield opened


def drafted(desk: Desk, user: str = "steward", **rules: object) -> Version:
    with desk.as_user(user, "steward") as work:
        draft = work.rules.draft()
        return work.rules.save(rules or RULES, "", draft.revision if draft else 0, user, NOW)


def tried(county: Database, desk: Desk, night: date = NIGHT) -> Version:
    """The draft, tried as the machine does it."""
    with desk.as_user("steward", "steward") as work:
        draft = work.rules.draft()
        assert draft is not None
        number = work.rules.ask_trial(draft.revision, "steward", NOW)
    with unit_of_work(county) as work:
        assert work.rules.begin_trial(number) == draft
        work.rules.end_trial(number, "done", NOW, night, {"total": 0})
    return draft


def put(desk: Desk, user: str, revision: int) -> Version:
    with desk.as_user(user, "steward") as work:
        return work.rules.put_in_force(revision, user, NOW)


def ran(county: Database, night: date, *, is_finished: bool = True) -> None:
    with unit_of_work(county) as work:
        if is_finished:
            work.discrepancies.apply(night, [])
            work.nights.finish(night, NOW, {})
        else:
            work.nights.start(night, NOW)


def actions(county: Database) -> list[str]:
    with county.read() as connection:
        query = sa.text(
            "SELECT action FROM audit_entry WHERE subject_kind = 'rules' AND actor <> 'somebody' ORDER BY entry_no"
        )
        return [str(one) for one in connection.scalars(query)]


def test_a_version_counts_from_the_night_after_the_last_and_never_before(
    county: Database, desk: Desk
) -> None:
    draft = drafted(desk)
    assert tried(county, desk) == draft
    version = put(desk, "steward.2", draft.revision)
    assert (version.from_night, version.put_by, version.digest) == (
        NIGHT + DAY,
        "steward.2",
        digest_of(RULES),
    )
    with unit_of_work(county) as work:
        assert work.rules.for_night(NIGHT) is None
        assert work.rules.for_night(NIGHT + DAY) == version == work.rules.for_night(date(2999, 1, 1))
        assert work.rules.draft() is None
    assert actions(county) == ["rules.draft", "rules.try", "rules.force"]


def test_a_night_that_runs_already_goes_by_what_it_began_with(county: Database, desk: Desk) -> None:
    ran(county, NIGHT + 3 * DAY, is_finished=False)
    draft = drafted(desk)
    tried(county, desk)
    assert put(desk, "steward.2", draft.revision).from_night == NIGHT + 4 * DAY


def test_of_two_versions_from_one_night_on_the_later_one_holds(county: Database, desk: Desk) -> None:
    numbers = []
    for days in (40, 45, 50):
        drafted(desk, birth_days=days)
        draft = tried(county, desk)
        numbers.append(put(desk, "steward.2", draft.revision).version_no)
    ran(county, NIGHT + 9 * DAY)
    drafted(desk, birth_days=60)
    tried(county, desk, NIGHT + 9 * DAY)
    last = put(desk, "steward.2", 1)
    with unit_of_work(county) as work:
        holds = [work.rules.for_night(NIGHT + days * DAY) for days in (0, 1, 9, 10)]
        assert [one and one.version_no for one in holds] == [None, numbers[-1], numbers[-1], last.version_no]
        assert [one.version_no for one in work.rules.history()] == [last.version_no, *numbers[::-1]]


def test_who_wrote_it_puts_it_in_force_only_where_nobody_else_could(county: Database, desk: Desk) -> None:
    draft = drafted(desk)
    tried(county, desk)
    with pytest.raises(NotAllowed):
        put(desk, "steward", draft.revision)
    with unit_of_work(county) as work:
        work.grants.disable("steward.2", "operator", NOW)
    assert put(desk, "steward", draft.revision).put_by == "steward"


@pytest.mark.parametrize("what", ["never", "as it was before", "an older night", "broken off"])
def test_only_what_was_tried_against_the_newest_night_is_put_in_force(
    county: Database, desk: Desk, what: str
) -> None:
    draft = drafted(desk)
    if what == "as it was before":
        tried(county, desk)
        draft = drafted(desk, birth_days=60)
    elif what == "an older night":
        tried(county, desk)
        ran(county, NIGHT + DAY)
    elif what == "broken off":
        with desk.as_user("steward", "steward") as work:
            number = work.rules.ask_trial(draft.revision, "steward", NOW)
        with unit_of_work(county) as work:
            work.rules.end_trial(number, "failed", NOW, NIGHT)
    with pytest.raises(InvalidInput):
        put(desk, "steward.2", draft.revision)


def test_two_who_write_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    first = drafted(desk)
    drafted(desk, "steward.2", birth_days=60)
    for act in (
        lambda rules: rules.save({}, "", first.revision, "steward", NOW),
        lambda rules: rules.drop(first.revision, "steward"),
        lambda rules: rules.ask_trial(first.revision, "steward", NOW),
        lambda rules: rules.put_in_force(first.revision, "steward", NOW),
        lambda rules: rules.save({}, "", 0, "steward", NOW),
    ):
        with pytest.raises(Conflict), desk.as_user("steward", "steward") as work:
            act(work.rules)
    with desk.as_user("steward", "steward") as work:
        draft = work.rules.draft()
        assert draft is not None and draft.rules == {"birth_days": 60}


def test_a_trial_that_runs_is_not_begun_twice_and_one_that_was_killed_is_asked_for_again(
    county: Database, desk: Desk
) -> None:
    draft = drafted(desk)
    with desk.as_user("steward", "steward") as work:
        number = work.rules.ask_trial(draft.revision, "steward", NOW)
        assert work.rules.ask_trial(draft.revision, "steward", NOW) == number
        assert work.rules.ask_trial(draft.revision, "steward", NOW + TRIAL_LASTS) != number
    with unit_of_work(county) as work:
        assert work.rules.begin_trial(number) is not None
        assert work.rules.begin_trial(number) is None


def test_a_draft_that_was_changed_while_it_waited_is_not_tried(county: Database, desk: Desk) -> None:
    draft = drafted(desk)
    with desk.as_user("steward", "steward") as work:
        number = work.rules.ask_trial(draft.revision, "steward", NOW)
    drafted(desk, birth_days=60)
    with unit_of_work(county) as work:
        assert work.rules.begin_trial(number) is None
        trial = work.rules.trial(number)
        assert trial is not None and trial.state == "failed"


FORCE = (
    "UPDATE rule_version SET state = 'in_force', put_by = '{by}', put_at = now(), from_night = '{night}' "
    "WHERE state = 'draft'"
)


@pytest.mark.parametrize(
    ("user", "statement"),
    [
        pytest.param("steward", FORCE.format(by="steward", night="2027-01-01"), id="by who wrote it"),
        pytest.param("steward", FORCE.format(by="steward.2", night="2027-01-01"), id="in another's name"),
        pytest.param("steward.2", FORCE.format(by="steward.2", night=NIGHT), id="from a night that has run"),
        pytest.param(
            "steward.2", "UPDATE rule_version SET written_by = 'steward'", id="as written by another"
        ),
        pytest.param("steward", "UPDATE rule_trial SET state = 'done'", id="a trial without trying"),
        pytest.param(
            "steward",
            "INSERT INTO rule_trial (version_no, digest, state, asked_by, asked_at) "
            "SELECT version_no, digest, 'done', 'steward', now() FROM rule_version",
            id="a trial that was never run",
        ),
        pytest.param("steward", "DELETE FROM rule_version", id="that there was a draft"),
    ],
)
def test_the_database_refuses_a_steward(county: Database, desk: Desk, user: str, statement: str) -> None:
    drafted(desk)
    tried(county, desk)
    with pytest.raises(StoreError) as refused, desk.as_user(user, "steward") as work:
        work.connection.execute(sa.text(statement))
    assert refused.value.sqlstate == "42501"


def test_the_database_refuses_what_was_not_tried(county: Database, desk: Desk) -> None:
    drafted(desk)
    with pytest.raises(StoreError), desk.as_user("steward.2", "steward") as work:
        work.connection.execute(sa.text(FORCE.format(by="steward.2", night="2027-01-01")))


def test_nothing_in_force_is_ever_changed(county: Database, desk: Desk) -> None:
    draft = drafted(desk)
    tried(county, desk)
    version = put(desk, "steward.2", draft.revision)
    with desk.as_user("steward", "steward") as work:
        assert (
            work.connection.execute(
                sa.text("UPDATE rule_version SET note = 'x' WHERE state = 'in_force'")
            ).rowcount
            == 0
        )
        assert work.rules.history() == [version]
