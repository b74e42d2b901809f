"""Names by their pinyin and the first letters of it, and what counts as pinyin of what is typed."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.chinese.forms import SURNAME_READINGS
from register.pinyin import LONGEST, SURNAMES, Reading, as_pinyin, readings


def read(*names: str | None) -> list[Reading]:
    return [Reading(*row) for row in readings(pd.Series(names, dtype=object)).to_numpy()]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("王小明", ("wxm", "wangxiaoming"), id="plain"),
        pytest.param("单雄信", ("sxx", "shanxiongxin"), id="surname of its own reading"),
        pytest.param("翟志刚", ("zzg", "zhaizhigang"), id="surname that is never read like the character"),
        pytest.param("朴正", ("pz", "piaozheng"), id="surname of the same first letter"),
        pytest.param("简单", ("jd", "jiandan"), id="the same character elsewhere"),
        pytest.param("尉迟恭", ("ycg", "yuchigong"), id="double surname"),
        pytest.param("吕绿", ("ll", "lvlv"), id="ü"),
        pytest.param("买买提·吐尔逊", ("mmttex", "maimaitituerxun"), id="dot"),
        pytest.param("Maria王", ("mariaw", "mariawang"), id="Latin"),
        pytest.param("庄" * 20, ("z" * 12, "zhuang" * 10), id="long"),
        pytest.param("··", (None, None), id="nothing to look up"),
        pytest.param(None, (None, None), id="no name"),
    ],
)
def test_a_name_is_read_by_its_pinyin_and_initials(
    name: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert read(name) == [expected]


def test_names_are_read_where_they_stand() -> None:
    names = pd.Series(["王伟", None, "李娜", "王伟"], index=[7, 3, 9, 1], dtype=object)
    found = readings(names)
    assert found.index.tolist() == [7, 3, 9, 1]
    assert found["name_pinyin"].tolist() == ["wangwei", None, "lina", "wangwei"]
    assert readings(names[:0]).columns.tolist() == list(Reading._fields)


def test_surnames_are_read_as_the_linkage_reads_them() -> None:
    told = {name: "".join(one for one in told if one.isalpha()) for name, told in SURNAME_READINGS.items()}
    assert {name: read(name)[0].name_pinyin for name in told} == told
    assert set(SURNAMES) - set(told) == {"乜", "阚"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("wangxiaoming", "wangxiaoming"),
        ("WangXiaoMing", "wangxiaoming"),
        ("wangxiao", "wangxiao"),
        ("wangx", "wangx"),
        ("wangxi", "wangxi"),
        ("wan", "wan"),
        ("zh", "zh"),
        ("xi'an", "xian"),
        ("lüxiaoming", "lvxiaoming"),
        ("LYU", "lv"),
        ("wanyu", "wanyu"),
        ("fangan", "fangan"),
        ("yuchigong", "yuchigong"),
        ("maimaitituerxun", "maimaitituerxun"),
        ("w", None),
        ("wxm", None),
        ("wangxm", None),
        ("zx", None),
        ("uighur", None),
        ("wang1", None),
        ("123x", None),
        ("王小", None),
        ("%", None),
        ("'", None),
        ("", None),
    ],
)
def test_what_counts_as_pinyin(typed: str, expected: str | None) -> None:
    assert as_pinyin(typed) == expected


_HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5, exclude_characters="呒呣唔嗯哼噷")


@given(st.text(_HAN, min_size=1, max_size=5), st.data())
def test_every_name_is_found_by_any_beginning_of_its_pinyin(name: str, data: st.DataObject) -> None:
    initials, pinyin = read(name)[0]
    assert initials and pinyin and pinyin[0] == initials[0] and len(pinyin) <= LONGEST
    beginning = pinyin[: data.draw(st.integers(2, max(2, len(pinyin))))]
    assert as_pinyin(beginning.upper()) == (beginning if len(beginning) > 1 else None)


def test_what_is_nearly_pinyin_takes_no_longer_than_its_length() -> None:
    assert as_pinyin("ang" * 20 + "x") == "ang" * 20 + "x"
    assert as_pinyin("ang" * 19 + "xx") is None
