"""When two values are the same beyond spelling, and what an ID number says by itself.

Keys exist only to compare; what is shown and proposed stays as it was written, because the forms of a name
are legally distinct. All functions work on a column and touch each distinct value once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import pandas as pd

ELSEWHERE = "000000000000"

# Variant forms of one character in names (异体, and surnames that simplification split), left → right.
_VARIANT_PAIRS = (
    "昇升 陞升 喆哲 峯峰 鍾钟 锺钟 蕭肖 萧肖 閆阎 闫阎 付傅 崐昆 甦苏 珮佩 綵彩 燿耀 "
    "鎔熔 镕熔 凃涂 帯带 徧遍 菓果 蓆席 麯曲 儁俊 廼乃 邨村 栢柏 勅敕 朶朵 暠皓 晧皓 "
    "堃坤 犇奔 遊游 淨净 祕秘 羣群 畧略 雋隽 寳宝 寶宝 韻韵 嶽岳 於于 "
)
_VARIANTS = {ord(pair[0]): pair[1] for pair in _VARIANT_PAIRS.split()}
_DOTS = re.compile(r"[·•‧∙・･．.\-‐‑–—⋅᛫]+")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_UNREADABLE = re.compile(r"[?？■□*＊\ufffdA-Za-z0-9\ue000-\uf8ff〓○◇]")
_PARTS = re.compile(r"[A-Za-z]+|.")
_PLACEHOLDER = re.compile(
    r"某|之[子女]|[XxＸｘ×]{1,2}|婴|^[大二三小宝毛][宝毛娃]$|^未(取|定|命)名|^无名|^新生儿|^[大小]名未"
)

_FUZZY_FOLD = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "f": "h", "ng": ""}
_FUZZY = re.compile(r"^(?:zh|ch|sh|n|f)|ng$")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SHAPE = re.compile(r"[1-9]\d{16}[\dX]")

MARITAL_CLASS = {
    "未婚": "未婚",
    "已婚": "已婚",
    "初婚": "已婚",
    "再婚": "已婚",
    "复婚": "已婚",
    "丧偶": "丧偶",
    "离婚": "离婚",
    "离异": "离婚",
}


def by_distinct(column: pd.Series, function: Callable[[str], object]) -> pd.Series:
    """`function` of every filled cell, called once per distinct value; NA stays NA."""
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    results = np.empty(len(distinct) + 1, dtype=object)
    results[:-1] = [function(value) for value in distinct]
    results[-1] = None
    return pd.Series(results[codes], index=column.index, dtype=object)


@cache
def _simplified() -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


@lru_cache(maxsize=2**16)
def fold_name(name: str) -> str:
    """A name without widths, spaces, dots' shapes and variant forms: equal keys are no discrepancy."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    text = _DOTS.sub("·", text).strip("·").upper()
    if not text.isascii():
        text = _simplified()(text)
    return text.translate(_VARIANTS).replace("·", "")


def name_key(column: pd.Series) -> pd.Series:
    return by_distinct(column, fold_name)


@cache
def _readings(character: str) -> frozenset[str]:
    """All readings without tone, with what regions do not tell apart folded (zh/z, n/l, f/h, ang/an …)."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return frozenset(_FUZZY.sub(lambda m: _FUZZY_FOLD[m.group()], text) for text in (found or [[]])[0])


def is_homophone(one: str, other: str) -> bool:
    """Whether two folded names differ in one character that sounds alike: a slip that either clerk may have
    made."""
    pairs = [(a, b) for a, b in zip(one, other) if a != b]
    return (
        len(one) == len(other) and len(pairs) == 1 and bool(_readings(pairs[0][0]) & _readings(pairs[0][1]))
    )


def is_unreadable(name: str) -> bool:
    """A name with characters lost on the way (`?`, `■`, private use, pinyin)."""
    return bool(_UNREADABLE.search(unicodedata.normalize("NFKC", name)))


def fits(damaged: str, name: str) -> bool:
    """Whether a folded name can be what a folded name with lost characters was."""
    pattern = "".join(
        "." if _UNREADABLE.match(part[0]) else re.escape(part) for part in _PARTS.findall(damaged)
    )
    return re.fullmatch(pattern, name) is not None


def is_placeholder(name: str) -> bool:
    """A name given before the child had one (张某之子, 大宝)."""
    return bool(_PLACEHOLDER.search(name))


def is_real_name(column: pd.Series) -> pd.Series:
    """Whether a name can be held against another: filled, readable and no placeholder."""
    return by_distinct(column, lambda n: not (is_unreadable(n) or is_placeholder(n))).eq(True)


@lru_cache(maxsize=2**17)
def is_valid_id(number: str) -> bool:
    """GB 11643: shape, a calendar date, and the MOD 11-2 check digit."""
    if not _SHAPE.fullmatch(number) or born_inside(number) is None:
        return False
    return _CHECK[sum(int(d) * w for d, w in zip(number, _WEIGHTS)) % 11] == number[17]


def born_inside(number: str) -> str | None:
    """The birth date inside an 18-digit number as ISO text; None when it is no date."""
    text = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    try:
        np.datetime64(text, "D")
    except ValueError:
        return None
    return text


def sex_inside(number: str) -> str:
    return "男" if int(number[16]) % 2 else "女"


def valid_id(column: pd.Series) -> pd.Series:
    """The column with everything but complete, valid numbers set to NA."""
    return column.where(by_distinct(column, is_valid_id).eq(True), None)


def date_text(column: pd.Series) -> pd.Series:
    """Dates as ISO text, NaT as NA."""
    days = pd.to_datetime(column).to_numpy(dtype="datetime64[D]")
    text = pd.Series(np.datetime_as_string(days).astype(object), index=column.index, dtype=object)
    return text.where(~np.isnat(days), None)


def is_village(column: pd.Series) -> pd.Series:
    """Whether an area code names a village (or community) rather than something above it."""
    return by_distinct(column, lambda c: len(c) == 12 and not c.endswith("000") and c != ELSEWHERE).eq(True)


def village_of(column: pd.Series) -> pd.Series:
    """The column with everything but village codes set to NA."""
    return column.where(is_village(column), None)


def is_outside(village: pd.Series, area: pd.Series) -> pd.Series:
    """Whether a village is surely not in an area of any level (12-digit codes, rows of one index; object dtype without NA)."""

    def outside(pair: str) -> bool:
        inner, outer = pair.split("/")
        if outer == ELSEWHERE:
            return True
        known = next(length for length in (2, 4, 6, 9, 12) if not outer[length:].strip("0"))
        return inner[:known] != outer[:known]

    return by_distinct((village + "/" + area).where(village.notna() & area.notna(), None), outside).eq(True)
