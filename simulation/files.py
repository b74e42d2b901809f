"""Writes one office's table as the file it would hand over, and says on which row each record stands."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from .datewords import to_date, write_date
from .dice import Array, Dice
from .headers import TITLES
from .names import ETHNICITY, ETHNICITY_CODE
from .noise import FAMILY
from .sheets import Layout, canaries, grouped_headers
from .views import View

_SEX = {
    "words": {"男": "男", "女": "女"},
    "digits": {"男": "1", "女": "2"},
    "letters": {"男": "男性", "女": "女性"},
}
_STAMP = datetime(2026, 1, 1)


@dataclass(frozen=True)
class Placed:
    """Where the records of a file went: sheet name and spreadsheet row of each."""

    sheet: Array
    row: Array


def _ethnicity_words(form: str) -> dict[str, str]:
    short = {name: name[:-1] for name in ETHNICITY}
    return {"full": {}, "short": short, "code": dict(zip(ETHNICITY, ETHNICITY_CODE))}[form]


def _date_cells(column: Array, style: str, as_cells: bool) -> list[object]:
    known: dict[object, object] = {None: ""}
    for value in set(column.tolist()):
        if value is None:
            continue
        if isinstance(value, str):
            known[value] = value
        elif style == "cell" and as_cells:
            known[value] = to_date(value)
        elif style == "serial" and as_cells:
            known[value] = float(write_date(value, "serial"))
        else:
            known[value] = write_date(value, "iso" if style in ("cell", "serial") else style)
    return [known[value] for value in column.tolist()]


def formatted(view: View, rows: Array, plan: Layout) -> list[list[object]]:
    """The cells of each column in this office's forms; a missing cell is an empty text."""
    as_cells = plan.kind != "csv"
    columns: list[list[object]] = []
    for name in plan.fields:
        column = view.columns[name][rows]
        family = FAMILY.get(name)
        if family == "date":
            columns.append(_date_cells(column, plan.dates, as_cells))
        elif name == "sex":
            columns.append([_SEX[plan.sexes].get(v, v) if v else "" for v in column])
        elif name == "ethnicity":
            words = _ethnicity_words(plan.ethnicities)
            columns.append([words.get(v, v) if v else "" for v in column])
        elif family == "id_number" and plan.numeric_ids and as_cells:
            columns.append([float(v) if v and v.isdigit() and v.isascii() else v or "" for v in column])
        else:
            columns.append(["" if v is None else v for v in column.tolist()])
    return columns


def _table(view: View, rows: Array, plan: Layout, seed: int) -> tuple[list[str], list[list[object]]]:
    headers, columns = list(plan.headers), formatted(view, rows, plan)
    for name in plan.forbidden:
        headers.append(name)
        columns.append(list(canaries(Dice(seed, "canary", view.feed, name), view.keys[rows])))
    if plan.serial:
        headers.insert(0, "序号")
        columns.insert(0, [float(i + 1) if plan.kind != "csv" else str(i + 1) for i in range(len(rows))])
    return headers, columns


def _lines(
    headers: list[str], columns: list[list[object]], plan: Layout, title: str, unit: str, note: str
) -> Iterator[tuple[str, list[object]]]:
    """All rows of a sheet in order, each with what it is: title, header, record, total, footnote."""
    width, size = len(headers), len(columns[0]) if columns else 0

    def padded(*cells: object) -> list[object]:
        return [*cells, *[""] * (width - len(cells))]

    if plan.title:
        yield "title", padded(title)
    if plan.unit_line:
        yield "unit", [f"填报单位：{unit}", *[""] * (width - 2), note]
    if plan.two_lines:
        shift = 1 if plan.serial else 0
        upper, lower, _ = grouped_headers(plan.fields, plan.headers)
        extra = headers[shift + len(plan.fields) :]
        yield "upper", [*headers[:shift], *upper, *extra]
        yield "lower", [*[""] * shift, *lower, *[""] * len(extra)]
    else:
        yield "header", list(headers)
    for i, record in enumerate(zip(*columns)):
        if plan.repeat_every and i and i % plan.repeat_every == 0:
            yield "repeat", list(headers)
        yield "record", list(record)
    if plan.total:
        yield "total", padded("合计", float(size) if plan.kind != "csv" else f"{size}人")
    if plan.footnote:
        yield "blank", padded("")
        yield "footnote", padded("填表人：          审核人：          注：此表一式两份")


def write_file(view: View, rows: Array, plan: Layout, path: Path, seed: int, unit_index: int) -> Placed:
    """Writes the records `rows` of a view; returns where each stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unit = view.unit_names[unit_index]
    title = f"{unit}{TITLES[view.table]}表（{view.period_words}）"
    note = f"{view.period_words} 第1页"
    headers, columns = _table(view, rows, plan, seed)
    if plan.kind == "csv":
        return _write_csv(path, headers, columns, plan, title, unit, note)
    bounds = np.linspace(0, len(rows), plan.sheets + 1).astype(int)
    names = ["Sheet1"] if plan.sheets == 1 else [f"{TITLES[view.table]}{i + 1}" for i in range(plan.sheets)]
    sheets = []
    for name, low, high in zip(names, bounds[:-1], bounds[1:]):
        part = [column[low:high] for column in columns]
        sheets.append((name, list(_lines(headers, part, plan, title, unit, note))))
    if plan.kind == "xls" and _write_xls(path, sheets):
        pass
    else:
        _write_xlsx(path, sheets, plan, headers)
    where = [(name, i + 1) for name, lines in sheets for i, (kind, _) in enumerate(lines) if kind == "record"]
    return Placed(
        np.array([w[0] for w in where], dtype=object), np.array([w[1] for w in where], dtype=np.int64)
    )


def _write_csv(
    path: Path,
    headers: list[str],
    columns: list[list[object]],
    plan: Layout,
    title: str,
    unit: str,
    note: str,
) -> Placed:
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer, delimiter=plan.separator, lineterminator="\r\n" if plan.encoding != "utf-8" else "\n"
    )
    size = len(columns[0])
    if plan.repeat_every:
        lines = list(_lines(headers, columns, plan, title, unit, note))
        writer.writerows(cells for _, cells in lines)
        row = np.array([i + 1 for i, (kind, _) in enumerate(lines) if kind == "record"], dtype=np.int64)
    else:  # the fast way for large tables: head, body, foot
        head = list(_lines(headers, [[] for _ in columns], plan, title, unit, note))
        tail = [cells for kind, cells in head if kind in ("total", "blank", "footnote")]
        front = [cells for kind, cells in head if kind not in ("total", "blank", "footnote")]
        for cells in tail:
            if cells[0] == "合计":
                cells[1] = f"{size}人"
        writer.writerows(front)
        writer.writerows(zip(*columns))
        writer.writerows(tail)
        row = np.arange(size) + len(front) + 1
    path.write_bytes(buffer.getvalue().encode(plan.encoding))
    return Placed(np.full(size, "", dtype=object), row)


def _write_xlsx(
    path: Path, sheets: list[tuple[str, list[tuple[str, list[object]]]]], plan: Layout, headers: list[str]
) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": _STAMP})
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, lines in sheets:
        sheet = book.add_worksheet(name)
        for r, (kind, cells) in enumerate(lines):
            for c, value in enumerate(cells):
                if value == "":
                    continue
                if isinstance(value, float):
                    sheet.write_number(r, c, value)
                elif hasattr(value, "year"):
                    sheet.write_datetime(r, c, value, day_format)
                else:
                    sheet.write_string(r, c, str(value))
            if kind == "title" and len(headers) > 1:
                sheet.merge_range(r, 0, r, len(headers) - 1, cells[0])
            if kind == "total" and plan.total == "formula":
                size = sum(k == "record" for k, _ in lines)
                sheet.write_formula(r, 1, f"=COUNTA(A{r - size + 1}:A{r})", None, size)
            if kind == "upper":
                shift = 1 if plan.serial else 0
                upper, _, spans = grouped_headers(plan.fields, plan.headers)
                for low, high in spans:
                    sheet.merge_range(r, low + shift, r, high + shift, upper[low])
    if plan.code_sheet:
        codes = book.add_worksheet("码表")
        for r, (code, text) in enumerate(
            (("性别", ""), ("1", "男"), ("2", "女"), ("民族", ""), ("01", "汉族"), ("03", "回族"))
        ):
            codes.write_string(r, 0, code)
            codes.write_string(r, 1, text)
        codes.hide()
    book.close()


def _write_xls(path: Path, sheets: list[tuple[str, list[tuple[str, list[object]]]]]) -> bool:
    """The old binary format, when its writer (a development dependency) is there; otherwise False."""
    try:
        import xlwt
    except ImportError:
        return False
    book = xlwt.Workbook(encoding="utf-8")
    for name, lines in sheets:
        sheet = book.add_sheet(name)
        for r, (_, cells) in enumerate(lines):
            for c, value in enumerate(cells):
                if value != "":
                    sheet.write(r, c, value if isinstance(value, float) else str(value))
    book.save(str(path))
    return True
