"""Each cell parser, by the spellings that offices use."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from feeds.values.codes import read_code
from feeds.values.dates import lunar_reading, read_date, read_month
from feeds.values.ids import check_character, read_id
from feeds.values.lunar import FIRST_YEAR, YEARS, from_lunar
from feeds.values.names import read_name
from feeds.values.phones import read_phone
from feeds.values.text import as_text, plain

NOW = date(2026, 5, 1)
NUMBER = "99122419900307123"
VALID = NUMBER + check_character(NUMBER)
WITH_X = next(n for n in (f"99122419900307{i:03d}" for i in range(1, 999)) if check_character(n) == "X")


@pytest.mark.parametrize(
    ("cell", "value", "state"),
    [
        pytest.param(VALID, VALID, "valid", id="as it should be"),
        pytest.param(f" '{VALID[:6]} {VALID[6:]} ", VALID, "valid", id="quote and spaces"),
        pytest.param(VALID.translate({48 + i: 0xFF10 + i for i in range(10)}), VALID, "valid", id="full width"),
        pytest.param(VALID.replace("0", "O"), VALID, "valid", id="letter O"),
        *[pytest.param(WITH_X + x, WITH_X + "X", "valid", id=f"X as U+{ord(x):04X}") for x in "xX×ХхＸ"],
        pytest.param(VALID[:6] + VALID[8:17], VALID, "valid", id="15 digits"),
        pytest.param(NUMBER + ("1" if VALID[-1] != "1" else "2"), None, "checksum", id="wrong check digit"),
        pytest.param(float(f"{NUMBER[:15]}000"), NUMBER[:15], "partial", id="float cell"),
        pytest.param(511722199003071000.0, "511722199003071", "partial", id="float that is stored lower"),
        pytest.param("5.11722E+17", "511722", "partial", id="float as text"),
        pytest.param("511722199003071000", "511722199003071", "partial", id="zeros of a float as text"),
        pytest.param("810000199408230021", "810000199408230021", "valid", id="Hong Kong residence permit"),
        pytest.param("932682198501010017", "932682198501010017", "valid", id="foreigner's card"),
        pytest.param("H12345678", "H12345678", "other", id="travel permit"),
        pytest.param("99122419900307", "99122419900307", "partial", id="cut off"),
        *[pytest.param(blank, None, None, id=f"blank {blank!r}") for blank in ("", "无", "未办理", "0" * 18, "不详", None)],
        *[pytest.param(bad, None, None, id=f"unusable {bad!r}") for bad in ("***", "abc", -5, float("nan"), float("inf"), True)],
    ],
)  # fmt: skip
def test_an_id_cell_gives_its_true_digits_and_state(
    cell: object, value: str | None, state: str | None
) -> None:
    found, found_state, _ = read_id(cell)
    assert found_state == state
    if state != "checksum":
        assert found == value


def test_the_raw_text_of_a_float_shows_no_binary_digits() -> None:
    assert as_text(511722199003071000.0) == "511722199003071000"
    assert as_text(12.0) == "12"


@pytest.mark.parametrize(
    "cell",
    [
        "2019年3月5日", "2019.3.5", "2019/3/5", "2019-03-05", "20190305", "190305", "二〇一九年三月五日", "二0一九年三月五日",
        "2019年三月五日", "２０１９年３月５日", "2019-3-5 8:30:00", "20190305 08:30", "2019—03—05", "43529", 43529, 43529.0,
        20190305, datetime(2019, 3, 5, 8), date(2019, 3, 5), "2019年3月5号", "5/3/2019",
    ],
    ids=str,
)  # fmt: skip
def test_every_spelling_of_a_day_is_that_day(cell: object) -> None:
    assert read_date(cell, NOW) == (date(2019, 3, 5), None)


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("2019年3月", "month"), ("1984.9", "month"), ("201903", "month"), ("19840230", "unusable"), ("2023-02-29", "unusable"),
        ("1900-01-01", "default"), ("2026-05-02", "future"), ("1790-01-01", "unusable"), ("昨天", "unusable"), (float("inf"), "unusable"),
        ("", None), ("不详", None), (None, None), (float("nan"), None),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_day_is_noted_and_never_guessed(cell: object, note: str | None) -> None:
    assert read_date(cell, NOW) == (None, note)


def test_a_lunar_date_is_read_as_such_when_the_cell_says_so() -> None:
    assert read_date("农历1990年正月初一", NOW) == (date(1990, 1, 27), "lunar")
    assert read_date("1990年1月1日(农历)", NOW) == (date(1990, 1, 27), "lunar")
    assert lunar_reading(date(1990, 1, 1)) == date(1990, 1, 27)
    assert lunar_reading(date(1990, 1, 31)) is None, "a lunar month has at most 30 days"


@pytest.mark.parametrize("year", range(FIRST_YEAR, FIRST_YEAR + len(YEARS), 8), ids=str)
def test_the_table_of_lunar_years_agrees_with_the_calendar_library(year: int) -> None:
    import sxtwl

    for month, day in ((1, 1), (6, 15), (12, 29)):
        known = sxtwl.fromLunar(year, month, day)
        theirs = date(known.getSolarYear(), known.getSolarMonth(), known.getSolarDay())
        assert from_lunar(year, month, day) == theirs


def test_months_are_kept_without_a_day() -> None:
    assert [read_month(c, NOW)[0] for c in ("202009", "2020年9月", "2020-09-01", 202009.0)] == ["2020-09"] * 4


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张 三", "张三"), ("张\u200b三\u00a0", "张三"), ("欧阳 小宝", "欧阳小宝"), ("迪丽 热巴", "迪丽·热巴"), ("张三（更正）", "张三"),
        ("Anna  Smith", "Anna Smith"), ("ＭＡ ＬＩ", "MA LI"), ("张\ue81e", "张龴"),
        *[(f"艾山江{dot}买买提", "艾山江·买买提") for dot in "·•‧∙・･．.-‐"],
    ],
    ids=lambda value: value.encode("unicode_escape").decode(),
)  # fmt: skip
def test_a_name_is_cleaned_and_otherwise_left_as_it_stands(cell: str, name: str) -> None:
    assert read_name(cell) == (name, None, False)


@pytest.mark.parametrize(
    "cell",
    [
        "张某之子",
        "张XX之女",
        "李婴",
        "大宝",
        "二宝",
        "小宝",
        "某某",
        "王芳之子",
        "双胞胎",
        "双胞胎A",
        "王小子",
        "李长子",
        "未取名",
        "张某某",
        "陈次女",
        "新生儿",
    ],
)
def test_a_name_still_to_come_is_a_placeholder(cell: str) -> None:
    value, _, is_placeholder = read_name(cell)
    assert (value, is_placeholder) == (cell, True)


@pytest.mark.parametrize("cell", ["李三", "曲宸子", "夏一子", "王子", "李大宝", "马·阿依", "赵婴齐", "王男"])
def test_a_real_name_is_no_placeholder(cell: str) -> None:
    assert read_name(cell) == (cell, None, False)


def test_lost_characters_are_noted() -> None:
    assert [read_name(c)[1] for c in ("张?", "张■", "张*", "张\ue777")] == ["rare"] * 4


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("139 1234 5678", ("13912345678", None)), ("+86 139-1234-5678", ("13912345678", None)), ("0839-1234567", ("08391234567", None)),
        (13912345678.0, ("13912345678", None)), ("13912345678/13812345678", ("13912345678", "several")),
        ("13912345678 13812345678", ("13912345678", "several")), ("1391234567", (None, "unusable")), ("无", (None, None)),
    ],
    ids=str,
)  # fmt: skip
def test_a_phone_cell_gives_its_first_number(cell: object, value: tuple[str | None, str | None]) -> None:
    assert read_phone(cell) == value


@pytest.mark.parametrize(
    ("table", "cell", "value"),
    [
        ("sex", "1", "男"), ("sex", 2.0, "女"), ("sex", "Ｆ", "女"), ("sex", "男性", "男"), ("sex", "?", None),
        ("ethnicity", "汉", "汉族"), ("ethnicity", "01", "汉族"), ("ethnicity", "1", "汉族"), ("ethnicity", "土家", "土家族"),
        ("marital", "有配偶", "已婚"), ("marital", "20", "已婚"), ("marital", "离婚", "离异"),
        ("relation", "长子", "子"), ("relation", "次女", "女"), ("relation", "02", "户主"), ("relation", "儿媳妇", "儿媳"),
        ("education", "大学本科", "本科"), ("event_type", "迁出注销", "迁出"), ("event_type", "死亡", "死亡注销"),
    ],
    ids=str,
)  # fmt: skip
def test_codes_and_words_give_the_standard_name(table: str, cell: object, value: str | None) -> None:
    assert read_code(table, cell)[0] == value


def test_plain_text_takes_its_short_way_only_when_nothing_is_to_do() -> None:
    assert [plain(t) for t in ("柳口镇", "柳口镇 ", "柳\n口", "Ａ", "a\u200bb", "\ue81e")] == [
        "柳口镇", "柳口镇", "柳 口", "A", "ab", "龴",
    ]  # fmt: skip


def test_a_lost_character_stays_where_it_was_and_is_no_placeholder() -> None:
    assert [read_name(c) for c in ("张*", "*芳", "张＊芳")] == [
        ("张*", "rare", False), ("*芳", "rare", False), ("张*芳", "rare", False),
    ]  # fmt: skip
    assert read_name("张**")[2]
