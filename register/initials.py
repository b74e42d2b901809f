"""Names by the first letters of their pinyin (`王小明` → `wxm`): how clerks look people up.

One reading per character, and the surname's own where it has one; a name of other letters is taken as it is. Only
new rows are written with it: whoever changes the readings writes a migration for the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

LONGEST: Final = 12
# Surnames whose first letter is not that of the character elsewhere.
SURNAMES: Final = {
    "单": "s", "解": "x", "仇": "q", "查": "z", "曾": "z", "区": "o", "召": "s", "秘": "b", "折": "s",
    "乐": "y", "种": "c", "乜": "n", "覃": "q", "长孙": "zs", "尉迟": "yc", "万俟": "mq", "澹台": "tt",
}  # fmt: skip


def initials(names: Iterable[str | None]) -> list[str | None]:
    """None where there is no name or nothing in it that could be looked up."""
    return [None if name is None else _of_name(name) for name in names]


@lru_cache(maxsize=1 << 18)
def _of_name(name: str) -> str | None:
    for length in (2, 1):
        if name[:length] in SURNAMES:
            return (SURNAMES[name[:length]] + _letters(name[length:]))[:LONGEST]
    return _letters(name)[:LONGEST] or None


def _letters(text: str) -> str:
    return "".join(_letter(character) for character in text)


@lru_cache(maxsize=1 << 16)
def _letter(character: str) -> str:
    """The first letter of a character's most usual reading; nothing for signs."""
    from pypinyin import Style, lazy_pinyin

    read = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="default")[0][:1].casefold()
    return read if read.isascii() and read.isalnum() else ""
