"""The tabs over the queue: whose, for how long, and what a later night brought to what was decided.

| tab | holds |
|---|---|
| mine | assigned to oneself |
| unassigned | assigned to nobody |
| overdue | known for longer than the days that its priority allows (`DeskSettings.overdue_days`) |
| changed | reopened by new evidence after somebody had decided |
| (none) | all |

A tab is a filter like any other: the status stays chosen beside it. To whom something is assigned is a filter beside the tabs, which
leaves what is overdue or changed of one user, or of nobody: `mine`, `unassigned`, or `of-` and a digest of the account name, so that no
address says who that is. A department's contact has neither: whom the county lets work on it is the county's.
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
OF_ASSIGNEE: Final = frozenset({MINE, UNASSIGNED})  # tabs that leave no choice of an assignee
# Days of priority 1 to 4. An unregistered birth (1) is listed only when its legal period of 30 days has run out.
OVERDUE_DAYS: Final = (7, 14, 30, 90)
ACCOUNT: Final = "of-[0-9a-f]{10}"
WHOSE: Final = f"({MINE}|{UNASSIGNED}|{ACCOUNT})"
_WHOSE: Final = re.compile(WHOSE)
_ACCOUNT: Final = re.compile(ACCOUNT)


def is_whose(text: str) -> bool:
    return _WHOSE.fullmatch(text) is not None


def is_account(text: str) -> bool:
    return _ACCOUNT.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def whose_of(user_id: str) -> str:
    """How an address asks for what is this user's."""
    return f"of-{hashlib.sha256(user_id.encode()).hexdigest()[:10]}"


def due_nights(today: date, days: tuple[int, ...]) -> tuple[date, ...]:
    """By priority, 1 first: what was opened before that night is overdue."""
    return tuple(today - timedelta(days=number) for number in days)
