"""Names by their pinyin (`王小明` → `wangxiaoming`) and by its first letters (`wxm`): how people at a counter look each other up.

Both are kept beside the name, each with an index of its beginnings. To work out the letters of what is typed and to filter whom they find
does without a second column, but reads a tenth of a county for `wang`; and where one syllable ends need not be known to compare beginnings.

One reading per character, and the surname's own where it has one; a name of other letters is taken as it is. Only
new rows are written with it: whoever changes the readings writes a migration for the others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import pandas as pd

LONGEST_INITIALS: Final = 12
LONGEST: Final = 60  # as much as a search takes
# Surnames that are not read like the characters elsewhere.
SURNAMES: Final = {
    "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "曾": "zeng", "区": "ou", "召": "shao", "秘": "bi", "折": "she", "乐": "yue",
    "种": "chong", "乜": "nie", "覃": "qin", "翟": "zhai", "阚": "kan", "郇": "xun", "隗": "wei", "繁": "po", "祭": "zhai", "朴": "piao",
    "盖": "ge", "黑": "he", "员": "yun", "缪": "miao", "牟": "mu", "能": "nai", "洗": "xian", "卜": "bu", "薄": "bo",
    "长孙": "zhang sun", "尉迟": "yu chi", "万俟": "mo qi", "澹台": "tan tai",
}  # fmt: skip
_FINALS: Final = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e en eng i ian iao ie in ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng iao o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o ong u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
}
SYLLABLES: Final = frozenset(start + end for start, ends in _FINALS.items() for end in ends.split())
_BEGINNINGS: Final = frozenset(one[:length] for one in SYLLABLES for length in range(1, len(one) + 1))
_MOST_LETTERS: Final = max(map(len, SYLLABLES))
# As ü is typed, as passports have it, and what stands between syllables (`xi'an`).
_TYPED: Final = (("ü", "v"), ("lyu", "lv"), ("'", ""), ("’", ""), ("-", ""))


class Reading(NamedTuple):
    """Of a name; None where there is none or nothing in it that could be looked up."""

    name_initials: str | None
    name_pinyin: str | None


_NOTHING: Final = Reading(None, None)


def readings(names: pd.Series) -> pd.DataFrame:
    """The columns of `Reading`, in the order of the names."""
    places, distinct = pd.factorize(names)  # a missing one is at -1
    read = [*map(_of_name, distinct), _NOTHING]
    return pd.DataFrame(read, columns=Reading._fields, dtype=object).take(places).set_axis(names.index)


def as_pinyin(typed: str) -> str | None:
    """The beginning of a `name_pinyin` that was typed: syllables, the last of them possibly not to its end. None where it is none.

    One letter is none either: who is found by it is found by the same initial.
    """
    text = typed.casefold()
    for written, kept in _TYPED:
        text = text.replace(written, kept)
    reached = {0}
    for place in range(len(text)):
        if place in reached:
            if len(text) > 1 and text[place:] in _BEGINNINGS:
                return text
            ends = range(place + 1, place + _MOST_LETTERS + 1)
            reached |= {end for end in ends if text[place:end] in SYLLABLES}
    return None


def _of_name(name: str) -> Reading:
    syllables = _syllables(name)
    initials = "".join([read[:1] for read in syllables])
    return Reading(initials[:LONGEST_INITIALS] or None, "".join(syllables)[:LONGEST] or None)


def _syllables(name: str) -> list[str]:
    for length in (2, 1):
        if surname := SURNAMES.get(name[:length]):
            return [*surname.split(), *map(_syllable, name[length:])]
    return [*map(_syllable, name)]


@lru_cache(maxsize=1 << 16)
def _syllable(character: str) -> str:
    """A character's most usual reading; nothing for signs."""
    from pypinyin import lazy_pinyin

    read = lazy_pinyin(character, errors="default")[0].casefold()
    return read if read.isascii() and read.isalnum() else ""
