"""A department's own rows: source_correction."""

from __future__ import annotations

import pytest
from discrepancy_frames import HERE, HERE_2, Night, id_number

from discrepancies import Candidate, schedule
from discrepancies.sources import find_source_corrections, wrong_cells
from discrepancies.view import build
from discrepancies.weighing import weigh
from feeds import ledger

BIRTH = "1980-05-04"
NUMBER = id_number(BIRTH, 11)


def corrections(night: Night) -> list[Candidate]:
    view = build(night.inputs())
    return find_source_corrections(view, wrong_cells(view, weigh(view)))


def school_says(born: str = "1980-05-14", **values: str) -> Night:
    """The register, the ID number and the police are at one; the school is not."""
    night = Night()
    night.person("P1")
    night.mention("police_residents", link="P1", birth_date=BIRTH, id_number=NUMBER)
    night.mention("school_enrolment", link="P1", birth_date=born, unit="中心学校", **values)
    return night


def test_a_row_that_better_evidence_contradicts_is_its_departments_to_mend() -> None:
    (found,) = corrections(school_says())
    assert (found.field, found.register_value, found.proposed_value) == ("birth_date", BIRTH, BIRTH)
    assert [e.feed for e in found.evidence] == ["school_enrolment"]
    assert found.subject.startswith("school_enrolment:中心学校:") and found.person_no == "P1"


def test_a_row_with_two_wrong_cells_is_one_correction() -> None:
    (found,) = corrections(school_says(sex="女"))
    assert found.reason == "fields:birth_date,sex"


def test_a_row_that_says_what_the_register_says_needs_none() -> None:
    assert corrections(school_says(BIRTH)) == []


def test_the_same_mistake_in_next_months_list_is_the_same_correction() -> None:
    night = school_says()
    (before,) = corrections(night)
    row = night.rows[-1]
    row["is_latest"] = False
    night.rows.append(
        {**row, "file": "next.csv", "record_id": "f" * 16, "mention_id": "f:self", "is_latest": True}
    )
    (after,) = corrections(night)
    assert (after.subject, after.evidence_hash) == (before.subject, before.evidence_hash)


def test_an_events_old_address_is_no_mistake() -> None:
    night = Night()
    night.person("P1", hukou_area=HERE_2)
    night.mention("police_residents", link="P1", hukou_area=HERE_2)
    night.mention("police_births", link="P1", hukou_area=HERE, event_date="2025-01-03")
    assert corrections(night) == []


def test_a_row_that_could_not_be_taken_in_is_a_correction_until_a_later_file_replaces_it() -> None:
    night = Night()
    night.delivery("police_births", "2026-05", rows=4)
    night.quarantine(night.files[-1], 7, rule="no_name", column="name")
    (found,) = corrections(night)
    assert found.reason == "unusable:no_name:name" and found.person_no is None
    assert [(e.file, e.row) for e in found.evidence] == [(night.files[0]["file"], 7)]
    night.delivery("police_births", "2026-05", rows=5, arrival=night.night)
    assert corrections(night) == []


@pytest.mark.parametrize(("rule", "count"), [("wrong_feed", 1), ("torn", 3)])
def test_a_file_in_the_wrong_folder_is_one_correction(rule: str, count: int) -> None:
    night = Night()
    night.delivery("police_births", "2026-05", rows=0)
    for row in (4, 5, 6):
        night.quarantine(night.files[-1], row, rule=rule)
    assert len(corrections(night)) == count


def test_a_list_that_breaks_off_leaves_the_rows_of_the_one_before_to_be_mended() -> None:
    night = Night()
    night.delivery("police_residents", "2026-04", rows=40)
    night.quarantine(night.files[-1], 7)
    night.delivery("police_residents", "2026-05", rows=19)
    assert [e.file for found in corrections(night) for e in found.evidence] == [night.files[0]["file"]]
    night.delivery("police_residents", "2026-06", rows=19)  # the next one says the same
    assert corrections(night) == []


def test_rules_and_ledger_agree_on_what_a_fragment_is() -> None:
    assert (schedule.FRAGMENT, schedule.FEWEST_ROWS) == (ledger.FRAGMENT, ledger.FEWEST_ROWS)
