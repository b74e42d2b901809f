"""Match keys of names."""

import pytest

from linkage.chinese.forms import VARIANTS
from linkage.chinese.id_numbers import full_number
from linkage.chinese.names import fold, name_keys, split
from linkage.chinese.placeholders import is_placeholder


@pytest.mark.parametrize(
    ("name", "toned"),
    [
        ("单雄信", "shan4 xiong2 xin4"),
        ("曾国藩", "zeng1 guo2 fan1"),
        ("仇英", "qiu2 ying1"),
        ("解缙", "xie4 jin4"),
        ("欧阳修", "ou1 yang2 xiu1"),
    ],
    ids=["shan", "zeng", "qiu", "xie", "ouyang"],
)
def test_a_surname_is_read_as_a_surname(name: str, toned: str) -> None:
    assert name_keys(name).toned == toned


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("林娜", "林拉"),
        ("张三", "章三"),
        ("黄志", "黄自"),
        ("程英", "陈因"),
        ("胡平", "福平"),
        ("黄辉", "方飞"),
    ],
    ids=["n-l", "same sound", "zh-z", "eng-en", "f-h", "f-hu"],
)
def test_names_that_sound_alike_in_the_south_share_a_key(one: str, other: str) -> None:
    assert name_keys(one).fuzzy == name_keys(other).fuzzy


def test_all_dots_are_one() -> None:
    assert len({fold(f"古丽{dot}托合提") for dot in "·•‧∙・･．."}) == 1


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("欧阳修", ("欧阳", "修")),
        ("王伟", ("王", "伟")),
        ("古丽·托合提", ("古丽", "托合提")),
        ("司马", ("司", "马")),
    ],
    ids=["compound", "plain", "dotted", "two characters are no compound surname"],
)
def test_surnames_are_split(name: str, parts: tuple[str, str]) -> None:
    assert split(name) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [("蘇萊", "甦萊"), ("鍾昇", "钟升"), ("肖峯", "萧峰"), ("甯静", "宁靜")],
    ids=["chain", "traditional and variant", "surname", "three forms"],
)
def test_variant_forms_share_a_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_no_variant_stands_in_two_groups() -> None:
    every = [char for group in VARIANTS for char in group]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    "name", ["张某之子", "张XX之女", "李婴", "大宝", "王芳之子", "未取名", "张某某", "王之长女", "无"]
)
def test_placeholders_are_known(name: str) -> None:
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["王小宝", "李贝贝", "王无忌", "孙之涵", "曲宸子", "吴无", "张*伟"])
def test_names_are_no_placeholders(name: str) -> None:
    assert not is_placeholder(name)


@pytest.mark.parametrize(
    ("number", "full"),
    [
        ("110105491231002", "11010519491231002X"),
        ("990203199008151", "990203199008151"),
        ("11010519491231002x", "11010519491231002X"),
    ],
    ids=["15 digits", "an 18-digit number cut off", "lower case"],
)
def test_old_numbers_are_read_as_new(number: str, full: str) -> None:
    assert full_number(number) == full
