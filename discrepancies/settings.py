"""What a county may set about the rules. Probabilities are 0–1, periods are days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from discrepancies.schedule import DUE_DAYS
from discrepancies.trust import DEFAULT_TRUST, Trust


@dataclass(frozen=True)
class RuleSettings:
    """Defaults are assumptions until a county has measured its own."""

    link_probability: float = 0.95
    """A link must be this sure before what the linked row says counts as evidence about a person."""

    household_member_probability: float = 0.8
    """A possible link this sure counts as "this member is on the register" when a household is judged."""

    missing_probability: float = 0.5
    """Below this the question is whether the person is the one on the register (possible_link), not whether
    one is missing."""

    inconsistent_confidence: float = 0.7
    """How far the evidence must favour another value than the register's."""

    duplicate_probability: float = 0.9
    """How sure two register rows must be one person."""

    duplicate_household_share: float = 0.5
    """Two households are one when more than this share of each of them is people of the other."""

    shared_id_same_person: float = 0.5
    """Two rows under one ID number that are this likely one person are one, and share it with nobody."""

    birth_days: int = 30
    """A birth is to be registered within this many days."""

    move_in_days: int = 0
    """A move in is to be registered within this many days (by law 3 in towns, 10 in villages); 0 waits for
    nothing."""

    infant_days: int = 365
    """Someone first seen younger than this is an unregistered birth, older a missing person."""

    list_days: int = 75
    """A unit's last monthly list holds until other units' lists are so much newer: then it was merged away.
    """

    school_until_age: float = 15.5
    """Who is this old when a term opens and on no school's list has left school, not necessarily the
    county."""

    school_history_days: int = 400
    """For so long such a school leaver's last list is still evidence of living here."""

    phone_from_age: int = 16
    """Younger people's phones are their parents'; only heads of household are asked below this age."""

    marital_from_age: int = 16
    """Below this age a blank marital status is no missing item."""

    register_coverage: float = 0.5
    """A township of whose listed people the register has a smaller share has not delivered its register."""

    register_least_listed: int = 50
    """Townships with fewer people on the fullest list are not judged so."""

    due_days: Mapping[str, int] = field(default_factory=lambda: DUE_DAYS)
    """On which day of the following month each feed's file is due."""

    overdue_grace_days: int = 5
    """How many days after that it is asked for."""

    silent_periods: int = 3
    """A unit that handed over nothing for so many periods is asked for nothing newer."""

    learning_periods: int = 3
    """A unit that tells of events is asked only after so many periods."""

    usual_periods: int = 6
    """Over how many periods its usual number of rows is taken."""

    quiet_probability: float = 0.01
    """It is asked when a period without any event would be rarer than this."""

    trust: Trust = field(default=DEFAULT_TRUST)
    """How often each feed is right about each field."""
