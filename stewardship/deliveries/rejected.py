"""The unusable rows of a delivery as a workbook: to be corrected by the department and sent again as a new file.

The first line is the header in the department's own words, so that the corrected file is read like any other; three columns at the end say
where the row stood and what was wrong, and are passed over by who reads it. All cells are text, none is a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.models import QuarantinedRow
from register.text_sheets import TEXT, mark_book, mark_sheet, text_book, write_texts
from stewardship.deliveries import saying
from stewardship.deliveries.other_lists import RULE as WRONG_FEED
from stewardship.exporting.tables import Mark
from stewardship.words import N_, field_name

MOST_ROWS: Final = 100_000
ERASED: Final = "erased"
ADDED: Final = (N_("Row in your file"), N_("Sheet"), N_("What to correct"))
GONE: Final = N_("what stood here was erased after its time")
TITLE: Final = N_("Rows that cannot be used")


@dataclass(frozen=True)
class Rejection:
    """A row of the file; `raw` by our names of the columns."""

    sheet: str
    row: int
    raw: dict[str, str]
    is_erased: bool
    broken: tuple[tuple[str, str], ...]


def read(connection: Connection, feed: str, file: str, night: date) -> list[Rejection]:
    """In the file's order; one entry per row, however many rules it broke. Rows of another list are left out: nothing is kept of what stands in them."""
    q = QuarantinedRow
    query = (
        sa.select(q.sheet, q.row, q.rule, q.column, q.raw)
        .where(q.feed == feed, q.file == file, q.night == night, q.rule != WRONG_FEED)
        .order_by(q.sheet, q.row, q.rule, q.column)
        .limit(MOST_ROWS)
    )
    found: dict[tuple[str, int], Rejection] = {}
    for sheet, row, rule, column, raw in connection.execute(query):
        before = found.get((sheet, row))
        told = raw or {}
        values = {name: str(text) for name, text in told.items() if text is not None and name != ERASED}
        broken = (*(before.broken if before else ()), (rule, column))
        kept = (before.raw if before else {}) | values
        found[sheet, row] = Rejection(sheet, row, kept, ERASED in told, broken)
    return list(found.values())


def workbook(
    rejections: Sequence[Rejection],
    columns_mapped: list[str],
    said: Callable[[str], str],
    language: str,
    mark: Mark,
) -> bytes:
    """In the file's own columns. The mark stands on each printed page and in the file's properties, and in no row: the rows come back."""
    headers = saying.headers_of(columns_mapped)
    more = sorted({name for one in rejections for name in one.raw} - set(headers))
    names = [*headers, *more]
    content = BytesIO()
    book = text_book(content, in_memory=True)
    mark_book(book, said(TITLE), mark.account, mark.line(language))
    sheet = book.add_worksheet()
    mark_sheet(sheet, mark.line(language))
    text = book.add_format({"num_format": TEXT})
    head = book.add_format({"num_format": TEXT, "bold": True, "bg_color": "#E7F0ED"})
    ours = book.add_format({"num_format": TEXT, "bg_color": "#F1F1EE", "text_wrap": True})
    titles = [*(headers.get(name) or field_name(name, language) for name in names), *map(said, ADDED)]
    write_texts(sheet, 0, titles, [head] * len(titles))
    sheet.set_column(0, max(len(names) - 1, 0), 18, text)
    sheet.set_column(len(names), len(titles) - 1, 28)
    sheet.freeze_panes(1, 0)
    for at, one in enumerate(rejections, start=1):
        cells = [*(one.raw.get(name, "") for name in names), str(one.row), one.sheet]
        formats = [text] * len(names) + [ours] * len(ADDED)
        write_texts(sheet, at, [*cells, _why(one, headers, said, language)], formats)
    book.close()
    return content.getvalue()


def _why(one: Rejection, headers: dict[str, str], said: Callable[[str], str], language: str) -> str:
    parts = []
    for rule, column in one.broken:
        where = saying.columns(column, headers, language)
        parts.append(f"{saying.rule(said, rule)}{f' ({where})' if where else ''}")
    return "; ".join([*parts, said(GONE)] if one.is_erased else parts)
