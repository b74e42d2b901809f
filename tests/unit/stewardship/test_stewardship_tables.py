"""Workbooks of lists: all text, marked, and written as the rows come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.text_sheets import LONGEST_CELL
from stewardship.exporting.tables import Mark, Table, write

MARK = Mark("李文 & 王", "li.wen", "steward", datetime(2026, 5, 2, 8, tzinfo=UTC), "Status: needs checking")
COLUMNS = (("No.", 8), ("Name", 10))


def written(*lines: tuple[str, str]) -> bytes:
    return write(Table("queue", "Queue", COLUMNS, lines), MARK, "en").content


def cells(content: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x", "007", "1e5"]
)
def test_what_looks_like_a_formula_a_link_or_a_number_is_text(text: str) -> None:
    content = written(("1", text))
    cell = openpyxl.load_workbook(BytesIO(content)).active["B4"]
    assert (cell.value, cell.data_type, cell.number_format, cell.hyperlink) == (text, "s", "@", None)
    with ZipFile(BytesIO(content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=40))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    read = cells(written(("1", text)))[0][1]
    assert read == text.replace("\r", "\n")


def test_what_no_sheet_can_hold_is_cut_or_escaped_and_the_file_opens() -> None:
    rows = cells(written(("1", "x" * 40_000), ("2", "a\x00\x1b\uffffb")))
    assert len(str(rows[0][1])) == LONGEST_CELL
    assert str(rows[1][1]).startswith("a") and str(rows[1][1]).endswith("b")


def test_who_took_it_out_stands_on_the_sheet_on_every_printed_page_and_in_the_properties() -> None:
    content = written(("1", "x"))
    told = "taken out by 李文 & 王 (li.wen), County steward, 2 May 2026 16:00 · Status: needs checking · confidential"
    book = openpyxl.load_workbook(BytesIO(content))
    assert [book.active["A1"].value, book.active["A2"].value] == ["Queue", told]
    assert book.active.oddHeader.left.text == told.replace("&", "&&")
    assert (book.properties.creator, book.properties.description) == ("li.wen", told)


def test_a_row_is_on_its_way_before_the_next_is_read() -> None:
    """The sheet's own buffer holds one row: whatever it is given is gone when the row after it comes."""
    from register import text_sheets

    kept: list[int] = []
    sheets = []

    def lines() -> Iterator[tuple[str, str]]:
        for number in range(50):
            kept.append(len(sheets[0].table))
            yield str(number), "x"

    made = text_sheets.text_book

    def watched(*given: object, **options: object) -> object:
        book = made(*given, **options)
        add = book.add_worksheet
        book.add_worksheet = lambda *names: sheets.append(add(*names)) or sheets[0]
        return book

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stewardship.exporting.tables.text_book", watched)
        assert write(Table("queue", "Queue", COLUMNS, lines()), MARK, "en").rows == 50
    assert max(kept) <= 1
