"""What stood at the end of a night, kept so that a page can show how it went without counting a million rows again; and of what is closed
since the night before, that this night was the first to count it so (`closed_night`): what was closed between two nights is a list then.

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

# Who gives another status takes the night away (migration 0037).
_CLOSE: Final = sa.text("""
UPDATE discrepancy SET closed_night = :night WHERE closed_night IS NULL AND status IN ('decided', 'resolved')
""")


def keep_tally(connection: Connection, night: date) -> None:
    """Writes how many discrepancies stand now, and which are closed, as of that night."""
    connection.execute(sa.delete(NightTally).where(NightTally.night == night))
    connection.execute(_KEEP, {"night": night})
    connection.execute(_CLOSE, {"night": night})
