"""Unregistered people are put together once, twins stay apart, ids stay."""

from __future__ import annotations

import pandas as pd
import pytest
from county_village import MENTION_COLUMNS, County, frame, mention_row

from linkage.county.entities import EntityResult, unregistered_entities

BORN = pd.Timestamp(2026, 3, 2)
MOTHER = "991224199501011220"
PARENTS = {"mother_name": "王芳", "mother_id": MOTHER, "father_name": "李刚"}


def hospital(row: int, **values: object) -> dict:
    file = "2026-04-05/县医院.csv"
    base = {"name": "王芳之子", "name_placeholder": True, "sex": "男", "birth_date": BORN, **PARENTS}
    return mention_row("hospital_births", file, row, "self", **{**base, **values})


def police(row: int, **values: object) -> dict:
    file = "2026-05-05/柳口镇派出所.csv"
    base = {"name": "李浩", "sex": "男", "birth_date": BORN, **PARENTS}
    return mention_row("police_births", file, row, "self", **{**base, **values})


def resident(row: int, file: str = "2026-06-05/柳口镇派出所.csv", **values: object) -> dict:
    base = {"sex": "男", "birth_date": BORN, "household_key": "police_residents|柳口镇|7"}
    return mention_row("police_residents", file, row, "self", **{**base, **values})


AT_DOOR = {"area_code": "991224100201", "residence_area": "991224100201", "residence_door": "19"}


def floating(row: int, **values: object) -> dict:
    """A child on the list of people living away from their hukou place, which names no parents."""
    file = "2026-05-06/柳口镇派出所.csv"
    base = {"name": "李浩", "sex": "男", "birth_date": BORN, **AT_DOOR}
    return mention_row("police_floating", file, row, "self", **{**base, **values})


def result(
    *rows: dict, linked: dict[str, str] | None = None, known: dict[str, str] | None = None
) -> EntityResult:
    mentions = frame(list(rows), MENTION_COLUMNS)
    links = mentions[["mention_id"]].copy()
    links["person_no"] = mentions["content_key"].map(linked or {}).astype(object)
    links["decision"] = ["none" if pd.isna(p) else "link" for p in links["person_no"]]
    return unregistered_entities(mentions, links, known or {})


def same(found: EntityResult, *rows: dict) -> bool:
    return len({found.keys[row["content_key"]] for row in rows}) == 1


def test_a_birth_without_a_name_is_the_child_the_police_entered() -> None:
    rows = hospital(2), police(2, id_number="991224202603020011")
    assert same(result(*rows), *rows)


def test_a_certificate_number_finds_the_birth_when_nothing_else_does() -> None:
    rows = (
        hospital(2, certificate_no="R123", mother_id=None, mother_name=None),
        police(2, certificate_no="R123", mother_id=None),
    )
    assert same(result(*rows), *rows)


def test_a_birth_is_found_in_the_household_of_its_mother() -> None:
    mother = resident(2, name="王芳", sex="女", birth_date=pd.Timestamp(1995, 1, 1), id_number=MOTHER)
    child = resident(3, name="李浩")
    born = hospital(2)
    found = result(mother, child, born, linked={mother["content_key"]: "P1"})
    assert same(found, child, born)


def test_a_birth_without_a_date_is_the_child_its_mother_bore_then() -> None:
    rows = hospital(2, birth_date=pd.NaT, mother_name=None), police(2)
    assert same(result(*rows), *rows)


@pytest.mark.parametrize(
    "values",
    [
        {"birth_date": pd.Timestamp(2025, 4, 2)},
        {"birth_date": pd.Timestamp(2026, 4, 20)},
        {"sex": "女"},
        {"mother_id": "991224199501011239"},
    ],
)
def test_a_birth_without_a_date_is_no_earlier_or_later_child_and_no_other_mother_s(values: dict) -> None:
    rows = hospital(2, birth_date=pd.NaT, mother_name=None), police(2, **values)
    assert not same(result(*rows), *rows)


def test_one_number_one_name_and_one_date_are_one_person_whatever_sex_a_row_says() -> None:
    rows = (
        police(2, id_number="991224202603020011"),
        resident(9, name="李浩", sex="女", id_number="991224202603020011"),
    )
    assert same(result(*rows), *rows)
    borrowed = resident(9, name="王佳", sex="女", id_number="991224202603020011")
    assert not same(result(rows[0], borrowed), rows[0], borrowed)


def test_twins_stay_two_and_are_paired_in_order() -> None:
    first, second = hospital(2, plurality_rank=1), hospital(3, plurality_rank=2)
    elder, younger = police(2, name="李浩"), police(3, name="李瀚")
    found = result(first, second, elder, younger)
    assert len(set(found.keys.values())) == 2
    assert same(found, first, elder) and same(found, second, younger)


def test_twins_of_different_sex_are_paired_by_sex() -> None:
    boy, girl = hospital(2, plurality_rank=1), hospital(3, plurality_rank=2, sex="女")
    named_girl, named_boy = police(2, name="李静", sex="女"), police(3, name="李浩")
    found = result(boy, girl, named_girl, named_boy)
    assert same(found, boy, named_boy) and same(found, girl, named_girl)


@pytest.mark.parametrize("values", [{}, {"sex": None}, {"name": None, "name_placeholder": False}])
def test_an_unnamed_birth_is_the_child_listed_at_its_door(values: dict) -> None:
    rows = hospital(2, **{**AT_DOOR, **values}), floating(2), floating(9, id_number="991224202603020011")
    assert same(result(*rows[:2]), *rows[:2])
    assert same(result(rows[0], rows[2]), rows[0], rows[2])


def test_the_door_may_be_the_residence_of_one_and_the_hukou_of_the_other() -> None:
    at_home = {"area_code": "991224100201", "hukou_area": "991224100201", "hukou_door": "19"}
    elsewhere = {"hukou_area": "991224100305", "hukou_door": "4"}
    rows = hospital(2, **at_home), floating(2, **elsewhere)
    assert same(result(*rows), *rows)


def test_an_unnamed_birth_is_the_child_listed_under_its_phone() -> None:
    nowhere = {"residence_door": None, "phone": "13567326430"}
    rows = hospital(2, phone="13567326430"), floating(2, **nowhere)
    assert same(result(*rows), *rows)


@pytest.mark.parametrize(
    "values",
    [
        {"residence_door": "20"},
        {"residence_door": None},
        {"name": "赵浩"},
        {"sex": "女"},
        {"birth_date": BORN + pd.Timedelta(days=1)},
    ],
    ids=["another door", "the village alone", "a surname of neither parent", "another sex", "another day"],
)
def test_two_newborns_of_one_village_stay_two(values: dict) -> None:
    born, listed = hospital(2, **AT_DOOR), floating(2, **values)
    assert not same(result(born, listed), born, listed)


def test_two_named_newborns_at_one_door_stay_two() -> None:
    born, listed = hospital(2, name="李瀚", name_placeholder=False, **AT_DOOR), floating(2, name="李明")
    assert not same(result(born, listed), born, listed)


def test_a_dotted_name_is_no_surname_to_argue_from() -> None:
    parents = {"mother_name": "帕提古丽·依布拉音", "father_name": "伊明·卡德尔"}
    rows = hospital(2, **AT_DOOR, **parents), floating(2, name="吐尔逊·伊明")
    assert same(result(*rows), *rows)


def test_twins_at_one_door_of_whom_one_is_registered_are_one_birth_more() -> None:
    first, second = (hospital(n + 1, plurality_rank=n, **AT_DOOR) for n in (1, 2))
    elder, younger = floating(2, name="李浩"), floating(3, name="李瀚")
    both = result(first, second, elder, younger)
    assert len(set(both.keys.values())) == 2
    assert same(both, first, elder) and same(both, second, younger)
    linked = {first["content_key"]: "P1", elder["content_key"]: "P1"}
    found = result(first, second, elder, younger, linked=linked)
    assert same(found, second, younger) and len(set(found.keys.values())) == 1


def test_two_sound_numbers_are_two_people() -> None:
    a = resident(2, name="李浩", id_number="991224202603020011")
    b = resident(2, file="2026-07-05/柳岭镇派出所.csv", name="李浩", id_number="991224202603020038")
    assert not same(result(a, b), a, b)


def test_one_person_in_two_months_is_one_entity() -> None:
    a = resident(2, name="李浩", id_number="991224202603020011")
    b = resident(
        9,
        file="2026-07-05/柳口镇派出所.csv",
        name="李皓",
        id_number="991224202603020011",
        phone="13000000000",
    )
    assert same(result(a, b), a, b)


def test_parents_of_one_child_are_one_entity_each_by_name() -> None:
    rows = []
    for row, file in ((hospital(2), "2026-04-05/县医院.csv"), (police(2), "2026-05-05/柳口镇派出所.csv")):
        rows.append(row)
        rows.append(mention_row(row["feed"], file, 2, "father", name="李刚", sex="男"))
    found = result(*rows)
    assert same(found, rows[1], rows[3]) and not same(found, rows[0], rows[1])


def test_ids_do_not_depend_on_the_order_of_rows(county: County) -> None:
    links = county.mentions[["mention_id"]].assign(person_no=None, decision="none")
    mentions = county.mentions[county.mentions["feed"] != "police_residents"]
    straight = unregistered_entities(mentions, links, {})
    turned = unregistered_entities(mentions.iloc[::-1], links.iloc[::-1], {})
    assert straight.keys == turned.keys
    pd.testing.assert_frame_equal(straight.entities, turned.entities)
    assert straight.entities["entity_id"].str.fullmatch("E[0-9a-f]{12}").all()


def test_a_cluster_keeps_the_oldest_id_it_is_known_by() -> None:
    born, entered = hospital(2), police(2)
    known = {born["content_key"]: "E000000000001", entered["content_key"]: "E000000000002"}
    found = result(born, entered, known=known)
    assert set(found.keys.values()) == {"E000000000001"}
    assert found.log.to_numpy().tolist() == [["merged", "E000000000001", "E000000000002"]]


def test_a_cluster_that_falls_apart_is_logged_and_the_first_keeps_the_id() -> None:
    a = resident(2, name="李浩", id_number="991224202603020011")
    b = resident(2, file="2026-07-05/柳岭镇派出所.csv", name="李浩", id_number="991224202603020038")
    found = result(a, b, known={r["content_key"]: "E000000000001" for r in (a, b)})
    assert found.keys[a["content_key"]] == "E000000000001"
    assert found.log.to_numpy().tolist() == [["split", "E000000000001", found.keys[b["content_key"]]]]


def test_known_ids_come_back_unchanged() -> None:
    rows = hospital(2), police(2), resident(2, name="赵敏", birth_date=pd.Timestamp(1990, 2, 2))
    first = result(*rows)
    again = result(*rows, known=first.keys)
    assert again.keys == first.keys and again.log.empty


def test_nobody_unlinked_is_no_entity() -> None:
    row = police(2)
    found = result(row, linked={row["content_key"]: "P1"})
    assert found.entities.empty and found.keys == {}


@pytest.mark.parametrize("known", [False, True], ids=["nobody linked", "everybody as in truth"])
def test_every_unlinked_mention_is_in_one_entity(county: County, known: bool) -> None:
    truth = county.truth_of(county.mentions["mention_id"])
    truth = truth if known else truth.map(lambda number: None)
    links = county.mentions[["mention_id"]].assign(person_no=truth.to_numpy())
    links["decision"] = ["none" if p is None or pd.isna(p) else "link" for p in links["person_no"]]
    found = unregistered_entities(county.mentions, links, {})
    assert sorted(found.entities["mention_id"]) == sorted(
        links.loc[links["decision"] == "none", "mention_id"]
    )
