"""When to look again though nothing arrives: the next night on which a legal period runs out.

Rules depend on the night only through legal periods (`periods`); ages and recency are reckoned from the
latest arrival. So nights without deliveries can be skipped unless one of them is such a night.
"""

from __future__ import annotations

import datetime as dt

from discrepancies.inputs import NightInputs
from discrepancies.missing import withheld
from discrepancies.view import build


def next_clock(inputs: NightInputs) -> dt.date | None:
    """The first night after `inputs.night` on which something now withheld would be raised; None when there
    is none."""
    due = withheld(build(inputs))
    return None if due.empty else due.min().date()
