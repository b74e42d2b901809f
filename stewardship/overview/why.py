"""The page that answers why the number of a type rose on a night: how many came, on which files they rest, and which they are."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.work import UnitOfWork
from stewardship import words
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out, too_long
from stewardship.exporting.tables import Table
from stewardship.filters import read_day
from stewardship.leads import in_batches, leads_in_order
from stewardship.listing import rows_of
from stewardship.overview.nights import MOST_LISTED, MOST_LOOKED_AT, Why, why
from stewardship.overview.routes import Overseer
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.queue import Filters
from stewardship.visits import Form, Here, House, Visitor
from stewardship.words import N_

router: Final = APIRouter()
PLACE: Final = "/overview/nights/{night}/{type_}"
FILES: Final[lists.Columns] = (
    (N_("Department"), 22),
    (N_("Unit"), 20),
    (N_("File"), 48),
    (N_("Arrived"), 12),
    (N_("Taken in"), 12),
    (N_("Discrepancies"), 12),
)


@router.get(PLACE)
def night_of_type(request: Request, here: Here, visitor: Overseer, night: str, type_: str) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = _found(work, visitor, places, night, type_)
        leads = leads_in_order(work.connection, [*found.opened, *found.again][:MOST_LISTED], visitor.role)
        rows = rows_of(work.connection, leads, places, visitor.language, here)
        rules = work.rules.for_night(found.night.night) if visitor.role == "steward" else None
    is_new = rules is not None and rules.from_night == found.night.night
    return page(
        request,
        "overview_night.html",
        visitor=visitor,
        found=found,
        rows=rows,
        filters=Filters(),
        rules=rules if is_new else None,
        model=_other_model(here, found) if visitor.role == "steward" else "",
        looked_at=MOST_LOOKED_AT,
    )


@router.post(PLACE + "/export")
def taken(request: Request, here: Here, visitor: Overseer, form: Form, night: str, type_: str) -> Response:
    """Which ones, and on which files they rest."""
    w, most = Words(visitor.language), here.settings.most_exported
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = _found(work, visitor, places, night, type_, most)
        if found.came > most:
            return too_long(request, here, visitor, found.came, f"/overview/nights/{night}/{type_}")
        ids = [*found.opened, *found.again]
        batches = in_batches(work.connection, ids, visitor.role, lists.BATCH)
        ones = lists.discrepancies("night", N_("What came"), work, batches, places, visitor, here)
        files = [
            (w.feed(one.feed), one.unit or "", one.file, _day(one.arrival), _day(one.night), str(one.rows))
            for one in found.files
        ]
        sheets = [ones, Table("files", N_("On which files they rest"), FILES, files)]
        told = ((N_("Night"), night), (N_("Type"), w.said(words.TYPES[type_])))
        return taken_out(here, visitor, sheets, w.pairs(told), {"night": night, "type": type_})


def _other_model(here: House, found: Why) -> str:
    """The version, where this night went by another than the night before; nothing where not both have said."""
    nights = (found.night.night, found.previous)
    now, before = (here.reports.links(night) if night else None for night in nights)
    if now is None or before is None or not before.model:
        return ""
    return now.model if now.model != before.model else ""


def _found(
    work: UnitOfWork, visitor: Visitor, places: Places, night: str, type_: str, most: int = MOST_LOOKED_AT
) -> Why:
    """Raises: NotThere."""
    day = read_day(night)
    if day is None or type_ not in words.TYPES:
        raise NotThere
    found = why(work.connection, visitor.role, places, day, type_, most)
    if found is None:
        raise NotThere
    return found


def _day(value: Any) -> str:
    return "" if value is None else str(value)
