"""One night's discrepancies: every family of rules over the same view."""

from __future__ import annotations

from discrepancies.candidates import Candidate, in_order
from discrepancies.duplicate_households import find_duplicate_households
from discrepancies.duplicates import find_duplicates
from discrepancies.events import find_events
from discrepancies.fields import find_fields
from discrepancies.inputs import NightInputs
from discrepancies.missing import find_missing
from discrepancies.overdue import find_overdue
from discrepancies.shared_numbers import find_shared_numbers
from discrepancies.sources import find_source_corrections
from discrepancies.view import build
from discrepancies.weighing import weigh
from discrepancies.wrong_households import find_wrong_households


def find(inputs: NightInputs) -> list[Candidate]:
    """All candidates of a night, in a fixed order whatever the order of the rows."""
    view = build(inputs)
    weighed = weigh(view)
    return in_order(
        [
            *find_missing(view),
            *find_fields(view, weighed),
            *find_duplicates(view),
            *find_duplicate_households(view),
            *find_events(view),
            *find_shared_numbers(view, weighed),
            *find_wrong_households(view),
            *find_source_corrections(view, weighed),
            *find_overdue(view),
        ]
    )
