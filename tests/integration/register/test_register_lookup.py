"""Looking people up: whoever is on the newest register, once, and nobody of another area."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from desk_county import COUNTY, NOW, TOWNSHIPS, VILLAGES, areas
from register_rows import MAY, person, records

from register.access import Desk, desk_of
from register.areas import replace_areas
from register.database import Database
from register.errors import InvalidInput
from register.importing import import_snapshot
from register.lookup import MOST
from register.work import unit_of_work

PEOPLE = [
    person(2, name="王小明", id_number="990101199001011234", phone="13700000001", area_code=VILLAGES["n1"]),
    person(4, name="王小红", id_number="990101199001011235", phone="13700000001", area_code=VILLAGES["n2"]),
    person(6, name="汪小明", id_number="990101199001011236", phone=None, area_code=VILLAGES["s1"]),
    person(8, name="单雄信", id_number=None, phone=None, area_code=None),
]


@pytest.fixture
def filled(database: Database) -> Database:
    with unit_of_work(database) as work:
        replace_areas(work.connection, areas())
        import_snapshot(work.connection, records(*PEOPLE), MAY)
    return database


def test_people_are_found_by_number_phone_name_initials_and_pinyin(filled: Database) -> None:
    with unit_of_work(filled) as work:
        found = {
            "id": work.people.by_id_number("990101199001011235"),
            "phone": work.people.by_phone("13700000001"),
            "name": work.people.by_name("王小"),
            "initials": work.people.by_initials("WX"),
            "surname": work.people.by_initials("sx"),
            "pinyin": work.people.by_pinyin("wangxiaoming"),
            "beginning": work.people.by_pinyin("wangx"),
            "surname's pinyin": work.people.by_pinyin("shanxiong"),
            "not as elsewhere": work.people.by_pinyin("dan"),
            "nobody": work.people.by_name("李"),
        }
    assert {how: [one.person_no for one in people] for how, people in found.items()} == {
        "id": ["RY4"],
        "phone": ["RY2", "RY4"],
        "name": ["RY2", "RY4"],
        "initials": ["RY6", "RY2", "RY4"],
        "surname": ["RY8"],
        "pinyin": ["RY6", "RY2"],
        "beginning": ["RY6", "RY2", "RY4"],
        "surname's pinyin": ["RY8"],
        "not as elsewhere": [],
        "nobody": [],
    }
    (person_,) = found["id"]
    assert (person_.household_no, person_.name, person_.birth_date) == ("H2", "王小红", date(1990, 1, 1))


def test_the_end_of_an_id_number_is_enough(filled: Database) -> None:
    june = date(2026, 6, 1)
    with unit_of_work(filled) as work:
        other = person(10, name="马云", id_number="99010119800101123x".upper(), area_code=VILLAGES["n1"])
        import_snapshot(work.connection, records(*PEOPLE, other, arrival=june), june)
        ends = ("1234", "11234", "011234", "123x", "123X", "9999")
        found = {end: [one.person_no for one in work.people.by_id_tail(end)] for end in ends}
        for end in ("234", "1011234", ""):
            with pytest.raises(InvalidInput):
                work.people.by_id_tail(end)
    assert found == {
        "1234": ["RY2"],
        "11234": ["RY2"],
        "011234": ["RY2"],
        "123x": ["RY10"],
        "123X": ["RY10"],
        "9999": [],
    }


def test_a_number_of_the_register_is_a_persons_or_a_households(filled: Database) -> None:
    june = date(2026, 6, 1)
    moved = {**PEOPLE[0], "household_no": PEOPLE[1]["household_no"]}
    with unit_of_work(filled) as work:
        assert [one.person_no for one in work.people.by_number("RY4")] == ["RY4"]
        before = PEOPLE[0]["household_no"]
        assert [one.person_no for one in work.people.by_number(before)] == ["RY2"]
        import_snapshot(work.connection, records(moved, *PEOPLE[1:], arrival=june), june)
        assert work.people.by_number(before) == []
        assert [one.person_no for one in work.people.by_number(moved["household_no"])] == ["RY2", "RY4"]
        assert work.people.by_number("RY9") == work.people.by_number("") == []


def test_a_wildcard_is_a_character_like_any_other(filled: Database) -> None:
    with unit_of_work(filled) as work:
        assert (
            work.people.by_name("%") == work.people.by_initials("_") == work.people.by_pinyin("wang%") == []
        )
        with pytest.raises(InvalidInput):
            work.people.by_name("  ")


def test_who_left_moved_or_belonged_to_a_merged_unit_is_found_as_the_newest_register_has_them(
    filled: Database,
) -> None:
    june = date(2026, 6, 1)
    moved = [{**PEOPLE[0], "unit": "大塘镇", "phone": "13700000009"}, {**PEOPLE[1], "unit": "大塘镇"}]
    with unit_of_work(filled) as work:
        # Most of the first unit's people are another's now, so who is only on its last list is gone.
        import_snapshot(work.connection, records(*moved, {**PEOPLE[2], "unit": "大塘镇"}, arrival=june), june)
        assert [one.person_no for one in work.people.by_initials("w")] == ["RY6", "RY2", "RY4"]
        assert [one.phone for one in work.people.by_id_number("990101199001011234")] == ["13700000009"]
        assert work.people.by_name("单") == []


def test_a_look_up_shows_a_page_at_most(database: Database) -> None:
    with unit_of_work(database) as work:
        import_snapshot(work.connection, records(*(person(2 * n, name="王伟") for n in range(MOST + 9))), MAY)
        assert len(work.people.by_name("王")) == MOST


@pytest.fixture
def desk(filled: Database) -> Iterator[Desk]:
    with unit_of_work(filled) as work:
        areas_of = {"clerk": VILLAGES["n1"], "officer": TOWNSHIPS["north"], "steward": COUNTY}
        for user, area in areas_of.items():
            work.grants.add_user(user, user, "operator", NOW)
            work.grants.grant(user, user, "operator", NOW, area_code=area)
    with desk_of(filled.engine.url) as opened:
        yield opened


def test_who_may_not_be_seen_is_not_found(desk: Desk) -> None:
    with desk.as_user("clerk", "clerk", read_only=True) as work:
        assert [one.person_no for one in work.people.by_phone("13700000001")] == ["RY2"]
        assert [one.person_no for one in work.people.by_initials("w")] == ["RY2"]
        assert work.people.by_id_number("990101199001011235") == []
        assert [one.person_no for one in work.people.by_id_tail("1234")] == ["RY2"]
        assert (
            work.people.by_id_tail("1235")
            == work.people.by_number("RY4")
            == work.people.by_number("H2")
            == []
        )


@pytest.mark.parametrize(
    ("user", "expected"),
    [("clerk", ["RY2"]), ("officer", ["RY2", "RY4"]), ("steward", ["RY6", "RY2", "RY4"])],
)
def test_of_a_pinyin_those_of_the_own_area_are_found(desk: Desk, user: str, expected: list[str]) -> None:
    with desk.as_user(user, user, read_only=True) as work:
        assert [one.person_no for one in work.people.by_pinyin("wang")] == expected


LOOK_UPS = {
    "id_number = '1'": "person_id_number_idx",
    "phone = '1'": "person_phone_idx",
    "name ~>=~ '王1' AND name ~<~ '王2'": "person_name_idx",
    "name_initials ~>=~ 'w1' AND name_initials ~<~ 'w2'": "person_initials_idx",
    "name_pinyin ~>=~ 'wang1' AND name_pinyin ~<~ 'wang2'": "person_pinyin_idx",
    "id_tail ~>=~ '4321' AND id_tail ~<~ '4322'": "person_id_tail_idx",
}


def test_policies_leave_each_look_up_its_index(filled: Database, desk: Desk) -> None:
    villages = list(VILLAGES.values())
    many = [
        person(
            10 + 2 * n, name=f"王{n}", id_number=f"{n:018d}", phone=f"137{n:08d}", area_code=villages[n % 3]
        )
        for n in range(3_000)
    ]
    with unit_of_work(filled) as work:
        import_snapshot(work.connection, records(*many, arrival=date(2026, 7, 1)), MAY)
        work.connection.execute(sa.text("ANALYZE person"))
    for user in ("clerk", "officer", "steward"):
        with desk.as_user(user, user) as work:
            for condition, index in LOOK_UPS.items():
                explain = sa.text(f"EXPLAIN SELECT 1 FROM person WHERE is_current AND {condition}")
                plan = "\n".join(work.connection.scalars(explain))
                assert index in plan and "Index Cond" in plan and "Seq Scan" not in plan, plan
