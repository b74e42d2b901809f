"""Match keys of names."""

import pytest

from linkage.chinese.names import fold, name_keys, split


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
    [("林娜", "林拉"), ("张三", "章三"), ("黄志", "黄自"), ("程英", "陈因"), ("胡平", "福平")],
    ids=["n-l", "same sound", "zh-z", "eng-en", "f-h"],
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
