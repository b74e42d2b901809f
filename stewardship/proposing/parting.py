"""Moving out into a household that the register does not have: who goes along, and what each is to its head.

Offered is whom the police list there and the register knows; they are taken along unless they are taken out.
"""

from __future__ import annotations

from collections.abc import Mapping

from register.change_plans import HEAD, Row
from register.current import current_rows
from register.household_plans import HouseholdIntent
from stewardship.homes import FIRM, police_household
from stewardship.prepared import Listed
from stewardship.proposing.forms import Asked, Filled, Person, effects_in


def read(asked: Asked) -> Filled:
    there = _listed(asked)
    numbers = dict.fromkeys((*asked.lead.persons, *there))
    rows = current_rows(asked.work.connection, numbers)
    order = sorted((one for one in numbers if one in rows), key=lambda one: _order(one, rows[one], there))
    people = [_person(asked, one, rows[one], there.get(one)) for one in order]
    taken = {one.key: {"relation_to_head": one.relation or None} for one in people if one.is_ticked}
    problem = _problem(asked, taken)
    intent = None if problem else HouseholdIntent("new_household", taken)
    return Filled(
        "new_household",
        "propose_home.html",
        intent,
        problem,
        lambda: {"offered": people, "own": asked.lead.person_no, **effects_in(asked, intent, is_open=False)},
    )


def _order(number: str, row: Row, listed: Mapping[str, Listed]) -> tuple[bool, str]:
    """The head of the police's list first, else by age."""
    is_head = number in listed and listed[number].relation_to_head == HEAD
    return not is_head, row["birth_date"] or "9"


def _problem(asked: Asked, taken: dict[str, dict[str, str | None]]) -> str:
    if asked.lead.person_no not in taken:
        return "own"
    relations = [one["relation_to_head"] or "" for one in taken.values()]
    return asked.wrong_relation(*relations) or ("" if relations.count(HEAD) == 1 else "head")


def _listed(asked: Asked) -> dict[str, Listed]:
    """Whom the police list in the household of the discrepancy's person, by person number."""
    if asked.night is None:
        return {}
    there = police_household(
        asked.work.connection,
        asked.here.prepared,
        asked.here.sources,
        asked.lead,
        asked.evidence,
        asked.night,
    )
    return {one.person_no: one for one in there if one.person_no is not None and one.decision in FIRM}


def _person(asked: Asked, number: str, row: Row, listed: Listed | None) -> Person:
    born = row["birth_date"]
    return Person(
        number,
        asked.shown("name", row["name"], number, born),
        row["sex"] or "",
        (born or "")[:4],
        asked.is_ticked(number),
        asked.relation(number, "" if listed is None else listed.relation_to_head),
    )
