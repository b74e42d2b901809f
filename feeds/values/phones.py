"""Phone numbers: 11-digit mobiles and landlines with area code; the first usable one of a cell is kept."""

from __future__ import annotations

import re

from feeds.values.text import as_text, is_blank, plain

_SPLIT = re.compile(r"[,;/、，；|\n]|\s{2,}|或")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MOBILES = re.compile(r"(?<!\d)(?:\+?86)?(1[3-9]\d{9})(?!\d)")
_LANDLINE = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")


def read_phone(cell: object) -> tuple[str | None, str | None]:
    """Value and note: `several` when more than one stands in the cell, `unusable` when none is a number."""
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None
    parts = [part for part in _SPLIT.split(plain(text)) if part.strip()]
    found = [number for number in map(_read_one, parts) if number] or _MOBILES.findall(plain(text))
    if not found:
        return None, "unusable"
    return found[0], "several" if len(set(found)) > 1 else None


def _read_one(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) >= 10:
            digits = digits[len(prefix) :]
            break
    if _MOBILE.fullmatch(digits) or (_LANDLINE.fullmatch(digits) and len(set(digits)) > 2):
        return digits
    return None
