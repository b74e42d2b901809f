"""The life of a discrepancy, night by night."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from register_leads import Lead, Row

from register.candidates import discrepancy_id
from register.database import Database
from register.discrepancies import ApplyReport
from register.entities import EntityChange
from register.errors import DuplicateSubject, RegisterError, StaleEvidence
from register.work import unit_of_work

A, B = Lead("RY1:phone"), Lead("RY2:phone")
ID_A = discrepancy_id(A.type, A.subject)


def night(day: int) -> date:
    return date(2026, 5, day)


def apply(database: Database, day: int, *leads: Lead, standing: Sequence[str] = ()) -> ApplyReport:
    with unit_of_work(database) as work:
        return work.discrepancies.apply(night(day), leads, standing_types=standing)


def decide(database: Database, status: str, version: int) -> None:
    with unit_of_work(database) as work:
        work.discrepancies.set_status(ID_A, status, version)


def row(database: Database, id_: str = ID_A) -> Any:
    with database.read() as connection:
        return connection.execute(
            sa.text("SELECT * FROM discrepancy WHERE discrepancy_id = :id"), {"id": id_}
        ).one()


def everything(database: Database) -> list[Any]:
    queries = (
        "SELECT * FROM discrepancy ORDER BY discrepancy_id",
        "SELECT * FROM evidence ORDER BY 1, 2, 3, 4, 5, 6, 7",
        "SELECT * FROM discrepancy_version ORDER BY 1, 2",
    )
    with database.read() as connection:
        return [connection.execute(sa.text(query)).all() for query in queries]


def test_a_new_candidate_opens_a_discrepancy_with_its_evidence(database: Database) -> None:
    assert apply(database, 1, A) == ApplyReport(night(1), opened=1)
    stored = row(database)
    assert (stored.status, stored.evidence_version, stored.first_night, stored.last_night) == (
        "open",
        1,
        night(1),
        night(1),
    )
    assert stored.evidence_count == 1
    assert (stored.register_value, stored.proposed_value, stored.confidence) == (None, "13700000000", 0.9)


def test_ids_depend_on_type_and_subject_alone() -> None:
    assert discrepancy_id("missing_item", "RY1:phone") == ID_A
    assert discrepancy_id("inconsistent_field", "RY1:phone") != ID_A
    assert len(ID_A) == 13 and ID_A[0] == "D" and int(ID_A[1:], 16) >= 0


def test_the_same_evidence_leaves_it_untouched_and_last_night_with_it(database: Database) -> None:
    apply(database, 1, A)
    before = everything(database)
    assert apply(database, 9, A) == ApplyReport(night(9), untouched=1)
    assert everything(database) == before


def test_running_the_same_night_again_changes_nothing(database: Database) -> None:
    apply(database, 1, A, B)
    apply(database, 2, replace(A, evidence_hash="h2"))
    before = everything(database)
    assert apply(database, 2, replace(A, evidence_hash="h2")) == ApplyReport(night(2), untouched=1)
    assert everything(database) == before


def test_new_evidence_makes_a_version_and_keeps_the_old_one_on_record(database: Database) -> None:
    apply(database, 1, A)
    assert apply(database, 2, replace(A, evidence_hash="h2", proposed_value="1")).changed == 1
    stored = row(database)
    assert (stored.evidence_version, stored.first_night, stored.last_night) == (2, night(1), night(2))
    versions = everything(database)[2]
    assert [(v.evidence_version, v.event, v.proposed_value) for v in versions] == [
        (1, "opened", "13700000000"),
        (2, "changed", "1"),
    ]


def test_the_same_content_in_a_newer_file_moves_the_rows_without_a_version(database: Database) -> None:
    apply(database, 1, A)
    moved = replace(A, evidence=(Row(file="2026-06-03/b.csv", row=9),), confidence=0.8)
    assert apply(database, 2, moved).untouched == 1
    discrepancies, evidence, versions = everything(database)
    assert [(e.file, e.row) for e in evidence] == [("2026-06-03/b.csv", 9)]
    assert discrepancies[0].confidence == 0.8
    assert len(versions) == 1
    assert discrepancies[0].last_night == night(1)


def test_what_is_not_found_again_is_resolved_and_keeps_its_evidence(database: Database) -> None:
    apply(database, 1, A, B)
    assert apply(database, 2, B) == ApplyReport(night(2), untouched=1, resolved=1)
    assert (row(database).status, row(database).last_night) == ("resolved", night(2))
    assert len(everything(database)[1]) == 2
    assert apply(database, 3, B) == ApplyReport(night(3), untouched=1)
    assert row(database).last_night == night(2)


def test_types_whose_rule_could_not_speak_stand(database: Database) -> None:
    apply(database, 1, A)
    assert apply(database, 2, standing=["missing_item"]) == ApplyReport(night(2))
    assert row(database).status == "open"


def test_what_comes_back_is_reopened(database: Database) -> None:
    apply(database, 1, A)
    apply(database, 2)
    assert apply(database, 3, A) == ApplyReport(night(3), reopened=1)
    stored = row(database)
    assert (stored.status, stored.evidence_version, stored.first_night, stored.last_night) == (
        "open",
        2,
        night(1),
        night(3),
    )


def test_a_decision_stands_while_the_evidence_is_the_same_or_gone(database: Database) -> None:
    apply(database, 1, A)
    decide(database, "decided", 1)
    before = everything(database)
    assert apply(database, 2, A).untouched == 1
    assert everything(database) == before
    assert apply(database, 3) == ApplyReport(night(3))
    assert row(database).status == "decided"
    assert apply(database, 4, A).untouched == 1
    assert everything(database) == before


def test_new_evidence_reopens_what_was_decided(database: Database) -> None:
    apply(database, 1, A)
    decide(database, "decided", 1)
    assert apply(database, 2, replace(A, evidence_hash="h2")) == ApplyReport(night(2), reopened=1)
    assert (row(database).status, row(database).evidence_version) == ("open", 2)


def test_new_evidence_leaves_waiting_for_a_visit_waiting(database: Database) -> None:
    apply(database, 1, A)
    decide(database, "waiting", 1)
    assert apply(database, 2, replace(A, evidence_hash="h2")).changed == 1
    assert row(database).status == "waiting"


def test_nobody_decides_on_evidence_that_has_changed(database: Database) -> None:
    apply(database, 1, A)
    apply(database, 2, replace(A, evidence_hash="h2"))
    with pytest.raises(StaleEvidence):
        decide(database, "decided", 1)
    assert row(database).status == "open"


def test_what_is_resolved_is_not_a_persons_to_decide(database: Database) -> None:
    apply(database, 1, A)
    apply(database, 2)
    with pytest.raises(StaleEvidence):
        decide(database, "decided", 1)
    with pytest.raises(ValueError, match="resolved"):
        decide(database, "resolved", 1)


def test_what_a_person_opens_again_while_it_is_gone_is_resolved_next_night(
    database: Database,
) -> None:
    apply(database, 1, A)
    decide(database, "decided", 1)
    apply(database, 2)
    decide(database, "open", 1)
    assert apply(database, 3).resolved == 1


def test_an_older_night_changes_nothing(database: Database) -> None:
    apply(database, 5, A)
    before = everything(database)
    assert apply(database, 4, B) == ApplyReport(night(4), skipped=True)
    assert everything(database) == before


def test_a_repeated_subject_is_refused_without_naming_it(database: Database) -> None:
    secret = Lead("110101190001011234", type="shared_id_number")
    with pytest.raises(DuplicateSubject) as caught:
        apply(database, 1, secret, secret)
    assert "110101190001011234" not in str(caught.value)
    assert everything(database) == [[], [], []]


def test_evidence_of_one_place_counts_once(database: Database) -> None:
    apply(database, 1, replace(A, evidence=(Row(), Row(content_key="k0"), Row(person_no=None))))
    assert row(database).evidence_count == 2
    assert [e.content_key for e in everything(database)[1]] == ["k1", "k0"]


def test_text_that_csv_finds_hard_survives(database: Database) -> None:
    hard = '张"三",\n\\N\t\\.\r\n·𠮷 ' + chr(0)
    apply(database, 1, replace(A, proposed_value=hard))
    assert row(database).proposed_value == hard.replace("\x00", "")


def test_two_nights_at_once_end_as_one_after_the_other(database: Database) -> None:
    leads = [Lead(f"RY{number}:phone") for number in range(300)]
    reports: list[ApplyReport] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        reports.append(apply(database, 1, *leads))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((report.opened, report.untouched) for report in reports) == [(0, 300)] * 3 + [(300, 0)]
    assert len(everything(database)[2]) == 300


def test_nights_that_start_apply_and_finish_at_once_never_wait_in_a_circle(database: Database) -> None:
    now = datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
    failures: list[RegisterError] = []
    start = threading.Barrier(4)

    def run(number: int) -> None:
        start.wait()
        try:
            for _ in range(5):
                with unit_of_work(database) as work:
                    if number % 2:
                        work.nights.start(night(1), now)
                    work.discrepancies.apply(night(1), [A, B])
                    work.nights.finish(night(1), now, {"opened": 2})
        except RegisterError as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(everything(database)[2]) == 2


def test_a_failed_apply_leaves_no_trace(database: Database) -> None:
    apply(database, 1, A)
    before = everything(database)
    with pytest.raises(RuntimeError), unit_of_work(database) as work:
        work.discrepancies.apply(night(2), [B])
        raise RuntimeError("killed")
    assert everything(database) == before
    with unit_of_work(database) as work:
        assert work.discrepancies.last_applied() == night(1)


def birth(entity: str) -> Lead:
    return Lead(entity, "unregistered_birth", person_no=None, field=None, proposed_value=None)


def joined(database: Database, day: int, event: str, one: str, other: str, *, stays: str) -> None:
    """A night on which `stays` is found, after what became of the entities."""
    with unit_of_work(database) as work:
        work.entities.store(night(day), {"k1": stays}, [EntityChange(event, one, other)])
        work.discrepancies.apply(night(day), [birth(stays)])


def successor(database: Database, entity: str) -> str | None:
    found: str | None = row(database, discrepancy_id("unregistered_birth", entity)).succeeded_by
    return found


def test_a_birth_that_turns_out_to_be_another_goes_on_in_its_discrepancy(database: Database) -> None:
    apply(database, 1, birth("E1"), birth("E2"))
    joined(database, 2, "merge", "E2", "E1", stays="E1")
    assert row(database, discrepancy_id("unregistered_birth", "E2")).status == "resolved"
    assert successor(database, "E2") == discrepancy_id("unregistered_birth", "E1")
    assert successor(database, "E1") is None


def test_a_birth_that_vanishes_by_itself_goes_on_nowhere(database: Database) -> None:
    apply(database, 1, birth("E1"), birth("E2"))
    apply(database, 2, birth("E1"))
    assert successor(database, "E2") is None


def test_a_birth_that_is_its_own_again_goes_on_itself(database: Database) -> None:
    apply(database, 1, birth("E1"), birth("E2"))
    joined(database, 2, "merge", "E2", "E1", stays="E1")
    apply(database, 3, birth("E1"), birth("E2"))
    assert row(database, discrepancy_id("unregistered_birth", "E2")).status == "open"
    assert successor(database, "E2") is None
