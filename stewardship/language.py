"""Chinese and English: which one a reader gets, and the words themselves.

A message's id is its English text, so English needs no catalogue; Chinese stands in `translations/zh.po` and is compiled
when the process starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"zh": "中文", "en": "English"}
DEFAULT: Final = "zh"
TAGS: Final[Mapping[str, str]] = {"zh": "zh-CN", "en": "en"}
LOCALES: Final[Mapping[str, str]] = {"zh": "zh_Hans_CN", "en": "en_GB"}
CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
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


def day(value: date | None, language: str) -> str:
    return "" if value is None else format_date(value, "medium", locale=LOCALES[language])


def moment(value: datetime, language: str) -> str:
    """In the county's time, to the minute."""
    here = value.astimezone(CHINA)
    return f"{day(here.date(), language)} {here:%H:%M}"
