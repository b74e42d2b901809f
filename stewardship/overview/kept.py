"""What the lists of rows that a night kept have in common (`overview_kept.html`): how they are narrowed and paged, and what is told beside a row: the
discrepancy that asks about it, the file it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from sqlalchemy.engine import Connection

from register.current import current_rows
from register.models import Delivery
from stewardship.deliveries.reading import KEY
from stewardship.exporting.asked import Words
from stewardship.leads import leads_in_order
from stewardship.listing import Row, rows_of
from stewardship.overview.routes import View
from stewardship.proposals import read_number
from stewardship.residents.listed import LISTED, Line, lines_of_rows
from stewardship.visits import House, Visitor
from stewardship.words import STATUSES

T = TypeVar("T")


@dataclass(frozen=True)
class Which:
    """What a list is narrowed to, by codes; empty is all of them. `LIST`: its address."""

    LIST: ClassVar[str]

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in vars(self).items() if value})

    def place(self, after: int = 0) -> str:
        """The list, or what comes after so many."""
        asked = [self.query, f"from={after}" if after else ""]
        return "?".join(filter(None, [self.LIST, "&".join(filter(None, asked))]))


def paged(request: Request, here: House, found: Sequence[T]) -> tuple[Sequence[T], dict[str, Any]]:
    """The rows of a page, and what its template says of the others. A night's rows stay as they are until the next one."""
    most, after = here.settings.rows_per_page, read_number(request.query_params.get("from", ""))
    following = after + most if len(found) > after + most else None
    return found[after : after + most], {"total": len(found), "is_later": bool(after), "next": following}


def people_of(connection: Connection, numbers: Iterable[str | None], view: View) -> dict[str, Line]:
    """Those of the register whom the user sees, masked."""
    known = current_rows(connection, {number for number in numbers if number}, LISTED)
    return {one.person_no: one for one in lines_of_rows(known, view.places, view.today)}


def asked_about(
    connection: Connection, ids: Iterable[str | None], view: View, visitor: Visitor, here: House
) -> dict[str, Row]:
    """The discrepancies of these that the user sees, as lines of the queue."""
    leads = leads_in_order(connection, sorted({id_ for id_ in ids if id_}), visitor.role)
    rows = rows_of(connection, leads, view.places, visitor.language, here)
    return {row.lead.discrepancy_id: row for row in rows}


def deliveries_of(connection: Connection, files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Feed and file → the key of the newest such delivery that was taken in."""
    d = Delivery
    newest = (
        sa.select(d.feed, d.file, KEY)
        .distinct(d.feed, d.file)
        .where(d.status == "taken", sa.tuple_(d.feed, d.file).in_(sorted(set(files))))
        .order_by(d.feed, d.file, d.night.desc(), d.arrival.desc())
    )
    return {(feed, file): key for feed, file, key in connection.execute(newest)}


def named_cells(person: Line | None) -> tuple[str, str]:
    """Number and name, for a file."""
    return (person.person_no, person.name) if person else ("", "")


def asking_cells(row: Row | None, w: Words) -> tuple[str, str]:
    """Number and status of a discrepancy, for a file."""
    return (row.lead.discrepancy_id, w.said(STATUSES[row.lead.status][1])) if row else ("", "")
