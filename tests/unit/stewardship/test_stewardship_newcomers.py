"""Who is to be added, put together from several departments' rows and the register's own household."""

from __future__ import annotations

from datetime import date

import pytest

from discrepancies.trust import DEFAULT_TRUST
from register.change_plans import FIELDS, NEW, Intent, Row, plan
from stewardship.effects import household_effects
from stewardship.leads import Lead
from stewardship.newcomers import best_values, settled

TODAY = date(2026, 5, 2)
MOTHER_ID = "990101198512120028"


def lead(household_no: str | None = "H1") -> Lead:
    night = date(2026, 5, 1)
    return Lead(
        "D1", "unregistered_birth", "open", 1, 0.9, None, None, "", 1, 1, night, night, "A1", household_no
    )


def row(**values: str | None) -> Row:
    return {name: values.get(name) for name in FIELDS}


def test_of_each_item_the_most_trusted_word_counts_and_several_count_together() -> None:
    best = best_values(
        DEFAULT_TRUST,
        [
            ("hospital_births", {"name": "甲", "father_name": "父"}),
            ("police_births", {"name": "乙", "father_name": "付"}),
            ("school_enrolment", {"birth_date": "2026-04-29", "ethnicity": "汉族"}),
            ("civil_adoptions", {"birth_date": "2026-04-29"}),
            ("police_floating", {"birth_date": "2026-04-30"}),
        ],
    )
    assert best["name"] == ("乙", ("police_births",))
    assert best["father_name"] == ("付", ("police_births",))
    assert best["birth_date"] == ("2026-04-29", ("civil_adoptions", "school_enrolment"))
    assert best["ethnicity"] == ("汉族", ("school_enrolment",))


@pytest.mark.parametrize(
    ("relation", "sex", "expected"),
    [
        pytest.param("户主", "男", "子", id="the head's son"),
        pytest.param("妻", "女", "女", id="the wife's daughter"),
        pytest.param("儿媳", "女", "孙女", id="the son's daughter"),
        pytest.param("女", "男", "外孙", id="the daughter's son"),
        pytest.param("儿媳", None, None, id="of unknown sex"),
        pytest.param("其他", "男", None, id="of somebody else"),
    ],
)
def test_what_a_child_is_to_the_head_follows_from_its_parent(
    relation: str, sex: str | None, expected: str | None
) -> None:
    members = {
        "RY1": row(name="王伟", relation_to_head="户主" if relation != "户主" else "其他"),
        "RY2": row(name="马秀英", relation_to_head=relation, id_number=MOTHER_ID),
    }
    values = {"mother_name": "马秀瑛", "mother_id": MOTHER_ID, **({"sex": sex} if sex else {})}
    known = settled(lead(), values, members)
    assert known.get("relation_to_head") == expected
    assert (known["household_no"], known["area_code"]) == ("H1", "A1")


def test_a_namesake_with_another_number_is_no_parent() -> None:
    members = {"RY2": row(name="马秀英", relation_to_head="户主", id_number="990101199001011239")}
    values = {"mother_name": "马秀英", "mother_id": MOTHER_ID, "sex": "女"}
    assert "relation_to_head" not in settled(lead(), values, members)
    assert settled(lead(None), {}, {}) == {"area_code": "A1"}


def test_a_newcomer_stands_beside_the_others_of_the_household_who_stay_masked() -> None:
    planned = plan(Intent("add_person", values={"name": "王小明", "household_no": "H1"}), {})
    members = {"RY1": row(name="王大伟", household_no="H1", relation_to_head="户主", birth_date="1980-01-01")}
    (home,) = household_effects(planned, members, (), TODAY, is_lifted=True)
    (head, same), (nobody, child) = home.lines
    assert head == same and head is not None and head.name == "王●伟"
    assert nobody is None and child is not None and (child.name, child.is_meant) == ("王小明", True)
    assert home.is_changed and not home.loses_head and not home.is_new

    given = members | {"RY9": row(name="王小明", household_no="H1")}
    (home,) = household_effects(planned, given, ("RY9",), TODAY, is_lifted=False)
    assert len(home.lines) == 2  # the register's row and the proposal are one person
    assert NEW in planned.after


def test_a_household_that_loses_its_head_says_so() -> None:
    head = row(name="王伟", household_no="H1", relation_to_head="户主", birth_date="1950-01-01")
    wife = row(name="马英", household_no="H1", relation_to_head="妻", birth_date="1952-01-01")
    dead = plan(Intent("mark_dead", "RY1"), {"RY1": head})
    (home,) = household_effects(dead, {"RY1": head, "RY2": wife}, ("RY1",), TODAY, is_lifted=False)
    assert home.loses_head and not home.ends
    (alone,) = household_effects(dead, {"RY1": head}, ("RY1",), TODAY, is_lifted=False)
    assert alone.ends and not alone.loses_head

    moved = plan(Intent("move_household", "RY2", values={"household_no": "H0"}), {"RY2": wife})
    left, joined = household_effects(moved, {"RY1": head, "RY2": wife}, ("RY2",), TODAY, is_lifted=False)
    assert {left.household_no, joined.household_no} == {"H0", "H1"}
    assert {left.is_new, joined.is_new} == {True, False}


@pytest.mark.parametrize(
    ("was", "proposed"), [(None, "1950-01-01"), ("2020-05-01", "1950-01-01"), ("1950-01-01", "2020-05-01")]
)
def test_who_may_be_a_child_before_or_after_stays_masked_as_one_on_both_sides(
    was: str | None, proposed: str
) -> None:
    """A proposed date of birth is a word of whoever proposes it, and unmasks nobody."""
    person = row(name="刘思怡", household_no="H1", relation_to_head="女", birth_date=was)
    planned = plan(Intent("field", "RY1", values={"birth_date": proposed}), {"RY1": person})
    (home,) = household_effects(planned, {"RY1": person}, ("RY1",), TODAY, is_lifted=False)
    assert [side.name for line in home.lines for side in line if side is not None] == ["刘●●"] * 2
