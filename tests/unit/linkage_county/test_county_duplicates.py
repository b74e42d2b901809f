"""One person twice on the register, and who only looks like it."""

from __future__ import annotations

import pandas as pd
import pytest
from county_village import REGISTER_COLUMNS, County, frame

from linkage.county.duplicates import register_duplicates


def twin_rows(county: County, **changes: object) -> pd.DataFrame:
    """The county's register with its tenth row again, changed."""
    row = county.register[county.register["mother_id"].notna()].iloc[10].to_dict()
    row.update({"person_no": "Z000001", **changes})
    rows = [*county.register.to_dict("records"), row]
    return frame([{k: None if pd.isna(v) else v for k, v in r.items()} for r in rows], REGISTER_COLUMNS)


def pairs(register: pd.DataFrame) -> set[tuple[str, str]]:
    found = register_duplicates(register)
    return set(zip(*(found.loc[found["match_probability"] >= 0.9, c] for c in ("person_no", "person_no_2"))))


def original(county: County) -> pd.Series:
    return county.register[county.register["mother_id"].notna()].iloc[10]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id_number": None, "id_state": None},
        {"household_no": "H999999", "hukou_door": "999", "residence_door": "999", "phone": None},
        {"name": None},
    ],
    ids=["copied", "without number", "in another household", "without name"],
)
def test_one_person_twice_is_found(county: County, changes: dict) -> None:
    assert pairs(twin_rows(county, **changes)) == {(original(county)["person_no"], "Z000001")}


NOTHING_ELSE = dict.fromkeys(
    ("id_number", "id_state", "birth_date", "phone", "mother_name", "mother_id", "father_name", "father_id")
)


def test_a_name_met_twice_in_a_household_is_one_person_though_nothing_else_is_known(county: County) -> None:
    assert pairs(twin_rows(county, **NOTHING_ELSE)) == {(original(county)["person_no"], "Z000001")}


def test_a_name_met_twice_where_many_live_says_no_more_than_any_namesake(county: County) -> None:
    row = original(county)
    crowd = [
        {**row.to_dict(), **NOTHING_ELSE, "person_no": f"Y{n:06}", "name": f"王{chr(0x4E00 + n)}"}
        for n in range(12)
    ]
    register = pd.concat(
        [twin_rows(county, **NOTHING_ELSE), frame(crowd, REGISTER_COLUMNS)], ignore_index=True
    )
    assert (row["person_no"], "Z000001") not in pairs(register)


def test_two_of_one_name_in_a_household_with_their_own_birth_dates_are_two_people(county: County) -> None:
    changes = NOTHING_ELSE | {"birth_date": pd.Timestamp(1931, 2, 3)}
    assert not pairs(twin_rows(county, **changes))


def test_twins_of_one_name_with_their_own_sound_numbers_are_two_people(county: County) -> None:
    number = original(county)["id_number"]
    alike = NOTHING_ELSE | {"id_number": number[:14] + "9995", "id_state": "valid"}
    alike |= {"birth_date": original(county)["birth_date"]}
    assert not pairs(twin_rows(county, **alike))


def test_twins_are_two_people(county: County) -> None:
    number = original(county)["id_number"]
    other = number[:14] + "999" + number[17]
    assert not pairs(twin_rows(county, name="王瑾瑜", id_number=other))


def test_namesakes_born_the_same_day_with_their_own_numbers_are_two_people(county: County) -> None:
    number = original(county)["id_number"]
    changes = dict.fromkeys(("mother_name", "mother_id", "father_name", "father_id", "phone"))
    elsewhere = {"household_no": "H999999", "area_code": "991224777001"}
    elsewhere |= {"hukou_area": "991224777001", "residence_area": "991224777001"}
    assert not pairs(twin_rows(county, id_number="110101" + number[6:14] + "2468", **changes, **elsewhere))


def test_one_number_on_two_different_people_is_no_duplicate(county: County) -> None:
    assert not pairs(
        twin_rows(county, name="欧阳雪", birth_date=pd.Timestamp(1950, 1, 1), sex="女", former_name=None)
    )


def test_a_clean_register_has_no_duplicates(county: County) -> None:
    assert not pairs(county.register)
