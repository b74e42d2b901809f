"""The register beside each source, field by field: what is the same, what is written otherwise, what differs, and where inside.

Compared are the values themselves, shown are their masks: a mark over `●●●●` says that something differs there, not what.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Final

from discrepancies.values import fold_name
from discrepancies.wording import VALUE_NAMES
from stewardship.masking import NAMES, NUMBERS, grouped, groups_of, masked

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
LIKENESSES: Final = ("spacing", "variant", "sound", "lunar", "fifteen")
PLACED: Final = NUMBERS | {"birth_date"}
Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Part:
    """A piece of a value as shown, and whether it differs from what it is compared with; without text it is where something is left out."""

    text: str
    differs: bool

    @property
    def is_gap(self) -> bool:
        return not self.text


@dataclass(frozen=True)
class Cell:
    """`sign`: = ≈ ≠ ∅, or nothing where there is nothing to compare with; `likeness`: of ≈, in which way it is the same (`LIKENESSES`)."""

    sign: str
    parts: tuple[Part, ...]
    likeness: str = ""

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
    children: Sequence[bool] = (),
) -> list[Line]:
    """The fields of which anything is known.

    Args:
        columns: the register first (empty when the person is not on it), then the sources, most trusted first.
        proposed: field and value of what is proposed.
        is_lifted: leave to see the values stands.
        is_one_person: all columns are about one person, so that they can be compared.
        children: where they are about several, of each column whether it may be about a child, instead of `is_child`.
    """
    of_each = children or [is_child] * len(columns)
    shown = []
    for field in FIELDS:
        values = [column.get(field) or None for column in columns]
        wanted = proposed[1] if proposed is not None and proposed[0] == field else None
        if all(value is None for value in values) and wanted is None:
            continue
        filled = [place for place, value in enumerate(values) if value is not None]
        reference = filled[0] if filled and is_one_person else None
        cells = tuple(
            _cell(field, columns, place, reference, is_child=of_each[place], is_lifted=is_lifted)
            for place in range(len(columns))
        )
        if wanted is None:
            shown.append(Line(field, cells, None))
            continue
        parts = parts_of(field, wanted, values[0] if values else None, is_child=is_child, is_lifted=is_lifted)
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
    likeness = likeness_of(field, columns[reference], columns[place]) if sign == "≈" else None
    beside = columns[reference].get(field) if sign in ("≈", "≠") else None
    parts = parts_of(field, value, beside, is_child=is_child, is_lifted=is_lifted)
    return Cell(sign, parts, likeness or "")


def compare(field: str, one: Values, other: Values) -> str:
    """The sign between two values of a field, neither of them blank."""
    if (one.get(field) or "") == (other.get(field) or ""):
        return "="
    return "≠" if likeness_of(field, one, other) is None else "≈"


def likeness_of(field: str, one: Values, other: Values) -> str | None:
    """In which way two values that are written otherwise are the same; None where they are not."""
    left, right = one.get(field) or "", other.get(field) or ""
    if _plain(left) == _plain(right):
        return "spacing"
    if field in NAMES and fold_name(left) == fold_name(right):
        return "variant"
    if field in NAMES and _sound(left) == _sound(right):
        return "sound"
    if field == "birth_date" and (left == other.get(LUNAR) or right == one.get(LUNAR)):
        return "lunar"
    if field in NUMBERS and len(left) != len(right) and _long_form(left) == _long_form(right):
        return "fifteen"
    return None


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
    """A value as shown, cut where it begins or ceases to differ from the one beside it, with a gap where it leaves out characters of that one and has no others for them."""
    text = value if is_lifted else masked(field, value, is_child=is_child)
    if field in VALUE_NAMES:  # a code is another one as a whole
        return (Part(text, beside is not None and value != beside),)
    if beside is None:
        return (Part(grouped(field, text), False),)
    groups = groups_of(field, text)
    parts: list[Part] = []
    for start, end, differs in _runs(field, beside, value):
        if start == end:
            parts.append(Part("", True))
        cuts = [start, *(cut for cut in groups if start < cut < end), end]
        for begin, stop in pairwise(cuts) if start < end else ():
            if begin in groups:
                parts.append(Part(" ", False))
            parts.append(Part(text[begin:stop], differs))
    return tuple(_joined(parts))


def _runs(field: str, beside: str, value: str) -> Iterator[tuple[int, int, bool]]:
    """From where to where the value differs from the one beside it and does not; empty where it leaves something out. Of what has its places
    fixed each character is held against the one at its place.
    """
    if field in PLACED and len(value) == len(beside):
        for differs, run in groupby(range(len(value)), key=lambda place: value[place] != beside[place]):
            places = list(run)
            yield places[0], places[-1] + 1, differs
        return
    for tag, _, _, start, end in SequenceMatcher(None, beside, value, autojunk=False).get_opcodes():
        yield start, end, tag != "equal"


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """What does not differ in one piece, also over the spaces between groups."""
    for differs, run in groupby(parts, key=lambda part: part.differs):
        if differs:
            yield from run
        else:
            yield Part("".join(part.text for part in run), False)
