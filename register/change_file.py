"""The change file for the register's owner: what to change, in the register's own columns (DOMAIN 2).

One line per person and change. An entry to be changed shows what identifies the person and the new values
only; `变更项目` names the columns to be set (also to blank), so that nothing else is overwritten. A person to be
entered is there with all that is known. All lines of one change that say `新户` are of one household that gets a number. In a workbook every cell is text; in CSV a cell that a spreadsheet
would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from register.change_plans import FIELDS, NEW_HOUSEHOLD, Row, is_new
from register.changes import Change
from register.text_sheets import TEXT, text_book, write_texts

HEADERS: Final = {
    "person_no": "人员编码",
    "household_no": "户编码",
    "head_name": "户主姓名",
    "relation_to_head": "与户主关系",
    "name": "姓名",
    "former_name": "曾用名",
    "id_number": "公民身份号码",
    "sex": "性别",
    "ethnicity": "民族",
    "birth_date": "出生日期",
    "marital_status": "婚姻状况",
    "education": "文化程度",
    "occupation": "职业",
    "hukou_address": "户籍地址",
    "residence_address": "现居住地",
    "area_code": "行政区划代码",
    "phone": "联系电话",
    "mother_name": "母亲姓名",
    "mother_id": "母亲身份证号",
    "father_name": "父亲姓名",
    "father_id": "父亲身份证号",
}
KINDS: Final = {
    "field": "更正",
    "add_person": "新增人员",
    "move_household": "户间变动",
    "new_household": "分户立户",
    "add_household": "新增家庭户",
    "mark_dead": "死亡注销",
    "mark_moved_out": "迁出注销",
    "merge": "合并重复",
    "undo_merge": "撤销合并",
    "restore_person": "撤销注销",
    "remove_person": "撤销新增",
}
SET, ENTER, REMOVE = "修改", "新增", "注销"
NO_NUMBER_YET = "新户"
LEADING: Final = ("变更编号", "变更类型", "处理", "变更项目", "关联人员编码")
COLUMNS: Final = (*LEADING, *HEADERS.values())
SHOWN: Final = ("household_no", "name", "id_number")  # with the number, what the owner finds the person by
# What a spreadsheet may take for a formula, in some countries also full-width; and the apostrophe itself, so that
# taking one away gives the value back.
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "'")


def write_changes(changes: Iterable[Change], path: Path) -> None:
    """As `.csv` or `.xlsx`; whole or not at all."""
    lines = [line for change in changes for line in change_lines(change)]
    draft = path.with_name(f".{path.name}.part")
    try:
        FORMATS[path.suffix.lower()](lines, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def change_lines(change: Change) -> Iterator[tuple[str, ...]]:
    """The lines of one change, columns as `COLUMNS`."""
    for number in sorted(change.plan.after):
        before, after = change.plan.before[number], change.plan.after[number]
        changed: tuple[str, ...] = ()
        if after is None:
            to_do, row = REMOVE, _only(before, SHOWN)
        elif before is None:
            to_do, row = ENTER, after
        else:
            changed = tuple(name for name in FIELDS if before[name] != after[name])
            if not changed:
                continue
            to_do, row = SET, {**_only(before, SHOWN), **_only(after, changed)}
        others = [other for other in sorted(change.plan.after) if other != number and not is_new(other)]
        items = "、".join(HEADERS[name] for name in changed)
        leading = (str(change.change_id), KINDS[change.kind], to_do, items, "、".join(others))
        yield (*leading, "" if is_new(number) else number, *(_written(name, row) for name in FIELDS))


def _written(name: str, row: Row) -> str:
    value = row.get(name)
    return NO_NUMBER_YET if name == "household_no" and value == NEW_HOUSEHOLD else value or ""


def _only(row: Row | None, names: Iterable[str]) -> Row:
    return {name: (row or {}).get(name) for name in names}


def _write_csv(lines: list[tuple[str, ...]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_harmless(cell) for cell in line] for line in lines)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _write_xlsx(lines: list[tuple[str, ...]], path: Path) -> None:
    book = text_book(path)
    text = book.add_format({"num_format": TEXT})
    sheet = book.add_worksheet("变更")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS) - 1, 16, text)
    for at, line in enumerate([COLUMNS, *lines]):
        write_texts(sheet, at, line, [text] * len(COLUMNS))
    book.close()


FORMATS: Final[dict[str, Callable[[list[tuple[str, ...]], Path], None]]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
}
