"""What the settings of the rules are called and mean, and what is said of a value that cannot be one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stewardship.words import N_

# By what they are about: name of `discrepancies.RuleSettings` → its word and what it decides.
GROUPS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    N_("How sure is sure enough"): {
        "link_probability": (
            N_("Link"),
            N_("So sure must a link be before what the row says counts as evidence about a person."),
        ),
        "missing_probability": (
            N_("Missing, or perhaps somebody who is registered"),
            N_(
                "Below this the question is whether the person is the one on the register, not whether one is missing."
            ),
        ),
        "household_member_probability": (
            N_("Member of a household"),
            N_("A possible link this sure counts as “is on the register” when a household is judged."),
        ),
        "inconsistent_confidence": (
            N_("Another value than the register's"),
            N_("So far must the evidence favour the other value."),
        ),
        "duplicate_probability": (
            N_("Double entry of a person"),
            N_("So sure must two rows of the register be one person."),
        ),
        "duplicate_household_share": (
            N_("Double entry of a household"),
            N_("Two households are one when more than this share of each are people of the other."),
        ),
        "shared_id_same_person": (
            N_("One person under one ID number"),
            N_("Two rows under one ID number that are this likely one person share it with nobody."),
        ),
    },
    N_("Periods and ages"): {
        "birth_days": (N_("Days to register a birth"), N_("After so many days a birth is listed.")),
        "move_in_days": (
            N_("Days to register a move in"),
            N_("By law 3 in towns, 10 in villages; 0 waits for nothing."),
        ),
        "infant_days": (
            N_("Infant, in days"),
            N_(
                "Who is first seen younger than this is an unregistered birth, who is older a missing person."
            ),
        ),
        "school_until_age": (
            N_("Age of leaving school"),
            N_("Who is this old when a term opens and on no school's list has left school."),
        ),
        "school_history_days": (
            N_("Days that a last school list counts"),
            N_("For so long the last list is still evidence of living here."),
        ),
        "phone_from_age": (
            N_("Age of an own phone"),
            N_("Younger people's phones are their parents'."),
        ),
        "marital_from_age": (
            N_("Age of a marital status"),
            N_("Below this age a blank is no missing item."),
        ),
    },
    N_("What departments hand over"): {
        "list_days": (
            N_("Days that a unit's last list holds"),
            N_("When other units' lists are so much newer, the unit was merged away."),
        ),
        "register_coverage": (
            N_("Least share of a delivered township"),
            N_(
                "A township of whose listed people the register has a smaller share has not delivered its register."
            ),
        ),
        "register_least_listed": (
            N_("Least people of a township to judge"),
            N_("Townships with fewer people on the fullest list are not judged so."),
        ),
        "overdue_grace_days": (
            N_("Days of grace"),
            N_("So many days after the due day a file is asked for."),
        ),
        "silent_periods": (
            N_("Periods of silence"),
            N_("A unit that handed over nothing for so many periods is asked for nothing newer."),
        ),
        "learning_periods": (
            N_("Periods to learn a unit"),
            N_("A unit that tells of events is asked only after so many periods."),
        ),
        "usual_periods": (
            N_("Periods of the usual number"),
            N_("Over so many periods a unit's usual number of rows is taken."),
        ),
        "quiet_probability": (
            N_("Rareness of a quiet period"),
            N_("A unit is asked when a period without any event would be rarer than this."),
        ),
    },
}
SETTINGS: Final[Mapping[str, str]] = {
    name: word for group in GROUPS.values() for name, (word, _) in group.items()
}
# Sources of the trust table that are no feeds.
MORE_SOURCES: Final[Mapping[str, str]] = {
    "register:unfit": N_("Population register, where it cannot be right by itself"),
    "*": N_("any other"),
}
# By `discrepancies.settings_file.BadSetting.kind`.
PROBLEMS: Final[Mapping[str, str]] = {
    "number": N_("This is no number."),
    "age": N_("An age in years, from 0 to 120."),
    "one": N_("A whole number, 1 or more."),
    "whole": N_("A whole number, 0 or more."),
    "share": N_("A number from 0 to 1."),
    "open_share": N_("A number above 0 and below 1."),
    "probability": N_("A number above 0 and below 1."),
    "day": N_("A day of the month, from 1 to 28."),
    "unknown": N_("There is no such setting; choose an item and a source."),
}
EFFECTS: Final[Mapping[str, tuple[str, str]]] = {
    "opened": ("+", N_("would open")),
    "reopened": ("↻", N_("would open again")),
    "changed": ("≠", N_("would change")),
    "resolved": ("−", N_("would close")),
}
STEPS: Final = (
    N_("waiting to begin"),
    N_("reading what the night looked at"),
    N_("finding anew under the draft"),
    N_("comparing with what is open"),
)
