"""Masked by default: what of a value is shown while no leave to see it stands.

A mask has the length of the value, so that differences can be pointed at character by character without telling what differs. Of a child
less is shown than of a grown-up, and who may be a child is taken for one.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from register import reveals

DOT: Final = "●"
NAMES: Final = frozenset({"name", "former_name", "head_name", "mother_name", "father_name"})
NUMBERS: Final = frozenset({"id_number", "mother_id", "father_id"})
ADDRESSES: Final = frozenset({"hukou_address", "residence_address"})
OPEN: Final = frozenset(
    {
        "sex",
        "ethnicity",
        "birth_date",
        "marital_status",
        "education",
        "occupation",
        "relation_to_head",
        "household_no",
        "area_code",
    }
)
# Before which characters of a number of 18 digits a group begins: where, when, which.
GROUPS: Final = (6, 14)
_MASKED_NAME: Final = re.compile(rf"[\u4e00-\u9fff]?{DOT}+[\u4e00-\u9fff]?")
_DIGIT: Final = re.compile(r"[0-9０-９一二三四五六七八九十百]")


def masked(field: str | None, value: str, *, is_child: bool) -> str:
    """As many characters as `value` has; a field nobody knows is masked as a whole."""
    own_child = is_child and field not in ("mother_name", "father_name", "mother_id", "father_id")
    length = len(value)
    if field in OPEN:
        return value
    if field in NAMES:
        last = 0 if own_child or length < 3 else 1
        return value[:1] + DOT * (length - 1 - last) + value[length - last :] if length > 1 else DOT * length
    if field in NUMBERS:
        kept = length - 4 if length in (15, 18) and not own_child else min(6, length // 3)
        return value[:kept] + DOT * (length - kept)
    if field == "phone":
        if length < 8:
            return DOT * length
        return value[:3] + (DOT * (length - 3) if own_child else DOT * (length - 7) + value[-4:])
    if field in ADDRESSES:
        return _DIGIT.sub(DOT, value) if own_child else value
    return DOT * length


def grouped(field: str | None, shown: str) -> str:
    """ID numbers as `990106 19900101 ●●●●`."""
    return " ".join(shown[start:end] for start, end in pairwise((0, *groups_of(field, shown), len(shown))))


def groups_of(field: str | None, shown: str) -> tuple[int, ...]:
    """Before which of its characters a space stands."""
    return GROUPS if field in NUMBERS and len(shown) == 18 else ()


def unbroken(sentence: str) -> Markup:
    """For a heading: with masked names that stay in one line."""
    return Markup(_MASKED_NAME.sub(r'<span class="name">\g<0></span>', str(escape(sentence))))


def may_be_child(born: str | date | None, today: date) -> bool:
    """As reveals judge it (`register.reveals`); what is no date is not known."""
    if isinstance(born, str):
        try:
            born = date.fromisoformat(born)
        except ValueError:
            return True
    return reveals.may_be_child(born, today)
