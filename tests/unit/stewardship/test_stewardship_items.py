"""What is typed for an item, put as the register has it, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from stewardship.proposing.items import problem_with, read_typed

TODAY = date(2026, 5, 2)


@pytest.mark.parametrize(
    ("field", "typed", "value", "problem"),
    [
        ("phone", "139 1234-5678", "13912345678", ""),
        ("phone", "+86 13912345678", "13912345678", ""),
        ("phone", "０５３７－７６５４３２１", "05377654321", ""),
        ("phone", "1990-02-30", "19900230", "unlike.phone"),
        ("phone", "none", "none", "unlike.phone"),
        ("name", "王小明", "王小明", ""),
        ("name", "●●", "●●", "unlike.name"),
        ("hukou_address", "大塘镇三组5号", "大塘镇三组5号", ""),
        ("hukou_address", "1990-02-30", "1990-02-30", "unlike.hukou_address"),
        ("id_number", "990101 19900101 123X", "99010119900101123X", "id_number"),
        ("birth_date", "2026-05-03", "2026-05-03", "future"),
        ("ethnicity", "Hui", "回族", ""),
        ("relation_to_head", "孙子", "孙", ""),
        ("marital_status", "Purple", "Purple", "otherwise.marital_status"),
    ],
)
def test_what_is_typed_is_read_and_judged(field: str, typed: str, value: str, problem: str) -> None:
    assert read_typed(field, typed, 200) == value
    assert problem_with(field, value, TODAY) == problem
