"""Workbooks of text: every cell is what it says, none is taken for a formula, a link or a number, also when somebody edits it later.

Whatever leaves the program as XLSX is written through here, so that a value from a file ("=1+1") stays a value wherever it comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

TEXT: Final = "@"  # the number format under which a spreadsheet leaves alone what is typed
LONGEST_CELL: Final = 32_767
LONGEST_MARK: Final = (
    200  # of the line that is printed on every page; XLSX has room for 255 characters with its codes
)


def text_book(target: Any, **options: Any) -> Any:
    """A workbook to be written to a path or a binary file.

    Args:
        options: more of xlsxwriter's; `constant_memory` writes each row as it comes.
    """
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(target, {**options, **safe})


def write_texts(sheet: Any, row: int, cells: Sequence[str], formats: Sequence[Any]) -> None:
    """A row from the first column on; `formats` have the number format `TEXT`. Blank cells are left out."""
    for column, (cell, format_) in enumerate(zip(cells, formats, strict=True)):
        if cell:
            sheet.write_string(row, column, cell[:LONGEST_CELL], format_)


def mark_sheet(sheet: Any, mark: str) -> None:
    """The mark at the top of every printed page, and the page's number."""
    sheet.set_header(f"&L&8{_plain(mark)}")
    sheet.set_footer("&R&P / &N")


def mark_book(book: Any, title: str, author: str, mark: str) -> None:
    """The mark in the file's properties, which stay when rows and sheets are taken out."""
    book.set_properties({"title": title, "author": author, "comments": mark})


def _plain(text: str) -> str:
    return text[:LONGEST_MARK].replace("&", "&&")
