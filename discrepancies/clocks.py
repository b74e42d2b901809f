"""When to look again though nothing arrives: the next night on which a legal period runs out or a file
becomes overdue.

Rules depend on the night only through legal periods (`periods`) and due days (`overdue`); ages and recency
are reckoned from the latest arrival. So nights without deliveries can be skipped unless one of them is such
a night.
"""

from __future__ import annotations

import datetime as dt

from discrepancies.missing import Missing, withheld
from discrepancies.overdue import next_due
from discrepancies.view import View


def clock(view: View, missing: Missing | None) -> dt.date | None:
    """The first night after the view's on which something now withheld would be raised; None when there is none."""
    due = withheld(view, missing)
    nights = [None if due.empty else due.min().date(), next_due(view)]
    return min((night for night in nights if night is not None), default=None)
