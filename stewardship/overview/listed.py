"""The lists that numbers of the overview lead to: what came, was closed, or was not closed, between two nights, and what is in no area
(`stewardship.overview.stretches`)."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from stewardship import words
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out, too_long
from stewardship.listing import rows_of
from stewardship.overview.asked import Asked
from stewardship.overview.routes import Overseer
from stewardship.overview.stretches import (
    KINDS,
    NOW,
    NOWHERE,
    STOOD,
    Stretch,
    batches,
    count,
    kept,
    page_of,
    read_stretch,
)
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.queue import Filters, cursor_of, read_cursor
from stewardship.visits import Form, Here
from stewardship.words import N_

router: Final = APIRouter()
PLACE: Final = "/overview/lists/{what}"


@router.get(PLACE)
def listed(request: Request, here: Here, visitor: Overseer, what: str) -> Response:
    after = read_cursor(request.query_params.get("from", ""))
    rows = here.settings.rows_per_page
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        stretch = _found(request, what)
        leads = page_of(work.connection, visitor.role, stretch, places, after, rows + 1)
        lines = rows_of(work.connection, leads[:rows], places, visitor.language, here)
        total = count(work.connection, visitor.role, stretch, places)
        by_night = kept(work.connection, stretch) if stretch.what == STOOD else None
    return page(
        request,
        "overview_listed.html",
        visitor=visitor,
        stretch=stretch,
        kinds={what: word for what, word in KINDS.items() if what != NOW or stretch.what == NOW},
        where=_where(stretch, places, Words(visitor.language)),
        total=total,
        by_night=by_night,
        back=Asked(stretch.type, "" if stretch.township == NOWHERE else stretch.township).query(),
        rows=lines,
        filters=Filters(),
        is_later=after is not None,
        next=cursor_of(leads[rows - 1]) if len(leads) > rows else None,
    )


@router.post(PLACE + "/export")
def taken(request: Request, here: Here, visitor: Overseer, form: Form, what: str) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        stretch = _found(request, what)
        rows, most = count(work.connection, visitor.role, stretch, places), here.settings.most_exported
        if rows > most:
            return too_long(request, here, visitor, rows, stretch.place())
        found = batches(work.connection, visitor.role, stretch, places, most, lists.BATCH)
        sheet = lists.discrepancies("stretch", KINDS[stretch.what], work, found, places, visitor, here)
        told = w.pairs(_told(stretch, places, w))
        details = {
            "list": stretch.what,
            "type": stretch.type,
            "area": stretch.township,
            "status": stretch.status,
            "after": _day(stretch.after),
            "until": _day(stretch.until),
        }
        return taken_out(here, visitor, [sheet], told, details)


def _found(request: Request, what: str) -> Stretch:
    """Raises: NotThere."""
    stretch = read_stretch(what, request.query_params)
    if stretch is None:
        raise NotThere
    return stretch


def _where(stretch: Stretch, places: Places, w: Words) -> str:
    """Nothing where it was not asked for."""
    return w.said(N_("no area")) if stretch.township == NOWHERE else places.named(stretch.township or None)


def _told(stretch: Stretch, places: Places, w: Words) -> list[tuple[str, str]]:
    """What the list was narrowed to."""
    return [
        (N_("Type"), w.said(words.TYPES[stretch.type]) if stretch.type else ""),
        (N_("Township"), _where(stretch, places, w)),
        (N_("Status"), _status(stretch, w)),
        (N_("After the night of"), _day(stretch.after)),
        (N_("To the night of"), _day(stretch.until)),
    ]


def _status(stretch: Stretch, w: Words) -> str:
    if stretch.what != NOW:
        return ""
    return w.said(words.STATUSES[stretch.status][1] if stretch.status else N_("not closed"))


def _day(night: date | None) -> str:
    return night.isoformat() if night else ""
