"""Taking a list out as a workbook. Posted, because it is an act: the audit chain has who took which list, how many rows and by which codes
it was narrowed, before the file leaves.

The rows are read in one transaction that sees one state of the store. A list that is too long is not cut: its reader is told
so, and how to have less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from register.audit import Detail, Event
from stewardship.actors import called
from stewardship.administration import entries
from stewardship.deliveries import reading, saying
from stewardship.deliveries import routes as deliveries_pages
from stewardship.errors import NotThere
from stewardship.exporting import asked, lists, tables
from stewardship.finding import MOST_FOUND
from stewardship.language import CHINA
from stewardship.leads import leads_in_order
from stewardship.listing import queue_of, today_of
from stewardship.pages import page
from stewardship.places import read_places
from stewardship.proposals import Proposals, read_choice, read_number
from stewardship.queue import read_filters
from stewardship.visits import Decider, Form, Here, House, Proposer, Reader, Visitor, acting_as
from stewardship.words import N_
from stewardship.worklists import unanswered as waiting

router: Final = APIRouter()
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUBJECT: Final = "list"
_ID: Final = re.compile(r"D[0-9a-f]{6,40}")
Auditor = Annotated[Visitor, Depends(acting_as("auditor"))]
OfRows = Annotated[Visitor, Depends(acting_as(*deliveries_pages.OF_ROWS))]


@router.post("/queue/export")
def queue(request: Request, here: Here, visitor: Reader, form: Form) -> Response:
    filters = read_filters(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        found = queue_of(work, here, visitor, places)
        rows = found.total(filters)
        if rows > here.settings.most_exported:
            return too_long(request, here, visitor, rows, f"/queue?{filters.query()}")
        batches = found.batches(filters, lists.BATCH)
        table = lists.discrepancies("queue", N_("Queue"), work, batches, places, visitor, here)
        told = asked.of_queue(filters, places, asked.Words(visitor.language))
        book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    return handed_out(here, visitor, table, book, vars(filters))


@router.post("/search/export")
def search(here: Here, visitor: Decider, form: Form) -> Response:
    """Of the rows that the page shows, named by their numbers: what was looked for is not kept, not even here."""
    ids = list(dict.fromkeys(_ID.findall(form.get("ids", ""))))[:MOST_FOUND]
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        leads = leads_in_order(work.connection, ids, visitor.role)
        table = lists.discrepancies("search", N_("Found"), work, [leads], places, visitor, here)
        said = asked.Words(visitor.language).said
        book = tables.write(table, mark_of(here, visitor, said(N_("what a search found"))), visitor.language)
    return handed_out(here, visitor, table, book, {})


@router.post("/approvals/export")
def approvals(request: Request, here: Here, visitor: Proposer, form: Form) -> Response:
    choice = read_choice(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        proposals = Proposals(work.connection, visitor.user_id)
        rows = proposals.count(choice)
        if rows > here.settings.most_exported:
            return too_long(request, here, visitor, rows, f"/approvals?{choice.query()}")
        table = lists.changes(work, proposals, choice, visitor, here)
        told = asked.of_changes(choice, read_places(work.connection), asked.Words(visitor.language))
        book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    return handed_out(here, visitor, table, book, vars(choice))


@router.post("/audit/export")
def audit(request: Request, here: Here, visitor: Auditor, form: Form) -> Response:
    """What the page's filters leave of the entries of these numbers; blank is from the first (with filters: from as far as a page looks
    back), or to the last.
    """
    first, last = read_number(form.get("first", "")), read_number(form.get("last", ""))
    w, most = asked.Words(visitor.language), here.settings.most_exported
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        newest = work.connection.scalar(lists.NEWEST_ENTRY) or 0
        last = min(last or newest, newest)
        places = read_places(work.connection)
        what = entries.read_asked(request.query_params, places.names)
        back = f"/audit?{what.query(before=None)}"
        widest = entries.looked_through(what) if what.is_narrowed else most
        if not first:
            first = max(last - widest + 1, 1) if what.is_narrowed else 1
        if last - first + 1 > widest:
            return too_long(request, here, visitor, last - first + 1, back)
        accounts = [user.user_id for user in work.grants.users()]
        found = entries.every(work.connection, entries.meant(what, accounts, places), first, last)
        rows = list(islice(found, most))
        more = sum(1 for _ in found)
        if more:
            return too_long(request, here, visitor, len(rows) + more, back)
        table = lists.audit_entries(rows, places, visitor.language)
        told = asked.of_entries(what, f"{first}–{last}", places, w)
        book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    narrowed = {name: str(value) for name, value in vars(what).items() if value and name != "before"}
    return handed_out(here, visitor, table, book, {"first": first, "last": last, **narrowed})


@router.post("/deliveries/export")
def deliveries(request: Request, here: Here, visitor: deliveries_pages.Seer, form: Form) -> Response:
    choice = reading.read_choice(request.query_params)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        also = deliveries_pages.meant_today(work, here, choice)
        rows = reading.receipts(work.connection, choice, None, 1, also).total
        if rows > here.settings.most_exported:
            return too_long(request, here, visitor, rows, f"/deliveries?{choice.query()}")
        table = lists.deliveries(work.connection, choice, also, visitor.language)
        told = asked.of_deliveries(choice, asked.Words(visitor.language))
        book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    return handed_out(here, visitor, table, book, vars(choice))


@router.post("/deliveries/{key}/export")
def rejected(here: Here, visitor: OfRows, form: Form, key: str) -> Response:
    """Which rows of a delivery cannot be used and why, as the page says it."""
    w = asked.Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        receipt = reading.receipt(work.connection, key)
        if receipt is None:
            raise NotThere
        told = reading.rejected(work.connection, receipt.feed, receipt.file, receipt.night)
        headers = saying.headers_of(receipt.columns_mapped)
        table = lists.broken_rules(told, headers, visitor.language)
        about = w.pairs(((N_("Feed"), w.feed(receipt.feed)), (N_("Arrived"), receipt.arrival.isoformat())))
        book = tables.write(table, mark_of(here, visitor, about), visitor.language)
    return handed_out(here, visitor, table, book, {"feed": receipt.feed, "delivery": receipt.key})


@router.post("/worklists/export")
def worklists(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    """All lists that the user may see, also those on the pages after the first."""
    w, most = asked.Words(visitor.language), here.settings.most_exported
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        rows = work.worklists.count()
        if rows > most:
            return too_long(request, here, visitor, rows, "/worklists")
        made = work.worklists.newest(None, most)
        names = called(work.assignments.names({one.made_by for one in made}), visitor.language)
        table = lists.worklists(made, read_places(work.connection), names, visitor.language)
        book = tables.write(table, mark_of(here, visitor, w.said(N_("all lists"))), visitor.language)
    return handed_out(here, visitor, table, book, {})


@router.post("/worklists/unanswered/export")
def unanswered(request: Request, here: Here, visitor: Decider, form: Form) -> Response:
    """What was asked at doors and has no answer yet; the doors are not masked, as on the lists themselves."""
    w, most, area = (
        asked.Words(visitor.language),
        here.settings.most_exported,
        request.query_params.get("area", ""),
    )
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        places = read_places(work.connection)
        codes = places.codes_of(area) if area in places.levels else None
        rows, _ = waiting.count(work.connection, codes)
        if rows > most:
            return too_long(request, here, visitor, rows, "/worklists/unanswered")
        found = waiting.every(work.connection, here, places, visitor.language, codes)
        table = lists.unanswered(found, today_of(here), visitor.language)
        told = w.pairs([(N_("Area"), places.named(area) if codes else "")])
        book = tables.write(table, mark_of(here, visitor, told), visitor.language)
    return handed_out(here, visitor, table, book, {"area": area if codes else ""})


def mark_of(here: House, visitor: Visitor, told: str) -> tables.Mark:
    name = visitor.session.display_name
    return tables.Mark(name, visitor.user_id, visitor.role, here.now(), told)


def taken_out(
    here: House,
    visitor: Visitor,
    sheets: Sequence[tables.Table],
    told: str,
    details: Mapping[str, Detail] | None = None,
) -> Response:
    """The tables of a page, small enough to be at hand whole, as one workbook named after the first."""
    book = tables.write_all(sheets, mark_of(here, visitor, told), visitor.language)
    return handed_out(here, visitor, sheets[0], book, details or {})


def handed_out(
    here: House, visitor: Visitor, table: tables.Table, book: tables.Book, details: Mapping[str, Detail]
) -> Response:
    """The file, once the audit chain has it. Codes and numbers of ours only: no value is in them."""
    told = {name: value for name, value in details.items() if value != ""}
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        event = Event(
            visitor.user_id, f"export.{table.name}", SUBJECT, table.name, {"rows": book.rows, **told}
        )
        work.audit.record(event)
    name = f"{table.name}-{here.now().astimezone(CHINA):%Y-%m-%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(book.content, media_type=XLSX, headers=headers)


def too_long(request: Request, here: House, visitor: Visitor, rows: int, back: str) -> Response:
    """Nothing is cut off in silence."""
    most = here.settings.most_exported
    return page(request, "export_too_long.html", 422, visitor=visitor, rows=rows, most=most, back=back)
