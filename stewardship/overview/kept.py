"""What the lists of rows that a night kept have in common (`overview_kept.html`): how they are narrowed and paged, and what is told beside a row: the
discrepancy that asks about it, the file it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from sqlalchemy.engine import Connection

from stewardship.leads import leads_in_order
from stewardship.listing import Row, rows_of
from stewardship.places import Places
from stewardship.proposals import read_number
from stewardship.visits import House, Visitor

T = TypeVar("T")
_KEYS: Final = sa.text("""
SELECT DISTINCT ON (feed, file) feed, file, md5(concat_ws(chr(31), feed, file, sha256)) FROM delivery
WHERE status = 'taken' AND feed = ANY (:feeds) AND file = ANY (:files) ORDER BY feed, file, night DESC, arrival DESC
""")


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


def asked_about(
    connection: Connection, ids: Iterable[str | None], places: Places, visitor: Visitor, here: House
) -> dict[str, Row]:
    """The discrepancies of these that the user sees, as lines of the queue."""
    leads = leads_in_order(connection, sorted({id_ for id_ in ids if id_}), visitor.role)
    rows = rows_of(connection, leads, places, visitor.language, here)
    return {row.lead.discrepancy_id: row for row in rows}


def deliveries_of(connection: Connection, files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Feed and file → the key of the newest such delivery that was taken in."""
    wanted = set(files)
    given = {"feeds": sorted({feed for feed, _ in wanted}), "files": sorted({file for _, file in wanted})}
    return {(feed, file): key for feed, file, key in connection.execute(_KEYS, given)}
