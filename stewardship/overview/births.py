"""The births behind the numbers of how births come onto the register: which ones the night counted, of a month, a township, a step; each with who it is
on the register, or the discrepancy that asks about it, as far as the user may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.work import UnitOfWork
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out, too_long
from stewardship.exporting.tables import Table
from stewardship.language import day
from stewardship.listing import Row
from stewardship.overview import kept
from stewardship.overview.asked import Asked
from stewardship.overview.routes import Overseer, View, code_of
from stewardship.overview.sources import TOLD, ToldBirth
from stewardship.pages import page
from stewardship.residents.listed import Line as Person
from stewardship.visits import Form, Here, House, Visitor
from stewardship.words import BIRTH_STEPS, N_

router: Final = APIRouter()
PLACE: Final = "/overview/births"
TITLE: Final = N_("Births that departments told of")
STAGES: Final[Mapping[str, str]] = {"": N_("told of"), **BIRTH_STEPS}
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_COLUMNS: Final[lists.Columns] = (
    (N_("Born"), 12),
    (N_("Sex"), 6),
    (N_("Township"), 16),
    (N_("On the register"), 24),
    (N_("Person"), 18),
    (N_("Name"), 10),
    (N_("Discrepancy"), 16),
    (N_("Status"), 14),
    (N_("What needs checking"), 48),
    (N_("Told by"), 40),
    (N_("File"), 48),
    (N_("Sheet"), 14),
    (N_("Row"), 8),
)


@dataclass(frozen=True)
class Which(kept.Which):
    LIST = PLACE
    step: str = ""
    township: str = ""
    month: str = ""

    def has(self, birth: ToldBirth) -> bool:
        return (
            self.step in ("", birth.step)
            and self.month in ("", birth.month)
            and self.township in ("", code_of(birth.township))
        )


@dataclass(frozen=True)
class Line:
    """A birth, masked. Neither `person` nor `row`: the user may not see them (`is_unseen`: then nothing is told of it), they are gone since the night
    (`is_gone`), or nothing asks about it, perhaps because its period still runs (`is_running`)."""

    birth: ToldBirth
    township: str
    person: Person | None
    row: Row | None
    delivery: str | None
    is_unseen: bool
    is_gone: bool
    is_running: bool


@router.get(PLACE)
def births(request: Request, here: Here, visitor: Overseer) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        view = View(work, here, visitor, Asked())
        told, which = _asked(view, request.query_params)
        found = [one for one in told if which.has(one)]
        shown, paging = kept.paged(request, here, found)
        lines = lines_of(work, view, shown, visitor, here)
    return page(
        request,
        "overview_births.html",
        visitor=visitor,
        view=view,
        which=which,
        title=TITLE,
        name=TOLD,
        stages=STAGES,
        why_none=lambda line: why_none(line, Words(visitor.language)),
        townships=sorted({code_of(one.township) for one in told if one.township}),
        months=sorted({one.month for one in told}, reverse=True),
        lines=lines,
        **paging,
    )


@router.post(PLACE + "/export")
def taken(request: Request, here: Here, visitor: Overseer, form: Form) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        view = View(work, here, visitor, Asked())
        told, which = _asked(view, request.query_params)
        found = [one for one in told if which.has(one)]
        if len(found) > here.settings.most_exported:
            return too_long(request, here, visitor, len(found), which.place())
        sheet = Table("told_births", TITLE, _COLUMNS, _cells(work, view, found, visitor, here))
        night = view.night.isoformat() if view.night else ""
        narrowed = [
            (N_("Night"), night),
            (N_("On the register"), w.said(BIRTH_STEPS[which.step]) if which.step else ""),
            (N_("Township"), view.named(which.township) if which.township else ""),
            (N_("Month"), which.month),
        ]
        details = {"night": night, "step": which.step, "area": which.township, "month": which.month}
        return taken_out(here, visitor, [sheet], w.pairs(narrowed), details)


def lines_of(
    work: UnitOfWork, view: View, births: Sequence[ToldBirth], visitor: Visitor, here: House
) -> list[Line]:
    """With whom and what they are, of what the user sees."""
    connection = work.connection
    people = kept.people_of(connection, (one.person_no for one in births), view)
    rows = kept.asked_about(connection, (one.discrepancy_id for one in births), view, visitor, here)
    deliveries = kept.deliveries_of(connection, ((one.feed, one.file) for one in births))
    found = []
    for one in births:
        person, row = people.get(one.person_no or ""), rows.get(one.discrepancy_id or "")
        is_nobody = bool(one.person_no or one.discrepancy_id) and person is None and row is None
        found.append(
            Line(
                one,
                view.named(one.township) if one.township else "",
                person,
                row,
                deliveries.get((one.feed, one.file)),
                is_unseen=is_nobody and visitor.role != "steward",  # who sees every area
                is_gone=is_nobody and visitor.role == "steward",
                is_running=one.due is not None and view.night is not None and one.due > view.night,
            )
        )
    return found


def _asked(view: View, query: Mapping[str, str]) -> tuple[Sequence[ToldBirth], Which]:
    """The births that the user may be told of, and which of them are asked for. Raises: NotThere."""
    step, township, month = (query.get(name, "") for name in ("step", "township", "month"))
    if step not in STAGES or township not in ("", *view.townships) or (month and not _MONTH.fullmatch(month)):
        raise NotThere
    return view.told(), Which(step, township, month)


def _cells(
    work: UnitOfWork, view: View, births: Sequence[ToldBirth], visitor: Visitor, here: House
) -> Iterator[Sequence[str]]:
    w = Words(visitor.language)
    for at in range(0, len(births), lists.BATCH):
        for line in lines_of(work, view, births[at : at + lists.BATCH], visitor, here):
            one, row, is_told = line.birth, line.row, not line.is_unseen
            yield (
                *((one.born.isoformat(), one.sex) if is_told else ("", "")),
                *(line.township, w.said(BIRTH_STEPS[one.step])),
                *kept.named_cells(line.person),
                *kept.asking_cells(row, w),
                row.sentence if row else why_none(line, w),
                *(
                    (w.said(N_(", ")).join(map(w.feed, one.feeds)), one.file, one.sheet, str(one.row))
                    if is_told
                    else ("",) * 4
                ),
            )


def why_none(line: Line, w: Words) -> str:
    """Why neither somebody nor a discrepancy stands beside the birth; nothing where one does."""
    if line.person or line.row:
        return ""
    if line.is_unseen:
        return w.said(N_("In an area that is not yours"))
    if line.is_gone:
        return w.said(N_("Gone since that night"))
    if line.is_running and line.birth.due:
        until = day(line.birth.due, w.language)
        return w.said(N_("Its period to be registered runs until %(day)s")) % {"day": until}
    return w.said(N_("Nothing asks about it: it may belong to another county, or its register list is late"))
