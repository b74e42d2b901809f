"""Which discrepancy asks about somebody whom departments know and the register does not: their own, or that of the household they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_LEADS: Final = sa.text("""
SELECT DISTINCT ON (k.unit) k.unit, d.discrepancy_id
FROM unnest(CAST(:keys AS text[]), CAST(:units AS text[])) AS k (content_key, unit)
JOIN evidence AS e ON e.content_key = k.content_key AND e.role = 'self' AND e.feed <> 'register'
JOIN discrepancy AS d ON d.discrepancy_id = e.discrepancy_id AND d.type = ANY (:types)
ORDER BY k.unit, d.subject = k.unit DESC, d.status = ANY ('{open,waiting}') DESC, d.discrepancy_id
""")


def birth_leads(connection: Connection, unit_of: Mapping[str, str], types: Sequence[str]) -> dict[str, str]:
    """Unit → discrepancy of one of the types that rests on a row of it, its own first, then what is not closed; nothing where there is none.

    Args:
        unit_of: content key of a row → unit, any name for who the row is of (of an own discrepancy its subject).
    """
    given = {"keys": list(unit_of), "units": list(unit_of.values()), "types": list(types)}
    return {str(unit): str(id_) for unit, id_ in connection.execute(_LEADS, given)}
