"""What is told beside the rows that a night kept for the lists of the overview: the discrepancy that asks about one, the file it stands in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stewardship.leads import leads_in_order
from stewardship.listing import Row, rows_of
from stewardship.places import Places
from stewardship.visits import House, Visitor

_KEYS: Final = sa.text("""
SELECT DISTINCT ON (feed, file) feed, file, md5(concat_ws(chr(31), feed, file, sha256)) FROM delivery
WHERE status = 'taken' AND feed = ANY (:feeds) AND file = ANY (:files) ORDER BY feed, file, night DESC, arrival DESC
""")


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
