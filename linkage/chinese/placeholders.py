"""Names that name nobody: 张某之子, 李婴, 大宝, 待定. In a comparison they are missing values."""

from __future__ import annotations

import re
from functools import lru_cache

_PLACEHOLDER = re.compile(
    r".*[之的][长次大小二三双]?([子女男婴夫妻父母]|儿子|女儿|孩子)[一二三甲乙12]?|.{1,2}(婴|女婴|男婴|婴儿)[一二三甲乙12]?|.{0,3}(新生儿|双胞胎.?)|[男女]?婴儿?"
    r"|[大二三小][宝毛双]|宝宝|贝贝|毛毛|.{0,2}某.?|.{0,2}[xX×ⅩＸ*＊□■?？]{2,}.*|[xX×ⅩＸ*＊□■?？]+"
    r"|.{0,2}(无名氏?|未取名|未命名|未起名|没取名|待取名)|不详|不明|未知|无|没有|暂无|待定|空|同上|[-—_/\\.]+|null|none|n/?a|unknown",
    re.IGNORECASE,
)


@lru_cache(maxsize=1_000_000)
def is_placeholder(name: str) -> bool:
    """Whether a name stands for "not known" or "no name yet"."""
    return _PLACEHOLDER.fullmatch(name.strip()) is not None
