"""The change file: the register's own columns, only what is to be set, and nothing a spreadsheet would carry out."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from feeds.contracts import CONTRACTS
from register.change_file import COLUMNS, HEADERS, KINDS, LEADING, write_changes
from register.change_models import CHANGE_KINDS
from register.change_plans import FIELDS, Intent, Plan, Row, is_new, newcomer, plan, undo
from register.changes import Change
from register.household_plans import HouseholdIntent, household_plan

PERSON: Row = {
    **dict.fromkeys(FIELDS),
    "name": "王伟",
    "household_no": "H1",
    "phone": "1",
    "education": "小学",
}
OTHER: Row = {**PERSON, "name": "王維", "id_number": "990101199001011234"}
REGISTER = {"RY1": PERSON, "RY2": OTHER}


def change(kind: str, planned: Plan, number: int = 7) -> Change:
    return Change(
        change_id=number,
        kind=kind,
        state="exported",
        version=4,
        discrepancy_id=None,
        evidence_version=None,
        undoes=None,
        superseded_by=None,
        person_nos=tuple(sorted(no for no in planned.before if not is_new(no))),
        plan=planned,
        proposed_by="anna",
        approved_by="bert",
        changed_by="operator",
        changed_at=datetime(2026, 5, 1, tzinfo=UTC),
        remark=None,
    )


def planned(intent: Intent) -> Change:
    return change(intent.kind, plan(intent, REGISTER))


def in_csv(path: Path, *changes: Change) -> list[dict[str, str]]:
    write_changes(changes, path / "changes.csv")
    with (path / "changes.csv").open(newline="", encoding="utf-8") as file:
        return [{key: value for key, value in line.items() if value} for line in csv.DictReader(file)]


def test_the_columns_are_the_registers_own() -> None:
    contract = CONTRACTS["register"].fields
    of_person = {field.name: field.headers[0] for field in contract if field.name != "change"}
    assert of_person == HEADERS  # what is done with the person has a column of the file's own
    assert tuple(HEADERS) == ("person_no", *FIELDS)
    assert set(KINDS) == set(CHANGE_KINDS)


def test_a_correction_shows_who_and_what_is_to_be_set_only(tmp_path: Path) -> None:
    intent = Intent("field", "RY1", values={"phone": None, "name": "王韦"})
    assert in_csv(tmp_path, planned(intent)) == [
        {
            "变更编号": "7",
            "变更类型": "更正",
            "处理": "修改",
            "变更项目": "姓名、联系电话",
            "人员编码": "RY1",
            "户编码": "H1",
            "姓名": "王韦",
        }
    ]


def test_a_new_person_has_no_number_and_all_that_is_known(tmp_path: Path) -> None:
    (line,) = in_csv(tmp_path, planned(Intent("add_person", values={"name": "李婴", "sex": "女"})))
    assert line == {"变更编号": "7", "变更类型": "新增人员", "处理": "新增", "姓名": "李婴", "性别": "女"}


def test_a_merge_and_its_undoing_name_both_persons(tmp_path: Path) -> None:
    merge = planned(Intent("merge", "RY1", "RY2", {"id_number": OTHER["id_number"]}))
    kept, gone = in_csv(tmp_path, merge)
    assert (kept["处理"], kept["变更项目"], kept["关联人员编码"]) == ("修改", "公民身份号码", "RY2")
    assert (gone["处理"], gone["人员编码"], gone["关联人员编码"], gone["姓名"]) == (
        "注销",
        "RY2",
        "RY1",
        "王維",
    )
    kept, back = in_csv(tmp_path, change(*undo("merge", merge.plan)))
    assert (kept["处理"], kept["变更项目"]) == ("修改", "公民身份号码")
    assert "公民身份号码" not in kept
    assert back["处理"] == "新增"
    assert {name: back.get(HEADERS[name]) for name in FIELDS} == OTHER


DANGEROUS = (
    "=1+1",
    "+86",
    "-1",
    "@SUM(A1)",
    "＝1",
    "'001",
    "0012",
    "990101199001011234",
    "http://a.b",
    '1,"2"',
)


@pytest.mark.parametrize("value", DANGEROUS)
def test_no_cell_is_a_formula_or_a_number(value: str, tmp_path: Path) -> None:
    one = planned(Intent("field", "RY1", values={"occupation": value}))
    write_changes([one], tmp_path / "changes.xlsx")
    book = openpyxl.load_workbook(tmp_path / "changes.xlsx")
    head, line = book.active.iter_rows()
    assert tuple(cell.value for cell in head) == COLUMNS
    cell = line[len(LEADING) + 1 + FIELDS.index("occupation")]
    assert (cell.value, cell.data_type, cell.number_format, cell.hyperlink) == (value, "s", "@", None)
    assert {one.data_type for one in line if one.value is not None} == {"s"}
    (told,) = in_csv(tmp_path, one)
    assert told["职业"].removeprefix("'") == value or told["职业"] == value
    assert told["职业"][0] not in "=+-@＝"


def test_a_file_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    broken = change("field", Plan({"RY1": PERSON}, {"RY1": {**PERSON, "phone": "\ud800"}}))
    with pytest.raises(UnicodeEncodeError):
        write_changes([broken], tmp_path / "changes.csv")
    assert list(tmp_path.iterdir()) == []


def test_of_a_household_without_a_number_the_file_says_so(tmp_path: Path) -> None:
    moved = HouseholdIntent("new_household", {"RY1": {"relation_to_head": "户主"}})
    entered = HouseholdIntent(
        "add_household",
        {newcomer(1): {"name": "赵云", "relation_to_head": "户主"}, newcomer(2): {"name": "赵小"}},
    )
    both = [change(one.kind, household_plan(one, REGISTER), at) for at, one in enumerate((moved, entered), 7)]
    lines = in_csv(tmp_path, *both)
    told = [
        (line["变更编号"], line["处理"], line["户编码"], line["姓名"], line.get("人员编码")) for line in lines
    ]
    assert told == [
        ("7", "修改", "新户", PERSON["name"], "RY1"),
        ("8", "新增", "新户", "赵云", None),
        ("8", "新增", "新户", "赵小", None),
    ]
    assert "户编码" in lines[0]["变更项目"]
