"""What the change that a discrepancy speaks of would do, as its page shows before anybody proposes it.

It is made of the rows that the page has read: of a household only what its strip shows, so nothing is asked of the database for it. A change of
a field has its column in the matrix. Of a household in which the user may see nobody nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from register.change_plans import Intent, Row, plan
from register.errors import InvalidInput
from stewardship.effects import HouseholdEffect, PersonEffect, household_effects, person_effects
from stewardship.homes import Members
from stewardship.places import Places


@dataclass(frozen=True)
class Foreseen:
    """To the persons whom it is about, and to those of the households read that somebody leaves or joins."""

    people: list[PersonEffect]
    homes: list[HouseholdEffect]


def foreseen(
    intent: Intent | None,
    rows: Mapping[str, Row],
    members: Members,
    today: date,
    places: Places,
    *,
    is_lifted: bool,
) -> Foreseen | None:
    """None where it is a field's, or the register shows it already, or no longer has the person."""
    if intent is None or intent.kind == "field":
        return None
    try:
        planned = plan(intent, rows)
    except InvalidInput:
        return None
    known: dict[str, Row] = {
        one.person_no: {
            "household_no": number,
            "name": one.name,
            "birth_date": one.birth_date.isoformat() if one.birth_date else None,
            "relation_to_head": one.relation_to_head,
        }
        for number, belonging in members.items()
        for one in belonging
    }
    homes = household_effects(planned, known, intent.numbers, today, is_lifted=is_lifted)
    return Foreseen(
        person_effects(planned, today, places, is_lifted=is_lifted),
        [home for home in homes if home.is_changed and home.household_no in members],
    )
