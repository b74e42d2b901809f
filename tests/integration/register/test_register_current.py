"""A single person's row is what the nights' register frame says of that person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from register_rows import MAY, person, records

from register.change_plans import FIELDS, Row
from register.current import current_rows, rows_like
from register.database import Database
from register.importing import import_snapshot
from register.lookup import PersonLookup
from register.snapshot import snapshot
from register.testing import empty

MIDDLE, JUNE, JULY = date(2026, 5, 15), date(2026, 6, 1), date(2026, 7, 1)
NUMBERS = [f"RY{number}" for number in range(26)]


def take(database: Database, *frames: pd.DataFrame) -> None:
    with database.begin() as connection:
        for frame in frames:
            import_snapshot(connection, frame, MAY)


def by_frame(database: Database) -> dict[str, Row]:
    frame = snapshot(database, JULY)
    frame["birth_date"] = frame["birth_date"].dt.strftime("%Y-%m-%d")
    frame = frame.astype(object).where(frame.notna(), None)
    return {str(row["person_no"]): {name: row[name] for name in FIELDS} for row in frame.to_dict("records")}


def here(*numbers: int, arrival: date = MAY, period: str | None = None, **cells: Any) -> pd.DataFrame:
    return records(*(person(n, **cells) for n in numbers), arrival=arrival, period=period)


def there(*numbers: int, arrival: date = MAY, name: str = "旧") -> pd.DataFrame:
    return here(*numbers, arrival=arrival, unit="马坪乡", name=name)


FULL = range(24)
STORIES = [
    pytest.param([], id="no register"),
    pytest.param([here(*range(4)), here(*range(3), arrival=JUNE)], id="one left"),
    pytest.param(
        [there(*range(4)), records(person(1, name="新", phone="1"), person(7), arrival=JUNE)],
        id="moved to another unit",
    ),
    pytest.param(
        [there(*range(4)), here(0, 1, 2, 5, arrival=JULY, name="新")], id="a unit merged into another"
    ),
    pytest.param(
        [there(*range(4)), here(0, 1, 2, 5, arrival=JUNE, name="新"), there(*range(4), arrival=JULY)],
        id="a merged unit that speaks again",
    ),
    pytest.param(
        [here(1, arrival=JULY, name="新"), here(1, 2, arrival=JUNE, name="旧")],
        id="an older list that came late",
    ),
    pytest.param([here(*FULL), here(3, 5, arrival=JUNE)], id="a list that broke off"),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE, name="改")], id="a list that broke off and says something new"
    ),
    pytest.param(
        [here(3, 5, arrival=JUNE), here(*FULL)], id="a list that broke off, the one before taken late"
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), here(3, 6, 7, arrival=JULY)],
        id="a list that broke off, and the next says the same",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), here(*range(2, 24), arrival=JULY)],
        id="a list that broke off, and a whole one",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), here(*range(2, 24), arrival=JUNE, period="2026-07")],
        id="a list that broke off, corrected on the same day",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), here(*FULL), here(3, 5, arrival=JUNE)],
        id="both lists come again",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), here(*FULL, arrival=JUNE)],
        id="a list that broke off comes again whole",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), there(4, 5, 6, arrival=JULY, name="新")],
        id="a list that broke off, of whom another unit has some",
    ),
    pytest.param(
        [here(*FULL), there(4, 5, 6, arrival=MIDDLE, name="新"), here(3, 5, arrival=JUNE)],
        id="a list that broke off, of whom another unit had some between",
    ),
    pytest.param(
        [here(*FULL), here(3, 5, arrival=JUNE), there(*range(5, 24), arrival=JULY, name="新")],
        id="a unit that broke off and was merged",
    ),
    pytest.param(
        [
            here(*FULL),
            there(*range(24, 26)),
            there(*range(2, 26), arrival=JUNE, name="新"),
            here(3, arrival=JULY),
        ],
        id="a merged unit that comes back as a fragment",
    ),
]


@pytest.mark.parametrize("frames", STORIES)
def test_the_newest_register_is_the_frame_of_the_newest_night(
    database: Database, frames: list[pd.DataFrame]
) -> None:
    for frame in frames:
        take(database, frame)
    by_night = by_frame(database)
    with database.read() as connection:
        assert current_rows(connection, NUMBERS) == by_night
        assert current_rows(connection, []) == {}
        people = PersonLookup(connection)
        found = [one for name in sorted({"王", "旧", "新", "改"}) for one in people.by_name(name)]
        assert {one.person_no: (one.name, one.household_no) for one in found} == {
            number: (row["name"], row["household_no"]) for number, row in by_night.items()
        }
        assert len(found) == len(by_night)


@pytest.mark.parametrize("frames", STORIES)
def test_lists_in_whatever_order_make_the_same_newest_register(
    database: Database, frames: list[pd.DataFrame]
) -> None:
    for frame in frames:
        take(database, frame)
    with database.read() as connection:
        in_order = current_rows(connection, NUMBERS)
    empty(database)
    last_of_each = {(frame["unit"][0], frame["arrival"][0], frame["period"][0]): frame for frame in frames}
    for frame in reversed(list(last_of_each.values())):
        take(database, frame)
    with database.read() as connection:
        assert current_rows(connection, NUMBERS) == in_order


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
