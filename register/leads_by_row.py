"""Which discrepancy asks about whom departments' rows name and the register has not: their own, or that of the household they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_LEADS: Final = sa.text("""
SELECT DISTINCT ON (k.who) k.who, d.discrepancy_id
FROM unnest(CAST(:keys AS text[]), CAST(:roles AS text[]), CAST(:whose AS text[])) AS k (content_key, role, who)
JOIN evidence AS e ON e.content_key = k.content_key AND e.role = k.role AND e.feed <> 'register'
JOIN discrepancy AS d ON d.discrepancy_id = e.discrepancy_id AND d.type = ANY (:types)
ORDER BY k.who, d.subject = k.who DESC, d.status = ANY ('{open,waiting}') DESC, d.discrepancy_id
""")


def leads_by_row(
    connection: Connection, who_by_row: Mapping[tuple[str, str], str], types: Sequence[str]
) -> dict[str, str]:
    """Who → discrepancy of one of the types that rests on a row of theirs, their own first, then what is not closed; nobody whom none rests on.

    Args:
        who_by_row: content key and role of a row → who it names, by any name; whose own discrepancy has it for its subject.
    """
    given = {
        "keys": [key for key, _ in who_by_row],
        "roles": [role for _, role in who_by_row],
        "whose": list(who_by_row.values()),
        "types": list(types),
    }
    return {str(who): str(id_) for who, id_ in connection.execute(_LEADS, given)}
