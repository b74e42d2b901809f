"""Files of every make → receipts that add up, and the same records whatever the file's make."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_files import DEATHS, csv_text, death, taken, xls_bytes, xlsx_bytes

from feeds.deliveries import REFUSED, TAKEN
from feeds.readers import decode

ROWS = [DEATHS, death("王芳"), death("李娜", 户籍地址="禾溪县\n柳口镇红塘村"), death("艾山江·买买提")]
MAKES = {
    "utf-8": csv_text(ROWS).encode(),
    "utf-8 with a mark": csv_text(ROWS).encode("utf-8-sig"),
    "gb18030": csv_text(ROWS).encode("gb18030"),
    "utf-16": csv_text(ROWS).encode("utf-16"),
    "utf-16 without a mark": csv_text(ROWS).encode("utf-16-le"),
    "utf-8 read as gb18030 and saved": csv_text(ROWS).encode().decode("gb18030", "replace").encode(),
    "tabs": csv_text(ROWS, "\t").encode("gb18030"),
    "semicolons": csv_text(ROWS, ";").encode(),
    "xlsx": xlsx_bytes({"Sheet1": ROWS}),
    "xls": xls_bytes(ROWS),
}


@pytest.mark.parametrize("make", MAKES, ids=str)
def test_the_same_rows_are_read_from_every_make_of_file(make: str, tmp_path: Path) -> None:
    result = taken(tmp_path, MAKES[make])
    assert (result.receipt.status, result.receipt.rows_kept) == (TAKEN, 3)
    assert list(result.records["row"]) == [2, 3, 4], "rows count records, not lines"
    if "read as" not in make:  # a character or two may be lost for good there
        assert list(result.records["name"]) == ["王芳", "李娜", "艾山江·买买提"]
        assert list(result.records["hukou_address__area"]) == ["991224100201"] * 3
        assert result.records["notes"].isna().all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty file", id="zero bytes"),
        pytest.param(b"\x00" * 64, "empty file", id="zeros"),
        pytest.param(MAKES["xlsx"][:900], "broken or incomplete workbook", id="truncated workbook"),
        pytest.param(b"PK\x03\x04 no zip", "broken or incomplete workbook", id="not a zip"),
        pytest.param(MAKES["xls"][:600], "broken or incomplete workbook", id="truncated xls"),
        pytest.param(b"%PDF-1.7 ...", "neither CSV nor a workbook", id="pdf"),
        pytest.param("今天下雨\n".encode(), "no header row with this feed's columns", id="a letter"),
        pytest.param(xlsx_bytes({"空": []}), "empty workbook", id="empty workbook"),
        pytest.param(
            b"\xff\xff\xff\xff\x80\x80" * 9, "no known character encoding fits", id="bytes of nothing"
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    receipt = taken(tmp_path, content).receipt
    assert (receipt.status, receipt.reason, receipt.rows_total) == (REFUSED, reason, 0)


@pytest.mark.parametrize("size", range(0, len(MAKES["xlsx"]), 97))
def test_a_workbook_cut_anywhere_never_raises(size: int, tmp_path: Path) -> None:
    assert taken(tmp_path, MAKES["xlsx"][:size]).receipt.status in (REFUSED, TAKEN)


@pytest.mark.parametrize("make", ["utf-8", "gb18030", "utf-16"], ids=str)
def test_a_csv_cut_anywhere_keeps_whole_rows_and_never_raises(make: str, tmp_path: Path) -> None:
    whole = MAKES[make]
    for size in range(0, len(whole), 23):
        result = taken(tmp_path, whole[:size])
        assert set(result.quarantined["rule"]) <= {"torn"}
        assert result.receipt.rows_kept <= 3


def test_a_row_that_breaks_off_is_quarantined_and_the_rows_before_it_are_kept(tmp_path: Path) -> None:
    text = csv_text([DEATHS, death("王芳"), death("李娜")])
    result = taken(tmp_path, text[: text.rindex("李娜") + 6])
    assert list(result.records["name"]) == ["王芳"]
    assert result.quarantined[["row", "rule"]].to_numpy().tolist() == [[3, "torn"]]


def test_a_header_alone_is_taken_and_told(tmp_path: Path) -> None:
    receipt = taken(tmp_path, csv_text([DEATHS])).receipt
    assert (receipt.status, receipt.reason, receipt.rows_set_aside) == (TAKEN, "header only", 1)


def test_hidden_sheets_are_set_aside_and_the_others_are_all_read(tmp_path: Path) -> None:
    book = xlsx_bytes(
        {"一月": [DEATHS, death("王芳")], "旧": [DEATHS, death("李娜")], "二月": [DEATHS, death("张伟")]},
        ["旧"],
    )
    result = taken(tmp_path, book, file="禾溪县人民医院2026年4月.xlsx")
    assert list(zip(result.records["sheet"], result.records["name"])) == [("一月", "王芳"), ("二月", "张伟")]
    assert result.receipt.rows_set_aside == 4


def test_a_number_in_an_id_column_keeps_its_true_digits_only(tmp_path: Path) -> None:
    row: list[object] = list(death("王芳"))
    row[2] = 511722199003071234
    result = taken(tmp_path, xlsx_bytes({"Sheet1": [DEATHS, row]}))
    assert result.records.loc[0, ["id_number", "id_number__state"]].tolist() == ["511722199003071", "partial"]
    assert result.records.loc[0, "notes"] == "id_number:truncated"


def test_utf8_is_told_from_gb18030_by_evidence_although_both_decode() -> None:
    text = csv_text(ROWS)
    assert decode(text.encode())[:2] == (text, "utf-8")
    assert decode(text.encode("gb18030"))[:2] == (text, "gb18030")
