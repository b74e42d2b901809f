"""The page of a household of the register: who belongs to it, and what the desk has about it and them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from register.change_plans import Row
from register.current import MOST_MEMBERS, current_rows, members_of
from register.past import household_on
from register.work import UnitOfWork
from stewardship.crumbs import crumbs
from stewardship.errors import NotThere
from stewardship.exporting import asked, lists
from stewardship.exporting.residents import sheets_about
from stewardship.exporting.routes import taken_out
from stewardship.leads import last_night
from stewardship.listing import rows_of, today_of
from stewardship.pages import page
from stewardship.places import Places, read_places
from stewardship.queue import Filters
from stewardship.residents import then
from stewardship.residents.about import MOST_LISTED, About, read_about
from stewardship.residents.decided import Subject
from stewardship.residents.routes import checked, day_asked, looked
from stewardship.visits import Decider, Form, Here, House, Visitor
from stewardship.words import N_

router: Final = APIRouter()
HOUSEHOLD: Final = "household"
OF_MENTIONS: Final = ("name",)  # whom a row means is enough beside its place; the person's page has the rest
TITLES: Final[Mapping[str, str]] = {
    "leads": N_("Discrepancies about this household and who belongs to it"),
    "mentions": N_("What departments' files have about who belongs to it"),
}


@dataclass(frozen=True)
class Members:
    """Who belongs to it now, and on the day that is asked for."""

    now: Mapping[str, Row]
    past: Mapping[str, Row]
    pairs: list[then.Pair]

    @property
    def is_cut(self) -> bool:
        return len(self.now) >= MOST_MEMBERS


@router.get("/households/{household_no}")
def household(request: Request, here: Here, visitor: Decider, household_no: str) -> Response:
    key, today = checked(household_no), today_of(here)
    on = day_asked(request.query_params.get("on", ""), today)
    with here.desk.as_user(visitor.user_id, visitor.role) as work:
        found = _members(work, key, on, today)
        days = then.days_of_household(work.connection, key)
        if not found.pairs and not days:
            raise NotThere
        places = read_places(work.connection)
        night = last_night(work.connection)
        about = _about(work, here, visitor, places, key, found, night)
        rows = rows_of(work.connection, about.leads.rows, places, visitor.language, here)
        area = next((row.get("area_code") for row in (*found.now.values(), *found.past.values())), None)
        looked(work, visitor, HOUSEHOLD, key, on)
    return page(
        request,
        "household_page.html",
        visitor=visitor,
        number=key,
        on=on,
        today=today,
        days=days,
        within=crumbs(places, area, visitor.role),
        pairs=found.pairs,
        is_cut=found.is_cut,
        most_members=MOST_MEMBERS,
        about=about,
        rows=rows,
        night=night,
        filters=Filters(),
    )


@router.post("/households/{household_no}/export")
def exported(request: Request, here: Here, visitor: Decider, form: Form, household_no: str) -> Response:
    """Who belongs to it, and all that the page has about it and them, as the page says it."""
    key, today = checked(household_no), today_of(here)
    on = day_asked(request.query_params.get("on", ""), today)
    w = asked.Words(visitor.language)
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        found = _members(work, key, on, today)
        if not found.pairs and not then.days_of_household(work.connection, key):
            raise NotThere
        places = read_places(work.connection)
        night = last_night(work.connection)
        about = _about(work, here, visitor, places, key, found, night, here.settings.most_exported)
        sheets = [
            lists.members(found.pairs, visitor.language, is_of_two=on is not None),
            *sheets_about(work, about, HOUSEHOLD, TITLES, places, visitor, here),
        ]
        day = "" if on is None else on.isoformat()
        told = w.pairs(((N_("Household"), key), (N_("As of"), day)))
        return taken_out(here, visitor, sheets, told, {"household": key, "on": day})


def _members(work: UnitOfWork, key: str, on: date | None, today: date) -> Members:
    now = members_of(work.connection, [key])
    past = household_on(work.connection, key, on) if on else now
    left = current_rows(work.connection, past.keys() - now.keys(), ("birth_date",))
    return Members(now, past, then.pairs(past, now, today, left))


def _about(
    work: UnitOfWork,
    here: House,
    visitor: Visitor,
    places: Places,
    key: str,
    found: Members,
    night: date | None,
    most: int = MOST_LISTED,
) -> About:
    """About the household, and all who stand on its page."""
    numbers = tuple(pair.resident.person_no for pair in found.pairs)
    linkable = current_rows(work.connection, numbers)
    return read_about(
        work,
        here,
        visitor,
        places,
        Subject(numbers, key),
        linkable=[number for number in numbers if number in linkable],
        night=night,
        most=most,
        fields=OF_MENTIONS,
    )
