"""Chinese and English: which one a reader gets, and the words themselves.

A message's id is its English text, so English needs no catalogue; Chinese stands in `translations/zh.po` and is compiled
when the process starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"zh": "中文", "en": "English"}
DEFAULT: Final = "zh"
TAGS: Final[Mapping[str, str]] = {"zh": "zh-CN", "en": "en"}
LOCALES: Final[Mapping[str, str]] = {"zh": "zh_Hans_CN", "en": "en_GB"}
CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
MOST_WORDS: Final = 4096  # more than all templates have
CATALOGUE: Final = Path(__file__).with_name("translations") / "zh.po"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language."""
    if language == "en":
        return NullTranslations()
    compiled = BytesIO()
    with CATALOGUE.open("rb") as file:
        write_mo(compiled, read_po(file, locale="zh"))
    compiled.seek(0)
    return GNUTranslations(compiled)


def chosen(cookie: str | None, accepted: str) -> str:
    """What the user chose, else the first language of the browser's that there is."""
    if cookie in LANGUAGE_NAMES:
        return cookie or DEFAULT
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.lower().split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        wanted.append((-weight, place, tag[:2]))
    return next((tag for _, _, tag in sorted(wanted) if tag in LANGUAGE_NAMES), DEFAULT)


@dataclass(frozen=True)
class Speech:
    """A language's messages as templates ask for them: as markup, with what they speak of put in and escaped.

    Jinja's own looks up the catalogue in the context, escapes and formats at every call; a page calls hundreds of times, nearly
    always for words that stand alone and are the same each time.
    """

    catalogue: NullTranslations
    _words: dict[str, Markup] = field(default_factory=dict, repr=False)
    _numbers: dict[tuple[str, int], Markup] = field(default_factory=dict, repr=False)

    def say(self, message: str, /, **about: Any) -> Markup:
        if about:
            return Markup(self.catalogue.gettext(message)) % about
        found = self._words.get(message)
        if found is None:
            found = Markup(self.catalogue.gettext(message)) % {}
            if len(self._words) < MOST_WORDS:
                self._words[message] = found
        return found

    def count(self, one: str, many: str, num: int, /, **about: Any) -> Markup:
        if about:
            return Markup(self.catalogue.ngettext(one, many, num)) % {"num": num, **about}
        found = self._numbers.get((one, num))
        if found is None:
            found = Markup(self.catalogue.ngettext(one, many, num)) % {"num": num}
            if len(self._numbers) < MOST_WORDS:
                self._numbers[one, num] = found
        return found


@lru_cache(maxsize=4096)
def day(value: date | None, language: str) -> str:
    return "" if value is None else format_date(value, "medium", locale=LOCALES[language])


@lru_cache(maxsize=4096)
def weekday(value: date, language: str) -> str:
    """With the day of the week, by which people remember it."""
    return format_skeleton("MMMEd", value, locale=LOCALES[language])


def moment(value: datetime, language: str) -> str:
    """In the county's time, to the minute."""
    here = value.astimezone(CHINA)
    return f"{day(here.date(), language)} {here:%H:%M}"


def clock(value: datetime) -> str:
    """The hour and the minute, in the county's time."""
    return f"{value.astimezone(CHINA):%H:%M}"


def rounded(value: float, places: int = 2) -> str:
    """What is rounded to nothing has no sign."""
    return f"{value:z.{places}f}"


def signed(value: float) -> str:
    """A weight, for or against: two places and its sign, of which nothing has none."""
    text = rounded(value)
    return text if text.startswith("-") or not float(text) else f"+{text}"
