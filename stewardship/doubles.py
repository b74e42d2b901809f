"""Who stands in both of two households: each pair is a discrepancy of its own, and is settled there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from discrepancies.candidates import DUPLICATE_PERSON
from stewardship.homes import Members
from stewardship.leads import Lead
from stewardship.masking import masked, may_be_child
from stewardship.queue import Queue

MOST_PAIRS: Final = 100


@dataclass(frozen=True)
class Double:
    """Two rows that may be one person, masked by their own age, that of the first household first; and the discrepancy that asks it."""

    first: str
    second: str
    lead: Lead


def doubles(queue: Queue, members: Members, today: date) -> list[Double]:
    """Between the households of `members` (`homes.residents_of`): those that the user sees both of, and that have not resolved."""
    people = {one.person_no: one for belonging in members.values() for one in belonging}
    homes, order = list(members), list(people)
    leads = queue.about(sorted(people), MOST_PAIRS) if len(homes) > 1 else []
    found = []
    for lead in sorted(
        leads, key=lambda one: min(order.index(number) for number in one.persons if number in people)
    ):
        both = sorted(
            (people[number] for number in lead.persons if number in people),
            key=lambda one: homes.index(one.household_no),
        )
        is_between = len({one.household_no for one in both}) == 2
        if lead.type == DUPLICATE_PERSON and lead.status != "resolved" and is_between:
            first, second = (
                masked("name", one.name or "", is_child=may_be_child(one.birth_date, today)) for one in both
            )
            found.append(Double(first, second, lead))
    return found
