"""What a change of several persons of one household would make of the register, in the shape of any other plan (`register.change_plans`).

A household that the register has not got yet has no number either: it stands as `NEW_HOUSEHOLD` in the rows, and whoever keeps the register
gives it one. It is shown as done when all of them are together in one household that is another than before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from register.change_plans import (
    FIELDS,
    HEAD,
    HOUSEHOLD_FIELDS,
    NEW_HOUSEHOLD,
    Intent,
    Plan,
    Row,
    checked,
    complete,
    is_new,
    plan,
)
from register.errors import InvalidInput

MOST_PEOPLE: Final = 40
# kind → the items of each person that may be given
_ALLOWED: Final = {
    "add_household": FIELDS,
    "new_household": ("relation_to_head",),
    "move_household": HOUSEHOLD_FIELDS,
}


@dataclass(frozen=True)
class HouseholdIntent:
    """What somebody wants of several persons at once.

    kind            people                                            household_no
    add_household   who is entered, by `change_plans.newcomer` →      –
                    all that is known; of each a name, and one head
    new_household   who moves out together → relation_to_head;        –
                    one is the head
    move_household  who joins → what else of HOUSEHOLD_FIELDS         of the household they join
                    changes
    """

    kind: str
    people: Mapping[str, Mapping[str, str | None]]
    household_no: str = NEW_HOUSEHOLD

    @property
    def numbers(self) -> tuple[str, ...]:
        """Of those who are on the register."""
        return tuple(number for number in self.people if not is_new(number))


def plan_of(intent: Intent | HouseholdIntent, rows: Mapping[str, Row]) -> Plan:
    """What either would do, given the register's rows of the persons it names. Raises: InvalidInput."""
    return household_plan(intent, rows) if isinstance(intent, HouseholdIntent) else plan(intent, rows)


def household_plan(intent: HouseholdIntent, rows: Mapping[str, Row]) -> Plan:
    """Raises: InvalidInput."""
    if intent.kind not in _ALLOWED:
        raise InvalidInput("there is no such kind of change of a household")
    if not 0 < len(intent.people) <= MOST_PEOPLE:
        raise InvalidInput(f"a change of a household is about 1 to {MOST_PEOPLE} persons")
    if any(is_new(number) != (intent.kind == "add_household") for number in intent.people):
        raise InvalidInput("who is entered has no number yet, who moves has one")
    absent = sum(number not in rows for number in intent.numbers)
    if absent:
        raise InvalidInput(f"{absent} of the persons are not on the register")
    if (intent.kind == "move_household") != bool(intent.household_no):
        raise InvalidInput("the household's number is given where they join one, and only there")
    before = {number: complete(rows[number]) if number in rows else None for number in intent.people}
    after = {
        number: complete(
            {
                **(rows.get(number) or {}),
                **checked(values, _ALLOWED[intent.kind]),
                "household_no": intent.household_no,
            }
        )
        for number, values in intent.people.items()
    }
    if any(not row["name"] for row in after.values()):
        raise InvalidInput("a person who is added needs a name")
    if not intent.household_no:
        _set_head(after)
    if before == after:
        raise InvalidInput("the register shows this already")
    return Plan(dict(before), dict(after))


def _set_head(after: Mapping[str, Row]) -> None:
    heads = [row["name"] for row in after.values() if row["relation_to_head"] == HEAD]
    if len(heads) != 1:
        raise InvalidInput("a household has one head")
    for row in after.values():
        row["head_name"] = heads[0]
