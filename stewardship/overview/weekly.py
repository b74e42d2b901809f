"""What came, was opened again and was closed week by week, in one statement each: as `stewardship.overview.stretches` counts it between the ends of two
nights, which for one week after the other would read the same rows as often as there are weeks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stewardship.overview.stretches import AGAIN, CAME, CLOSED_IN, Stretch, narrowed, was_closed, was_open
from stewardship.places import Places

# Week 1 is from the end of the first of these nights to that of the second.
_WEEK: Final = "width_bucket({night} - 1, CAST(:ends AS date[]))"
_AFTER: Final = "(CAST(:ends AS date[]))[{of}.week]"
_UNTIL: Final = "(CAST(:ends AS date[]))[{of}.week + 1]"
_IN: Final = "{night} > :after AND {night} <= :until"


def _past(night: str) -> str:
    """Past closings, with the week of one of their nights."""
    return f"SELECT *, {_WEEK.format(night=night)} AS week FROM past_closing WHERE {_IN.format(night=night)}"


_COUNTED: Final = {
    CAME: f"""
SELECT {_WEEK.format(night="d.first_night")} AS week, count(*) FROM discrepancy AS d
WHERE {_IN.format(night="d.first_night")} AND {{narrowed}} GROUP BY 1""",
    CLOSED_IN: f"""
SELECT d.week, count(*) FROM (
    SELECT d.discrepancy_id, {_WEEK.format(night="d.closed_night")} AS week FROM discrepancy AS d
    WHERE {_IN.format(night="d.closed_night")} AND {{narrowed}}
    UNION
    SELECT d.discrepancy_id, c.week FROM ({_past("closed_night")}) AS c JOIN discrepancy AS d USING (discrepancy_id)
    WHERE (c.opened_night > {_UNTIL.format(of="c")} OR c.opened_night IS NULL) AND {{narrowed}}
) AS d WHERE NOT {was_closed(_AFTER.format(of="d"))} GROUP BY 1""",
    AGAIN: f"""
SELECT c.week, count(DISTINCT d.discrepancy_id) FROM ({_past("opened_night")}) AS c JOIN discrepancy AS d USING (discrepancy_id)
WHERE c.closed_night <= {_AFTER.format(of="c")} AND {was_open(_UNTIL.format(of="c"))} AND {{narrowed}} GROUP BY 1""",
}


def count_by_week(
    connection: Connection, role: str, what: str, ends: Sequence[date], asked: Stretch, places: Places
) -> Counter[date]:
    """By the night at whose end a week ends. `ends`: of two weeks three nights, in their order; `asked`: its type and township."""
    conditions, given = narrowed(role, asked, places)
    query = _COUNTED[what].replace("{narrowed}", " AND ".join(conditions) or "true")
    asked_for = {**given, "ends": list(ends), "after": ends[0], "until": ends[-1]}
    return Counter({ends[week]: int(rows) for week, rows in connection.execute(sa.text(query), asked_for)})
