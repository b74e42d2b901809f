"""What a workbook from outside unpacks to, looked at before any reader sees it.

Only XLSX is looked into, and what this check did not measure must not be what a reader takes: OpenDocument, XLSB and the old XLS are refused, and so is
a file with two parts of one name, or with cells that do not begin by saying where they are.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

ZIPPED: Final = b"PK\x03\x04"
OLD: Final = b"\xd0\xcf\x11\xe0"
MOST_FILES: Final = 200
_WORKBOOK: Final = "xl/workbook.xml"
_OTHERS: Final = ("content.xml", "xl/workbook.bin")
_PLACE: Final = re.compile(rb"""\sr\s*=\s*["']([^"']*)["']""")
_CELL: Final = re.compile(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])")
_PLACED: Final = re.compile(rb"""<(?:[^\s<>/:]+:)?c\s+r\s*=\s*["'][A-Z]{1,3}\d{1,7}["']""")
_REFERENCE: Final = re.compile(rb"([A-Z]{0,3})(\d{1,7})")
_END_OF_STRING: Final = re.compile(rb"</(?:[^\s<>/:]+:)?si\s*>")
_WIDE: Final = (b"\xfe\xff", b"\xff\xfe", b"<\x00", b"\x00<")  # XML in UTF-16, which no spreadsheet writes


class BadWorkbook(Exception):
    """A workbook that no reader should see; `code` is `unreadable` or `too_large`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Bounds:
    """How far out a sheet may have cells, how many cells all sheets may span, and what all parts and all texts may unpack to in bytes."""

    columns: int
    rows: int
    cells: int
    unpacked: int
    texts: int


def check_workbook(content: bytes, bounds: Bounds) -> None:
    """Before it is unpacked by a reader, which would fill the memory up to the farthest cell of each sheet.

    Raises: BadWorkbook for what is no XLSX, unpacks to too much, or has cells farther out.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
            if len(names) > MOST_FILES:
                raise BadWorkbook("too_large")
            lower = [name.lower().replace("\\", "/") for name in names]
            if _WORKBOOK not in lower or len({*lower}) < len(lower) or any(one in lower for one in _OTHERS):
                raise BadWorkbook("unreadable")
            left, cells, spanned, longest = bounds.unpacked, 0, 0, 0
            for name in names:
                with packed.open(name) as file:
                    part = file.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise BadWorkbook("too_large")
                if part.startswith(_WIDE):
                    raise BadWorkbook("unreadable")
                if b"sst" in part:
                    longest = max(longest, *map(len, _END_OF_STRING.split(part)))
                if b"sheetData" in part:
                    cells += _cells(part)
                    spanned += _span(_PLACE.finditer(part), bounds)
                if spanned > bounds.cells:
                    raise BadWorkbook("too_large")
            if cells * longest > bounds.texts:
                raise BadWorkbook("too_large")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise BadWorkbook("unreadable") from None


def _cells(part: bytes) -> int:
    """How many cells a sheet has. Raises: BadWorkbook where one does not say where it is."""
    cells = sum(1 for _ in _CELL.finditer(part))
    if cells != sum(1 for _ in _PLACED.finditer(part)):
        raise BadWorkbook("unreadable")
    return cells


def _span(places: Iterable[re.Match[bytes]], bounds: Bounds) -> int:
    """The cells from the first to the farthest of a sheet. Raises: BadWorkbook."""
    letters: dict[bytes, int] = {}
    columns = rows = 0
    for place in places:
        found = _REFERENCE.fullmatch(place[1])
        if found is None:
            raise BadWorkbook("too_large")
        if found[1] not in letters:
            letters[found[1]] = number = _number(found[1])
            columns = max(columns, number)
        rows = max(rows, int(found[2]))
    if columns > bounds.columns or rows > bounds.rows:
        raise BadWorkbook("too_large")
    return columns * rows


def _number(letters: bytes) -> int:
    """1 of A, 27 of AA; 0 of a row's place, which has none."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
