"""The words for what a receipt says: statuses, the rules that rows broke, why a file was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stewardship.deliveries.landing import Read
from stewardship.deliveries.other_lists import REFUSED
from stewardship.words import FEEDS, N_, field_name

# status → the colour's class, sign, word
STATUSES: Final[Mapping[str, tuple[str, str, str]]] = {
    "taken": ("decided", "✓", N_("taken in")),
    "duplicate": ("resolved", "○", N_("sent twice")),
    "refused": ("wrong", "✕", N_("file refused")),
}
RULES: Final[Mapping[str, str]] = {
    "needed": N_("nothing says whom the row is about"),
    "torn": N_("the file breaks off in this row"),
    "wrong_feed": N_("a row of another kind of list"),
    "unknown_change": N_("it does not say what is to be done with the person"),
}
# As `feeds` writes them into the receipt.
REASONS: Final[Mapping[str, str]] = {
    "the same file was taken before": N_("the same file was taken before"),
    "header only": N_("there is a header and no row"),
    "no header row with this feed's columns": N_("no line has the names of this list's columns"),
    "empty file": N_("the file is empty"),
    "empty workbook": N_("the workbook is empty"),
    "neither CSV nor a workbook": N_("it is neither a CSV file nor a workbook"),
    "broken or incomplete workbook": N_("the workbook is broken or incomplete"),
    "no known character encoding fits": N_("no known character encoding fits"),
    "not a table of separated values": N_("it is no table of separated values"),
    "the manifest's coverage is neither full nor changes": N_(
        "its manifest says neither that it is a full list nor that it holds changes"
    ),
    "changes without the person's whole row": N_(
        "it holds the changed items alone, not each person's whole row"
    ),
}
# code → why a corrected file was not taken
REFUSALS: Final = {
    "nothing": N_("Choose the corrected file first."),
    "unreadable": N_(
        "It is no workbook that can be read here. Save it as .xlsx or .csv and hand it in again."
    ),
    "too_large": N_(
        "It is larger than what is taken here: %(most)s MB, %(rows)s rows, 78 columns. Leave out empty rows and columns, or put it as a new file into the landing folder (%(folder)s)."
    ),
    "none": N_("None of its rows can be used yet."),
    "rows_only": N_(
        "It holds the rejected rows alone, and a list replaces the one before it. Correct them in your list and hand in the whole list."
    ),
    "not_whole": N_(
        "A list replaces the one before it, and whoever is not in it is taken off. Hand in the whole list, and say so with the box above the button."
    ),
    "removes": N_(
        "%(rows)s of its rows take persons off the register, and a correction of a list takes nobody off. Leave these rows out, or put them as changes into the landing folder (%(folder)s)."
    ),
    "fragment": N_(
        "Only %(rows)s of its rows can be used; the list that it corrects had %(before)s, and a whole list replaces the one before it. Hand in the whole list. If the list is that much shorter now, put it as a new file into the landing folder (%(folder)s)."
    ),
    "origin": N_(
        "It would be read as of %(unit)s, %(period)s, and this delivery is of %(of_unit)s, %(of_period)s. Write unit and period into a line above the header, as in 填报单位：… and 2026年4月, and hand it in again, or put it as a new file into the landing folder (%(folder)s)."
    ),
    "overtaken": N_(
        "A later delivery of this unit was taken in since, and a correction of this one would undo it. Correct the later one, or put your newest list into the landing folder (%(folder)s)."
    ),
    "too_often": N_("Corrections of this delivery were handed in too often today. Hand it in tomorrow."),
}
IS_OF: Final = N_("it is another list: %(feed)s")
SHEET_IS_OF: Final = N_("one of its sheets is another list: %(feed)s")


def reason_of(said: Callable[[str], str], receipt: Any) -> str:
    """Why a file was refused, or what is remarkable about it; what has no words here stays as the receipt has it."""
    is_of = IS_OF if receipt.status == REFUSED else SHEET_IS_OF
    return _reason(said, receipt.reason or "", receipt.other_feed, is_of)


def _reason(said: Callable[[str], str], told: str, other: str | None, is_of: str = IS_OF) -> str:
    if other is not None:
        return said(is_of) % {"feed": said(FEEDS.get(other, other))}
    return said(REASONS[told]) if told in REASONS else told


def not_taken(said: Callable[[str], str], code: str, read: Read | None, names: Mapping[str, object]) -> str:
    """Why a corrected file was not taken: one of `REFUSALS`, else as a receipt would say it."""
    if code or read is None:
        return said(REFUSALS[code]) % names
    return _reason(said, read.reason, read.other_feed)


def rule(said: Callable[[str], str], code: str) -> str:
    return said(RULES[code]) if code in RULES else code


def columns(column: str, headers: Mapping[str, str], language: str) -> str:
    """The department's own names of the columns that a rule is about (`name|id_number`), else ours."""
    names = [headers.get(part) or field_name(part, language) for part in column.split("|") if part]
    return " / ".join(names)


def headers_of(columns_mapped: list[str]) -> dict[str, str]:
    """Our name of a column → the department's, in the file's order."""
    pairs = (told.rpartition(" → ") for told in columns_mapped)
    return {name: header for header, _, name in pairs if header}
