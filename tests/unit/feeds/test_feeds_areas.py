"""Addresses against an area table with a history."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_files import area_table

from feeds.areas import ELSEWHERE_CODE, AreaTable
from feeds.errors import BadReference

HONGTANG, HONGTANG_LING, ZHONGWAN, CHENSHU = "991224100201", "991224101202", "991224100300", "991224100200"
LIUKOU, LIULING = "991224100000", "991224101000"


@pytest.mark.parametrize(
    ("text", "near", "area", "group"),
    [
        ("云泽省岚平市禾溪县柳口镇红塘村3组12号", None, HONGTANG, "3"),
        ("云泽省岚平市禾溪县柳口镇红塘村第三村民小组", None, HONGTANG, "3"),
        ("禾溪县柳口镇红塘村三社", None, HONGTANG, "3"),
        ("柳口镇红塘村十二组", None, HONGTANG, "12"),
        ("柳口乡红塘村", None, HONGTANG, None),
        ("柳口镇红塘社区", None, HONGTANG, None),
        ("柳口镇陈树村", None, CHENSHU, None),
        ("云泽省岚平市\n禾溪县柳口镇\n红塘村", None, HONGTANG, None),
        ("柳 口 镇 红塘村", None, HONGTANG, None),
        ("旧川县柳口镇红塘村", None, HONGTANG, None),
        ("禾溪县马坪乡中湾村2组", None, ZHONGWAN, "2"),
        ("马坪镇中湾村", None, ZHONGWAN, None),
        ("中湾村", None, ZHONGWAN, None),
        ("柳口镇中湾村", None, ZHONGWAN, None),
        ("红塘村1组", LIULING, HONGTANG_LING, "1"),
        ("红塘村1组", LIUKOU, HONGTANG, "1"),
        ("柳岭镇红塘村", LIUKOU, HONGTANG_LING, None),
        ("红塘村", None, None, None),
        ("柳口镇", None, LIUKOU, None),
        ("临禾县桂安镇", None, "991225000000", None),
        ("云泽省望州市桐湾区", None, ELSEWHERE_CODE, None),
        ("栖霞省北岭市松原县长安镇", None, ELSEWHERE_CODE, None),
        ("不知道", None, None, None),
        ("无", None, None, None),
        (None, None, None, None),
    ],
    ids=repr,
)
def test_an_address_gives_the_deepest_area_in_todays_codes(
    text: str | None, near: str | None, area: str | None, group: str | None
) -> None:
    found = area_table().parse(text, near)
    assert (found.area, found.group) == (area, group)


def test_door_numbers_are_read_beside_the_group() -> None:
    found = area_table().parse("柳口镇红塘村3组12-1号")
    assert (found.level, found.group, found.door) == ("village", "3", "12-1")


def test_codes_lead_through_their_successors() -> None:
    table = area_table()
    assert table.current_code("991224102200") == ZHONGWAN
    assert table.current_code("991228000000") == "991224000000"
    assert table.current_code("991224") == "991224000000"
    assert [table.current_code(c) for c in ("123456789012", "", None)] == [None, None, None]
    assert table.township_of(ZHONGWAN) == LIUKOU
    assert (table.name_of(ZHONGWAN), table.county) == ("中湾村", "991224000000")
    assert [table.is_in_county(c) for c in (ZHONGWAN, "991225000000", ELSEWHERE_CODE, None)] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_circle_of_successors_ends() -> None:
    names = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")
    rows = ["991224100000,甲,township,,,2000-01-01,991224101000", "991224101000,乙,township,,,2000-01-01,991224100000"]  # fmt: skip
    table = AreaTable.of([dict(zip(names, row.split(","))) for row in rows])
    assert table.current_code("991224100000") is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [("code,name\n", "no column level"), ("code,name,level,parent,valid_from,valid_to,successor\n12,甲,county,,,,\n", "row 2, column code")],
    ids=["a column is missing", "a code is short"],
)  # fmt: skip
def test_a_bad_area_table_is_named_by_row_and_column(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadReference, match=told):
        AreaTable.load(path)
