"""A single person's row is what the nights' register frame says of that person."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from register_rows import MAY, person, records

from register.change_plans import FIELDS, Row
from register.current import current_rows, rows_like
from register.database import Database
from register.importing import import_snapshot
from register.snapshot import snapshot

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
NUMBERS = [f"RY{number}" for number in range(24)]


def take(database: Database, *frames: pd.DataFrame) -> None:
    with database.begin() as connection:
        for frame in frames:
            import_snapshot(connection, frame, MAY)


def by_frame(database: Database) -> dict[str, Row]:
    frame = snapshot(database, JULY)
    frame["birth_date"] = frame["birth_date"].dt.strftime("%Y-%m-%d")
    frame = frame.astype(object).where(frame.notna(), None)
    return {str(row["person_no"]): {name: row[name] for name in FIELDS} for row in frame.to_dict("records")}


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([], id="no register"),
        pytest.param(
            [records(*map(person, range(4))), records(*map(person, range(3)), arrival=JUNE)], id="one left"
        ),
        pytest.param(
            [
                records(*(person(n, unit="马坪乡", name="旧") for n in range(4))),
                records(person(1, name="新", phone="1"), person(7), arrival=JUNE),
            ],
            id="moved to another unit",
        ),
        pytest.param(
            [
                records(*(person(n, unit="马坪乡") for n in range(4))),
                records(*(person(n, name="新") for n in (0, 1, 2, 5)), arrival=JULY),
            ],
            id="a unit merged into another",
        ),
        pytest.param(
            [
                records(person(1, name="新"), arrival=JULY),
                records(person(1, name="旧"), person(2), arrival=JUNE),
            ],
            id="an older list that came late",
        ),
        pytest.param(
            [records(*map(person, range(24))), records(*map(person, (3, 5)), arrival=JUNE)],
            id="a list that broke off",
        ),
        pytest.param(
            [
                records(*map(person, range(24))),
                records(*map(person, (3, 5)), arrival=JUNE),
                records(*(person(n, unit="马坪乡", name="新") for n in (4, 5, 6)), arrival=JULY),
            ],
            id="a list that broke off, of whom another unit has some",
        ),
        pytest.param(
            [
                records(*map(person, range(24))),
                records(*map(person, (3, 5)), arrival=JUNE),
                records(*(person(n, unit="马坪乡", name="新") for n in range(5, 24)), arrival=JULY),
            ],
            id="a unit that broke off and was merged",
        ),
    ],
)
def test_single_rows_and_the_frame_agree(database: Database, frames: list[pd.DataFrame]) -> None:
    take(database, *frames)
    with database.read() as connection:
        assert current_rows(connection, NUMBERS) == by_frame(database)
        assert current_rows(connection, []) == {}


def test_a_cell_that_could_not_be_used_is_as_it_stood(database: Database) -> None:
    take(database, records(person(1, birth_date=None, birth_date__raw="不详")))
    with database.read() as connection:
        assert current_rows(connection, ["RY1"])["RY1"]["birth_date"] == "不详"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({"id_number": "990101199001011234"}, {"RY1", "RY2"}, id="ID number"),
        pytest.param({"name": "王2", "birth_date": "1990-01-01"}, {"RY2"}, id="name and birth date"),
        pytest.param({"name": "王2"}, set(), id="a name alone finds nobody"),
        pytest.param({"name": "王2", "birth_date": "1990-01-02"}, set(), id="another date"),
    ],
)
def test_rows_are_found_by_who_they_could_be(database: Database, wanted: Row, found: set[str]) -> None:
    take(database, records(person(1), person(2)))
    with database.read() as connection:
        assert set(rows_like(connection, [{**dict.fromkeys(FIELDS), **wanted}])) == found
