"""The workbook of a list as a spreadsheet opens it, and what is read back from one."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import NamedTuple

import openpyxl
import pytest

from discrepancies.asking import ASKED, QUESTIONS, About, question
from discrepancies.candidates import TYPES
from register.worklists import MadeList
from stewardship.leads import OF_NOBODY, Lead
from stewardship.worklists import filled, outcomes, workbook
from stewardship.worklists.doors import Line
from stewardship.worklists.workbook import COLUMNS, FILLED, HEADER_ROW, SHOWN

MADE = MadeList(
    17, "990101001001", ("missing_item",), "zh", 2, "secret", "li", datetime(2026, 5, 2, tzinfo=UTC)
)


class Said(NamedTuple):
    outcome: str | None
    outcome_on: date | None
    reason: str | None


HEADING = workbook.Heading("大河镇 柳口村", "=李 & 文")
FIRST = HEADER_ROW + 2


def line(id_: str, asked: str, *, takes_value: bool = True) -> Line:
    day = date(2026, 5, 1)
    lead = Lead(id_, "missing_item", "open", 3, 0.9, "phone", None, "", 4, 1, day, day)
    return Line(lead, (id_,), "柳口村 3组 12号", "=1+1 H1", asked, takes_value)


def written(language: str = "zh") -> bytes:
    from dataclasses import replace

    lines = [line("Daaaaaaaa", "=HYPERLINK(1)"), line("Dbbbbbbbb", "@问", takes_value=False)]
    return workbook.write(replace(MADE, language=language), HEADING, lines)


def test_every_cell_is_text_and_none_a_formula() -> None:
    sheet = openpyxl.load_workbook(BytesIO(written())).active
    assert {cell.data_type for row in sheet.rows for cell in row if cell.value is not None} <= {
        "s",
        "inlineStr",
    }
    assert sheet.cell(FIRST, COLUMNS.index("question") + 1).value == "=HYPERLINK(1)"
    assert sheet.cell(FIRST, COLUMNS.index("household") + 1).value == "=1+1 H1"


def test_only_what_the_visitor_fills_in_is_open_on_a_protected_sheet() -> None:
    sheet = openpyxl.load_workbook(BytesIO(written())).active
    assert sheet.protection.sheet and sheet.protection.password
    names = [name for name, _, _ in FILLED]
    for row, closed in ((FIRST, set()), (FIRST + 1, {"value"})):
        unlocked = {name for at, name in enumerate(COLUMNS) if not sheet.cell(row, at + 1).protection.locked}
        assert unlocked == set(names) - closed
        assert all(sheet.cell(row, COLUMNS.index(name) + 1).number_format == "@" for name in names)
    assert all(cell.protection.locked for row in sheet.iter_rows(max_row=HEADER_ROW + 1) for cell in row)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_outcome_is_chosen_from_a_list_in_the_list_s_language(language: str) -> None:
    sheet = openpyxl.load_workbook(BytesIO(written(language))).active
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    letter = "ABCDEFGHIJKL"[COLUMNS.index("outcome")]
    assert [str(rule.sqref) for rule in lists] == [f"{letter}{FIRST}:{letter}{FIRST + 1}"]
    assert lists[0].formula1.strip('"').split(",") == outcomes.words(language)
    assert all(outcomes.code_of(word) == code for code, word in zip(outcomes.WORDS, outcomes.words(language)))


def test_it_prints_on_a4_with_its_header_on_every_page() -> None:
    sheet = openpyxl.load_workbook(BytesIO(written())).active
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == f"${HEADER_ROW + 1}:${HEADER_ROW + 1}"
    assert sheet.freeze_panes == f"A{FIRST}"
    assert sheet.oddFooter.right.text == "&P / &N"
    assert "17" in sheet.oddHeader.left.text and "柳口村" in sheet.oddHeader.left.text
    assert "=李 & 文" in sheet["A2"].value and "2" in sheet["A2"].value
    assert all(sheet.column_dimensions["ABCDEFGHIJKL"[COLUMNS.index(name)]].hidden for name in ("reference",))


def test_what_was_written_is_read_back_with_its_seal() -> None:
    number, rows = filled.read(written())
    assert number == 17
    assert [row.refers for row in rows] == [(17, "Daaaaaaaa", 4), (17, "Dbbbbbbbb", 4)]
    assert [row.row for row in rows] == [FIRST, FIRST + 1]
    for row in rows:
        assert row.is_blank
        assert row.seal == workbook.seal("secret", row.reference, row.shown)
        assert row.seal != workbook.seal("other", row.reference, row.shown)


def test_any_change_of_what_a_row_shows_breaks_its_seal() -> None:
    _, (row, _) = filled.read(written())
    for at in range(len(SHOWN)):
        shown = list(row.shown)
        shown[at] += "x"
        assert workbook.seal("secret", row.reference, shown) != row.seal
    assert workbook.seal("secret", row.reference.replace(":4", ":5"), row.shown) != row.seal
    spaced = [f" {text.replace(' ', '  ')} " for text in row.shown]
    assert workbook.seal("secret", row.reference, spaced) == row.seal


@pytest.mark.parametrize(
    ("cell", "day", "is_day"),
    [
        pytest.param("2026-05-03", date(2026, 5, 3), True, id="as told"),
        pytest.param("2026/5/3", date(2026, 5, 3), True, id="slashes"),
        pytest.param("2026年5月3日", date(2026, 5, 3), True, id="Chinese"),
        pytest.param("2026.5.3", date(2026, 5, 3), True, id="points"),
        pytest.param(datetime(2026, 5, 3, 8), date(2026, 5, 3), True, id="a date cell"),
        pytest.param("", None, True, id="none"),
        pytest.param("2026-13-03", None, False, id="no such month"),
        pytest.param("yesterday", None, False, id="a word"),
    ],
)
def test_dates_are_read_as_people_write_them(cell: object, day: date | None, is_day: bool) -> None:
    assert filled.day_of(cell) == (day, is_day)


def packed(sheet: bytes) -> bytes:
    """A workbook with another sheet."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(written())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "unreadable", id="nothing"),
        pytest.param(b"PK\x03\x04", "unreadable", id="cut off"),
        pytest.param(
            packed(b'<worksheet><sheetData><row r="1048576"/></sheetData>'), "too_large", id="a far row"
        ),
        pytest.param(
            packed(b'<worksheet><sheetData><row r="1"><c r="XFD1"/></row></sheetData>'),
            "too_large",
            id="a far column",
        ),
        pytest.param(packed(b" " * (filled.BOUNDS.unpacked + 1)), "too_large", id="unpacks to much"),
        pytest.param(packed("<worksheet/>".encode("utf-16")), "unreadable", id="UTF-16"),
    ],
)
def test_a_file_made_to_do_harm_is_not_opened(content: bytes, code: str) -> None:
    with pytest.raises(filled.NotAWorklist) as refused:
        filled.read(content)
    assert refused.value.code == code


def test_there_is_a_question_for_everything_that_somebody_can_be_asked() -> None:
    assert set(ASKED) == set(TYPES) - OF_NOBODY
    about = About("王●明", "李●", "phone", "138", "139")
    for type_ in ASKED:
        for language in ("zh", "en"):
            for told in (about, About(), About("王●明", "", "phone", "", "")):
                text = question(type_, told, language)
                assert "{" not in text and "“”" not in text and "  " not in text
            assert ("王●明" in question(type_, about, language)) == ("{who}" in QUESTIONS[type_][0])


@pytest.mark.parametrize(
    ("said", "chinese", "english"),
    [
        pytest.param(Said("nobody", None, None), "无人在家", "nobody there", id="an outcome"),
        pytest.param(
            Said("other", date(2026, 9, 2), "下地; 干活"),
            "其他；2026年9月2日；下地; 干活",
            "other (see note); 2 Sept 2026; 下地; 干活",
            id="outcome, day and note",
        ),
        pytest.param(Said(None, None, "not so; ask"), "not so; ask", "not so; ask", id="what was typed"),
        pytest.param(Said(None, None, None), "", "", id="nothing"),
    ],
)
def test_what_was_chosen_is_said_in_the_reader_s_language_and_the_note_stays(
    said: Said, chinese: str, english: str
) -> None:
    assert (outcomes.told(said, "zh"), outcomes.told(said, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("kind", "outcome", "english"),
    [
        pytest.param("not_met", "nobody", "1 May 2026; x", id="nobody there"),
        pytest.param("not_a_problem", "no_problem", "1 May 2026; x", id="not a problem"),
        pytest.param("not_a_problem", "not_so", "not so; 1 May 2026; x", id="what the kind does not say"),
        pytest.param("visited", "refused", "did not wish to answer; 1 May 2026; x", id="a visit"),
    ],
)
def test_beside_a_decision_the_outcome_is_not_said_again(kind: str, outcome: str, english: str) -> None:
    assert outcomes.told(Said(outcome, date(2026, 5, 1), "x"), "en", kind) == english


def test_a_question_says_the_sex_in_words() -> None:
    about = About("王●明", field="sex", register_value="女", proposed_value="男")
    assert "sex “male”, or “female”" in question("inconsistent_field", about, "en")
    assert "性别是“男”，还是我们登记的“女”" in question("inconsistent_field", about, "zh")


def of_two(field: str, value: str, other: str | None = None) -> About:
    return About("王●明", field=field, register_value=value, proposed_value=value if other is None else other)


@pytest.mark.parametrize(
    "about",
    [
        pytest.param(of_two("id_number", "993122 19910815 ●●●●"), id="an ID number"),
        pytest.param(of_two("name", "王●明"), id="a name"),
        pytest.param(of_two("phone", "138●●●●5678"), id="a phone number"),
        pytest.param(of_two("hukou_address", "大塘镇●组●号"), id="a child's address"),
    ],
)
def test_where_both_values_look_the_same_it_is_asked_to_copy_the_one_from_the_papers(about: About) -> None:
    for language, column, other in (("zh", "更正内容", "其他"), ("en", "Corrected value", "other")):
        text = question("inconsistent_field", about, language)
        assert about.register_value not in text.replace("王●明", "", 1) and column in text and other in text
        assert column in workbook.headers(language)
        assert any(word.startswith(other) for word in outcomes.words(language))


def test_values_of_which_one_sees_that_they_differ_are_asked_about_as_before() -> None:
    about = of_two("phone", "138●●●●5678", "138●●●●5679")
    for language in ("zh", "en"):
        text = question("inconsistent_field", about, language)
        assert about.register_value in text and about.proposed_value in text


def test_of_two_people_who_look_the_same_it_is_asked_whether_there_is_one() -> None:
    alike, other = About("王●明（男）", "王●明（男）"), About("王●明（男）", "王●民（男）")
    assert question("duplicate_person", alike, "zh").count("王●明") == 1
    assert "only one 王●明" in question("duplicate_person", alike, "en")
    assert "王●民" in question("duplicate_person", other, "en")
