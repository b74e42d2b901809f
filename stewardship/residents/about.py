"""What the desk has about people besides the register's rows: discrepancies, decisions, register changes, departments' rows.

The page of a person and that of a household are made of it, and their workbooks. Every part is what the user may see of it; where a part is cut,
it knows how many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from register.work import UnitOfWork
from stewardship.actors import called
from stewardship.leads import Lead
from stewardship.listing import queue_of
from stewardship.matrix import FIELDS
from stewardship.places import Places
from stewardship.prepared import Linked
from stewardship.residents.decided import Changed, Decided, Subject, changes_about, decisions_about
from stewardship.residents.mentions import Mention, mentions_of, with_what_they_say
from stewardship.visits import House, Visitor

MOST_LISTED: Final = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """A list that may be cut; `found`: how many there are."""

    rows: list[T]
    found: int

    @property
    def left_out(self) -> int:
        return self.found - len(self.rows)


@dataclass(frozen=True)
class About:
    """`names`: of the accounts that it speaks of, the name that others see."""

    leads: Part[Lead]
    decisions: Part[Decided]
    changes: Part[Changed]
    mentions: Part[Mention]
    names: Mapping[str, str]


def read_about(
    work: UnitOfWork,
    here: House,
    visitor: Visitor,
    places: Places,
    subject: Subject,
    *,
    linkable: Collection[str],
    night: date | None,
    most: int = MOST_LISTED,
    fields: Collection[str] = FIELDS,
    lifted: Collection[str] = (),
) -> About:
    """Of each part at most so many.

    Args:
        linkable: those of the persons who are on the register now, in the order in which their rows are listed.
        night: the newest that is applied.
        fields: what is told of what departments' rows say.
        lifted: the persons whom the user has leave to see unmasked.
    """
    queue = queue_of(work, here, visitor, places)
    leads = queue.about(subject.numbers, most, subject.household_no)
    found = len(leads) if len(leads) < most else queue.count_about(subject.numbers, subject.household_no)
    decisions, decided = decisions_about(work.connection, subject, most)
    changes, changed = changes_about(work, subject, visitor, here, most)
    by_person: Mapping[str, list[Linked]] = {}
    if night is not None and linkable:
        rows = here.prepared.linked(night, linkable)
        by_person = {number: list(rows[number]) for number in linkable if number in rows}
    answers = work.link_decisions.about(subject.numbers, with_words=visitor.role == "steward")
    mentions = mentions_of(by_person, answers)
    told = with_what_they_say(work, here, mentions[:most], places, fields, lifted)
    accounts = {one.by for one in decisions} | {one.answer.by for one in told if one.answer}
    for one in changes:
        accounts |= {one.row.change.proposed_by, one.row.change.changed_by}
        accounts |= {step.actor for step in one.steps if step.actor}
    return About(
        Part(leads, found),
        Part(decisions, decided),
        Part(changes, changed),
        Part(told, len(mentions)),
        called(work.assignments.names(accounts), visitor.language),
    )
