"""The police's households as the desk looks them up: by the register's number, or by their own key where it has none."""

from __future__ import annotations

import pandas as pd

from linkage.county.household_members import MEMBER_COLUMNS, household_members

HOMES = pd.DataFrame({"household_key": ["p:a:1", "p:a:2"], "household_no": ["H7", None]})


def mentions(*rows: dict[str, object]) -> pd.DataFrame:
    usual = {
        "feed": "police_residents",
        "role": "self",
        "is_latest": True,
        "period": "2026-04",
        "name": "王伟",
        "sex": "男",
        "birth_date": pd.Timestamp("1990-01-01"),
        "relation_to_head": "户主",
    }
    return pd.DataFrame(
        [usual | {"mention_id": n, "content_key": f"c{n}"} | row for n, row in enumerate(rows)]
    )


def members(table: pd.DataFrame) -> pd.DataFrame:
    links = pd.DataFrame({"mention_id": table["mention_id"], "person_no": "P1", "decision": "link"})
    return household_members(table, links, HOMES)


def test_a_household_is_found_by_the_register_s_number_or_by_its_own_key() -> None:
    found = members(mentions({"household_key": "p:a:2"}, {"household_key": "p:a:1"}))
    assert list(found.columns) == MEMBER_COLUMNS
    assert found["home"].tolist() == ["H7", "p:a:2"]
    assert found["content_key"].tolist() == ["c1", "c0"] and set(found["person_no"]) == {"P1"}


def test_only_people_of_the_newest_police_lists_are_in_it_and_each_content_once() -> None:
    key = {"household_key": "p:a:1"}
    table = mentions(
        key,
        key | {"content_key": "c0"},
        key | {"is_latest": False},
        key | {"role": "mother"},
        key | {"feed": "survey_returns"},
        {"household_key": None},
    )
    assert members(table)["content_key"].tolist() == ["c0"]
