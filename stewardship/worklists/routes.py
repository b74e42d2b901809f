"""The pages of worklists: choose area and types, the list to print and to download, handing it in, the receipt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from discrepancies.asking import ASKED
from register.audit import Event
from register.errors import InvalidInput
from register.work import UnitOfWork
from register.worklists import SUBJECT, MadeList
from stewardship.actors import called
from stewardship.errors import NotThere
from stewardship.exporting.tables import Mark
from stewardship.language import LANGUAGE_NAMES
from stewardship.listing import today_of
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.proposals import read_number
from stewardship.uploads import Uploaded
from stewardship.visits import Decider, Form, Here, House, Visitor
from stewardship.worklists import choosing, doors, filled, outcomes, taking, unanswered, workbook

router: Final = APIRouter()
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_NUMBER: Final = 2**63
# In the address of a list that was made of what was selected: what of it is not on the list.
_LEFT: Final = re.compile(r"\bD[0-9a-f]{6,40}\b")
MOST_LEFT: Final = 100


@dataclass(frozen=True)
class Opened:
    """A list with the lines that are still to be asked."""

    made: MadeList
    heading: workbook.Heading
    lines: list[doors.Line]


@router.get("/worklists")
def overview(request: Request, here: Here, visitor: Decider) -> Response:
    query = request.query_params
    return _overview(
        request, here, visitor, query.get("area", ""), before=read_number(query.get("before", "")) or None
    )


@router.post("/worklists")
def make(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    """A new list; what it shows is made whenever it is looked at or downloaded."""
    area, language = form.get("area", ""), form.get("language", "")
    language = language if language in LANGUAGE_NAMES else visitor.language
    types = [name for name in ASKED if f"type_{name}" in form]
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        places = read_places(work.connection)
        try:
            codes = places.codes_of(choosing.checked_area(places, area))
        except InvalidInput:
            codes = []
        leads, _ = choosing.to_ask(work.connection, codes, types) if codes and types else ([], 0)
        ids = doors.walked(work.connection, leads, places, here.sources, today_of(here)) if leads else []
        made = work.worklists.make(area, types, language, ids, visitor.user_id, here.now()) if leads else None
    if made is None:
        return _overview(request, here, visitor, area, 422, problem="types" if not types else "nobody")
    return RedirectResponse(f"/worklists/{made.worklist_id}", 303)


@router.post("/worklists/return")
def hand_in(request: Request, here: Here, visitor: Decider, upload: Uploaded) -> Response:
    """A filled list; every row that can be taken is, and the receipt says what became of the others."""
    if upload.content is None:
        return _overview(request, here, visitor, "", 422, refused="nothing")
    try:
        number, rows = filled.read(upload.content)
    except filled.NotAWorklist as reason:
        return _overview(request, here, visitor, "", 422, refused=reason.code)
    by = taking.By(visitor.user_id, visitor.role, here.now())
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        made = work.worklists.get(number)
        receipt = None if made is None else taking.take(work, made, rows, upload.content, by)
    if receipt is None:
        return _overview(request, here, visitor, "", 422, refused="unknown_list")
    return RedirectResponse(f"/worklists/{number}/returns/{receipt.return_id}", 303)


@router.get("/worklists/unanswered")
def waiting(request: Request, here: Here, visitor: Decider) -> Response:
    """What was put on lists and has no answer yet. Doors are not masked here either, so that somebody looked is in the audit chain."""
    area = request.query_params.get("area", "")
    after = unanswered.read_cursor(request.query_params.get("after", ""))
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        places = read_places(work.connection)
        areas = unanswered.by_area(work.connection, places)
        chosen = next((one for one in areas if one.code == area), None)
        codes = None if chosen is None else places.codes_of(chosen.code)
        total, since = unanswered.count(work.connection, codes)
        asked = (here, places, visitor.language, codes)
        found = unanswered.read(work.connection, *asked, after, here.settings.rows_per_page)
        told = {"rows": len(found.rows)}
        work.audit.record(Event(visitor.user_id, "worklist.unanswered", "list", "unanswered", told))
    return page(
        request,
        "worklist_unanswered.html",
        visitor=visitor,
        areas=[(one.code, one.name, one.rows, one.is_village) for one in areas],
        chosen=chosen,
        total=total,
        since=since,
        found=found,
        is_later=after is not None,
        today=today_of(here),
    )


@router.get("/worklists/{list_id}")
def worklist(request: Request, here: Here, visitor: Decider, list_id: int) -> Response:
    """The list as it is printed, and its receipts."""
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        opened = _opened(work, here, visitor, list_id, "worklist.view")
        receipts = work.worklists.receipts(list_id)
    made = opened.made
    return page(
        request,
        "worklist.html",
        visitor=visitor,
        made=made,
        top=workbook.heading_lines(made, opened.heading, len(opened.lines), made.language),
        doors=_by_door(opened.lines, made.language),
        headers=workbook.headers(made.language),
        outcomes=outcomes.words(made.language),
        receipts=receipts,
        left_out=_LEFT.findall(request.query_params.get("left", ""))[:MOST_LEFT],
        in_words=lambda code: outcomes.word(code, visitor.language),
    )


@router.get("/worklists/{list_id}/workbook")
def download(here: Here, visitor: Decider, list_id: int) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        opened = _opened(work, here, visitor, list_id, "export.worklist")
    mark = Mark(visitor.session.display_name, visitor.user_id, visitor.role, here.now(), opened.heading.area)
    content = workbook.write(opened.made, opened.heading, opened.lines, mark)
    name = f"worklist-{list_id}-{opened.made.area_code}.xlsx"
    return Response(
        content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/worklists/{list_id}/returns/{return_id}")
def receipt(request: Request, here: Here, visitor: Decider, list_id: int, return_id: int) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        made = _made(work, list_id)
        found = [one for one in work.worklists.receipts(list_id) if one.return_id == return_id]
        places = read_places(work.connection)
        users = _names(work, {one.returned_by for one in found}, visitor.language)
    if not found:
        raise NotThere
    return page(
        request,
        "worklist_receipt.html",
        visitor=visitor,
        made=made,
        place=places.named(made.area_code),
        receipt=found[0],
        who=users.get(found[0].returned_by, found[0].returned_by),
        reasons=taking.REJECTIONS,
    )


def _overview(
    request: Request,
    here: House,
    visitor: Visitor,
    area: str,
    status: int = 200,
    *,
    before: int | None = None,
    problem: str | None = None,
    refused: str | None = None,
) -> Response:
    most = here.settings.rows_per_page
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = [
            one
            for one in choosing.choices(work.connection, places)
            if one.is_village or visitor.role != choosing.OF_VILLAGES
        ]
        found_lists = work.worklists.newest(before, most + 1)
        made = found_lists[:most]
        users = _names(work, {one.made_by for one in made}, visitor.language)
        waiting, since = unanswered.count(work.connection)
        villages = [one for one in found if one.is_village]
        usual = villages[0].code if len(villages) == 1 else ""
        chosen = next((one for one in found if one.code == (area or usual)), None)
        last_language = chosen and work.worklists.language_of(chosen.code)
    return page(
        request,
        "worklists.html",
        status,
        visitor=visitor,
        areas=[(one.code, one.name, one.rows, one.is_village) for one in found],
        chosen=chosen,
        last_language=last_language,
        most=choosing.MOST_ROWS,
        made=made,
        is_later=before is not None,
        earlier=made[-1].worklist_id if len(found_lists) > most else None,
        users=users,
        waiting=waiting,
        since=since,
        today=today_of(here),
        places=places,
        problem=problem,
        refused=taking.FILES.get(refused or ""),
        in_words=lambda code: outcomes.word(code, visitor.language),
    )


def _made(work: UnitOfWork, list_id: int) -> MadeList:
    """Raises: NotThere."""
    made = work.worklists.get(list_id) if 0 < list_id < LARGEST_NUMBER else None
    if made is None:
        raise NotThere
    return made


def _opened(work: UnitOfWork, here: House, visitor: Visitor, list_id: int, action: str) -> Opened:
    """What of a list is still to be asked, as things are now; that somebody took it out is in the audit chain."""
    made = _made(work, list_id)
    places = read_places(work.connection)
    lines = open_lines(work, made, places, here)
    event = Event(visitor.user_id, action, SUBJECT, str(list_id), {"rows": len(lines)})
    work.audit.record(event)
    names = _names(work, {made.made_by}, made.language)
    heading = workbook.Heading(places.named(made.area_code), names.get(made.made_by, made.made_by))
    return Opened(made, heading, lines)


def open_lines(work: UnitOfWork, made: MadeList, places: Places, here: House) -> list[doors.Line]:
    """Without what was answered for good; the others keep their numbers, which stand on paper."""
    answers = work.worklists.answers(made.worklist_id)
    ids = {id_ for id_, answer in answers.items() if answer is None or taking.may_come_again(answer)}
    leads = choosing.of_list(work.connection, answers)
    open_ = {lead.discrepancy_id for lead, stands in leads if stands} & ids
    if not open_:
        return []
    every = [lead for lead, _ in leads]
    lines = doors.lines_of(work.connection, every, places, here.sources, made.language, today_of(here))
    kept = doors.numbered(lines, work.worklists.numbers(made.worklist_id))
    return [line for line in kept if line.lead.discrepancy_id in open_]


def _by_door(lines: list[doors.Line], language: str) -> list[list[tuple[str, ...]]]:
    """The cells of each line, those of one door together."""
    grouped: list[list[tuple[str, ...]]] = []
    before: doors.Line | None = None
    for line in lines:
        if before is None or before.at != line.at:
            grouped.append([])
        before = line
        grouped[-1].append(workbook.shown_cells(line, language))
    return grouped


def _names(work: UnitOfWork, users: set[str], language: str) -> Mapping[str, str]:
    return called(work.assignments.names(users), language)
