"""The lists on the page of one subject: the rows and the history of a discrepancy, the rows of a worklist that were not taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from stewardship import words
from stewardship.actors import called
from stewardship.errors import NotThere
from stewardship.exporting import lists
from stewardship.exporting.asked import Words
from stewardship.exporting.routes import taken_out
from stewardship.exporting.tables import Table
from stewardship.language import moment
from stewardship.listing import today_of
from stewardship.looking import found_lead
from stewardship.showing import Shown, show
from stewardship.visits import DECIDING_ROLES, Decider, Form, Here, Reader
from stewardship.words import N_
from stewardship.worklists import outcomes, taking
from stewardship.worklists.routes import LARGEST_NUMBER

router: Final = APIRouter()
EVIDENCE: Final[lists.Columns] = (
    (N_("Department"), 22),
    (N_("Unit"), 20),
    (N_("File"), 48),
    (N_("Sheet"), 14),
    (N_("Row"), 8),
    (N_("Speaks of"), 14),
    (N_("Arrived"), 12),
)
HISTORY: Final[lists.Columns] = (
    (N_("When"), 20),
    (N_("Who"), 16),
    (N_("What"), 40),
    (N_("Reason or note"), 48),
    (N_("Discrepancy"), 16),
)
REJECTED: Final[lists.Columns] = ((N_("Row of the sheet"), 12), (N_("Why"), 60))


@router.post("/discrepancies/{id_}/export")
def discrepancy(here: Here, visitor: Reader, form: Form, id_: str) -> Response:
    w = Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        lead = found_lead(work, id_, visitor)
        shown = show(work, here, visitor, lead, today_of(here), may_lift=False)
        names = called(work.assignments.names(shown.accounts), visitor.language)
    rows = [
        (w.feed(one.feed), one.unit, one.file, one.sheet, str(one.row) if one.file else "")
        + (
            f"{w.said(words.mentioned(one.role))} {w.said(words.OUTSIDE) if one.person_no in shown.unseen else one.person_no}".rstrip(),
            one.arrival.isoformat() if one.arrival else "",
        )
        for one in shown.evidence
    ]
    sheets = [Table("discrepancy", N_("Rows it rests on"), EVIDENCE, rows)]
    if visitor.role in DECIDING_ROLES:
        sheets.append(Table("history", N_("History"), HISTORY, list(_happened(shown, names, w))))
    id_ = lead.discrepancy_id
    return taken_out(here, visitor, sheets, w.pairs(((N_("Discrepancy"), id_),)), {"discrepancy": id_})


def _happened(shown: Shown, names: Mapping[str, str], w: Words) -> Iterator[tuple[str, ...]]:
    for one in shown.history:
        when = moment(one.at, w.language) if one.at else "" if one.night is None else one.night.isoformat()
        what = w.said(words.happened(one.what, is_decision=one.at is not None))
        if one.what == "discrepancy.assign":
            what += f" → {names.get(one.to, one.to) if one.to else w.said(N_('nobody'))}"
        told = shown.versions.get(one.version or 0)
        if told is not None:
            field = "" if told.field is None else f"{words.field_name(told.field, w.language)} {told.values} "
            what += f"{w.said(N_(': '))}{field}{told.confidence:.2f}"
        who = names.get(one.actor, one.actor) if one.actor else ""
        yield when, who, what, outcomes.told(one, w.language, one.what), one.of or ""


@router.post("/worklists/{list_id}/returns/{return_id}/export")
def not_taken(here: Here, visitor: Decider, form: Form, list_id: int, return_id: int) -> Response:
    """Which rows of a filled list were not taken and why."""
    w = Words(visitor.language)
    if not 0 < list_id < LARGEST_NUMBER:
        raise NotThere
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        made = work.worklists.get(list_id)
        receipts: list[Any] = [] if made is None else work.worklists.receipts(list_id)
        found = next((one for one in receipts if one.return_id == return_id), None)
    if found is None:
        raise NotThere
    rows = [
        (str(row), w.said(taking.REJECTIONS[code]) if code in taking.REJECTIONS else code)
        for row, code in found.rejected.items()
    ]
    sheet = Table("receipt", N_("Rows to look at again"), REJECTED, rows)
    told = w.pairs(((N_("Worklists"), str(list_id)),))
    return taken_out(here, visitor, [sheet], told, {"worklist": list_id, "return": return_id})
