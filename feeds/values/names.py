"""Names as they are written back: cleaned of spaces, widths and wrong dots, otherwise left as they stand (forms are legally distinct).

A placeholder (张某之子, 大宝, 李XX) is kept and marked, so that linkage ignores it.
"""

from __future__ import annotations

import re

from feeds.values.text import as_text, is_blank, plain

DOT = "·"
_DOTS = re.compile(r"\s*[·•‧∙・･．.\-–—‐⋅●˙]+\s*")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af〇]")
_EDGES = " '\",;:"
_REMARK = re.compile(r"\([^()]*\)?|^\)")
_LATIN = re.compile(r"[A-Za-z][A-Za-z' .\-]*")
_LOST = re.compile(r"[?？■□�*＊◆]|[\ue000-\uf8ff]")
_PLACEHOLDER = re.compile(
    r".{0,8}(?:之|的)(?:[长次大小一二三双]?)(?:子|女|男|儿|婴|宝|孩)[一二三甲乙12]?|.{1,4}(?:某某?|[Xx×]{1,3}|\*{2,3})(?:之?[子女])?"
    r"|[大二三小双甲乙][宝毛妹弟娃胎]|宝宝|贝贝|.{1,3}(?:婴儿?|[男女]婴|新生儿|双胞胎.?)|[男女]婴|婴儿?|新生儿|双胞胎.?"
    r"|.{0,3}(?:[二三大小长次][子女]|一女)|未取名|未命名|待取名|暂未取名|无名氏?|未起名|某某某?|[Xx×]+|测试"
)
_COMPOUND = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 夏侯 轩辕 端木 南宫 西门 独孤 淳于 单于 申屠 闻人 呼延 "
    "赫连 万俟 澹台 公羊 钟离 濮阳 太史 仲孙 鲜于 闾丘 亓官 司寇 巫马 公西 颛孙 壤驷 漆雕 乐正 宰父 谷梁 拓跋 百里 东郭 东里 第五"
)  # fmt: skip
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())
_REAL_ENDINGS = re.compile(r"[\u3400-\u9fff]{2,3}子")


def read_name(cell: object) -> tuple[str | None, str | None, bool]:
    """Value, note (`rare` when a character was lost) and whether it is a placeholder for a name still to come."""
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None, False
    name = clean_name(text)
    if not name or name.replace(".", "").isdigit():
        return None, "unusable", False
    if is_placeholder(name):
        return name, "placeholder", True
    return name, "rare" if _LOST.search(plain(text)) else None, False


def clean_name(text: str) -> str:
    """One form for spaces, widths and dots; a name in Latin letters keeps its single spaces."""
    name = plain(text).strip(_EDGES)
    if _HAN.search(name):
        name = _REMARK.sub("", name) or name
        parts = name.split(" ")
        # 张 三 is spaced for looks, 古丽 托合提 lost its dot
        if len(parts) == 2 and min(map(len, parts)) >= 2 and parts[0] not in COMPOUND_SURNAMES:
            name = DOT.join(parts)
        else:
            name = "".join(parts)
        return _DOTS.sub(DOT, name).strip(DOT + _EDGES)
    if _LATIN.fullmatch(name):
        return name.strip(" .-")
    return _DOTS.sub(DOT, name).strip(DOT + _EDGES)


def is_placeholder(name: str) -> bool:
    """Whether a cleaned name only stands in for one: 张某之子, 张XX之女, 李婴, 大宝, 未取名."""
    return _PLACEHOLDER.fullmatch(name) is not None and not _is_given_name(name)


def _is_given_name(name: str) -> bool:
    """曲宸子 ends in 子 and is a name; 张长子 and 李二子 are none."""
    return bool(_REAL_ENDINGS.fullmatch(name)) and name[-2] not in "之的长次大二三小"
