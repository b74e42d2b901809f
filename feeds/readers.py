"""Bytes of a file → sheets of rows of cells, with no opinion on what the rows mean.

A CSV's encoding is decided by evidence for the whole file: a byte order mark, zero bytes of UTF-16, valid UTF-8, else GB18030. UTF-8
text that was once mistaken for GB18030 and saved again (寮犱紵) is turned back when that yields known words. A workbook keeps
its cells typed, because a number where an ID should be has lost its last digits and must not be read as text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from feeds.errors import UnreadableFile

Cell = str | int | float | bool | date | datetime | time | timedelta | None

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DELIMITERS = ",\t;|"
COMMON = set("姓名性别身份证号码出生日期民族户籍地址联系电话镇乡村社区派出所医院学校男女年月日")
LARGEST_CELL = 1 << 20
_QUOTED = re.compile(r'"[^"]*"')


@dataclass
class Sheet:
    """`rows[i]` is what a spreadsheet shows as row i + 1; `name` is empty for CSV; `torn` is the row where the file breaks off."""

    name: str
    rows: list[list[Cell]]
    is_hidden: bool = False
    torn: int | None = None


@dataclass
class Book:
    """A file as read: its sheets, how it was encoded and of what format it is."""

    sheets: list[Sheet] = field(default_factory=list)
    encoding: str = ""
    file_format: str = ""


def read(content: bytes) -> Book:
    """The file's sheets.

    Raises:
        UnreadableFile: empty, broken off inside a workbook, or of no format that is known.
    """
    if not content.strip(b"\x00 \r\n\t"):
        raise UnreadableFile("empty file")
    if content.startswith(ZIP):
        return _read_workbook(content, "xlsx")
    if content.startswith(OLE):
        return _read_workbook(content, "xls")
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"\x1f\x8b")):
        raise UnreadableFile("neither CSV nor a workbook")
    return _read_csv(content)


def _read_workbook(content: bytes, file_format: str) -> Book:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        book = Book(file_format=file_format)
        for meta in workbook.sheets_metadata:
            if meta.name not in workbook.sheet_names:
                continue
            rows = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            hidden = meta.visible != SheetVisibleEnum.Visible
            book.sheets.append(Sheet(meta.name, [[_plain(c) for c in row] for row in rows], hidden))
    except CalamineError:
        raise UnreadableFile("broken or incomplete workbook") from None
    if not any(sheet.rows for sheet in book.sheets):
        raise UnreadableFile("empty workbook")
    return book


def _plain(cell: Any) -> Cell:
    return None if isinstance(cell, str) and not cell else cell


def _read_csv(content: bytes) -> Book:
    text, encoding, cut = decode(content)
    delimiter = _delimiter(text)
    rows, torn = _records(text, delimiter)
    if cut and torn is None and rows:
        torn = len(rows) - 1
    return Book([Sheet("", rows, torn=torn)], encoding, "csv")


def decode(content: bytes) -> tuple[str, str, bool]:
    """Text, encoding, and whether the last character was cut in two.

    Raises:
        UnreadableFile: no encoding fits.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _lenient_tail(content, name)
    even, odd = content[:4096:2].count(0), content[1:4096:2].count(0)
    if even + odd > 8 and min(even, odd) * 10 < max(even, odd):
        return _lenient_tail(content, "utf-16-le" if odd > even else "utf-16-be")
    for name in ("utf-8", "gb18030"):
        try:
            text, encoding, cut = _lenient_tail(content, name)
        except UnreadableFile:
            continue
        if encoding == "utf-8":
            text, encoding = _unmangle(text)
        return text, encoding, cut
    raise UnreadableFile("no known character encoding fits")


def _lenient_tail(content: bytes, encoding: str) -> tuple[str, str, bool]:
    """Strict decoding, but a character cut in two at the very end is dropped and told."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = decoder.decode(content, final=False)
    except UnicodeDecodeError:
        raise UnreadableFile("no known character encoding fits") from None
    state = decoder.getstate()[0]
    return text, encoding, bool(state)


def _unmangle(text: str) -> tuple[str, str]:
    """UTF-8 read as GB18030 and saved as UTF-8 again: turn it back where that gives more of the words every file has."""
    sample = text[:4000]
    seen = sum(ch in COMMON for ch in sample)
    try:
        back = sample.encode("gb18030", "replace").decode("utf-8", "replace")
    except UnicodeError:
        return text, "utf-8"
    if sum(ch in COMMON for ch in back) > 3 * seen + 5:
        return text.encode("gb18030", "replace").decode("utf-8", "replace"), "utf-8 read as gb18030"
    return text, "utf-8"


def _delimiter(text: str) -> str:
    """The mark that splits the first lines most evenly into the most cells."""
    lines = [line for line in _QUOTED.sub("", text[:20_000]).splitlines()[:12] if line.strip()]
    if not lines:
        return ","
    return max(
        DELIMITERS,
        key=lambda mark: (sorted(line.count(mark) for line in lines)[len(lines) // 2], mark == ","),
    )


def _records(text: str, delimiter: str) -> tuple[list[list[Cell]], int | None]:
    """CSV records; `torn` is the index of a last record that stops in the middle (open quote, or fewer cells than the rest)."""
    text = text.replace("\x00", "")
    csv.field_size_limit(LARGEST_CELL)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        try:
            rows = list(
                csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
            )
        except csv.Error:
            raise UnreadableFile("not a table of separated values") from None
    torn = None
    if rows and not text.endswith(("\n", "\r")):
        widths = sorted(len(row) for row in rows[:-1])
        usual = widths[len(widths) // 2] if widths else 0
        if len(rows) > 1 and len(rows[-1]) < usual:
            torn = len(rows) - 1
    return [[cell or None for cell in row] for row in rows], torn
