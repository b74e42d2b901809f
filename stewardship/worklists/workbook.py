"""How a list looks as a workbook: text cells that no spreadsheet takes for a formula, everything locked but what the visitor fills in, drop-downs
for the outcome, A4 landscape with the header on every page.

Each row carries, in hidden columns, which list, discrepancy and version of the evidence it is, and a seal over that and over all that the
row shows. The seal is made with the list's secret, so a row that was changed, or put together from two, is noticed when it comes back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from register.text_sheets import TEXT, text_book
from register.worklists import MadeList
from stewardship.exporting.tables import Mark
from stewardship.language import moment, translations
from stewardship.words import N_, TYPES
from stewardship.worklists.doors import Line
from stewardship.worklists.outcomes import words

# name, header, width in characters; the headers of what is filled in are those of the feed `survey_returns`
SHOWN: Final = (
    ("no", N_("No."), 5),
    ("door", N_("Door"), 16),
    ("household", N_("Household"), 15),
    ("number", N_("Discrepancy"), 15),
    ("type", N_("Type"), 13),
    ("question", N_("What to ask"), 48),
)
FILLED: Final = (
    ("outcome", N_("Outcome"), 13),
    ("value", N_("Corrected value"), 17),
    ("on", N_("Date of visit"), 12),
    ("note", N_("Note"), 22),
)
HIDDEN: Final = ("reference", "seal")
COLUMNS: Final = (*(name for name, _, _ in (*SHOWN, *FILLED)), *HIDDEN)
HEADER_ROW: Final = 3  # counted from 0: title, what list it is, how it is filled in, header
MARK: Final = "bulou:worklist:"
LONGEST_NOTE: Final = 500
LINE_HEIGHT: Final = 16
TITLE: Final = N_("Worklist no. %(number)s")
MADE: Final = N_("%(area)s · made by %(name)s, %(time)s · %(rows)s rows · confidential, for this visit only")
HOW: Final = N_(
    "Choose the outcome in each row; a corrected value where it differs or is to be copied; date as 2026-05-03. The grey columns are locked. Hand the file in on the desk, page Worklists."
)


@dataclass(frozen=True)
class Heading:
    """Who made the list, for which area, by the names that people know."""

    area: str
    made_by: str


def seal(secret: str, reference: str, shown: Sequence[str]) -> str:
    """Over what a row is and shows; white space does not count, spreadsheets change it."""
    text = "\x1f".join(" ".join(part.split()) for part in (reference, *shown))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def reference(made: MadeList, line: Line) -> str:
    return f"{made.worklist_id}:{line.lead.discrepancy_id}:{line.lead.evidence_version}"


def shown_cells(line: Line, language: str) -> tuple[str, ...]:
    type_ = translations(language).gettext(TYPES[line.lead.type])
    return (str(line.number), line.door, line.household, line.lead.discrepancy_id, type_, line.question)


def headers(language: str) -> list[str]:
    said = translations(language).gettext
    return [said(header) for _, header, _ in (*SHOWN, *FILLED)]


def heading_lines(made: MadeList, heading: Heading, rows: int, language: str) -> tuple[str, str, str]:
    """The three lines above the header; they stand on the printed page too."""
    said = translations(language).gettext
    told = {
        "area": heading.area,
        "name": heading.made_by,
        "time": moment(made.made_at, language),
        "rows": rows,
    }
    return said(TITLE) % {"number": made.worklist_id}, said(MADE) % told, said(HOW)


def write(made: MadeList, heading: Heading, lines: Sequence[Line], mark: Mark | None = None) -> bytes:
    """The workbook of a list, in the list's language.

    Args:
        mark: who takes it out; on every printed page and in the file's properties.
    """
    content = BytesIO()
    book = text_book(content, in_memory=True)
    created = {"created": made.made_at.replace(tzinfo=None, microsecond=0)}
    told = "" if mark is None else mark.line(made.language)
    book.set_properties(created | ({} if mark is None else {"author": mark.account, "comments": told}))
    sheet = book.add_worksheet(translations(made.language).gettext(N_("Worklist")))
    top = heading_lines(made, heading, len(lines), made.language)
    formats = _formats(book)
    _set_up(sheet, made, top, told)
    _write_top(sheet, made, top, formats)
    before: Line | None = None
    for at, line in enumerate(lines):
        is_new = before is None or before.at != line.at
        before = line
        _write_line(sheet, made, at, line, formats["new" if is_new else "same"])
    if lines:
        _validate(sheet, made, HEADER_ROW + 1, HEADER_ROW + len(lines))
    book.close()
    return content.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    """`new`: the first row of a door, with a line above it that one sees; each a locked, an open and a closed format."""
    text = {"num_format": TEXT, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#B9BBB2"}
    found: dict[str, Any] = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "plain": book.add_format({"font_color": "#404040"}),
        "head": book.add_format({**text, "bold": True, "bg_color": "#E7F0ED"}),
    }
    for name, top in (("new", {"top": 2, "top_color": "#1B6156"}), ("same", {})):
        locked = {**text, **top, "bg_color": "#F1F1EE"}
        found[name] = (
            book.add_format(locked),
            book.add_format({**text, **top, "locked": False}),
            book.add_format({**locked, "bg_color": "#D9D9D4"}),
        )
    return found


def _set_up(sheet: Any, made: MadeList, top: Sequence[str], told: str) -> None:
    """Widths, printing and protection. The password keeps nobody out for long: what was changed, the seals tell."""
    for at, (_, _, width) in enumerate((*SHOWN, *FILLED)):
        sheet.set_column(at, at, width)
    sheet.set_column(len(SHOWN) + len(FILLED), len(COLUMNS) - 1, 2, None, {"hidden": True})
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.repeat_rows(HEADER_ROW)
    sheet.print_area(0, 0, HEADER_ROW + max(made.rows, 1), len(SHOWN) + len(FILLED) - 1)
    line = " · ".join(top[:2]).replace("&", "&&")
    sheet.set_header(f"&L&8{line[:200]}")
    foot = told.replace("&", "&&")
    sheet.set_footer(f"&L&8{foot[:200]}&R&P / &N")
    password = hmac.new(made.secret.encode(), b"sheet", hashlib.sha256).hexdigest()[:12]
    sheet.protect(password, {"format_rows": True, "format_columns": False})


def _write_top(sheet: Any, made: MadeList, top: Sequence[str], formats: dict[str, Any]) -> None:
    for row, text in enumerate(top):
        sheet.write_string(row, 0, text, formats["title" if row == 0 else "plain"])
    for at, header in enumerate(headers(made.language)):
        sheet.write_string(HEADER_ROW, at, header, formats["head"])
    sheet.write_string(HEADER_ROW, COLUMNS.index("reference"), f"{MARK}{made.worklist_id}")


def _write_line(sheet: Any, made: MadeList, at: int, line: Line, formats: tuple[Any, Any, Any]) -> None:
    locked, open_, closed = formats
    row = HEADER_ROW + 1 + at
    cells = shown_cells(line, made.language)
    for column, text in enumerate(cells):
        sheet.write_string(row, column, text, locked)
    for name, _, _ in FILLED:
        is_closed = name == "value" and not line.takes_value
        sheet.write_blank(row, COLUMNS.index(name), None, closed if is_closed else open_)
    mark = reference(made, line)
    sheet.write_string(row, COLUMNS.index("reference"), mark)
    sheet.write_string(row, COLUMNS.index("seal"), seal(made.secret, mark, cells))
    sheet.set_row(row, LINE_HEIGHT * max(2, *map(_lines, cells, (width for _, _, width in SHOWN))))


def _lines(text: str, width: int) -> int:
    """How many lines a text takes; Chinese characters are two wide."""
    wide = sum(2 if ord(one) > 0x2E80 or one == "●" else 1 for one in text)
    return -(-wide // max(width - 1, 1))


def _validate(sheet: Any, made: MadeList, first: int, last: int) -> None:
    said = translations(made.language).gettext
    rules: dict[str, dict[str, Any]] = {
        "outcome": {
            "validate": "list",
            "source": words(made.language),
            "error_title": said(N_("Outcome")),
            "error_message": said(N_("Choose one of the list.")),
        },
        "on": {"input_title": said(N_("Date of visit")), "input_message": "2026-05-03", "validate": "any"},
        **{
            name: {
                "validate": "length",
                "criteria": "<=",
                "value": LONGEST_NOTE,
                "error_message": said(N_("That is too long.")),
            }
            for name in ("value", "note")
        },
    }
    for name, rule in rules.items():
        column = COLUMNS.index(name)
        sheet.data_validation(first, column, last, column, rule)
