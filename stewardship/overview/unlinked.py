"""The departments' rows behind the numbers of possible links and of what is not linked: which ones, who it may be, and what asks about who is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from register.work import UnitOfWork
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out, too_long
from stewardship.exporting.tables import Table
from stewardship.listing import Row
from stewardship.overview import kept
from stewardship.overview.asked import Asked
from stewardship.overview.routes import View
from stewardship.overview.sources import UNLINKED, UnlinkedRow
from stewardship.pages import page
from stewardship.residents.listed import Line as Person
from stewardship.visits import Form, Here, House, Visitor, acting_as
from stewardship.words import FEEDS, N_, mentioned

router: Final = APIRouter()
Steward = Annotated[Visitor, Depends(acting_as("steward"))]
PLACE: Final = "/overview/unlinked"
TITLE: Final = N_("Rows of departments that are linked to nobody")
ASKED: Final[Mapping[str, str]] = {"": N_("all"), "yes": N_("yes"), "no": N_("no")}
DECISIONS: Final[Mapping[str, str]] = {
    "": N_("all"),
    "possible": N_("possible link"),
    "none": N_("not linked"),
}
_COLUMNS: Final[lists.Columns] = (
    (N_("Feed"), 20),
    (N_("File"), 48),
    (N_("Sheet"), 14),
    (N_("Row"), 8),
    (N_("Speaks of"), 14),
    (N_("Link"), 14),
    (N_("Person"), 18),
    (N_("Name"), 10),
    (N_("Probability"), 12),
    (N_("Discrepancy"), 16),
    (N_("Status"), 14),
    (N_("What needs checking"), 48),
)


@dataclass(frozen=True)
class Which(kept.Which):
    LIST = PLACE
    decision: str = ""
    feed: str = ""
    asked: str = ""

    def has(self, one: UnlinkedRow) -> bool:
        return (
            self.decision in ("", one.decision)
            and self.feed in ("", one.feed)
            and self.asked in ("", "yes" if one.discrepancy_id else "no")
        )


@dataclass(frozen=True)
class Line:
    """`person`: who it may be, masked; `row`: what asks about who is named."""

    of: UnlinkedRow
    person: Person | None
    row: Row | None
    delivery: str | None


@router.get(PLACE)
def unlinked(request: Request, here: Here, visitor: Steward) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        view = View(work, here, visitor, Asked())
        rows, which = _asked(view, here, request.query_params)
        shown, paging = kept.paged(request, here, [one for one in rows if which.has(one)])
        lines = lines_of(work, view, shown, visitor, here)
    return page(
        request,
        "overview_unlinked.html",
        visitor=visitor,
        view=view,
        which=which,
        title=TITLE,
        name=UNLINKED,
        decisions=DECISIONS,
        asked=ASKED,
        feeds=sorted({one.feed for one in rows}),
        lines=lines,
        **paging,
    )


@router.post(PLACE + "/export")
def taken(request: Request, here: Here, visitor: Steward, form: Form) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        view = View(work, here, visitor, Asked())
        rows, which = _asked(view, here, request.query_params)
        found = [one for one in rows if which.has(one)]
        if len(found) > here.settings.most_exported:
            return too_long(request, here, visitor, len(found), which.place())
        sheet = Table("unlinked", TITLE, _COLUMNS, _cells(work, view, found, visitor, here))
        night = view.night.isoformat() if view.night else ""
        told = [
            (N_("Night"), night),
            (N_("Link"), w.said(DECISIONS[which.decision]) if which.decision else ""),
            (N_("Feed"), w.feed(which.feed) if which.feed else ""),
            (N_("A discrepancy asks about it"), w.said(ASKED[which.asked]) if which.asked else ""),
        ]
        details = {"night": night, "link": which.decision, "feed": which.feed, "asked": which.asked}
        return taken_out(here, visitor, [sheet], w.pairs(told), details)


def lines_of(
    work: UnitOfWork, view: View, rows: Sequence[UnlinkedRow], visitor: Visitor, here: House
) -> list[Line]:
    connection = work.connection
    people = kept.people_of(connection, (one.person_no for one in rows), view)
    leads = kept.asked_about(connection, (one.discrepancy_id for one in rows), view, visitor, here)
    deliveries = kept.deliveries_of(connection, ((one.feed, one.file) for one in rows))
    return [
        Line(
            one,
            people.get(one.person_no or ""),
            leads.get(one.discrepancy_id or ""),
            deliveries.get((one.feed, one.file)),
        )
        for one in rows
    ]


def _asked(view: View, here: House, query: Mapping[str, str]) -> tuple[Sequence[UnlinkedRow], Which]:
    """What the night kept, and what of it is asked for. Raises: NotThere."""
    decision, feed, asked = (query.get(name, "") for name in ("decision", "feed", "asked"))
    if decision not in DECISIONS or feed not in ("", *FEEDS) or asked not in ASKED:
        raise NotThere
    return () if view.night is None else here.reports.unlinked(view.night), Which(decision, feed, asked)


def _cells(
    work: UnitOfWork, view: View, rows: Sequence[UnlinkedRow], visitor: Visitor, here: House
) -> Iterator[Sequence[str]]:
    w = Words(visitor.language)
    for at in range(0, len(rows), lists.BATCH):
        for line in lines_of(work, view, rows[at : at + lists.BATCH], visitor, here):
            one, row = line.of, line.row
            yield (
                *(w.feed(one.feed), one.file, one.sheet, str(one.row)),
                *(w.said(mentioned(one.role)), w.said(DECISIONS[one.decision])),
                *kept.named_cells(line.person),
                lists.probability(one.probability) if line.person and one.probability is not None else "",
                *kept.asking_cells(row, w),
                row.sentence if row else "",
            )
