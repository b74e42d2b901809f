"""What a person says before a change can be proposed: read from what departments' rows have and from what was typed.

A form is read anew whenever it comes, from the same rows; the version of the evidence says that they are the same. What it asks stays on the server
where it is masked: the browser sends what was chosen and typed. Each type has a reader of its own, by `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from register.change_plans import Intent
from register.household_plans import HouseholdIntent
from register.work import UnitOfWork
from stewardship.effects import effects_of
from stewardship.leads import Evidence, Lead, Standing, evidence_of
from stewardship.masking import grouped, masked, may_be_child
from stewardship.places import Places
from stewardship.proposing.items import problem_with, read_typed
from stewardship.proposing.names import RELATION
from stewardship.visits import House, Visitor

LONGEST_RELATION: Final = 40
TICKED: Final = "take_"
SENT: Final = "sent"


@dataclass(frozen=True)
class Asked:
    """Of whom and by whom a form is asked for, in the transaction of a request.

    `form`: what was sent, empty when the page is opened.
    """

    work: UnitOfWork
    here: House
    visitor: Visitor
    lead: Lead
    standing: Standing
    places: Places
    today: date
    form: Mapping[str, str]

    @cached_property
    def evidence(self) -> Sequence[Evidence]:
        return evidence_of(self.work.connection, self.lead.discrepancy_id)

    @property
    def role(self) -> str:
        return self.visitor.role

    @property
    def night(self) -> date | None:
        """The last one that is applied."""
        return self.standing.night

    @property
    def is_lifted(self) -> bool:
        """Whether this user's leave to see the discrepancy unmasked stands."""
        return self.standing.lifted_until is not None

    @property
    def is_sent(self) -> bool:
        """Whether ticks that are missing were taken out."""
        return SENT in self.form

    def is_ticked(self, key: str) -> bool:
        return TICKED + key in self.form if self.is_sent else True

    def relation(self, key: str, told: str) -> str:
        """What was chosen, before anything is what the rows say."""
        return read_typed("relation_to_head", self.form.get(RELATION + key, told), LONGEST_RELATION)

    def wrong_relation(self, *relations: str) -> str:
        """What keeps those who are taken along from being proposed as what they would be to the head; blank is not known."""
        problems = (problem_with("relation_to_head", one, self.today) for one in relations if one)
        return next(filter(None, problems), "")

    def shown(self, name: str, value: str | None, number: str, born: str | None) -> str:
        """A value of a person of the register: unmasked while leave stands for whom the discrepancy is about, of all others masked by their
        own age.
        """
        if not value:
            return ""
        is_open = self.is_lifted and number in self.lead.persons
        is_child = may_be_child(born, self.today)
        return grouped(name, value if is_open else masked(name, value, is_child=is_child))


@dataclass(frozen=True)
class Person:
    """Somebody who may be chosen, masked; `relation`: to the head, as it would be."""

    key: str
    name: str
    sex: str
    born: str
    is_ticked: bool
    relation: str = ""


@dataclass(frozen=True)
class Filled:
    """A form as it stands.

    `kind`: of the change. `intent`: what would be proposed, None while something is missing. `problem`: what, by the template's words; told
    only when it was sent. `given`: asks for what the template of the type shows. `is_possible`: whether there is anybody to propose something of.
    """

    kind: str
    template: str
    intent: Intent | HouseholdIntent | None
    problem: str = ""
    given: Callable[[], Mapping[str, Any]] = dict
    is_possible: bool = True


Reader = Callable[[Asked], Filled]


def under_way_beside(asked: Asked, intent: Intent | HouseholdIntent) -> list[int]:
    """The changes that have to be settled first, but for the one that the discrepancy itself waits for."""
    own = asked.standing.change.change_id if asked.standing.change else None
    return [one.change_id for one in asked.work.changes.under_way(intent) if one.change_id != own]


def effects_in(
    asked: Asked,
    intent: Intent | HouseholdIntent | None,
    *,
    is_open: bool,
    grown: Collection[str] = (),
) -> dict[str, Any]:
    """What a page shows of what would change; nothing while something is missing.

    Args:
        is_open: leave that stands is for all whom the change is about: of who goes along it was not given.
        grown: newcomers who are no children by the rows that tell of them.
    """
    connection = asked.work.connection
    shown, under_way = None, []
    if intent is not None:
        shown = effects_of(connection, intent, asked.places, asked.today, is_lifted=is_open, grown=grown)
        under_way = under_way_beside(asked, intent)
    people, homes = shown or ([], [])
    return {
        "people": people,
        "homes": [home for home in homes if home.is_changed],
        "is_possible": shown is not None,
        "under_way": under_way,
    }
