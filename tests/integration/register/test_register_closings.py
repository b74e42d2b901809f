"""Which night closed a discrepancy and which found it open again, through nights that run again and people who change their mind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from register_leads import Lead
from register_rows import MAY

from register.candidates import discrepancy_id
from register.database import Database
from register.night_tally import keep_tally
from register.work import unit_of_work

JUNE, JULY, AUGUST = (MAY + timedelta(days=days) for days in (31, 62, 93))
A, B = Lead("RY1:phone"), Lead("RY2:phone", person_no="RY2")
B_ID = discrepancy_id(B.type, B.subject)


def night(database: Database, day: date, found: Sequence[Lead]) -> None:
    with unit_of_work(database) as work:
        if not work.discrepancies.apply(day, found).skipped:
            keep_tally(work.connection, day)


def decide(database: Database, *statuses: str) -> None:
    with unit_of_work(database) as work:
        for status in statuses:
            work.discrepancies.set_status(B_ID, status, 1)


def of_b(database: Database) -> tuple[date | None, list[tuple[date, date | None]]]:
    """By which night it is closed, and what it was before."""
    with database.read() as connection:
        now = connection.scalar(
            sa.text("SELECT closed_night FROM discrepancy WHERE discrepancy_id = :id"), {"id": B_ID}
        )
        past = sa.text(
            "SELECT closed_night, opened_night FROM past_closing WHERE discrepancy_id = :id ORDER BY 1"
        )
        return now, [(row.closed_night, row.opened_night) for row in connection.execute(past, {"id": B_ID})]


@pytest.fixture
def store(scratch: Database) -> Database:
    """With both open since May."""
    night(scratch, MAY, [A, B])
    return scratch


def test_what_a_night_resolves_is_closed_by_it_until_another_finds_it_again(store: Database) -> None:
    night(store, JUNE, [A])
    assert of_b(store) == (JUNE, [])
    night(store, JULY, [A, B])
    assert of_b(store) == (None, [(JUNE, JULY)])
    night(store, AUGUST, [A])
    assert of_b(store) == (AUGUST, [(JUNE, JULY)])


def test_a_night_that_runs_again_says_the_same_or_what_it_found_last(store: Database) -> None:
    for found, told in (([A], (JUNE, [])), ([A], (JUNE, [])), ([A, B], (None, [])), ([A], (JUNE, []))):
        night(store, JUNE, found)
        assert of_b(store) == told
    for _ in range(2):
        night(store, JULY, [A, B])
        assert of_b(store) == (None, [(JUNE, JULY)])
    night(store, MAY, [A])  # a past one changes nothing
    assert of_b(store) == (None, [(JUNE, JULY)])


def test_what_people_close_is_counted_by_the_next_night(store: Database) -> None:
    decide(store, "decided")
    assert of_b(store) == (None, [])
    night(store, JUNE, [A, B])
    assert of_b(store) == (JUNE, [])


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (("open",), (None, [(JUNE, JULY)])),
        (("waiting",), (None, [(JUNE, JULY)])),
        (("open", "decided"), (JUNE, [])),  # no night has counted it as open
        (("open", "decided", "open"), (None, [(JUNE, JULY)])),
        (("open", "waiting", "decided"), (JUNE, [])),
    ],
)
def test_what_people_open_again_and_close_between_two_nights_counts_as_the_next_one_finds_it(
    store: Database, then: tuple[str, ...], told: object
) -> None:
    decide(store, "decided")
    night(store, JUNE, [A, B])
    decide(store, *then)
    night(store, JULY, [A, B])
    assert of_b(store) == told


def test_what_is_deleted_takes_its_past_along(store: Database) -> None:
    night(store, JUNE, [A])
    night(store, JULY, [A, B])
    with unit_of_work(store) as work:
        work.connection.execute(sa.text("DELETE FROM discrepancy WHERE discrepancy_id = :id"), {"id": B_ID})
        assert work.connection.scalar(sa.text("SELECT count(*) FROM past_closing")) == 0
