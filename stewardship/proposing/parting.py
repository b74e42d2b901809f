"""Moving out into a household that the register does not have: who goes along, and what each is to its head.

Offered is whom the police list there and the register knows; they are taken along unless they are taken out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from register.asking import Question
from register.change_plans import HEAD, Row
from register.current import current_rows
from register.household_plans import HouseholdIntent
from register.told import JOIN_HOUSEHOLDS
from stewardship.homes import FIRM, homes_of, police_rows
from stewardship.prepared import Listed
from stewardship.proposing.forms import Asked, Filled, Person

_HOMES: Final = Question(
    f"""
SELECT DISTINCT m.household_no FROM person AS p {JOIN_HOUSEHOLDS}
WHERE p.is_current AND p.name = ANY (:names) AND m.household_no IS NOT NULL LIMIT 60
""",
    str,
)


def read(asked: Asked) -> Filled:
    there = _listed(asked)
    numbers = dict.fromkeys((*asked.lead.persons, *there))
    rows = current_rows(asked.work.connection, numbers)
    order = sorted((one for one in numbers if one in rows), key=lambda one: _order(one, rows[one], there))
    people = [_person(asked, one, rows[one], there.get(one)) for one in order]
    taken = {one.key: {"relation_to_head": one.relation or None} for one in people if one.is_ticked}
    problem = _problem(asked, taken)
    return Filled(
        "new_household",
        "propose_home.html",
        None if problem else HouseholdIntent("new_household", taken),
        problem,
        {"offered": people, "own": asked.lead.person_no},
    )


def _order(number: str, row: Row, listed: Mapping[str, Listed]) -> tuple[bool, str]:
    """The head of the police's list first, else by age."""
    is_head = number in listed and listed[number].relation_to_head == HEAD
    return not is_head, row["birth_date"] or "9"


def _problem(asked: Asked, taken: dict[str, dict[str, str | None]]) -> str:
    if asked.lead.person_no not in taken:
        return "own"
    heads = sum(one["relation_to_head"] == HEAD for one in taken.values())
    return "" if heads == 1 else "head"


def _listed(asked: Asked) -> dict[str, Listed]:
    """Whom the police list in the household of the discrepancy's person, by person number."""
    if asked.night is None:
        return {}
    said = police_rows(asked.here.sources, asked.evidence)
    keys = {one["household_key"] for one in said}
    # The night keeps a police household under the register's household that it is, which may be the head's alone.
    heads = {one["head_name"] for one in said if one.get("head_name")}
    of_head = _HOMES.all(asked.work.connection, names=sorted(heads)) if heads else []
    listed = asked.here.prepared.listed(asked.night, [*homes_of(asked.lead), *keys, *of_head])
    return {
        one.person_no: one
        for one in listed
        if one.household_key in keys and one.person_no is not None and one.decision in FIRM
    }


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
