"""One night's discrepancies: every family of rules over the same view."""

from __future__ import annotations

from discrepancies.candidates import Candidate, in_order
from discrepancies.duplicates import find_duplicates
from discrepancies.events import find_events
from discrepancies.fields import find_fields
from discrepancies.inputs import NightInputs
from discrepancies.missing import find_missing
from discrepancies.view import build

FAMILIES = (find_missing, find_fields, find_duplicates, find_events)


def find(inputs: NightInputs) -> list[Candidate]:
    """All candidates of a night, in a fixed order whatever the order of the rows."""
    view = build(inputs)
    return in_order(candidate for family in FAMILIES for candidate in family(view))
