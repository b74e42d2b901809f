"""What has been kept long enough goes, what is held stays, nights find what they found before, and the chain says what was done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from desk_county import NIGHT, NOW
from register_leads import Lead
from register_rows import person, records

from register.audit import AuditChain
from register.change_plans import Intent
from register.database import Database
from register.errors import InvalidInput
from register.importing import import_snapshot
from register.retention import RULES
from register.snapshot import as_of
from register.work import unit_of_work

JUNE = date(2026, 6, 1)
LATER = datetime(2040, 1, 1, tzinfo=UTC)
SHORT = timedelta(days=1)


@pytest.fixture
def aged(filled_county: Database) -> Database:
    """A county whose people moved away or changed in June, with a lead resolved and a change withdrawn."""
    with unit_of_work(filled_county) as work:
        for hold in work.retention.holds():
            work.retention.lift(hold.hold_id, "operator", NOW)
        stays = person(2, person_no="n2", household_no="H-n2", name="changed", area_code="990101001002")
        import_snapshot(work.connection, records(stays, arrival=JUNE), JUNE)
        work.discrepancies.apply(JUNE, [Lead("n2:phone", area_code="990101001002", person_no="n2")])
        change = work.changes.propose(Intent("field", "n2", values={"phone": "13700000005"}), "a")
        work.changes.act("withdraw", change.change_id, change.version, "a")
    return filled_county


def count(database: Database, query: str) -> int:
    with database.read() as connection:
        return int(connection.scalar(sa.text(f"SELECT count(*) FROM {query}")) or 0)


def run(database: Database, now: datetime) -> dict[str, int]:
    with unit_of_work(database) as work:
        return work.retention.run(now)


def test_nothing_goes_before_its_time(aged: Database) -> None:
    with unit_of_work(aged) as work:
        shortest = min(
            days for what, days in work.retention.days().items() if what not in ("throttle", "session")
        )
    assert set(run(aged, NOW + timedelta(days=5)).values()) == {0}
    done = run(aged, datetime.combine(NIGHT, datetime.min.time(), UTC) + timedelta(days=shortest))
    assert sum(done[what] for what in RULES if what not in ("throttle", "session")) == 0


def test_what_was_kept_long_enough_goes_and_what_is_true_now_stays(aged: Database) -> None:
    with aged.read() as connection:
        before = as_of(connection, JUNE)
    done = run(aged, LATER)
    assert all(rows > 0 for rows in done.values()), done
    assert count(aged, "person WHERE valid_to IS NOT NULL") == 0
    assert count(aged, "membership WHERE valid_to IS NOT NULL") == 0
    assert count(aged, "discrepancy WHERE status = 'resolved'") == count(aged, "app_session") == 0
    assert (
        count(aged, "register_change WHERE state = 'withdrawn' AND after = '{}' AND person_nos = '{}'") == 1
    )
    assert count(aged, "register_change WHERE state = 'proposed' AND after <> '{}'") == 3
    assert count(aged, "discrepancy WHERE status = 'open'") == 1
    with aged.read() as connection:
        assert as_of(connection, JUNE).equals(before)
    assert set(run(aged, LATER).values()) == {0}


def test_an_erased_row_is_still_known_by_its_hash(aged: Database) -> None:
    def quarantined() -> object:
        with unit_of_work(aged) as work:
            return work.deliveries.quarantined(JUNE).to_dict()

    before = quarantined()
    assert run(aged, LATER)["quarantined_content"] == 2
    assert count(aged, "quarantined_row WHERE raw::text LIKE '%某%'") == 0
    assert quarantined() == before


def test_what_is_held_stays_until_the_hold_is_lifted(aged: Database) -> None:
    with unit_of_work(aged) as work:
        person_hold = work.retention.hold("person", "n1", "court 12", "operator", NOW)
        work.retention.hold("household", "H-s1", "court 13", "operator", NOW)
    run(aged, LATER)
    assert (
        count(aged, "person WHERE person_no = 'n1'") == count(aged, "membership WHERE person_no = 'n1'") == 1
    )
    assert count(aged, "discrepancy WHERE person_no = 'n1'") == 1
    assert (
        count(aged, "household WHERE household_no = 'H-s1'")
        == count(aged, "membership WHERE person_no = 's1'")
        == 1
    )
    assert count(aged, "person WHERE person_no = 's1'") == 0
    with unit_of_work(aged) as work:
        work.retention.lift(person_hold, "operator", NOW)
        assert [hold.subject_id for hold in work.retention.holds()] == ["H-s1"]
    run(aged, LATER)
    assert (
        count(aged, "person WHERE person_no = 'n1'") == count(aged, "discrepancy WHERE person_no = 'n1'") == 0
    )


def test_a_hold_on_everything_keeps_everything_about_persons(aged: Database) -> None:
    with unit_of_work(aged) as work:
        work.retention.hold("everything", "*", "inquiry", "operator", NOW)
    done = run(aged, LATER)
    assert {what for what, rows in done.items() if rows} == {"throttle"}


def test_the_days_are_the_countys_to_set_and_the_chain_says_what_was_done(aged: Database) -> None:
    with unit_of_work(aged) as work:
        work.retention.set_days("reveal", 1, "operator", NOW)
        work.retention.set_days("reveal", 2, "operator", NOW)
        assert work.retention.days()["reveal"] == 2
    assert run(aged, NOW + 3 * SHORT)["reveal"] == 4
    with aged.read() as connection:
        chain = AuditChain(connection)
        told = chain.of("retention", "reveal")
        assert chain.verify().problems == ()
    assert [(event.actor, event.action) for event in told] == [
        ("operator", "retention.set"),
        ("operator", "retention.set"),
        ("retention", "retention.delete"),
    ]
    assert told[-1].details == {"rows": 4, "keep_days": 2}


def test_mistakes_are_refused(database: Database) -> None:
    with unit_of_work(database) as work:
        for what, days in (("nothing", 5), ("session", 0)):
            with pytest.raises(InvalidInput):
                work.retention.set_days(what, days, "operator", NOW)
        for kind, subject, reason in (
            ("village", "1", "x"),
            ("person", "*", "x"),
            ("everything", "1", "x"),
            ("person", "1", " "),
        ):
            with pytest.raises(InvalidInput):
                work.retention.hold(kind, subject, reason, "operator", NOW)
        with pytest.raises(InvalidInput):
            work.retention.lift(99, "operator", NOW)
