"""Small files as offices write them, built in code, and a small county."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from feeds.areas import AreaTable
from feeds.deliveries import TakenIn, take_in
from feeds.values.ids import check_character

ARRIVAL = date(2026, 5, 3)
DEATHS = ["姓名", "性别", "公民身份号码", "出生日期", "死亡日期", "户籍地址", "现居住地", "联系电话"]
AREAS = """\
990000000000,云泽省,province,,1984-01-01,,
991200000000,岚平市,city,990000000000,1984-01-01,,
991224000000,禾溪县,county,991200000000,1984-01-01,,
991225000000,临禾县,county,991200000000,1984-01-01,,
991228000000,旧川县,county,991200000000,1984-01-01,1997-12-31,991224000000
991224100000,柳口镇,township,991224000000,1984-01-01,,
991224100200,陈树社区,village,991224100000,1984-01-01,,
991224100201,红塘村,village,991224100000,1984-01-01,,
991224101000,柳岭镇,township,991224000000,1984-01-01,,
991224101201,大坡村,village,991224101000,1984-01-01,,
991224101202,红塘村,village,991224101000,1984-01-01,,
991224102000,马坪乡,township,991224000000,1984-01-01,2026-06-30,991224100000
991224102200,中湾村,village,991224102000,1984-01-01,2026-06-30,991224100300
991224100300,中湾村,village,991224100000,2026-07-01,,
"""


def area_table() -> AreaTable:
    names = ("code", "name", "level", "parent", "valid_from", "valid_to", "successor")
    return AreaTable.of([dict(zip(names, line.split(","))) for line in AREAS.splitlines()])


def id_of(seventeen: str) -> str:
    return seventeen + check_character(seventeen)


def death(name: str = "王芳", **cells: str) -> list[str]:
    row = {
        "姓名": name,
        "性别": "女",
        "公民身份号码": id_of("99122419500307123"),
        "出生日期": "1950-03-07",
        "死亡日期": "2026-04-11",
        "户籍地址": "禾溪县柳口镇红塘村3组12号",
        "现居住地": "",
        "联系电话": "13912345678",
    }
    return [{**row, **cells}[name] for name in DEATHS]


def csv_text(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    import csv

    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def xlsx_bytes(sheets: dict[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls_bytes(rows: Sequence[Sequence[object]]) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def taken(
    folder: Path,
    content: bytes | str,
    feed: str = "hospital_deaths",
    file: str = "禾溪县人民医院2026年4月.csv",
) -> TakenIn:
    path = folder / "delivery"
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    result = take_in(path, feed=feed, file=f"2026-05-03/{file}", arrival=ARRIVAL, areas=area_table())
    receipt = result.receipt
    assert receipt.rows_total == receipt.rows_kept + receipt.rows_set_aside + receipt.rows_quarantined
    assert receipt.rows_kept == len(result.records)
    assert receipt.rows_quarantined == len(result.quarantined)
    return result
