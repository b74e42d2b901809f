"""Signs between register and sources, and the marks inside a value, also through a mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewardship.matrix import FIELDS, Cell, Line, Part, compare, lines


@pytest.mark.parametrize(
    ("field", "one", "other", "sign"),
    [
        pytest.param("name", "张伟", "张伟", "=", id="the same"),
        pytest.param("name", "張偉", "张伟", "≈", id="a variant form"),
        pytest.param("name", "张伟", "章伟", "≈", id="sounds the same"),
        pytest.param("name", "张伟", "张强", "≠", id="another name"),
        pytest.param(
            "id_number", "990106900101123", "990106199001011234", "≈", id="fifteen and eighteen digits"
        ),
        pytest.param("id_number", "990106199001011234", "990106199001011235", "≠", id="another number"),
        pytest.param("phone", "138 1234 5678", "13812345678", "≈", id="spaces"),
        pytest.param("sex", "男", "女", "≠", id="sex"),
    ],
)
def test_two_values_have_a_sign(field: str, one: str, other: str, sign: str) -> None:
    assert compare(field, {field: one}, {field: other}) == sign
    assert compare(field, {field: other}, {field: one}) == sign


def test_a_lunar_date_is_the_same_day_written_otherwise() -> None:
    register = {"birth_date": "1990-08-15"}
    assert (
        compare("birth_date", register, {"birth_date": "1990-10-03", "birth_date_lunar": "1990-08-15"}) == "≈"
    )
    assert compare("birth_date", register, {"birth_date": "1990-10-03"}) == "≠"


def one(field: str, *columns: dict[str, str | None], **more: bool) -> Line:
    return next(x for x in lines(columns, is_child=False, is_lifted=False, **more) if x.field == field)


def test_what_differs_is_marked_character_by_character_under_the_mask() -> None:
    line = one("name", {"name": "张大伟"}, {"name": "张小伟"})
    assert line.cells[1] == Cell("≠", (Part("张", False), Part("●", True), Part("伟", False)))


def test_blank_is_a_sign_of_its_own_and_the_first_known_value_is_what_others_are_held_against() -> None:
    line = one("phone", {}, {"phone": "13812345678"}, {"phone": "13812345679"})
    assert [cell.sign for cell in line.cells] == ["∅", "", "≠"]
    assert line.cells[1].text == "138●●●●5678"


def test_rows_about_several_people_are_not_compared() -> None:
    line = one("sex", {"sex": "男"}, {"sex": "女"}, is_one_person=False)
    assert [cell.sign for cell in line.cells] == ["", ""]


def test_the_proposed_value_stands_in_its_own_line() -> None:
    found = lines(
        [{"name": "张伟", "phone": None}], proposed=("phone", "13812345678"), is_child=False, is_lifted=True
    )
    assert {line.field: line.proposed and line.proposed.text for line in found} == {
        "name": None,
        "phone": "13812345678",
    }


VALUES = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(st.none(), st.text(alphabet="张大小伟強强0123456789 ", max_size=18))
)


@given(st.lists(VALUES, min_size=1, max_size=4), st.booleans())
def test_nothing_is_lost_and_nothing_is_added_in_a_line(
    columns: list[dict[str, str | None]], is_child: bool
) -> None:
    plain = lines(columns, is_child=is_child, is_lifted=True)
    hidden = lines(columns, is_child=is_child, is_lifted=False)
    for line, mask in zip(plain, hidden, strict=True):
        for column, cell, covered in zip(columns, line.cells, mask.cells, strict=True):
            value = column.get(line.field) or ""
            assert cell.text.replace(" ", "") == value.replace(" ", "")
            assert len(covered.text.replace(" ", "")) <= len(value)
            assert covered.sign == cell.sign
