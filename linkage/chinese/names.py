"""A name's match keys, computed once per distinct name: folded form, sounds, surname and given name.

Distances and keys count characters. What a name is displayed as never changes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from linkage.chinese.forms import (
    COMPOUND_SURNAMES,
    FUZZY_FINALS,
    FUZZY_INITIALS,
    LOOKALIKES,
    ROUNDED,
    SURNAME_READINGS,
    VARIANTS,
)

DOT = "·"
_DOTS = re.compile(r"[·•‧∙・･．.\-\s]+")
_FOLD = {other: group[0] for group in VARIANTS for other in group[1:]}


@cache
def lookalike_pairs() -> tuple[int, ...]:
    """Pairs of code points that are mistaken for one another, as `a << 21 | b` in both directions, ascending."""
    pairs = {ord(a) << 21 | ord(b) for group in LOOKALIKES for a in group for b in group if a != b}
    return tuple(sorted(pairs))


@dataclass(frozen=True)
class NameKeys:
    """`folded` variant forms and dots folded; `toned` and `fuzzy` pinyin; `surname` and `given` of the folded name."""

    folded: str
    toned: str
    fuzzy: str
    surname: str
    given: str


@lru_cache(maxsize=1_000_000)
def name_keys(name: str) -> NameKeys:
    """All keys of one name (of any script; Latin letters are folded to lower case)."""
    folded = fold(name)
    surname, given = split(folded)
    toned = pinyin(folded, surname)
    return NameKeys(folded, toned, fuzzy(toned), surname, given)


def fold(name: str) -> str:
    """Variant characters to the usual one, all dots to one, no spaces, lower case."""
    dotted = _DOTS.sub(DOT, name.strip()).lower().strip(DOT)
    return "".join([_fold_character(char) for char in dotted])


@lru_cache(maxsize=50_000)
def _fold_character(char: str) -> str:
    simple = char if char < "\u3400" else _simplified(char)
    return _FOLD.get(simple, simple)


def _simplified(char: str) -> str:
    found = _converter().convert(char)
    return found if len(found) == 1 else char


@cache
def _converter() -> Any:
    from opencc import OpenCC  # 0.03 s

    return OpenCC("t2s")


def split(name: str) -> tuple[str, str]:
    """Surname and given name. A dotted name's first part counts as the surname; of one character there is no given name."""
    if DOT in name:
        first, _, rest = name.partition(DOT)
        return first, rest
    if len(name) >= 3 and name[:2] in COMPOUND_SURNAMES:
        return name[:2], name[2:]
    return name[:1], name[1:]


def pinyin(name: str, surname: str) -> str:
    """Toned pinyin of a name, the surname read as a surname: `shan4 xiong2`."""
    return " ".join((*_read_surname(surname), *_syllables(name[len(surname) :].replace(DOT, ""))))


def _read_surname(surname: str) -> tuple[str, ...]:
    known = SURNAME_READINGS.get(surname)
    return tuple(known.split()) if known else tuple(_syllables(surname))


def _syllables(text: str) -> list[str]:
    return [_syllable(char) for char in text]


@lru_cache(maxsize=50_000)
def _syllable(char: str) -> str:
    os.environ.setdefault(
        "PYPINYIN_NO_PHRASES", "1"
    )  # characters are asked one by one; read at import, saves 0.3 s
    from pypinyin import Style
    from pypinyin import pinyin as read

    return str(read(char, style=Style.TONE3, neutral_tone_with_five=True, errors="default")[0][0])


def fuzzy(toned: str) -> str:
    """Pinyin as an ear of the south hears it: no tones, n/l, zh/z, ch/c, sh/s, f/h, an/ang, en/eng, in/ing as one."""
    return " ".join(_fuzzy_syllable(part) for part in toned.split(" "))


@lru_cache(maxsize=20_000)
def _fuzzy_syllable(toned: str) -> str:
    plain = toned.rstrip("12345")
    for spoken, heard in FUZZY_INITIALS:
        if plain.startswith(spoken):
            plain = heard + plain[len(spoken) :]
            break
    plain = ROUNDED.get(plain, plain)
    for spoken, heard in FUZZY_FINALS:
        if plain.endswith(spoken):
            plain = plain[: -len(spoken)] + heard
            break
    return plain
