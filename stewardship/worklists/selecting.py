"""A worklist of discrepancies that somebody selected: one list, of those that somebody can be asked about as things are now.

Whoever sends the same selection twice gets the list that was made of it the first time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from discrepancies.asking import ASKED
from register.work import UnitOfWork
from register.worklists import MadeList
from stewardship.listing import today_of
from stewardship.places import read_places
from stewardship.visits import House, Visitor
from stewardship.worklists import choosing, doors


@dataclass(frozen=True)
class Selected:
    """What is on the list; without one `problem` says why: `areas` where they lie in several, `nobody` where nobody can be asked."""

    made: MadeList | None
    listed: frozenset[str]
    problem: str | None = None


def put_on_list(
    work: UnitOfWork, ids: Collection[str], visitor: Visitor, here: House, language: str = ""
) -> Selected:
    """Where no language is chosen, in that of the last list of the area, of the first one in the visitor's."""
    places = read_places(work.connection)
    area, leads = choosing.of_one_area(choosing.still_to_ask(work.connection, ids), places, visitor.role)
    if area is None:
        return Selected(None, frozenset(), "areas" if leads else "nobody")
    listed = doors.walked(work.connection, leads, places, here.sources, today_of(here))
    types = [name for name in ASKED if name in {lead.type for lead in leads}]
    tongue = language or work.worklists.language_of(area) or visitor.language
    made = work.worklists.make(area, types, tongue, listed, visitor.user_id, here.now())
    return Selected(made, frozenset(listed))
