"""Whose a value is: placeholders, borrowed numbers, what a number tells."""

from __future__ import annotations

import pandas as pd
from county_village import MENTION_COLUMNS, County, frame, mention_row

from linkage.county.frames import mention_frame, register_frame

FATHER = "991224198001011213"
CHILD = "991224201503051233"


def one(**values: object) -> pd.Series:
    row = mention_row("school_enrolment", "2026-06-05/学校.csv", 2, "self", **values)
    return mention_frame(frame([row], MENTION_COLUMNS)).iloc[0]


def test_a_placeholder_is_nobodys_name() -> None:
    row = one(name="张某之子", name_placeholder=True)
    assert row["name"] is None and row["surname"] is None and row["name_sound"] is None


def test_a_parents_number_in_the_childs_column_goes_to_the_parent() -> None:
    row = one(name="李明", birth_date=pd.Timestamp(2015, 3, 5), id_number=FATHER)
    assert row["id_number"] is None
    assert row["father_id"] == FATHER and row["mother_id"] is None


def test_an_own_number_stays_even_when_the_date_was_miskeyed() -> None:
    row = one(name="李明", birth_date=pd.Timestamp(2014, 3, 5), id_number=CHILD)
    assert row["id_number"] == CHILD


def test_a_number_shared_with_the_guardian_of_the_row_is_the_guardians() -> None:
    file = "2026-06-05/学校.csv"
    child = mention_row(
        "school_enrolment",
        file,
        2,
        "self",
        name="李明",
        birth_date=pd.Timestamp(2015, 3, 5),
        id_number=FATHER,
    )
    guardian = mention_row("school_enrolment", file, 2, "guardian1", name="李刚", id_number=FATHER)
    people = mention_frame(frame([child, guardian], MENTION_COLUMNS)).set_index("role")
    assert people.loc["self", "id_number"] is None
    assert people.loc["guardian1", "id_number"] == FATHER


def test_a_number_tells_birth_date_and_sex_that_the_row_leaves_out() -> None:
    row = one(name="李明", id_number=CHILD)
    assert row["birth_date"] == pd.Timestamp(2015, 3, 5) and row["sex"] == "男"
    assert row["birth_from_id"] and row["sex_from_id"]


def test_elsewhere_is_no_village() -> None:
    row = one(name="李明", area_code="000000000000", hukou_area="000000000000")
    assert row["village"] is None and row["township"] is None and row["hukou_area"] is None


def test_missing_is_never_text(county: County) -> None:
    for table in (mention_frame(county.mentions), register_frame(county.register)):
        for column in table.select_dtypes(include="object"):
            values = table[column]
            assert values.map(lambda v: v is None or (isinstance(v, (str, bool)) and v != "")).all(), column


def test_each_content_key_stands_once(county: County) -> None:
    people = mention_frame(pd.concat([county.mentions, county.mentions], ignore_index=True))
    assert people["content_key"].is_unique
    assert set(people["content_key"]) == set(county.mentions["content_key"])
