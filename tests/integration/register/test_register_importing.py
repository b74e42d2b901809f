"""Register snapshots: what opens, changes, closes, and what the register was as of a night."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from register_rows import MAY, changes, gone, person, records

from register.database import Database
from register.errors import InvalidInput
from register.importing import ImportReport, import_snapshot
from register.past import rows_on
from register.snapshot import COLUMNS, snapshot

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def take(database: Database, frame: pd.DataFrame, night: date = MAY) -> ImportReport:
    with database.begin() as connection:
        return import_snapshot(connection, frame, night)


def tables(database: Database) -> list[Any]:
    with database.read() as connection:
        return [
            connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 1, 2, 3")).all()
            for name in ("person", "membership", "household")
        ]


def names(database: Database, night: date) -> dict[str, str]:
    frame = snapshot(database, night)
    return dict(zip(frame["person_no"], frame["name"]))


def test_the_frame_has_the_columns_and_types_of_the_data_model(database: Database) -> None:
    take(database, records(person(1, phone="13700000000"), person(2)))
    frame = snapshot(database, MAY)
    assert tuple(frame.columns) == COLUMNS
    dates = {"birth_date", "birth_date_lunar"}
    assert {name for name in COLUMNS if frame[name].dtype == "datetime64[ns]"} == dates
    assert all(frame[name].dtype == object for name in COLUMNS if name not in dates)
    first, second = frame.to_dict("records")
    assert (first["person_no"], first["household_no"], first["head_name"]) == ("RY1", "H0", "王伟")
    assert (first["id_state"], first["hukou_area"], first["hukou_door"]) == ("valid", "990101001001", "110")
    assert first["birth_date"] == pd.Timestamp("1990-01-01")
    assert second["phone"] is None


def test_an_empty_register_has_the_same_columns(database: Database) -> None:
    frame = snapshot(database, MAY)
    assert tuple(frame.columns) == COLUMNS
    assert frame.empty


def test_the_same_snapshot_twice_changes_nothing(database: Database) -> None:
    frame = records(person(1), person(2))
    assert take(database, frame) == ImportReport(units=1, rows=2, opened=2)
    before = tables(database)
    assert take(database, frame, JUNE) == ImportReport(units=1, rows=2, unchanged=2)
    assert tables(database) == before


def test_a_snapshot_opens_changes_and_closes(database: Database) -> None:
    take(database, records(person(1), person(2), person(3)))
    report = take(database, records(person(1), person(2, name="改"), person(4), arrival=JUNE), JUNE)
    assert report == ImportReport(units=1, rows=3, opened=1, changed=1, closed=1, unchanged=1)
    assert names(database, MAY) == {"RY1": "王1", "RY2": "王2", "RY3": "王3"}
    assert names(database, date(2026, 5, 31)) == names(database, MAY)
    assert names(database, JUNE) == {"RY1": "王1", "RY2": "改", "RY4": "王4"}
    assert names(database, date(2026, 4, 30)) == {}


def test_only_what_changed_is_written(database: Database) -> None:
    take(database, records(person(1), person(2)))
    take(database, records(person(1), person(2, relation_to_head="孙女"), arrival=JUNE))
    people, memberships, _ = tables(database)
    assert len(people) == 2
    assert [(m.person_no, m.valid_from, m.valid_to, m.relation_to_head) for m in memberships] == [
        ("RY1", MAY, None, "女"),
        ("RY2", MAY, JUNE, "户主"),
        ("RY2", JUNE, None, "孙女"),
    ]


def test_a_unit_says_nothing_about_another_unit(database: Database) -> None:
    take(database, records(person(1), person(2, unit="马坪乡")))
    report = take(database, records(person(1), arrival=JUNE))
    assert report.closed == 0
    assert set(names(database, JUNE)) == {"RY1", "RY2"}


def test_who_moved_to_another_unit_is_there_once_as_told_last(database: Database) -> None:
    take(database, records(person(1, name="旧"), person(2)))
    report = take(database, records(person(1, name="新", unit="马坪乡"), arrival=JUNE))
    assert (report.opened, report.moved) == (1, 1)
    assert names(database, MAY) == {"RY1": "旧", "RY2": "王2"}
    assert names(database, JUNE) == {"RY1": "新", "RY2": "王2"}
    take(database, records(person(2), arrival=JULY))
    assert names(database, JULY) == {"RY1": "新", "RY2": "王2"}


def test_a_unit_that_was_merged_into_another_lists_nobody_any_more(database: Database) -> None:
    take(database, records(*(person(n, unit="马坪乡") for n in range(4))))
    take(database, records(*(person(n) for n in range(4, 8))))
    later = [*(person(n) for n in range(4, 8)), *(person(n) for n in range(3))]
    take(database, records(*later, arrival=JULY))
    assert list(snapshot(database, MAY)["person_no"]) == [f"RY{n}" for n in range(8)]
    assert list(snapshot(database, JULY)["person_no"]) == [f"RY{n}" for n in (0, 1, 2, 4, 5, 6, 7)]


FULL = [person(n) for n in range(20)]


@pytest.mark.parametrize("is_late", [False, True], ids=["in order", "the full list taken last"])
def test_a_list_that_breaks_off_ends_nobody_until_the_next_says_the_same(
    database: Database, is_late: bool
) -> None:
    full, broken = records(*FULL), records(person(1, name="改"), *FULL[2:10], arrival=JUNE)
    for frame in (broken, full) if is_late else (full, broken):
        take(database, frame)
    assert names(database, JUNE) == names(database, MAY) | {"RY1": "改"}
    take(database, records(*FULL[1:9], arrival=JULY))
    assert set(names(database, JULY)) == {f"RY{n}" for n in range(1, 9)}
    assert set(names(database, JUNE)) == {f"RY{n}" for n in range(20)}


def test_a_whole_list_after_one_that_broke_off_ends_whom_it_lacks(database: Database) -> None:
    take(database, records(*FULL))
    take(database, records(*FULL[:5], arrival=JUNE))
    take(database, records(*FULL[1:], arrival=JULY))
    assert set(names(database, JULY)) == {f"RY{n}" for n in range(1, 20)}


@pytest.mark.parametrize(("before", "after"), [(19, 5), (20, 10)], ids=["a small list", "half of the rows"])
def test_a_list_that_only_shrinks_ends_whom_it_lacks(database: Database, before: int, after: int) -> None:
    take(database, records(*FULL[:before]))
    take(database, records(*FULL[:after], arrival=JUNE))
    assert len(names(database, JUNE)) == after


def test_changes_open_change_and_close_whom_they_name_and_nobody_else(database: Database) -> None:
    take(database, records(person(1), person(2), person(3)))
    report = take(database, changes(person(2, name="改"), gone(3), person(4), arrival=JUNE), JUNE)
    assert report == ImportReport(rows=3, opened=1, changed=1, closed=1)
    assert names(database, MAY) == {"RY1": "王1", "RY2": "王2", "RY3": "王3"}
    assert names(database, JUNE) == {"RY1": "王1", "RY2": "改", "RY4": "王4"}
    again = take(database, changes(person(2, name="改"), gone(3), person(4), arrival=JUNE), JULY)
    assert again == ImportReport(rows=3, unchanged=2)


def test_who_moves_between_households_changes_both(database: Database) -> None:
    take(database, records(person(2), person(3), person(4)))
    take(database, changes(person(2, household_no="H2", relation_to_head="子"), arrival=JUNE))
    _, _, households = tables(database)
    assert [(h.household_no, h.valid_from, h.valid_to) for h in households] == [
        ("H1", MAY, None),
        ("H2", MAY, None),
    ]
    take(database, changes(person(3, household_no="H2"), arrival=JULY))
    _, _, households = tables(database)
    assert [(h.household_no, h.valid_to) for h in households] == [("H1", JULY), ("H2", None)]


def test_changes_of_an_older_day_than_the_list_have_no_say(database: Database) -> None:
    take(database, records(person(1, name="新"), arrival=MAY, period="2026-04"))
    report = take(database, changes(person(1, name="旧"), person(2), arrival=JUNE, period="2026-04-29"))
    assert report == ImportReport(rows=2, late=2)
    assert names(database, JUNE) == {"RY1": "新"}


def test_changes_that_came_before_an_older_list_hold_over_it(database: Database) -> None:
    take(database, changes(person(1, name="新"), gone(2), arrival=MAY, period="2026-04-30"))
    take(database, records(person(1, name="旧"), person(2), person(3), arrival=JUNE, period="2026-03"))
    assert names(database, JUNE) == {"RY1": "新", "RY3": "王3"}
    take(database, records(person(1, name="五月"), person(2), arrival=JULY, period="2026-05"))
    assert names(database, JULY) == {"RY1": "五月", "RY2": "王2"}


def test_a_list_taken_late_lies_under_the_changes_told_since(database: Database) -> None:
    take(database, records(person(1), person(2), person(3)))
    take(database, changes(person(1, name="改"), gone(3), arrival=JULY))
    take(database, records(person(1), person(3), person(5), arrival=JUNE), JULY)
    assert names(database, JUNE) == {"RY1": "王1", "RY3": "王3", "RY5": "王5"}
    assert names(database, JULY) == {"RY1": "改", "RY5": "王5"}


@pytest.mark.parametrize("is_late", [False, True], ids=["in order", "the full list taken last"])
def test_changes_over_a_list_that_broke_off_hold_for_those_it_lacks(
    database: Database, is_late: bool
) -> None:
    full, broken = records(*FULL), records(*FULL[:5], arrival=JUNE)
    told = changes(person(9, name="改"), gone(10), gone(1), person(30), arrival=JULY)
    for frame in (told, broken, full) if is_late else (full, broken, told):
        take(database, frame)
    assert set(names(database, JUNE)) == {f"RY{n}" for n in range(20)}
    july = names(database, JULY)
    assert set(july) == {f"RY{n}" for n in range(20)} - {"RY10", "RY1"} | {"RY30"}
    assert (july["RY9"], july["RY8"]) == ("改", "王8")
    with database.read() as connection:
        current = sa.text("SELECT person_no FROM person WHERE is_current")
        assert set(connection.scalars(current)) == set(july)
        by_one = rows_on(connection, [f"RY{n}" for n in range(31)], JULY)
    assert {no: row["name"] for no, row in by_one.items()} == july
    take(database, records(*FULL[:6], arrival=AUGUST), AUGUST)
    assert set(names(database, AUGUST)) == {f"RY{n}" for n in range(6)}


def test_a_small_delivery_of_changes_is_no_list_that_broke_off(database: Database) -> None:
    take(database, records(*FULL, person(20)))
    take(database, changes(gone(3), arrival=JUNE))
    left = {f"RY{n}" for n in range(21)} - {"RY3"}
    assert set(names(database, JUNE)) == left
    take(database, records(*FULL[4:13], arrival=JULY))  # the list is, against what the changes had left
    assert set(names(database, JULY)) == left


def test_whom_another_unit_told_last_does_not_come_back_by_changes_about_others(database: Database) -> None:
    take(database, records(person(1, name="旧"), person(2), person(3)))
    take(database, records(person(1, name="新", unit="马坪乡"), arrival=JUNE))
    take(database, changes(person(2, name="改"), arrival=JULY))
    assert names(database, JULY) == {"RY1": "新", "RY2": "改", "RY3": "王3"}
    take(database, changes(person(1, name="回"), arrival=AUGUST))
    assert names(database, AUGUST)["RY1"] == "回"


def test_an_older_snapshot_taken_late_finds_its_place(database: Database) -> None:
    take(database, records(person(1, name="一"), arrival=MAY))
    take(database, records(person(1, name="三"), arrival=JULY))
    take(database, records(person(1, name="二"), person(2), arrival=JUNE), night=JULY)
    assert names(database, MAY) == {"RY1": "一"}
    assert names(database, JUNE) == {"RY1": "二", "RY2": "王2"}
    assert names(database, JULY) == {"RY1": "三"}


def test_a_file_about_an_older_month_that_comes_later_has_no_say(database: Database) -> None:
    take(database, records(person(1, name="新"), arrival=MAY, period="2026-04"))
    report = take(database, records(person(1, name="旧"), arrival=JUNE, period="2026-03"))
    assert (report.late, report.changed) == (1, 0)
    assert names(database, JUNE) == {"RY1": "新"}


def test_a_newer_month_that_came_earlier_takes_the_say_from_what_is_stored(database: Database) -> None:
    take(database, records(person(1, name="旧"), person(2), arrival=JUNE, period="2026-03"))
    take(database, records(person(1, name="新"), arrival=MAY, period="2026-04"), night=JUNE)
    assert names(database, JUNE) == {"RY1": "新"}
    people, _, households = tables(database)
    assert [(p.person_no, p.valid_from, p.valid_to) for p in people] == [("RY1", MAY, None)]
    assert [h.household_no for h in households] == ["H0"]


def test_rows_without_a_number_and_repeats_are_counted_and_left_out(database: Database) -> None:
    report = take(
        database, records(person(1), person(2, person_no=None), person(1, name="后"), person(1, name="末"))
    )
    assert report == ImportReport(units=1, rows=4, opened=1, repeated=2, without_number=1)
    assert names(database, MAY) == {"RY1": "末"}


def test_what_could_not_be_used_is_kept_as_it_stood(database: Database) -> None:
    bad = person(1, birth_date=pd.NaT, birth_date__raw="不详", notes="birth_date:unusable")
    take(database, records(bad, person(2)))
    people, _, _ = tables(database)
    assert [p.raw for p in people] == [{"birth_date": "不详"}, None]
    frame = snapshot(database, MAY)
    assert frame["birth_date"].isna().tolist() == [True, False]
    assert frame["notes"].tolist() == ["birth_date:unusable", None]


@pytest.mark.parametrize(
    ("column", "residence", "hukou", "expected"),
    [
        pytest.param("990101001009", "990101001001", "990101001002", "990101001009", id="column first"),
        pytest.param(None, "990101001001", "990101001002", "990101001001", id="then residence"),
        pytest.param(
            None, "990101001000", "990101001002", "990101001002", id="hukou village before township"
        ),
        pytest.param(None, "990101001000", None, "990101001000", id="township rather than nothing"),
        pytest.param(None, "000000000000", None, None, id="elsewhere is no area"),
        pytest.param(None, None, None, None, id="nothing known"),
    ],
)
def test_where_a_person_belongs(
    database: Database, column: str | None, residence: str | None, hukou: str | None, expected: str | None
) -> None:
    where = {"residence_address__area": residence, "hukou_address__area": hukou, "area_code": column}
    take(database, records(person(1, **where)))
    assert snapshot(database, MAY)["area_code"].tolist() == [expected]


def test_a_household_is_described_by_its_head(database: Database) -> None:
    take(
        database,
        records(
            person(1, household_no="H", head_name="乙", relation_to_head="女", area_code="990101001009"),
            person(2, household_no="H", head_name="甲", relation_to_head="户主", area_code="990101001001"),
            person(3, household_no=None),
        ),
    )
    _, _, households = tables(database)
    assert [(h.household_no, h.head_name, h.area_code) for h in households] == [("H", "甲", "990101001001")]


def test_a_missing_column_is_said_before_anything_is_written(database: Database) -> None:
    with pytest.raises(InvalidInput, match="household_no"):
        take(database, records(person(1)).drop(columns="household_no"))
    assert tables(database) == [[], [], []]


def test_no_records_change_nothing(database: Database) -> None:
    take(database, records(person(1)))
    assert take(database, records(person(1)).iloc[:0]) == ImportReport()
    assert names(database, MAY) == {"RY1": "王1"}
