"""What a register change would do: pure plans, their undoing, and who may take which step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.change_models import CHANGE_KINDS, CHANGE_STATES
from register.change_plans import (
    FIELDS,
    HOUSEHOLD_FIELDS,
    IDENTIFYING,
    NEW,
    PERSON_FIELDS,
    Intent,
    Plan,
    Row,
    carried_out,
    cells,
    meet,
    plan,
    shows_after,
    shows_before,
    suggested,
    undo,
)
from register.change_states import LIVE, TRANSITIONS, may
from register.errors import InvalidInput

TEXT = st.none() | st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs")), min_size=1, max_size=6)
ROW = st.fixed_dictionaries(
    {name: st.just("2020-01-31") if name == "birth_date" else TEXT for name in FIELDS}
)
# What the kept person takes over from the other.
TAKEN = st.sets(st.sampled_from(PERSON_FIELDS))


def row(**values: str | None) -> Row:
    given_ = {"name": "王伟", "birth_date": "1990-01-01", "sex": "男", "household_no": "H1", **values}
    return {name: given_.get(name) for name in FIELDS}


@given(kept=ROW, gone=ROW, other=ROW, taken=TAKEN)
def test_undoing_a_merge_restores_both_persons_exactly(
    kept: Row, gone: Row, other: Row, taken: set[str]
) -> None:
    register = {"A": kept, "B": gone, "C": other}
    merged = plan(Intent("merge", "A", "B", {name: gone[name] for name in taken}), register)
    after = carried_out(merged, dict(register))
    assert after["B"] is None
    assert after["A"] == {**kept, **{name: gone[name] for name in taken}}
    kind, undone = undo("merge", merged)
    assert kind == "undo_merge"
    assert carried_out(undone, after) == register


@given(before=ROW, values=st.dictionaries(st.sampled_from(PERSON_FIELDS), TEXT, min_size=1))
def test_undoing_any_correction_restores_the_row(before: Row, values: dict[str, str | None]) -> None:
    values.pop("birth_date", None)
    try:
        done = plan(Intent("field", "A", values=values), {"A": before})
    except InvalidInput:
        assert all(before[name] == value for name, value in values.items())
        return
    register = {"A": before, "C": row()}
    assert shows_before(done, register)
    after = carried_out(done, dict(register))
    assert shows_after(done, {number: one for number, one in after.items() if one is not None})
    assert not shows_before(done, {number: one for number, one in after.items() if one is not None})
    assert carried_out(undo("field", done)[1], after) == register


@pytest.mark.parametrize(
    ("intent", "after"),
    [
        pytest.param(Intent("field", "A", values={"phone": " 137 "}), {"A": row(phone="137")}, id="field"),
        pytest.param(Intent("field", "A", values={"sex": " "}), {"A": row(sex=None)}, id="a field to blank"),
        pytest.param(
            Intent("move_household", "A", values={"household_no": "H2"}),
            {"A": row(household_no="H2")},
            id="move",
        ),
        pytest.param(Intent("mark_dead", "A"), {"A": None}, id="dead"),
        pytest.param(Intent("mark_moved_out", "A"), {"A": None}, id="moved out"),
        pytest.param(Intent("merge", "A", "B"), {"A": row(), "B": None}, id="merge"),
        pytest.param(
            Intent("add_person", values={"name": "李婴", "household_no": "H1"}),
            {NEW: {**dict.fromkeys(FIELDS), "name": "李婴", "household_no": "H1"}},
            id="new person",
        ),
    ],
)
def test_each_kind_says_what_the_register_is_to_show(intent: Intent, after: Mapping[str, Row | None]) -> None:
    register = {"A": row(), "B": row(name="王维")}
    assert plan(intent, register).after == after


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(Intent("nonsense", "A"), id="no kind"),
        pytest.param(Intent("undo_merge", "A", "B"), id="a kind that only undoes"),
        pytest.param(Intent("field", "A"), id="nothing to set"),
        pytest.param(Intent("field", "A", values={"name": "王伟"}), id="the same"),
        pytest.param(Intent("field", "A", values={"household_no": "H2"}), id="the household is no field"),
        pytest.param(Intent("field", "A", values={"height": "170"}), id="no column of the register"),
        pytest.param(Intent("field", "A", values={"birth_date": "2026-2-3"}), id="no date"),
        pytest.param(Intent("field", "A", values={"name": "王\x00"}), id="a control character"),
        pytest.param(Intent("field", "A", values={"name": "王" * 501}), id="too long"),
        pytest.param(Intent("field", "Z", values={"name": "王"}), id="nobody"),
        pytest.param(Intent("mark_dead"), id="who?"),
        pytest.param(Intent("mark_dead", "A", values={"name": "王"}), id="dead and renamed"),
        pytest.param(Intent("merge", "A", "A"), id="one person"),
        pytest.param(Intent("merge", "A"), id="with whom?"),
        pytest.param(Intent("merge", "A", "Z"), id="with nobody"),
        pytest.param(Intent("move_household", "A", values={"head_name": "王"}), id="where to?"),
        pytest.param(Intent("add_person", values={"sex": "女"}), id="no name"),
        pytest.param(Intent("add_person", "A", values={"name": "王"}), id="a number chosen by us"),
    ],
)
def test_what_makes_no_sense_is_refused_without_repeating_a_value(intent: Intent) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(intent, {"A": row(), "B": row()})
    assert "王" not in str(caught.value)


def test_who_was_added_is_taken_back_by_the_number_given_since() -> None:
    added = plan(Intent("add_person", values={"name": "李婴"}), {})
    assert undo("add_person", added)[1].after == {NEW: None}
    kind, undone = undo("add_person", added, {NEW: "RY9"})
    assert (kind, undone.after) == ("remove_person", {"RY9": None})


def changed(**values: str) -> Plan:
    return plan(Intent("field", "A", values=values), {"A": row()})


@pytest.mark.parametrize(
    ("one", "other", "do_meet"),
    [
        pytest.param(changed(phone="1"), changed(phone="2"), True, id="same item"),
        pytest.param(changed(phone="1"), changed(name="王"), False, id="other item"),
        pytest.param(
            changed(phone="1"), plan(Intent("mark_dead", "A"), {"A": row()}), True, id="whole person"
        ),
        pytest.param(
            changed(phone="1"),
            plan(Intent("merge", "B", "A"), {"A": row(), "B": row()}),
            True,
            id="who goes in a merge",
        ),
        pytest.param(
            changed(phone="1"),
            plan(Intent("merge", "A", "B"), {"A": row(), "B": row()}),
            False,
            id="who is kept in a merge",
        ),
        pytest.param(
            plan(Intent("add_person", values={"name": "甲"}), {}),
            plan(Intent("add_person", values={"name": "乙"}), {}),
            False,
            id="two new persons",
        ),
    ],
)
def test_changes_meet_in_the_same_item_of_the_same_person(one: Plan, other: Plan, do_meet: bool) -> None:
    assert meet(one, other) is meet(other, one) is do_meet


def test_the_register_may_change_elsewhere_meanwhile() -> None:
    one = changed(phone="1")
    assert shows_before(one, {"A": row(education="小学")})
    assert shows_after(one, {"A": row(education="小学", phone="1")})
    assert not shows_after(one, {})
    assert cells(one) == {("A", "phone")}


@pytest.mark.parametrize(
    ("type_", "values", "intent"),
    [
        pytest.param(
            "missing_item", ("A", None, "phone", "1"), Intent("field", "A", values={"phone": "1"}), id="item"
        ),
        pytest.param("missing_item", ("A", None, "household_no", "1"), None, id="no item of a person"),
        pytest.param("duplicate_person", ("A", "B", None, None), Intent("merge", "A", "B"), id="duplicate"),
        pytest.param("deceased_active", ("A", None, None, None), Intent("mark_dead", "A"), id="dead"),
        pytest.param(
            "wrong_household",
            ("A", None, None, "H7"),
            Intent("move_household", "A", values={"household_no": "H7"}),
            id="another household",
        ),
        pytest.param("wrong_household", ("A", None, None, None), None, id="no household known"),
        pytest.param("unregistered_birth", (None, None, None, None), None, id="a person has to say more"),
    ],
)
def test_a_discrepancy_suggests_a_change(type_: str, values: Any, intent: Intent | None) -> None:
    assert suggested(type_, *values) == intent


CHILD: Final = {"name": "王小", "sex": "女", "birth_date": "2026-04-30", "household_no": "H1"}
NUMBER: Final = "99010120260430002X"


@pytest.mark.parametrize(
    ("asked", "entered", "is_done"),
    [
        pytest.param({}, {}, True, id="as asked"),
        pytest.param({}, {"id_number": NUMBER}, True, id="the register knows the number besides"),
        pytest.param({"id_number": NUMBER}, {}, True, id="the register has no number yet"),
        pytest.param({}, {"household_no": "H2"}, False, id="in another household"),
        pytest.param({}, {"name": "王晓"}, False, id="under another name"),
        pytest.param({}, {"sex": "男"}, False, id="of the other sex"),
        pytest.param({}, {"birth_date": "2026-04-29"}, False, id="born on another day"),
        pytest.param({"household_no": None}, {"household_no": "H2"}, True, id="no household was asked for"),
        pytest.param(
            {"id_number": NUMBER},
            {"id_number": NUMBER.lower(), "name": "王晓", "household_no": "H2", "birth_date": "2026-04-29"},
            True,
            id="by the number, whatever was corrected",
        ),
        pytest.param(
            {"id_number": NUMBER}, {"id_number": NUMBER.replace("2X", "46")}, False, id="another number"
        ),
    ],
)
def test_the_register_has_entered_whom_it_was_asked_to(
    asked: dict[str, str | None], entered: dict[str, str | None], is_done: bool
) -> None:
    wanted = plan(Intent("add_person", values={**CHILD, **asked}), {})
    assert shows_after(wanted, {NEW: row(**{**CHILD, **entered})}) is is_done


def test_states_and_kinds_of_the_table_are_those_of_the_database() -> None:
    states = {one.target for one in TRANSITIONS.values()} | {"proposed"}
    assert states == set(CHANGE_STATES)
    assert {source for one in TRANSITIONS.values() for source in one.sources} <= states
    assert set(LIVE) < states
    assert {*HOUSEHOLD_FIELDS, *PERSON_FIELDS} == set(FIELDS) > set(IDENTIFYING)
    assert len(set(CHANGE_KINDS)) == 11


@pytest.mark.parametrize(
    ("action", "actor", "allowed"),
    [
        pytest.param("approve", "anna", False, id="the proposer approves"),
        pytest.param("approve", "ANNA", False, id="the proposer in capitals"),
        pytest.param("approve", "bert", True, id="another approves"),
        pytest.param("refuse", "anna", False, id="the proposer refuses"),
        pytest.param("withdraw", "Anna", True, id="the proposer withdraws"),
        pytest.param("withdraw", "bert", False, id="another withdraws"),
        pytest.param("apply", "anna", True, id="anybody applies"),
    ],
)
def test_two_persons_are_needed(action: str, actor: str, allowed: bool) -> None:
    assert may(TRANSITIONS[action], actor, "anna") is allowed
