"""Dates in every spelling that offices use, and what a typed date would be if it was a lunar one.

Nothing is guessed: a missing day is no date (the note keeps that year and month were there), a date in the future of the delivery or before
1880 is none, 1900-01-01 is a database's default. Excel serials count days from 1899-12-30.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from feeds.values.lunar import from_lunar
from feeds.values.text import as_text, is_blank, tight

EPOCH = date(1899, 12, 30)
EARLIEST = date(1880, 1, 1)
DEFAULTS = frozenset({date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31)})
LIFETIME = 112
SERIALS = (3_000, 80_000)
TYPED_SERIALS = (10_000, 60_000)

_DIGITS = str.maketrans("〇零○Oo一二三四五六七八九", "00000123456789")
_DASHES = str.maketrans("—–‐−－~", "------")
_MARKS = re.compile(r"^(?:农历|阴历|旧历|夏历|\(农历\)|农)|(?:\(?(?:农历|阴历)\)?)$")
_TIME = r"(?:[T ]?\d{1,2}[:时].*)?"
_YMD = re.compile(rf"(\d{{4}})[年./\-,、\s]{{1,2}}(\d{{1,2}})[月./\-,、\s]{{1,2}}(\d{{1,2}})[日号]?{_TIME}")
_YM = re.compile(r"(\d{4})[年./\-](\d{1,2})月?")
_DMY = re.compile(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6}|[T ]\d{1,2}:.*)?")
_SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_TWO = re.compile(r"(\d{2})[年./\-](\d{1,2})[月./\-](\d{1,2})日?")
_HAN_YMD = re.compile(r"([0-9〇零○Oo一二三四五六七八九]{4})年(.{1,3})月([^日号]{1,3})[日号]?")
_NUMERALS = {"初": 0, "廿": 20, "卅": 30}


def read_date(cell: object, now: date) -> tuple[date | None, str | None]:
    """Value and note (`lunar` when the cell says so, `month` for a missing day, `default`, `future`, `unusable`)."""
    if isinstance(cell, datetime):
        return _sound(cell.date(), now, None)
    if isinstance(cell, date):
        return _sound(cell, now, None)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _read_number(float(cell), now)
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None
    bare = tight(text).strip("'’*").translate(_DASHES)
    marked = _MARKS.sub("", bare)
    note = "lunar" if marked != bare else None
    if re.fullmatch(r"\d{5}", marked) and TYPED_SERIALS[0] <= int(marked) <= TYPED_SERIALS[1]:
        return _sound(EPOCH + timedelta(days=int(marked)), now, note)
    found = _parse(marked, _loose(text), now)
    if found is None:
        return None, "month" if _YM.fullmatch(marked) or _is_month(marked) else "unusable"
    year, month, day = found
    if note == "lunar":
        gregorian = from_lunar(year, month, day)
        return _sound(gregorian, now, note) if gregorian else (None, "unusable")
    try:
        return _sound(date(year, month, day), now, note)
    except ValueError:
        if 1 <= month <= 12 and day in (0, 99):
            return None, "month"
        return None, "unusable"


def _loose(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip())


def _read_number(value: float, now: date) -> tuple[date | None, str | None]:
    if not 0 <= value < 1e15 or (not value.is_integer() and value > SERIALS[1]):
        return None, None if value != value else "unusable"
    whole = int(value)
    if SERIALS[0] <= whole <= SERIALS[1]:
        return _sound(EPOCH + timedelta(days=whole), now, None)
    return read_date(str(whole), now)


def _sound(value: date, now: date, note: str | None) -> tuple[date | None, str | None]:
    if value in DEFAULTS:
        return None, "default"
    if value > now:
        return None, "future"
    if value < EARLIEST:
        return None, "unusable"
    return value, note


def _is_month(text: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])", text))


def _is_recent_month(text: str, now: date) -> bool:
    """Six digits that are a year and month of somebody who may be alive: 201903, but not 190305."""
    return _is_month(text) and int(text[:4]) > now.year - LIFETIME


def _parse(text: str, plain_date: str, now: date) -> tuple[int, int, int] | None:
    for shape in (_YMD, _COMPACT):
        hit = shape.fullmatch(text) or shape.fullmatch(plain_date)
        if hit:
            return int(hit[1]), int(hit[2]), int(hit[3])
    hit = _HAN_YMD.fullmatch(text)
    if hit:
        return _read_han(hit)
    hit = _DMY.fullmatch(text)
    if hit:
        return int(hit[3]), int(hit[2]), int(hit[1])
    hit = _SHORT.fullmatch(text) or _TWO.fullmatch(text)
    if hit and not _is_recent_month(text, now):
        year = int(hit[1])
        return (1900 + year if year > now.year % 100 else 2000 + year), int(hit[2]), int(hit[3])
    return None


def _read_han(hit: re.Match[str]) -> tuple[int, int, int] | None:
    month, day = numeral(hit[2]), numeral(hit[3])
    if month is None or day is None:
        return None
    return int(hit[1].translate(_DIGITS)), month, day


def numeral(text: str) -> int | None:
    """A Chinese or Arabic numeral below 100: 三, 十二, 二十, 廿三, 初五, 正, 腊, 12."""
    if text.isdigit() and text.isascii():
        return int(text)
    special = {"正": 1, "冬": 11, "腊": 12, "元": 1}
    if text in special:
        return special[text]
    if text[:1] in _NUMERALS and len(text) > 1:
        rest = numeral(text[1:])
        return None if rest is None else _NUMERALS[text[0]] + rest
    if text in ("廿", "卅"):
        return _NUMERALS[text]
    if "十" in text:
        tens, _, ones = text.partition("十")
        left = 1 if not tens else numeral(tens)
        right = 0 if not ones else numeral(ones)
        return None if left is None or right is None else left * 10 + right
    digits = text.translate(_DIGITS)
    return int(digits) if digits.isdigit() and digits.isascii() and len(digits) <= 2 else None


def lunar_reading(value: date) -> date | None:
    """The Gregorian date that this date would be, had it been a lunar one typed as Gregorian."""
    return from_lunar(value.year, value.month, value.day)


def read_month(cell: object, now: date) -> tuple[str | None, str | None]:
    """A month as `YYYY-MM` (enrolled_on): 202009, 2020年9月, 2020-09-01."""
    value, note = read_date(cell, now)
    if value is not None:
        return f"{value:%Y-%m}", None
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None
    hit = re.fullmatch(r"(\d{4})\D?(\d{1,2})\D?", tight(text).split(".0")[0])
    if hit and 1 <= int(hit[2]) <= 12:
        return f"{hit[1]}-{int(hit[2]):02d}", None
    return None, note or "unusable"
