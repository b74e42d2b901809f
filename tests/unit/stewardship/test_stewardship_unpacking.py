"""What a workbook from outside may hold before a reader sees it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Final

import openpyxl
import pytest
import xlsxwriter

from stewardship.unpacking import BadWorkbook, Bounds, check_workbook

BOUNDS: Final = Bounds(columns=78, rows=100_000, cells=1_000_000, unpacked=1_000_000, texts=1_000_000)
WORKBOOK: Final = {"xl/workbook.xml": "<workbook/>"}


def zipped(parts: dict[str, str]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return content.getvalue()


def sheet(*places: str) -> str:
    cells = "".join(f'<row r="1"><c r="{place}"><v>1</v></c></row>' for place in places)
    return f"<worksheet><sheetData>{cells}</sheetData></worksheet>"


def code_of(content: bytes) -> str:
    with pytest.raises(BadWorkbook) as refused:
        check_workbook(content, BOUNDS)
    return refused.value.code


def test_what_spreadsheets_write_is_let_through() -> None:
    book, one, other = openpyxl.Workbook(), BytesIO(), BytesIO()
    book.active.append(["姓名", 3, None, "王小明"])
    book.save(one)
    written = xlsxwriter.Workbook(other)
    written.add_worksheet().write_row(0, 0, ["姓名", 3, "王小明"])
    written.close()
    for content in (one.getvalue(), other.getvalue(), zipped({**WORKBOOK, "xl/s.xml": sheet("BZ9999")})):
        check_workbook(content, BOUNDS)


@pytest.mark.parametrize("place", ["CA2", "A100001", "XFD1048576", "&#65;1"])
def test_a_cell_too_far_out_is_refused(place: str) -> None:
    part = sheet("A1").replace('<row r="1">', f'<row r="1" x="" r="{place}">')
    assert code_of(zipped({**WORKBOOK, "xl/s.xml": part})) == "too_large"


def test_sheets_are_measured_together() -> None:
    one = sheet("BZ10000")
    check_workbook(zipped({**WORKBOOK, "xl/a.xml": one}), BOUNDS)
    assert code_of(zipped({**WORKBOOK, "xl/a.xml": one, "xl/b.xml": one})) == "too_large"


def test_a_cell_that_does_not_say_where_it_is_is_refused() -> None:
    for cell in ("<c><v>1</v></c>", '<c><v r="A1">1</v></c>', "<x:c><x:v>1</x:v></x:c>", "<c/>"):
        part = f"<worksheet><sheetData><row>{cell}</row></sheetData></worksheet>"
        assert code_of(zipped({**WORKBOOK, "xl/s.xml": part})) == "unreadable", cell


def test_one_long_text_in_many_cells_is_refused() -> None:
    strings = f"<sst><si><t>{'x' * 10_000}</t></si></sst>"
    many = sheet(*(f"A{row}" for row in range(1, 200)))
    assert code_of(zipped({**WORKBOOK, "xl/sharedStrings.xml": strings, "xl/s.xml": many})) == "too_large"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"content.xml": "<x number-rows-repeated='20000'/>"}, id="OpenDocument"),
        pytest.param({**WORKBOOK, "content.xml": "<x/>"}, id="OpenDocument beside a workbook"),
        pytest.param({"xl/workbook.bin": ""}, id="XLSB"),
        pytest.param({**WORKBOOK, "XL/Workbook.bin": ""}, id="XLSB beside a workbook"),
        pytest.param(
            {**WORKBOOK, "xl/s.xml": sheet("A1"), "xl/S.xml": sheet("A2")}, id="two parts of one name"
        ),
    ],
)
def test_what_is_no_xlsx_is_refused(parts: dict[str, str]) -> None:
    assert code_of(zipped(parts)) == "unreadable"
