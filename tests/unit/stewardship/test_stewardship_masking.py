"""What a mask leaves to be seen, of grown-ups and of children."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.change_plans import FIELDS
from stewardship.masking import DOT, OPEN, grouped, masked, may_be_child, unbroken

CASES = [
    ("name", "张大伟", "张●伟", "张●●"),
    ("name", "王伟", "王●", "王●"),
    ("name", "伟", "●", "●"),
    ("name", "阿卜杜·热依木", "阿●●●●●木", "阿●●●●●●"),
    ("mother_name", "马秀英", "马●英", "马●英"),
    ("id_number", "990106199001011234", "99010619900101●●●●", "990106●●●●●●●●●●●●"),
    ("id_number", "990106900101123", "99010690010●●●●", "99010●●●●●●●●●●"),
    ("id_number", "9901", "9●●●", "9●●●"),
    ("phone", "13812345678", "138●●●●5678", "138●●●●●●●●"),
    ("phone", "1234567", "●●●●●●●", "●●●●●●●"),
    ("hukou_address", "大塘镇三组12号", "大塘镇三组12号", "大塘镇●组●●号"),
    ("birth_date", "1990-10-03", "1990-10-03", "1990-10-03"),
    ("something_new", "secret", "●●●●●●", "●●●●●●"),
]


@pytest.mark.parametrize(
    ("field", "value", "grown_up", "child"),
    CASES,
    ids=[f"{field} of {len(value)}" for field, value, *_ in CASES],
)
def test_a_value_is_masked(field: str, value: str, grown_up: str, child: str) -> None:
    assert masked(field, value, is_child=False) == grown_up
    assert masked(field, value, is_child=True) == child


@given(st.sampled_from([*FIELDS, None]), st.text(min_size=1, max_size=30), st.booleans())
def test_a_mask_is_as_long_as_its_value_and_a_child_s_shows_no_more(
    field: str | None, value: str, is_child: bool
) -> None:
    shown = masked(field, value, is_child=is_child)
    assert len(shown) == len(value)
    if field not in OPEN:
        assert masked(field, value, is_child=True).count(DOT) >= masked(field, value, is_child=False).count(
            DOT
        )


def test_id_numbers_are_shown_in_groups() -> None:
    assert grouped("id_number", "99010619900101●●●●") == "990106 19900101 ●●●●"
    assert grouped("phone", "138●●●●5678") == "138●●●●5678"


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        pytest.param("2008-05-03", True, id="the day before coming of age"),
        pytest.param("2008-05-02", False, id="of age today"),
        pytest.param(None, True, id="nobody knows"),
        pytest.param("1990-13", True, id="not a date"),
    ],
)
def test_whose_age_nobody_knows_may_be_a_child(born: str | None, expected: bool) -> None:
    assert may_be_child(born, date(2026, 5, 2)) is expected


def test_a_masked_name_in_a_heading_is_one_piece_and_nothing_else_of_it_is_markup() -> None:
    name = '<span class="name">{}</span>'
    assert unbroken("Is 张●建 (man), or of 黄●● <b>?") == (
        f"Is {name.format('张●建')} (man), or of {name.format('黄●●')} &lt;b&gt;?"
    )
    assert unbroken("no name") == "no name"
