"""Persons and households of the newest register: looking them up, and one of them, always masked."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from register.current import current_rows, members_of
from stewardship.api import shapes
from stewardship.api.callers import Decider
from stewardship.api.problems import documented
from stewardship.errors import NotThere
from stewardship.finding import found_people, leads_about, meanings, together
from stewardship.listing import queue_of, today_of
from stewardship.places import read_places
from stewardship.residents import then
from stewardship.residents.about import MOST_LISTED
from stewardship.residents.households import HOUSEHOLD
from stewardship.residents.listed import lines_of
from stewardship.residents.routes import PERSON, checked, looked
from stewardship.visits import Here

router: Final = APIRouter(tags=["persons and households"])


@router.post("/persons/search", responses=documented(411, 413))
def search(here: Here, caller: Decider, body: shapes.Search) -> shapes.FoundPersons:
    """Whom it may mean, by whatever it looks like. Posted, because who is looked for must be in no address."""
    with caller.work(here, read_only=True) as work:
        places, meant = read_places(work.connection), meanings(together(body.wanted))
        people = found_people(work.people, meant)
        leads = leads_about(queue_of(work, here, caller, places), people, meant, caller.role)
        lines = lines_of(people, places, today_of(here))
    return shapes.FoundPersons(
        items=[shapes.FoundPerson(**vars(line)) for line in lines],
        discrepancies=[lead.discrepancy_id for lead in leads],
    )


@router.get("/persons/{number}", responses=documented())
def person(here: Here, caller: Decider, number: shapes.RegisterNumber) -> shapes.OnePerson:
    """Who is on the register now. That somebody looked at them is in the audit chain."""
    key, today = checked(number), today_of(here)
    with caller.work(here) as work:
        places = read_places(work.connection)
        row = current_rows(work.connection, [key]).get(key)
        if row is None:
            raise NotThere
        leads = queue_of(work, here, caller, places).about([key], MOST_LISTED)
        looked(work, caller, PERSON, key, None)
    lines = then.lines(None, row, places, child=then.is_child(None, row, today), is_lifted=False)
    return shapes.OnePerson(
        person_no=key,
        household_no=row["household_no"],
        items=[
            shapes.RegisterItem(field=line.field, value="".join(part.text for part in line.now))
            for line in lines
        ],
        discrepancies=[lead.discrepancy_id for lead in leads],
    )


@router.get("/households/{number}", responses=documented())
def household(here: Here, caller: Decider, number: shapes.RegisterNumber) -> shapes.OneHousehold:
    """Who belongs to it now. That somebody looked at it is in the audit chain."""
    key = checked(number)
    with caller.work(here) as work:
        found = members_of(work.connection, [key])
        if not found:
            raise NotThere
        looked(work, caller, HOUSEHOLD, key, None)
    residents = [pair.resident for pair in then.pairs(found, found, today_of(here))]
    return shapes.OneHousehold(
        household_no=key, members=[shapes.Member(**vars(resident)) for resident in residents]
    )
