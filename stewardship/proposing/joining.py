"""One household that stands on the register twice: its pairs are each a discrepancy of their own, to be settled there; who is only in one of
the two moves to the one that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from register.asking import Question
from register.change_plans import HEAD, Row
from register.current import current_rows, members_of
from register.household_plans import HouseholdIntent
from stewardship.doubles import Double, doubles
from stewardship.homes import residents_of
from stewardship.proposing.forms import Asked, Filled, Person, effects_in
from stewardship.queue import Queue

STAYS: Final = "stays"
_MERGED: Final = Question(
    "SELECT discrepancy_id FROM register_change WHERE discrepancy_id = ANY (:ids) "
    "AND kind = 'merge' AND state IN ('applied', 'exported', 'acknowledged')",
    str,
)


def read(asked: Asked) -> Filled:
    homes = _homes(asked)
    rows = members_of(asked.work.connection, homes)
    pairs = _pairs(asked, homes)
    paired = {number for pair in pairs for number in pair.lead.persons}
    stays = asked.form.get(STAYS, homes[0] if homes else "")
    heads = {row["household_no"]: row["name"] for row in rows.values() if row["relation_to_head"] == HEAD}
    alone = {
        home: [
            _person(asked, number, row, has_head=home != stays and stays in heads)
            for number, row in sorted(rows.items())
            if row["household_no"] == home and number not in paired
        ]
        for home in homes
    }
    moving = [one for home, people in alone.items() if home != stays for one in people if one.is_ticked]
    problem = "" if moving and stays in homes else "nobody"
    if not problem and stays in heads and any(one.relation == HEAD for one in moving):
        problem = "second"
    problem = problem or asked.wrong_relation(*(one.relation for one in moving))
    people = {
        one.key: {"head_name": heads.get(stays), "relation_to_head": one.relation or None} for one in moving
    }
    intent = None if problem else HouseholdIntent("move_household", people, stays)
    return Filled(
        "move_household",
        "propose_joining.html",
        intent,
        problem,
        lambda: {"pairs": pairs, "alone": alone, "stays": stays, **effects_in(asked, intent, is_open=False)},
        is_possible=any(alone.values()),
    )


def _homes(asked: Asked) -> list[str]:
    """The two households, that of the discrepancy first; a user of another area may not see the second."""
    lead = asked.lead
    rows = current_rows(asked.work.connection, lead.persons)
    found = [lead.household_no, *(rows[number]["household_no"] for number in lead.persons if number in rows)]
    return list(dict.fromkeys(home for home in found if home))


def _pairs(asked: Asked, homes: Sequence[str]) -> list[Double]:
    """Who stands in both; not those of whom somebody has answered that they are two."""
    connection = asked.work.connection
    members = residents_of(connection, asked.lead, homes[-1] if homes else None)
    found = doubles(Queue(connection, asked.role, asked.places, asked.today), members, asked.today)
    decided = [pair.lead.discrepancy_id for pair in found if pair.lead.status == "decided"]
    merged = _MERGED.all(connection, ids=decided) if decided else []
    return [pair for pair in found if pair.lead.status != "decided" or pair.lead.discrepancy_id in merged]


def _person(asked: Asked, number: str, row: Row, *, has_head: bool) -> Person:
    """`has_head`: the household that they would move to has a head, whom they are something else to."""
    born, relation = row["birth_date"], row["relation_to_head"] or ""
    return Person(
        number,
        asked.shown("name", row["name"], number, born),
        row["sex"] or "",
        (born or "")[:4],
        asked.is_ticked(number),
        asked.relation(number, "" if has_head and relation == HEAD else relation),
    )
