"""What may come of asking at a door: code, and the words that stand in the drop-down. Either language is understood, whichever the list is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from discrepancies.wording import LANGUAGES
from register.worklist_models import OUTCOMES
from stewardship.language import day

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "confirmed": ("属实", "as suggested"),
        "not_so": ("不属实", "not so"),
        "moved_away": ("已搬离", "moved away"),
        "nobody": ("无人在家", "nobody there"),
        "refused": ("拒访", "did not wish to answer"),
        "no_problem": ("无需处理", "not a problem"),
        "other": ("其他", "other (see note)"),
    }
)
assert tuple(WORDS) == OUTCOMES
_BETWEEN: Final[Mapping[str, str]] = {"zh": "；", "en": "; "}
_DAYS: Final[Mapping[str, re.Pattern[str]]] = {
    "zh": re.compile(r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日"),
    "en": re.compile(r"(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>\d{4})"),
}
_MONTHS: Final = tuple(day(date(2026, month, 1), "en").split()[1] for month in range(1, 13))
CODES: Final[Mapping[str, str]] = MappingProxyType(
    {word.casefold(): code for code, words in WORDS.items() for word in words}
)


def word(code: str, language: str) -> str:
    return WORDS[code][LANGUAGES.index(language)]


def words(language: str) -> list[str]:
    return [word(code, language) for code in WORDS]


def written(outcome: str, on: date | None, note: str, language: str) -> str:
    """What was found, as it is kept with the decision: the words of the drop-down, when, and the note."""
    parts = (word(outcome, language), day(on, language) if on else "", note)
    return _BETWEEN[language].join(part for part in parts if part)


def told(reason: str, language: str) -> str:
    """The same for a reader of this language: what was chosen in that language, the note as it is. Any other reason stays as it is."""
    for own in LANGUAGES:
        chosen, *rest = reason.split(_BETWEEN[own], 2)
        if chosen not in words(own):
            continue
        on = day_of(rest[0], own) if rest else None
        if on is None:
            return written(CODES[chosen.casefold()], None, _BETWEEN[own].join(rest), language)
        return written(CODES[chosen.casefold()], on, "".join(rest[1:]), language)
    return reason


def day_of(text: str, language: str) -> date | None:
    """The day that `day` writes so."""
    found = _DAYS[language].fullmatch(text)
    if found is None:
        return None
    year, month, number = found["year"], found["month"], found["day"]
    try:
        return date(int(year), int(month) if month.isdecimal() else _MONTHS.index(month) + 1, int(number))
    except ValueError:
        return None


def code_of(text: str) -> str | None:
    """The outcome that a cell says, None for what is not one of the list."""
    return CODES.get(" ".join(text.split()).casefold())
