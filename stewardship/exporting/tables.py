"""How a list looks as a workbook: a line that says what it is, a line that says who took it out, when and what was asked for, the header,
the rows. The second line is printed on every page and stands in the file's properties too, so that a sheet that lies about, or is
sent on, says whose it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from register.text_sheets import TEXT, mark_book, mark_sheet, text_book, write_texts
from stewardship.language import moment, translations
from stewardship.words import N_, ROLES

HEADER_ROW: Final = 2  # counted from 0: title, mark, header
TAKEN_OUT: Final = N_("taken out by %(name)s (%(account)s), %(role)s, %(time)s · %(asked)s · confidential")


@dataclass(frozen=True)
class Mark:
    """Who takes something out, when, and what was asked for (in words, nothing personal)."""

    name: str
    account: str
    role: str
    at: datetime
    asked: str

    def line(self, language: str) -> str:
        said = translations(language).gettext
        return said(TAKEN_OUT) % {
            "name": self.name,
            "account": self.account,
            "role": said(ROLES[self.role]),
            "time": moment(self.at, language),
            "asked": self.asked,
        }


@dataclass(frozen=True)
class Table:
    """A list: `columns` are header (a message) and width in characters; `lines` come as they are written."""

    name: str
    title: str
    columns: Sequence[tuple[str, int]]
    lines: Iterable[Sequence[str]]


@dataclass(frozen=True)
class Book:
    """A workbook and how many rows it has."""

    content: bytes
    rows: int


def write(table: Table, mark: Mark, language: str) -> Book:
    """The workbook in the reader's language; each row is on its way to the file before the next is read."""
    said, line = translations(language).gettext, mark.line(language)
    content = BytesIO()
    book = text_book(content, constant_memory=True)
    mark_book(book, said(table.title), mark.account, line)
    text = book.add_format({"num_format": TEXT, "valign": "top"})
    head = book.add_format({"num_format": TEXT, "bold": True, "bg_color": "#E7F0ED", "bottom": 1})
    sheet = book.add_worksheet()
    _set_up(sheet, table, line, text)
    write_texts(sheet, 0, [said(table.title)], [book.add_format({"bold": True, "font_size": 14})])
    write_texts(sheet, 1, [line], [book.add_format({"num_format": TEXT, "font_color": "#404040"})])
    write_texts(sheet, HEADER_ROW, [said(header) for header, _ in table.columns], [head] * len(table.columns))
    rows = 0
    for rows, cells in enumerate(table.lines, start=1):
        write_texts(sheet, HEADER_ROW + rows, cells, [text] * len(table.columns))
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + rows, len(table.columns) - 1)
    book.close()
    return Book(content.getvalue(), rows)


def _set_up(sheet: Any, table: Table, line: str, text: Any) -> None:
    for at, (_, width) in enumerate(table.columns):
        sheet.set_column(at, at, width, text)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    mark_sheet(sheet, line)
