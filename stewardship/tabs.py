"""The tabs over the queue: whose, for how long, and what a later night brought to what was decided.

| tab | holds |
|---|---|
| mine | assigned to oneself |
| unassigned | assigned to nobody |
| overdue | known for longer than the days that its priority allows (`DeskSettings.overdue_days`) |
| changed | reopened by new evidence after somebody had decided |
| (none) | all |

A tab is a filter like any other: the status stays chosen beside it. Of somebody else one asks by `of-` and a digest of the account
name, so that no address says who that is. A department's contact has no tabs: whom the county lets work on it is the county's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from stewardship.words import N_

MINE: Final = "mine"
UNASSIGNED: Final = "unassigned"
OVERDUE: Final = "overdue"
CHANGED: Final = "changed"
TABS: Final[Mapping[str, str]] = {
    MINE: N_("Mine"),
    UNASSIGNED: N_("Unassigned"),
    OVERDUE: N_("Overdue"),
    CHANGED: N_("Changed since decision"),
    "": N_("All"),
}
# Days of priority 1 to 4. An unregistered birth (1) is listed only when its legal period of 30 days has run out.
OVERDUE_DAYS: Final = (7, 14, 30, 90)
_OF: Final = re.compile(r"of-[0-9a-f]{10}")


def is_tab(text: str) -> bool:
    return text in TABS or _OF.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def tab_of(user_id: str) -> str:
    """The tab of what is assigned to this user."""
    return f"of-{hashlib.sha256(user_id.encode()).hexdigest()[:10]}"


def due_nights(today: date, days: tuple[int, ...]) -> tuple[date, ...]:
    """By priority, 1 first: what was opened before that night is overdue."""
    return tuple(today - timedelta(days=number) for number in days)


def is_of_few(tab: str) -> bool:
    """Whether it holds few rows, which an index of their own finds."""
    return tab not in ("", UNASSIGNED, OVERDUE)
