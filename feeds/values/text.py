"""Plain text: widths, invisible characters, spaces."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from functools import lru_cache
from math import isfinite

EXCEL_DIGITS = 15
INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e"), None
)
SPACES = re.compile(r"\s+")
BLANKS = frozenset({"", "-", "--", "—", "/", "\\", "无", "空", "null", "none", "nan", "n/a", "na", "不详", "未知", "暂无", "未填", "#n/a"})  # fmt: skip

# Python's gb18030 codec follows the 2000 edition for these: private-use code points that the 2005 and 2022 editions moved.
PRIVATE_USE = str.maketrans(
    dict(
        zip(
            map(chr, (*range(0xE78D, 0xE797), 0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864,
                      0xE816, 0xE817, 0xE818, 0xE831, 0xE83B, 0xE855)),
            map(chr, (0xFE10, 0xFE12, 0xFE11, 0xFE13, 0xFE14, 0xFE15, 0xFE16, 0xFE17, 0xFE18, 0xFE19,
                      0x9FB4, 0x9FB5, 0x9FB6, 0x9FB7, 0x9FB8, 0x9FB9, 0x9FBA, 0x9FBB,
                      0x20087, 0x20089, 0x200CC, 0x215D7, 0x2298F, 0x241FE)),
        )
    )
)  # fmt: skip


_TO_CLEAN = re.compile(f"[\\s{''.join(map(re.escape, map(chr, (*INVISIBLE, *PRIVATE_USE))))}]")


def as_text(cell: object) -> str | None:
    """A cell as the text a person sees in it; None when blank. A whole number loses its `.0`."""
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, float):
        if not isfinite(cell):
            return None
        return shown_number(cell) if cell.is_integer() and abs(cell) < 1e22 else repr(cell)
    return str(cell)


def shown_number(value: float) -> str:
    """A whole number as a spreadsheet shows it: 15 true digits, then zeros (the binary digits beyond are nobody's)."""
    if abs(value) < 10**EXCEL_DIGITS:
        return str(int(value))
    digits, _, power = f"{value:.{EXCEL_DIGITS - 1}e}".partition("e")
    return digits.replace(".", "") + "0" * (int(power) - EXCEL_DIGITS + 1)


@lru_cache(maxsize=1024)  # a cell is asked several times in a row
def plain(text: str) -> str:
    """NFKC, the private-use characters of old GB18030 folded, no invisible characters, single spaces."""
    if _TO_CLEAN.search(text) is None and unicodedata.is_normalized("NFKC", text):
        return text
    folded = unicodedata.normalize("NFKC", text.translate(PRIVATE_USE)).translate(INVISIBLE)
    return SPACES.sub(" ", folded).strip()


def tight(text: str) -> str:
    """`plain` without any space."""
    clean = plain(text)
    return clean.replace(" ", "") if " " in clean else clean


def is_blank(text: str) -> bool:
    """Whether a cell says that there is nothing to say."""
    return tight(text).lower() in BLANKS


def read_text(cell: object) -> tuple[str | None, str | None]:
    """Plain text: value and note."""
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None
    return plain(text), None
