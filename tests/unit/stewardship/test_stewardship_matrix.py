"""Signs between register and sources, and the marks inside a value, also through a mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewardship import words
from stewardship.matrix import FIELDS, LIKENESSES, Cell, Line, Part, compare, lines, parts_of


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


GAP = Part("", True)


@pytest.mark.parametrize("is_lifted", [pytest.param(False, id="masked"), pytest.param(True, id="shown")])
@pytest.mark.parametrize(
    ("field", "register", "source", "parts"),
    [
        pytest.param("name", "张小伟", "张伟", [("张", False), GAP, ("伟", False)], id="a character"),
        pytest.param(
            "phone", "13812345678", "1381234578", [("13812345", False), GAP, ("78", False)], id="a digit"
        ),
        pytest.param("phone", "13812345678", "3812345678", [GAP, ("3812345678", False)], id="the first"),
        pytest.param("phone", "13812345678", "1381234567", [("1381234567", False), GAP], id="the last"),
        pytest.param("name", "欧阳小伟", "欧阳强", [("欧阳", False), ("强", True)], id="one for two"),
        pytest.param("name", "张伟", "张小伟", [("张", False), ("小", True), ("伟", False)], id="one more"),
    ],
)
def test_what_a_source_leaves_out_is_marked_at_its_place_also_under_the_mask(
    field: str, register: str, source: str, parts: list[Part | tuple[str, bool]], is_lifted: bool
) -> None:
    line = next(
        x
        for x in lines([{field: register}, {field: source}], is_child=False, is_lifted=is_lifted)
        if x.field == field
    )
    found = line.cells[1].parts
    told = [part if isinstance(part, Part) else Part(*part) for part in parts]
    assert [(len(part.text), part.differs, part.is_gap) for part in found] == [
        (len(part.text), part.differs, part.is_gap) for part in told
    ]
    assert (found == tuple(told)) is is_lifted


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        pytest.param(
            "990106199001011235",
            [Part("990106 19900101 ●●●", False), Part("●", True)],
            id="in the last group",
        ),
        pytest.param(
            "990106199101011234",
            [Part("990106 199", False), Part("1", True), Part("0101 ●●●●", False)],
            id="in the date",
        ),
        pytest.param(
            "990107299001011234",
            [
                Part("99010", False),
                Part("7", True),
                Part(" ", False),
                Part("2", True),
                Part("9900101 ●●●●", False),
            ],
            id="over a space",
        ),
    ],
)
def test_a_number_that_differs_is_in_its_groups_too(source: str, parts: list[Part]) -> None:
    cell = one("id_number", {"id_number": "990106199001011234"}, {"id_number": source}).cells[1]
    assert cell == Cell("≠", tuple(parts))


@pytest.mark.parametrize(
    ("field", "register", "source", "likeness"),
    [
        pytest.param("name", "张偉", "张伟", "variant", id="a variant form"),
        pytest.param("name", "张伟", "章伟", "sound", id="sounds the same"),
        pytest.param("phone", "138 1234 5678", "13812345678", "spacing", id="spaces"),
        pytest.param("id_number", "990106199001011234", "990106900101123", "fifteen", id="fifteen digits"),
        pytest.param("name", "张伟", "张强", "", id="another name"),
        pytest.param("name", "张伟", "张伟", "", id="the same"),
    ],
)
def test_what_is_written_otherwise_says_in_which_way(
    field: str, register: str, source: str, likeness: str
) -> None:
    assert one(field, {field: register}, {field: source}).cells[1].likeness == likeness


def test_a_date_is_held_against_the_other_digit_by_digit() -> None:
    cell = one("birth_date", {"birth_date": "1990-01-01"}, {"birth_date": "1990-10-03"}).cells[1]
    assert cell.parts == (Part("1990-", False), Part("10", True), Part("-0", False), Part("3", True))


def test_a_lunar_date_says_that_it_is_one() -> None:
    told = {"birth_date": "1990-10-03", "birth_date_lunar": "1990-08-15"}
    assert one("birth_date", {"birth_date": "1990-08-15"}, told).cells[1].likeness == "lunar"


def test_every_likeness_has_words() -> None:
    assert set(LIKENESSES) == set(words.LIKENESSES)


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


def test_a_code_is_marked_as_a_whole() -> None:
    """What is said in words has no characters of its own that could differ."""
    told = parts_of("relation_to_head", "女", "孙女", is_child=False, is_lifted=False)
    assert told == (Part("女", True),)
    assert parts_of("sex", "男", None, is_child=True, is_lifted=False) == (Part("男", False),)
    assert parts_of("marital_status", "已婚", "已婚", is_child=False, is_lifted=False) == (
        Part("已婚", False),
    )
