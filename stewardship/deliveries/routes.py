"""The pages of deliveries: receipts, one receipt with its unusable rows, these to download and to hand in corrected, the calendar, a year of
each unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from sqlalchemy.engine import Connection, Row
from starlette.responses import RedirectResponse, Response

from register.audit import Event
from register.hand_ins import Handed
from register.work import UnitOfWork
from stewardship.deliveries import calendar, handing, reading, rejected, saying, timely
from stewardship.deliveries.due import due_days
from stewardship.deliveries.other_lists import REFUSED, other_list
from stewardship.deliveries.other_lists import RULE as WRONG_FEED
from stewardship.errors import NotThere
from stewardship.exporting.tables import Mark
from stewardship.language import translations
from stewardship.listing import today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.uploads import HandedIn
from stewardship.visits import Here, House, Visitor, acting_as
from stewardship.words import FEEDS

router: Final = APIRouter()
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUBJECT: Final = "delivery"
WHOLE_LIST: Final = "whole"  # the box of the form
# An officer's township sends no list of its own: receipts without the rows. An operator may know where the rows stood.
SEEING: Final = ("officer", "steward", "operator", "contact")
OF_ROWS: Final = ("steward", "operator", "contact")
Seer = Annotated[Visitor, Depends(acting_as(*SEEING))]
Contact = Annotated[Visitor, Depends(acting_as("contact"))]
OfRows = Annotated[Visitor, Depends(acting_as(*OF_ROWS))]


@dataclass(frozen=True)
class Rule:
    """Rows that cannot be used, in the reader's words."""

    rule: str
    columns: str
    rejected: reading.Rejected


@dataclass(frozen=True)
class Told:
    """A corrected file as the page says it; `receipt` is the number of its receipt, empty while it waits for the night. `is_gone`: somebody took
    it out of the landing folder before."""

    handed: Handed
    by: str
    receipt: str
    is_gone: bool
    unusable: Sequence[Rule]


@router.get("/deliveries")
def deliveries(request: Request, here: Here, visitor: Seer) -> Response:
    choice = reading.read_choice(request.query_params)
    after = reading.read_cursor(request.query_params.get("after", ""))
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        also = meant_today(work, here, choice)
        found = reading.receipts(work.connection, choice, after, here.settings.rows_per_page, also)
    said = translations(visitor.language).gettext
    return page(
        request,
        "deliveries.html",
        visitor=visitor,
        choice=choice,
        found=found,
        is_later=after is not None,
        statuses=saying.STATUSES,
        timely=timely.TIMELY,
        reason=lambda receipt: saying.reason_of(said, receipt),
    )


def meant_today(work: UnitOfWork, here: House, choice: reading.Choice) -> list[reading.Condition]:
    """What is on time and late by the rules and the day as they are."""
    if not choice.timely:
        return []
    days = due_days(work.connection, here.settings)
    return [timely.came(work.connection, days, today_of(here), choice.timely)]


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
    return {
        "today": today,
        "late": late,
        "counts": calendar.late_by_feed(connection) if is_counting else {},
        "calendars": calendar.calendars(connection, late, due_days(connection, here.settings), today),
        "has_come": calendar.has_come(connection),
        "whole": calendar.WHOLE_FEED,
        "unit_name": _unit_names(connection),
    }


@router.get("/deliveries/units")
def units(request: Request, here: Here, visitor: Seer) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told = units_of(work, here, visitor, request.query_params.get("feed", ""))
    return page(request, "units.html", visitor=visitor, **told)


def units_of(work: UnitOfWork, here: House, visitor: Visitor, feed: str) -> dict[str, Any]:
    """What the page of the units shows, of one feed or of all, and the workbook of it. Operators do not read what is missing."""
    connection, today = work.connection, today_of(here)
    is_counting = visitor.role == "operator"
    late = [] if is_counting else calendar.late_files(connection)
    years = timely.units(connection, due_days(connection, here.settings), today, late)
    feed = feed if feed in FEEDS else ""
    return {
        "today": today,
        "since": timely.year_until(today),
        "is_counting": is_counting,
        "feed": feed,
        "feeds": sorted({one.feed for one in years}),
        "query": reading.Choice(feed).query(),
        "years": [one for one in years if feed in ("", one.feed)],
        "unit_key": reading.unit_key,
        "unit_name": _unit_names(connection),
    }


def _unit_names(connection: Connection) -> Callable[[str], str]:
    """The register's units are areas, those of other feeds have names."""
    places = read_places(connection)
    return lambda unit: places.named(unit.ljust(12, "0")) if unit.isdecimal() else unit


@router.get("/deliveries/{key}")
def delivery(request: Request, here: Here, visitor: Seer, key: str) -> Response:
    """A receipt. Looking at it is no look at a person: of the rows it has the numbers only."""
    return _delivery(request, here, visitor, key, again=request.query_params.get("again", ""))


@router.post("/deliveries/{key}/corrected")
def hand_in(request: Request, here: Here, visitor: OfRows, upload: HandedIn, key: str) -> Response:
    """The corrected rows, or of a list the corrected list; what of it can be used is for the next night."""
    by = handing.By(visitor.user_id, here.now(), today_of(here))
    laid = None
    try:
        with here.desk.as_user(visitor.user_id, visitor.role) as work:
            receipt = _receipt(work, key)
            if not may_be_corrected(here, receipt):
                raise NotThere
            if upload.content is None:
                raise handing.NotTaken("nothing")
            is_whole = WHOLE_LIST in upload.ticked
            handed, laid = handing.hand_in(work, here.landing, receipt, upload.content, by, is_whole)
            counts = {"usable": handed.rows_usable, "unusable": handed.rows_unusable}
            details: dict[str, Any] = {"feed": receipt.feed, **counts}
            work.audit.record(Event(visitor.user_id, "delivery.hand_in", SUBJECT, receipt.key, details))
            laid.show()
    except handing.NotTaken as refused:
        return _delivery(
            request, here, visitor, key, 422, refused=refused, is_whole=WHOLE_LIST in upload.ticked
        )
    except handing.ThereAlready as there:
        return RedirectResponse(f"/deliveries/{key}?again={there.key}#handed", 303)
    except BaseException:
        if laid is not None:
            laid.take_away()
        raise
    return RedirectResponse(f"/deliveries/{key}#handed", 303)


def may_be_corrected(here: House, receipt: Row[Any]) -> bool:
    """Whether there is something to correct and a folder to put it into."""
    if other_list(receipt):
        return False
    is_wrong = receipt.status == REFUSED or (receipt.status == "taken" and receipt.rows_quarantined)
    return bool(is_wrong) and here.landing.is_there()


def _delivery(
    request: Request,
    here: House,
    visitor: Visitor,
    key: str,
    status: int = 200,
    *,
    refused: handing.NotTaken | None = None,
    is_whole: bool = False,
    again: str = "",
) -> Response:
    said = translations(visitor.language).gettext
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        receipt = _receipt(work, key)
        of_rows = visitor.role in OF_ROWS
        other, told = other_list(receipt), []
        if of_rows and not other:
            told = reading.rejected(work.connection, receipt.feed, receipt.file, receipt.night)
        handed = work.hand_ins.of_delivery(receipt.feed, receipt.file, receipt.sha256) if of_rows else []
        names = work.assignments.names({one.handed_in_by for one in handed})
        there = reading.receipt(work.connection, again) if of_rows else None
        has_rows = any(one.rule != WRONG_FEED for one in told)  # of which something is kept
        may_hand_in = of_rows and may_be_corrected(here, receipt) and (has_rows or not told)
        later = handing.overtaken_by(work, receipt) if may_hand_in else None
    headers = saying.headers_of(receipt.columns_mapped)
    is_there = here.landing.is_there()

    def rules(found: Iterable[reading.Rejected]) -> list[Rule]:
        language = visitor.language
        return [
            Rule(saying.rule(said, one.rule), saying.columns(one.column, headers, language), one)
            for one in found
        ]

    read = None if refused is None else refused.read
    most = here.settings.longest_hand_in // 1_000_000
    limits = {"most": most, "folder": f"{receipt.feed}/"}
    return page(
        request,
        "delivery.html",
        status,
        visitor=visitor,
        receipt=receipt,
        state=saying.STATUSES[receipt.status],
        statuses=saying.STATUSES,
        reason=saying.reason_of(said, receipt),
        other=other,
        mapped=list(headers.items()),
        rules=rules(told),
        has_rows=has_rows,
        is_full_list=handing.is_full_list(receipt.feed) and receipt.coverage != handing.CHANGES,
        is_register=receipt.feed == handing.REGISTER,
        landing=f"{receipt.feed}/",
        may_hand_in=may_hand_in and later is None,
        later=later or (refused.later if refused else None),
        whole_list=WHOLE_LIST,
        is_whole=is_whole,
        most=most,
        handed=[
            Told(
                one,
                names.get(one.handed_in_by, one.handed_in_by),
                "" if one.status is None else reading.key_of(one.feed, one.file, one.sha256),
                one.status is None and is_there and not here.landing.lies(one.feed, one.file),
                rules(reading.Rejected(**each) for each in one.unusable),
            )
            for one in handed
        ],
        there=there,
        refused=None
        if refused is None
        else saying.not_taken(said, refused.code, read, {**limits, **refused.told}),
        refused_other=None if read is None or refused is None or refused.code else read.other_feed,
        refused_rules=rules(handing.by_rule(read.broken)) if read else [],
    )


@router.get("/deliveries/{key}/rows")
def rows(here: Here, visitor: Contact, key: str) -> Response:
    """The unusable rows as the department sent them, to its own contact alone."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        receipt, found = taken_back(work, visitor, key)
    said = translations(visitor.language).gettext
    told = f"{said(FEEDS[receipt.feed]) if receipt.feed in FEEDS else receipt.feed}, {receipt.arrival}"
    mark = Mark(visitor.session.display_name, visitor.user_id, visitor.role, here.now(), told)
    content = rejected.workbook(found, receipt.columns_mapped, said, visitor.language, mark)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": _attachment(receipt.file)})


def taken_back(work: UnitOfWork, visitor: Visitor, key: str) -> tuple[Row[Any], list[rejected.Rejection]]:
    """A delivery with its unusable rows; that somebody took them out is in the audit chain. Raises: NotThere."""
    receipt = _receipt(work, key)
    found = rejected.read(work.connection, receipt.feed, receipt.file, receipt.night)
    if not found:
        raise NotThere
    details: dict[str, Any] = {"feed": receipt.feed, "rows": len(found)}
    work.audit.record(Event(visitor.user_id, "export.rejected", SUBJECT, receipt.key, details))
    return receipt, found


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
