"""How complete birth registration is, and how births become registrations: frames in, frames of counts and estimates out.

Knows neither Dagster nor the database. `capture_histories` makes of a night's links one row per child; `completeness` estimates
from them how many births there were, `funnel` counts what became of those that were notified.
"""

from completeness.estimates import completeness
from completeness.funnel import funnel, notified_births, with_sources
from completeness.histories import (
    LISTS,
    Night,
    capture_histories,
    child_mentions,
    covered_quarters,
    window,
)
from completeness.linkage_error import LinkageError
from completeness.linkage_rates import linkage_errors
from completeness.suppression import suppress_small

__all__ = [
    "LISTS",
    "LinkageError",
    "Night",
    "capture_histories",
    "child_mentions",
    "completeness",
    "covered_quarters",
    "funnel",
    "linkage_errors",
    "notified_births",
    "suppress_small",
    "window",
    "with_sources",
]
