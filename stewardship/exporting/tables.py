"""How a list looks as a workbook: a line that says what it is, a line that says who took it out, when and what was asked for, the header,
the rows. The second line is printed on every page and stands in the file's properties too, so that a sheet that lies about, or is
sent on, says whose it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from register.text_sheets import TEXT, mark_book, mark_sheet, text_book, write_texts
from stewardship.language import moment, translations
from stewardship.words import N_, ROLES

HEADER_ROW: Final = 2  # counted from 0: title, mark, header
LONGEST_NAME: Final = 31  # of a sheet
_NO_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
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
    return write_all([table], mark, language)


def write_all(tables: Sequence[Table], mark: Mark, language: str) -> Book:
    """What stands on one page in several tables: a sheet for each, named by its title. The first gives the workbook its title."""
    said, line = translations(language).gettext, mark.line(language)
    content = BytesIO()
    book = text_book(content, constant_memory=True)
    mark_book(book, said(tables[0].title), mark.account, line)
    names = [None] if len(tables) == 1 else _sheet_names([said(table.title) for table in tables])
    rows = sum(_write_sheet(book, name, table, line, language) for name, table in zip(names, tables))
    book.close()
    return Book(content.getvalue(), rows)


def _sheet_names(titles: Sequence[str]) -> list[str]:
    """As spreadsheets take them: short, without some signs, each once, whichever case."""
    found: list[str] = []
    for title in titles:
        name = _NO_NAME.sub(" ", title)[:LONGEST_NAME].strip("' ") or "–"
        short, number = name[: LONGEST_NAME - 3], 1
        while name.lower() in {one.lower() for one in found}:
            number += 1
            name = f"{short} {number}"
        found.append(name)
    return found


def _write_sheet(book: Any, name: str | None, table: Table, line: str, language: str) -> int:
    said = translations(language).gettext
    text = book.add_format({"num_format": TEXT, "valign": "top"})
    head = book.add_format({"num_format": TEXT, "bold": True, "bg_color": "#E7F0ED", "bottom": 1})
    sheet = book.add_worksheet(name)
    _set_up(sheet, table, line, text)
    write_texts(sheet, 0, [said(table.title)], [book.add_format({"bold": True, "font_size": 14})])
    write_texts(sheet, 1, [line], [book.add_format({"num_format": TEXT, "font_color": "#404040"})])
    write_texts(sheet, HEADER_ROW, [said(header) for header, _ in table.columns], [head] * len(table.columns))
    rows = 0
    for rows, cells in enumerate(table.lines, start=1):
        write_texts(sheet, HEADER_ROW + rows, cells, [text] * len(table.columns))
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + rows, len(table.columns) - 1)
    return rows


def _set_up(sheet: Any, table: Table, line: str, text: Any) -> None:
    for at, (_, width) in enumerate(table.columns):
        sheet.set_column(at, at, width, text)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    mark_sheet(sheet, line)
