"""The day on which a list first showed a child."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from register.database import Database
from register.first_shown import COLUMNS, first_shown
from register.importing import import_snapshot

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def take(database: Database, arrival: date, *people: dict[str, Any]) -> None:
    blank = dict.fromkeys(("birth_date__lunar", "area_code", "phone", "phone__raw", "notes", "period"))
    rows = [
        {**blank, "household_no": "H1", "head_name": "王伟", "relation_to_head": "女", "unit": "柳口镇", "name": "王一", **one}
        for one in people
    ]  # fmt: skip
    frame = pd.DataFrame(rows).assign(
        file=f"{arrival}/a.csv",
        sheet="",
        row=range(2, len(rows) + 2),
        arrival=arrival.isoformat(),
        delivery="ab" * 32,
    )
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    frame["birth_date__raw"] = frame["birth_date"].dt.strftime("%Y-%m-%d")
    with database.begin() as connection:
        import_snapshot(connection, frame, arrival)


def child(number: int, born: str = "2026-04-20", **cells: Any) -> dict[str, Any]:
    return {"person_no": f"RY{number}", "birth_date": born, **cells}


def test_a_child_is_shown_since_the_first_list_that_has_it(database: Database) -> None:
    take(database, MAY, child(1))
    take(database, JUNE, child(1, name="王改名"), child(2))
    take(database, JULY, child(1), child(2), child(3))
    found = first_shown(database, JUNE, date(2026, 1, 1))
    assert list(found.columns) == list(COLUMNS)
    assert found.to_dict("list") == {
        "person_no": ["RY1", "RY2"],
        "shown_on": [pd.Timestamp(MAY), pd.Timestamp(JUNE)],
        "is_first_list": [True, False],
    }


def test_who_was_born_earlier_is_left_out(database: Database) -> None:
    take(database, MAY, child(1, "2020-04-20"), child(2))
    assert first_shown(database, MAY, date(2026, 1, 1))["person_no"].tolist() == ["RY2"]


def test_without_a_register_nobody_is_shown(database: Database) -> None:
    assert first_shown(database, MAY, date(2026, 1, 1)).empty
