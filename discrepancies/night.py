"""One night's discrepancies: every family of rules over the same view."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from discrepancies.candidates import Candidate, in_order
from discrepancies.clocks import clock
from discrepancies.duplicate_households import find_duplicate_households
from discrepancies.duplicates import find_duplicates
from discrepancies.events import find_events
from discrepancies.fields import find_fields
from discrepancies.inputs import NightInputs
from discrepancies.missing import find_missing, look
from discrepancies.overdue import find_overdue
from discrepancies.shared_numbers import find_shared_numbers
from discrepancies.sources import find_source_corrections, wrong_cells
from discrepancies.view import build
from discrepancies.weighing import weigh
from discrepancies.wrong_households import find_wrong_households


@dataclass(frozen=True)
class Found:
    """`candidates` in a fixed order whatever the order of the rows; `next_clock` is the next night on which
    something now withheld falls due, None when there is none."""

    candidates: list[Candidate]
    next_clock: dt.date | None


def look_into(inputs: NightInputs) -> Found:
    """What one night finds, and when to look again though nothing arrives."""
    view = build(inputs)
    missing = look(view)
    weighed = weigh(view)
    errors = wrong_cells(view, weighed)
    candidates = [
        *find_missing(view, missing),
        *find_fields(view, weighed),
        *find_duplicates(view),
        *find_duplicate_households(view),
        *find_events(view),
        *find_shared_numbers(view, weighed, errors),
        *find_wrong_households(view),
        *find_source_corrections(view, errors),
        *find_overdue(view),
    ]
    return Found(in_order(candidates), clock(view, missing))


def find(inputs: NightInputs) -> list[Candidate]:
    """All candidates of a night."""
    return look_into(inputs).candidates


def next_clock(inputs: NightInputs) -> dt.date | None:
    """The next night on which something now withheld falls due; None when there is none."""
    return look_into(inputs).next_clock
