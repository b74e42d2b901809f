"""ID numbers after GB 11643: six digits of region, eight of birth date, three of sequence (odd: male), one check character.

The check is MOD 11-2 (ISO 7064). The region is that of the first registration and may long be abolished, so it is never a reason to doubt a number.
A number that Excel turned into a float has only its first fifteen digits left: they are kept as `partial`, the invented zeros are not.
"""

from __future__ import annotations

import re
from datetime import date
from operator import mul

from feeds.values.text import EXCEL_DIGITS, as_text, is_blank, shown_number, tight

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
VALID, CHECKSUM, PARTIAL, OTHER = "valid", "checksum", "partial", "other"
PLACEHOLDERS = frozenset({"未办理", "未办", "无证", "无身份证", "没有", "待办", "办理中", "未落户", "未上户", "黑户", "不清楚", "未提供", "遗失"})  # fmt: skip
TRUE_DIGITS = EXCEL_DIGITS

_SLOPPY = str.maketrans(
    {"×": "X", "Х": "X", "х": "X", "x": "X", "✕": "X", "╳": "X", "Ｘ": "X", "О": "O", "о": "O"}
)
_SHAPE18 = re.compile(r"\d{17}[\dX]")
_SHAPE15 = re.compile(r"\d{15}")
_FLOAT = re.compile(r"(\d)(?:\.(\d+))?E\+?(\d{2})")
_OTHER = re.compile(r"[A-Z]{1,3}\(?\d{6,10}\)?[A-Z\d]?|\d{8}|\d{10}")
_HAS_LETTER_O = re.compile(r"[Oo]")


def check_character(seventeen: str) -> str:
    """The eighteenth character that belongs to seventeen digits (GB 11643-1999)."""
    return CHECK[sum(map(mul, map(int, seventeen), WEIGHTS)) % 11]


def birth_date_in(number: str) -> date | None:
    """The birth date inside an 18-character number, None when those digits are no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def read_id(cell: object) -> tuple[str | None, str | None, str | None]:
    """Value, state (`valid`, `checksum`, `partial`, `other`) and note of one ID cell."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _read_number(cell)
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None, None
    number = tight(text).strip("'’‘`′\"").translate(_SLOPPY).upper()
    is_masked = "**" in number or "●" in number
    number = re.sub(r"[^0-9A-Z.+()]", "", number).removesuffix(".0")
    if not number or is_masked:
        return None, None, "placeholder" if tight(text) in PLACEHOLDERS else "unusable"
    return _read_clean(number)


def _read_number(value: float) -> tuple[str | None, str | None, str | None]:
    if not 0 <= value < 1e19:
        return None, None, "unusable"
    digits = shown_number(value)
    if len(digits) <= TRUE_DIGITS:
        return _read_clean(digits)
    return _partial(digits[:TRUE_DIGITS])


def _partial(digits: str) -> tuple[str | None, str | None, str | None]:
    known = digits.rstrip("0") if len(digits) < TRUE_DIGITS else digits
    return (known, PARTIAL, "truncated") if len(known) >= 4 else (None, None, "unusable")


def _read_clean(number: str) -> tuple[str | None, str | None, str | None]:
    floated = _FLOAT.fullmatch(number)
    if floated:
        return _partial((floated[1] + (floated[2] or ""))[:TRUE_DIGITS])
    if not set(number) - set("0X") or len(set(number)) == 1:
        return None, None, "placeholder"
    if _HAS_LETTER_O.search(number) and len(number) in (15, 18):
        number = number.replace("O", "0")
    if _SHAPE18.fullmatch(number):
        return _read_18(number)
    if _SHAPE15.fullmatch(number):
        return _read_15(number)
    if number.isdigit() and 4 < len(number) < 18 and len(number) not in (8, 10):
        return number, PARTIAL, "length"
    if _OTHER.fullmatch(number):
        return number, OTHER, None
    return None, None, "unusable"


def _read_18(number: str) -> tuple[str | None, str | None, str | None]:
    if check_character(number[:17]) == number[17]:
        return (number, VALID, None) if birth_date_in(number) else (number, CHECKSUM, "birth_date")
    if number.endswith("000"):
        return _partial(number[:TRUE_DIGITS])
    return number, CHECKSUM, "checksum"


def _read_15(number: str) -> tuple[str | None, str | None, str | None]:
    longer = number[:6] + "19" + number[6:]
    if birth_date_in(longer + "0") is None:
        return number, PARTIAL, "length"
    return longer + check_character(longer), VALID, "15 digits"
