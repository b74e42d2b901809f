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


BAD_CHECK = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")


@pytest.mark.parametrize(
    ("number", "state"),
    [(BAD_CHECK, "checksum"), (NUMBER[:15] + "00", "partial")],
    ids=["check digit", "cut"],
)
def test_a_number_that_can_be_nobodys_is_its_departments_to_mend(number: str, state: str) -> None:
    night = Night()
    night.person("P1")
    night.mention("school_enrolment", link="P1", id_number=number, id_state=state)
    night.mention("school_enrolment", name="李明", id_number=number, id_state=state)
    linked, unlinked = sorted(corrections(night), key=lambda one: one.person_no or "~")
    assert (linked.field, linked.person_no, linked.proposed_value) == ("id_number", "P1", NUMBER)
    assert (unlinked.field, unlinked.person_no, unlinked.proposed_value) == ("id_number", None, None)


def test_a_wrong_number_beside_a_wrong_date_is_one_correction() -> None:
    night = school_says(id_number=BAD_CHECK, id_state="checksum")
    (found,) = corrections(night)
    assert found.reason == "fields:birth_date,id_number"


def test_a_guardians_number_in_the_childs_column_is_a_correction_of_that_row() -> None:
    night = Night()
    for role in ("self", "guardian1"):
        night.mention("school_enrolment", role, record_id="a" * 16, id_number=NUMBER, id_state="valid")
    night.mention("school_enrolment", "guardian1", id_number=NUMBER, id_state="valid")  # another child's row
    (found,) = corrections(night)
    assert [(e.role, e.row) for e in found.evidence] == [("self", 1)]


@pytest.mark.parametrize(("cut", "count"), [(40, 1), (19, 19)], ids=["the whole file", "some rows"])
def test_numbers_cut_by_a_spreadsheet_are_one_mistake_of_the_file(cut: int, count: int) -> None:
    night = Night()
    for row in range(45):
        is_cut = row < cut
        number = id_number(f"1980-05-{row % 28 + 1:02d}", 11 + row)
        night.mention(
            "police_floating",
            id_number=number[:15] + "00" if is_cut else number,
            id_state="partial" if is_cut else "valid",
        )
    found = corrections(night)
    assert len(found) == count
    assert sum(len(one.evidence) for one in found) == cut
    assert {one.reason for one in found} == (
        {"unusable:lost:id_number"} if count == 1 else {"fields:id_number"}
    )


def test_a_broken_number_of_an_earlier_list_is_settled() -> None:
    night = Night()
    night.mention("school_enrolment", id_number=BAD_CHECK, id_state="checksum", is_latest=False)
    assert corrections(night) == []
