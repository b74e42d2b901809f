"""What a change of several persons of one household would do, and when the register shows it as done."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from register.change_plans import (
    FIELDS,
    NEW_HOUSEHOLD,
    Row,
    carried_out,
    is_new,
    newcomer,
    shows_after,
    shows_before,
    undo,
)
from register.errors import InvalidInput
from register.household_plans import MOST_PEOPLE, HouseholdIntent, household_plan


def row(**values: str | None) -> Row:
    return {name: values.get(name) for name in FIELDS}


REGISTER: dict[str, Row] = {
    "A": row(name="王伟", household_no="H1", head_name="王伟", relation_to_head="户主"),
    "B": row(name="王强", household_no="H1", head_name="王伟", relation_to_head="子"),
    "C": row(name="李梅", household_no="H1", head_name="王伟", relation_to_head="儿媳"),
}
LEAVE = HouseholdIntent("new_household", {"B": {"relation_to_head": "户主"}, "C": {"relation_to_head": "妻"}})


def test_those_who_move_out_have_one_head_and_no_number_yet() -> None:
    done = household_plan(LEAVE, REGISTER)
    assert done.before == {"B": REGISTER["B"], "C": REGISTER["C"]}
    assert [
        row and (row["household_no"], row["head_name"], row["relation_to_head"])
        for row in done.after.values()
    ] == [
        (NEW_HOUSEHOLD, "王强", "户主"),
        (NEW_HOUSEHOLD, "王强", "妻"),
    ]


@pytest.mark.parametrize(
    ("b", "c", "is_shown"),
    [
        pytest.param("H7", "H7", True, id="together in another one"),
        pytest.param("H7", "H8", False, id="each in another one"),
        pytest.param("H1", "H1", False, id="where they were"),
        pytest.param("H7", "H1", False, id="one of them alone"),
        pytest.param(None, None, False, id="in none"),
    ],
)
def test_it_is_done_when_they_are_together_in_another_household(
    b: str | None, c: str | None, is_shown: bool
) -> None:
    done = household_plan(LEAVE, REGISTER)
    after = carried_out(done, dict(REGISTER))
    for number, home in (("B", b), ("C", c)):
        after[number] = {**(after[number] or {}), "household_no": home}
    rows = {number: one for number, one in after.items() if one is not None}
    assert shows_after(done, rows) == is_shown
    assert shows_before(done, rows) is False
    assert shows_before(done, REGISTER)


def test_moving_out_is_taken_back_whichever_number_they_got() -> None:
    done = household_plan(LEAVE, REGISTER)
    kind, back = undo("new_household", done)
    assert kind == "move_household"
    assert back.after == done.before
    there = {number: {**(one or {}), "household_no": "H7"} for number, one in done.after.items()}
    assert shows_before(back, there)
    assert not shows_after(back, there)
    assert shows_after(back, REGISTER)


def test_a_household_is_entered_and_taken_back_by_the_numbers_it_got() -> None:
    people = {
        newcomer(1): {"name": "赵云", "relation_to_head": "户主", "birth_date": "1980-01-01"},
        newcomer(2): {"name": "赵小", "relation_to_head": "女", "birth_date": "2020-01-01"},
    }
    done = household_plan(HouseholdIntent("add_household", people), {})
    assert list(done.before.values()) == [None, None]
    assert {one and one["head_name"] for one in done.after.values()} == {"赵云"}
    kind, back = undo("add_household", done, {newcomer(1): "X", newcomer(2): "Y"})
    assert kind == "remove_person"
    assert back.after == {"X": None, "Y": None}
    apart = {newcomer(1): {**(done.after[newcomer(1)] or {}), "household_no": "H1"}}
    apart[newcomer(2)] = {**(done.after[newcomer(2)] or {}), "household_no": "H2"}
    assert not shows_after(done, apart)


def test_several_join_a_household_that_is_there() -> None:
    intent = HouseholdIntent("move_household", {"B": {}, "C": {"relation_to_head": "妻"}}, "H2")
    done = household_plan(intent, REGISTER)
    assert [one and (one["household_no"], one["relation_to_head"]) for one in done.after.values()] == [
        ("H2", "子"),
        ("H2", "妻"),
    ]


HEAD: Mapping[str, str | None] = {"relation_to_head": "户主"}


@pytest.mark.parametrize(
    ("intent", "message"),
    [
        (HouseholdIntent("new_household", {}), "1 to"),
        (HouseholdIntent("new_household", {str(n): {} for n in range(MOST_PEOPLE + 1)}), "1 to"),
        (HouseholdIntent("new_household", {"B": {}, "C": {}}), "one head"),
        (HouseholdIntent("new_household", {"B": HEAD, "C": HEAD}), "one head"),
        (HouseholdIntent("new_household", {"Z": HEAD}), "not on the register"),
        (HouseholdIntent("new_household", {newcomer(1): HEAD}), "has no number yet"),
        (HouseholdIntent("new_household", {"B": HEAD}, "H3"), "number is given"),
        (HouseholdIntent("new_household", {"B": {"name": "x"}}), "does not set"),
        (HouseholdIntent("move_household", {"B": {}}), "number is given"),
        (HouseholdIntent("move_household", {"B": {}}, "H1"), "shows this already"),
        (HouseholdIntent("add_household", {"B": HEAD}), "has no number yet"),
        (HouseholdIntent("add_household", {newcomer(1): HEAD}), "needs a name"),
        (HouseholdIntent("merge", {"B": HEAD}), "no such kind"),
    ],
)
def test_what_makes_no_household_is_refused(intent: HouseholdIntent, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        household_plan(intent, REGISTER)


def test_keys_of_newcomers_keep_their_order() -> None:
    keys = [newcomer(place) for place in range(1, MOST_PEOPLE + 1)]
    assert keys == sorted(keys)
    assert all(is_new(key) for key in keys)
    assert not is_new("RY1")
