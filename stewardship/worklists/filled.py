"""What a filled sheet says, row by row, before anything is made of it.

A file comes from outside: only a workbook as `workbook` writes it is read, and before a reader sees it, it is unpacked to a limit and searched for
cells so far out that a reader would fill the memory up to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from stewardship.unpacking import BadWorkbook, Bounds, check_workbook
from stewardship.worklists.workbook import COLUMNS, HEADER_ROW, LONGEST_NOTE, MARK, SHOWN

BOUNDS: Final = Bounds(columns=702, rows=9_999, cells=1_000_000, unpacked=20_000_000, texts=500_000_000)
_MARK: Final = re.compile(rf"{re.escape(MARK)}([1-9]\d{{0,17}})")
_REFERENCE: Final = re.compile(r"([1-9]\d{0,17}):(D[0-9a-f]{6,40}):([1-9]\d{0,8})")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class NotAWorklist(Exception):
    """The file cannot be read as a list; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class FilledRow:
    """One row; `row` as the spreadsheet numbers it. `on` is None where there is none, `is_day` False where a date is none."""

    row: int
    shown: tuple[str, ...]
    number: str
    outcome: str
    value: str
    on: date | None
    is_day: bool
    note: str
    reference: str
    seal: str

    @property
    def is_blank(self) -> bool:
        """Nothing was filled in."""
        return not (self.outcome or self.value or self.note or self.on) and self.is_day

    @property
    def refers(self) -> tuple[int, str, int] | None:
        """List, discrepancy and version of the evidence."""
        found = _REFERENCE.fullmatch(self.reference)
        return None if found is None else (int(found[1]), found[2], int(found[3]))

    @property
    def is_too_long(self) -> bool:
        return len(self.value) > LONGEST_NOTE or len(self.note) > LONGEST_NOTE


def read(content: bytes) -> tuple[int, list[FilledRow]]:
    """The list's number and its rows. Raises: NotAWorklist."""
    rows = _cells(content)
    header = rows[HEADER_ROW] if len(rows) > HEADER_ROW else []
    mark = _MARK.fullmatch(_text(_at(header, "reference")))
    if mark is None:
        raise NotAWorklist("no_list")
    filled = [_row(at + 1, row) for at, row in enumerate(rows) if at > HEADER_ROW and any(map(_text, row))]
    return int(mark[1]), filled


def day_of(cell: Any) -> tuple[date | None, bool]:
    """A date however it was written, and whether what stands there can be one."""
    if isinstance(cell, datetime):
        return cell.date(), True
    if isinstance(cell, date):
        return cell, True
    text = _text(cell)
    found = _DAY.fullmatch(text)
    if found is None:
        return None, not text
    try:
        return date(*(int(part) for part in found.groups())), True
    except ValueError:
        return None, False


def _row(number: int, cells: Sequence[Any]) -> FilledRow:
    on, is_day = day_of(_at(cells, "on"))
    shown = tuple(_text(_at(cells, name)) for name, _, _ in SHOWN)
    return FilledRow(
        row=number,
        shown=shown,
        number=_text(_at(cells, "number")),
        outcome=_text(_at(cells, "outcome")),
        value=_text(_at(cells, "value")),
        on=on,
        is_day=is_day,
        note=_text(_at(cells, "note")),
        reference=_text(_at(cells, "reference")),
        seal=_text(_at(cells, "seal")),
    )


def _at(cells: Sequence[Any], name: str) -> Any:
    place = COLUMNS.index(name)
    return cells[place] if place < len(cells) else ""


def _text(cell: Any) -> str:
    """Trimmed; a number without a needless fraction, a date as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    return "".join(one if one.isprintable() else " " for one in text).strip()


def _cells(content: bytes) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        check_workbook(content, BOUNDS)
    except BadWorkbook as fault:
        raise NotAWorklist(fault.code) from None
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        rows: list[list[Any]] = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError):
        raise NotAWorklist("unreadable") from None
    return rows
