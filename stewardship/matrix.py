"""The register beside each source, field by field: what is the same, what is written otherwise, what differs, and where inside.

Compared are the values themselves, shown are their masks: a mark over `●●●●` says that something differs there, not what.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from discrepancies.values import fold_name
from stewardship.masking import NAMES, NUMBERS, grouped, masked

FIELDS: Final = (
    "name",
    "former_name",
    "sex",
    "birth_date",
    "id_number",
    "ethnicity",
    "marital_status",
    "hukou_address",
    "residence_address",
    "phone",
    "household_no",
    "head_name",
    "relation_to_head",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
)
LUNAR: Final = "birth_date_lunar"
Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Part:
    """A piece of a value as shown, and whether it differs from what it is compared with."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Cell:
    """`sign`: = ≈ ≠ ∅, or nothing where there is nothing to compare with."""

    sign: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Line:
    """One field across the columns."""

    field: str
    cells: tuple[Cell, ...]
    proposed: Cell | None


def lines(
    columns: Sequence[Values],
    *,
    proposed: tuple[str, str] | None = None,
    is_child: bool,
    is_lifted: bool,
    is_one_person: bool = True,
) -> list[Line]:
    """The fields of which anything is known.

    Args:
        columns: the register first (empty when the person is not on it), then the sources, most trusted first.
        proposed: field and value of what is proposed.
        is_lifted: leave to see the values stands.
        is_one_person: all columns are about one person, so that they can be compared.
    """
    shown = []
    for field in FIELDS:
        values = [column.get(field) or None for column in columns]
        wanted = proposed[1] if proposed is not None and proposed[0] == field else None
        if all(value is None for value in values) and wanted is None:
            continue
        filled = [place for place, value in enumerate(values) if value is not None]
        reference = filled[0] if filled and is_one_person else None
        cells = tuple(
            _cell(field, columns, place, reference, is_child=is_child, is_lifted=is_lifted)
            for place in range(len(columns))
        )
        if wanted is None:
            shown.append(Line(field, cells, None))
            continue
        parts = parts_of(field, wanted, values[0], is_child=is_child, is_lifted=is_lifted)
        shown.append(Line(field, cells, Cell("", parts)))
    return shown


def _cell(
    field: str,
    columns: Sequence[Values],
    place: int,
    reference: int | None,
    *,
    is_child: bool,
    is_lifted: bool,
) -> Cell:
    value = columns[place].get(field) or None
    if value is None:
        return Cell("∅", ())
    if reference is None or place == reference:
        return Cell("", parts_of(field, value, None, is_child=is_child, is_lifted=is_lifted))
    sign = compare(field, columns[reference], columns[place])
    beside = columns[reference].get(field) if sign in ("≈", "≠") else None
    return Cell(sign, parts_of(field, value, beside, is_child=is_child, is_lifted=is_lifted))


def compare(field: str, one: Values, other: Values) -> str:
    """The sign between two values of a field, neither of them blank."""
    left, right = one.get(field) or "", other.get(field) or ""
    if left == right:
        return "="
    if _plain(left) == _plain(right):
        return "≈"
    if field in NAMES and (fold_name(left) == fold_name(right) or _sound(left) == _sound(right)):
        return "≈"
    if field == "birth_date" and (left == other.get(LUNAR) or right == one.get(LUNAR)):
        return "≈"
    if field in NUMBERS and len(left) != len(right) and _long_form(left) == _long_form(right):
        return "≈"
    return "≠"


def _plain(value: str) -> str:
    """Without widths, spaces and case."""
    return "".join(unicodedata.normalize("NFKC", value).split()).casefold()


@lru_cache(maxsize=4096)
def _sound(name: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(name))


def _long_form(number: str) -> str:
    """Of 15 and 18 digits what both have."""
    return number[:6] + number[8:17] if len(number) == 18 else number


def parts_of(
    field: str, value: str, beside: str | None, *, is_child: bool, is_lifted: bool
) -> tuple[Part, ...]:
    """A value as shown, cut where it begins or ceases to differ from the one beside it."""
    text = value if is_lifted else masked(field, value, is_child=is_child)
    if beside is None:
        return (Part(grouped(field, text), False),)
    parts: list[Part] = []
    matcher = SequenceMatcher(None, beside, value, autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if start < end:
            parts.append(Part(text[start:end], tag != "equal"))
    return tuple(parts)
