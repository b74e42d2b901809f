"""What people write for an item that has codes → the value that the register shows for it.

The register's lists are read by `feeds.values.codes`, so that of *孙子* no list would ever show more than *孙*: what is proposed for the register is
put the same way. Words of either language are read; of what may mean two values nothing is.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from discrepancies.wording import VALUE_NAMES, VALUES_OFFERED

# Beside the values themselves and what readers call them.
ALSO_WRITTEN: Final[dict[str, dict[str, str]]] = {
    "sex": {"男": "男性 男童 男孩", "女": "女性 女童 女孩"},
    "ethnicity": {"维吾尔族": "维族 维", "哈萨克族": "哈族", "蒙古族": "蒙族"},
    "marital_status": {
        "未婚": "单身 未",
        "已婚": "有配偶 已 结婚 在婚",
        "丧偶": "丧",
        "离异": "离",
    },
    "relation_to_head": {
        "户主": "本人",
        "配偶": "爱人",
        "夫": "丈夫",
        "妻": "妻子",
        "子": "儿子 长子 次子 三子 四子 五子 独生子 之子",
        "养子": "继子 养子或继子",
        "女": "女儿 长女 次女 二女 三女 四女 五女 独生女 之女",
        "养女": "继女 养女或继女",
        "儿媳": "媳妇 儿媳妇",
        "孙": "孙子",
        "外孙": "外孙子",
        "孙媳妇": "孙媳 外孙媳妇",
        "父": "父亲",
        "母": "母亲",
        "祖父": "爷爷",
        "祖母": "奶奶",
        "外祖父": "外公",
        "外祖母": "外婆",
        "兄": "哥哥 哥",
        "弟": "弟弟",
        "姐": "姐姐 姊",
        "妹": "妹妹",
        "侄子": "侄儿 侄",
        "其他亲属": "亲属 其他 其它",
        "非亲属": "雇工 寄居",
    },
}


def read_value(field: str, written: str) -> str | None:
    """The register's value; None where it is none, or none that is offered."""
    return _readings(field).get(_folded(written)) if field in VALUES_OFFERED else None


@cache
def _readings(field: str) -> dict[str, str]:
    names = VALUE_NAMES[field]
    by_english = {names[value][1]: value for value in VALUES_OFFERED[field]}
    found = {
        word: by_english[english]
        for value, (chinese, english) in names.items()
        for word in (value, chinese, english)
    }
    found |= {word: value for value, words in ALSO_WRITTEN[field].items() for word in words.split()}
    return {_folded(word): value for word, value in found.items()}


def _folded(written: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", written).replace("’", "'").casefold().split())
