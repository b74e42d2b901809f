"""The pages of deliveries: receipts, one receipt with its unusable rows, these to download, the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from sqlalchemy.engine import Row
from starlette.responses import Response

from discrepancies.schedule import CALENDAR
from register.audit import Event
from register.work import UnitOfWork
from stewardship.deliveries import calendar, reading, rejected, saying
from stewardship.deliveries.due import due_days
from stewardship.errors import NotThere
from stewardship.exporting.tables import Mark
from stewardship.language import translations
from stewardship.listing import today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.visits import Here, House, Visitor, acting_as
from stewardship.words import FEEDS

router: Final = APIRouter()
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUBJECT: Final = "delivery"
# An officer's township sends no list of its own: receipts without the rows. An operator may know where the rows stood.
SEEING: Final = ("officer", "steward", "operator", "contact")
OF_ROWS: Final = ("steward", "operator", "contact")
REGISTER: Final = "register"
Seer = Annotated[Visitor, Depends(acting_as(*SEEING))]
Contact = Annotated[Visitor, Depends(acting_as("contact"))]


@dataclass(frozen=True)
class Rule:
    """Rows that cannot be used, in the reader's words."""

    rule: str
    columns: str
    rejected: reading.Rejected


@router.get("/deliveries")
def deliveries(request: Request, here: Here, visitor: Seer) -> Response:
    choice = reading.read_choice(request.query_params)
    after = reading.read_cursor(request.query_params.get("after", ""))
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = reading.receipts(work.connection, choice, after, here.settings.rows_per_page)
    said = translations(visitor.language).gettext
    return page(
        request,
        "deliveries.html",
        visitor=visitor,
        choice=choice,
        found=found,
        is_later=after is not None,
        statuses=saying.STATUSES,
        reason=lambda told: saying.reason(said, told),
    )


@router.get("/deliveries/calendar")
def due(request: Request, here: Here, visitor: Seer) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = calendar_of(work, here, visitor)
    return page(request, "calendar.html", visitor=visitor, **told)


def calendar_of(work: UnitOfWork, here: House, visitor: Visitor) -> dict[str, Any]:
    """What the page of the calendar shows, and the workbook of it."""
    connection, today = work.connection, today_of(here)
    is_counting = visitor.role == "operator"
    late = [] if is_counting else calendar.late_files(connection)
    places = read_places(connection)
    return {
        "today": today,
        "late": late,
        "counts": calendar.late_by_feed(connection) if is_counting else {},
        "calendars": calendar.calendars(connection, late, due_days(connection, here.settings), today),
        "whole": calendar.WHOLE_FEED,
        "unit_name": lambda unit: places.named(unit.ljust(12, "0")) if unit.isdecimal() else unit,
    }


@router.get("/deliveries/{key}")
def delivery(request: Request, here: Here, visitor: Seer, key: str) -> Response:
    """A receipt. Looking at it is no look at a person: of the rows it has the numbers only."""
    said = translations(visitor.language).gettext
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        receipt = _receipt(work, key)
        where = (receipt.feed, receipt.file, receipt.night)
        told = reading.rejected(work.connection, *where) if visitor.role in OF_ROWS else []
    headers = saying.headers_of(receipt.columns_mapped)
    return page(
        request,
        "delivery.html",
        visitor=visitor,
        receipt=receipt,
        state=saying.STATUSES[receipt.status],
        reason=saying.reason(said, receipt.reason),
        mapped=list(headers.items()),
        rules=[
            Rule(saying.rule(said, one.rule), saying.columns(one.column, headers, visitor.language), one)
            for one in told
        ],
        is_full_list=is_full_list(receipt.feed) and receipt.coverage != "changes",
        landing=f"{receipt.feed}/",
    )


@router.get("/deliveries/{key}/rows")
def rows(here: Here, visitor: Contact, key: str) -> Response:
    """The unusable rows as the department sent them, to its own contact alone."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        receipt = _receipt(work, key)
        found = rejected.read(work.connection, receipt.feed, receipt.file, receipt.night)
        if not found:
            raise NotThere
        details: dict[str, Any] = {"feed": receipt.feed, "rows": len(found)}
        work.audit.record(Event(visitor.user_id, "export.rejected", SUBJECT, receipt.key, details))
    said = translations(visitor.language).gettext
    told = f"{said(FEEDS[receipt.feed]) if receipt.feed in FEEDS else receipt.feed}, {receipt.arrival}"
    mark = Mark(visitor.session.display_name, visitor.user_id, visitor.role, here.now(), told)
    content = rejected.workbook(found, receipt.columns_mapped, said, visitor.language, mark)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": _attachment(receipt.file)})


def is_full_list(feed: str) -> bool:
    """Whether a later file replaces all rows of the one before, so that rows alone must not be sent."""
    return feed == REGISTER or (feed in CALENDAR and CALENDAR[feed].is_full_list)


def _receipt(work: UnitOfWork, key: str) -> Row[Any]:
    """Raises: NotThere."""
    found = reading.receipt(work.connection, key)
    if found is None:
        raise NotThere
    return found


def _attachment(file: str) -> str:
    """Named like the file it is of: its name tells unit and period when it comes back."""
    name = "".join(c for c in PurePosixPath(file).stem if c.isprintable() and c not in '"\\/:*?<>|')[:120]
    return f"attachment; filename=\"rows.xlsx\"; filename*=UTF-8''{quote(name or 'rows')}.xlsx"
