"""What stood at the end of a night, kept so that a page can show how it went without counting a million rows again; and which discrepancies
this night was the first to count as closed (`closed_night`), or as open again (`past_closing`): what happened between two nights is a list then.

Taken from the tally (`register.tally_models`), which is some thousand rows. Villages are put together to their townships of today. A night that
runs again replaces what it kept.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.tally_models import NightTally

_KEEP: Final = sa.text("""
INSERT INTO night_tally (night, type, area_code, "open", waiting, decided, resolved)
SELECT :night, t.type, coalesce(v.parent, t.area_code) AS area,
    coalesce(sum(t.rows) FILTER (WHERE t.status = 'open'), 0), coalesce(sum(t.rows) FILTER (WHERE t.status = 'waiting'), 0),
    coalesce(sum(t.rows) FILTER (WHERE t.status = 'decided'), 0), coalesce(sum(t.rows) FILTER (WHERE t.status = 'resolved'), 0)
FROM discrepancy_tally AS t
LEFT JOIN (SELECT DISTINCT ON (code) code, parent FROM area WHERE level = 'village' ORDER BY code, valid_from DESC) AS v
    ON v.code = t.area_code
WHERE t.area_code <> '*' AND t.first_night = 'infinity'
GROUP BY t.type, area
""")

# Whatever is given another status loses its night; where it is opened again, that goes into `past_closing` (migration 0037). What was opened again
# and closed once more without a night between was closed all the time; what this very night had closed when it ran before, never.
_CLOSINGS: Final = (
    """
UPDATE discrepancy AS d SET closed_night = p.closed_night FROM past_closing AS p
WHERE p.opened_night IS NULL AND p.closed_night < :night AND d.discrepancy_id = p.discrepancy_id
    AND d.closed_night IS NULL AND d.status IN ('decided', 'resolved')
""",
    """
DELETE FROM past_closing AS p USING discrepancy AS d
WHERE p.opened_night IS NULL AND d.discrepancy_id = p.discrepancy_id
    AND (p.closed_night >= :night OR d.status IN ('decided', 'resolved'))
""",
    "UPDATE past_closing SET opened_night = :night WHERE opened_night IS NULL",
    "UPDATE discrepancy SET closed_night = :night WHERE closed_night IS NULL AND status IN ('decided', 'resolved')",
)


def keep_tally(connection: Connection, night: date) -> None:
    """Writes how many discrepancies stand now, and which are closed or opened again, as of that night."""
    connection.execute(sa.delete(NightTally).where(NightTally.night == night))
    connection.execute(_KEEP, {"night": night})
    for statement in _CLOSINGS:
        connection.execute(sa.text(statement), {"night": night})
