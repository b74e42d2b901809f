"""Periods that the household registration regulations (户口登记条例, articles 7, 8, 13) leave for
registering something.

Before the period is over there is nothing to help with, so the rule waits. Which of them a county waits
for, and how long, is in its settings; 0 days waits for nothing.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.settings import RuleSettings

# event → (days by the regulations, name of the setting)
LEGAL_PERIODS: dict[str, tuple[int, str]] = {
    "birth": (30, "birth_days"),
    "move_in": (10, "move_in_days"),
}


def due_on(event: str, dates: pd.Series, settings: RuleSettings) -> pd.Series:
    """The first night on which the event may be missed on the register."""
    return dates + pd.Timedelta(days=int(getattr(settings, LEGAL_PERIODS[event][1])))
