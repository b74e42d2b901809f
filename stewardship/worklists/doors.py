"""At which door each discrepancy is asked, and what of the people is shown: the lines of a list, in walking order.

The door is where the register has the person or the household, else where a department's row says they live: village, group, door number. Of a
household some of whom live elsewhere it is the door in the area of the discrepancy, so that whoever may read the list finds the same one there.
Lines of one household stand together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from discrepancies.asking import ASKED, About, question, spoken_of
from discrepancies.candidates import OF_UNREGISTERED
from register.change_plans import PERSON_FIELDS
from register.current import current_rows
from register.told import JOIN_HOUSEHOLDS
from stewardship.language import DEFAULT
from stewardship.leads import Lead
from stewardship.masking import grouped, masked, may_be_child
from stewardship.people import births_of, first_said
from stewardship.places import LIVED_AT_FIRST, Places
from stewardship.sources import Said, SourceRows

LAST: Final = 10**9
_PARTS: Final = ", ".join(f"p.{name}_{part}" for name in LIVED_AT_FIRST for part in ("area", "group", "door"))
_ADDRESS: Final = "p.residence_address, p.hukou_address"
_FROM: Final = f"FROM person AS p {JOIN_HOUSEHOLDS}"
_OF_PERSONS: Final = sa.text(f"""
SELECT p.person_no, m.household_no, m.head_name, {_PARTS}, {_ADDRESS} {_FROM}
WHERE p.is_current AND p.person_no = ANY (:numbers)
""")
# Of a household one of each village that its members live in, the head before the others.
_OF_HOUSEHOLDS: Final = sa.text(f"""
SELECT DISTINCT ON (m.household_no, p.residence_area, p.hukou_area) m.household_no, (p.name = m.head_name) IS TRUE AS is_head, p.person_no, m.head_name, {_PARTS}, {_ADDRESS} {_FROM}
WHERE p.is_current AND m.household_no = ANY (:numbers)
ORDER BY m.household_no, p.residence_area, p.hukou_area, is_head DESC, p.person_no
""")
_GROUP: Final = {"zh": "{}组", "en": "group {}"}
_DOOR: Final = {"zh": "{}号", "en": "no. {}"}


@dataclass(frozen=True)
class Line:
    """One thing to ask. `takes_value`: a corrected value can be written down for it; `number`: which one of the list it is."""

    lead: Lead
    order: tuple[Any, ...]
    door: str
    household: str
    question: str
    takes_value: bool
    number: int = 0

    @property
    def at(self) -> tuple[str, str]:
        return self.door, self.household


def takes_value(lead: Lead) -> bool:
    """Whether it is about one item of a person, of which another value may turn out to be right."""
    is_item = lead.type in ("inconsistent_field", "missing_item")
    return is_item and lead.person_no is not None and lead.field in PERSON_FIELDS


def lines_of(
    connection: Connection,
    leads: Sequence[Lead],
    places: Places,
    sources: SourceRows,
    language: str,
    today: date,
) -> list[Line]:
    """In walking order: village, group, door, household."""
    numbers = {number for lead in leads for number in lead.persons}
    people = current_rows(connection, numbers)
    doors: dict[str, Mapping[str, Any]] = {
        row.person_no: dict(row._mapping) for row in connection.execute(_OF_PERSONS, _numbers(numbers))
    }
    households: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(_OF_HOUSEHOLDS, _numbers({x.household_no for x in leads})):
        households.setdefault(row.household_no, []).append(dict(row._mapping))
    unknown = {lead.discrepancy_id for lead in leads if lead.type in OF_UNREGISTERED}
    said = first_said(connection, sources, unknown)
    lines = []
    for lead in leads:
        told = said.get(lead.discrepancy_id, {})
        of_house = _nearest(households.get(lead.household_no or "", []), lead.area_code)
        door = doors.get(lead.person_no or "") or of_house or told
        lines.append(_line(lead, people, told, door, places, language, today))
    ordered = sorted(lines, key=lambda line: line.order)
    return [replace(line, number=at) for at, line in enumerate(ordered, start=1)]


def walked(
    connection: Connection, leads: Sequence[Lead], places: Places, sources: SourceRows, today: date
) -> list[str]:
    """The discrepancies in walking order."""
    lines = lines_of(connection, leads, places, sources, DEFAULT, today)
    return [line.lead.discrepancy_id for line in lines]


def numbered(lines: Sequence[Line], numbers: Mapping[str, int]) -> list[Line]:
    """With the numbers that the list was made with, in their order; without these as they are."""
    if not numbers:
        return list(lines)
    kept = [replace(line, number=numbers[line.lead.discrepancy_id]) for line in lines]
    return sorted(kept, key=lambda line: line.number)


def _nearest(members: Sequence[Mapping[str, Any]], area: str | None) -> Mapping[str, Any] | None:
    """Of a household who has a door in the area, else the head."""

    def order(member: Mapping[str, Any]) -> tuple[bool, bool, bool, str]:
        own, *door = _parts(member, area)
        return own != area, not any(door), not member["is_head"], member["person_no"]

    return min(members, key=order, default=None)


def _numbers(numbers: Collection[str | None]) -> dict[str, list[str]]:
    return {"numbers": sorted(number for number in numbers if number)}


def _line(
    lead: Lead,
    people: Mapping[str, Mapping[str, str | None]],
    told: Said,
    door: Mapping[str, Any],
    places: Places,
    language: str,
    today: date,
) -> Line:
    area, group, number = _parts(door, lead.area_code)
    household_no = door.get("household_no") or lead.household_no
    head = door.get("head_name")
    house = " ".join(
        part
        for part in (masked("head_name", head, is_child=False) if head else "", household_no or "")
        if part
    )
    at = [
        places.names.get(area or lead.area_code or "", ""),
        _GROUP[language].format(group) if group else "",
        _DOOR[language].format(number) if number else "",
    ]
    if not group and not number:
        at[1] = _written(door, people.get(lead.person_no or "", told), today)
    return Line(
        lead,
        (
            area or lead.area_code or "",
            *_counted(group),
            *_counted(number),
            household_no or "",
            house,
            ASKED.index(lead.type),
            lead.discrepancy_id,
        ),
        " ".join(part for part in at if part),
        house,
        question(lead.type, _about(lead, people, told, language, today), language),
        takes_value(lead),
    )


def _parts(door: Mapping[str, Any], wanted: str | None) -> tuple[str | None, str | None, str | None]:
    """Of the first address in the wanted area, or elsewhere that says more than the village."""
    found = []
    for name in LIVED_AT_FIRST:
        area, group, number = (door.get(f"{name}_{part}") for part in ("area", "group", "door"))
        if group or number or (area and area == wanted):
            found.append((area, group, number))
    return min(
        found, key=lambda one: (one[0] != wanted, not one[1] and not one[2]), default=(None, None, None)
    )


def _written(door: Mapping[str, Any], person: Mapping[str, str | None], today: date) -> str:
    """An address of which no parts are known, as the register has it."""
    text = door.get("residence_address") or door.get("hukou_address")
    is_child = may_be_child(person.get("birth_date"), today)
    return masked("hukou_address", text, is_child=is_child) if text else ""


def _counted(text: str | None) -> tuple[int, str]:
    """Group 2 comes before group 10."""
    digits = "".join(one for one in text or "" if one.isdecimal())
    return (int(digits[:9]) if digits else LAST), text or ""


def _about(
    lead: Lead, people: Mapping[str, Mapping[str, str | None]], told: Said, language: str, today: date
) -> About:
    person = people.get(lead.person_no or "", {}) if lead.type not in OF_UNREGISTERED else told
    is_child = any(may_be_child(one, today) for one in births_of(lead, person))

    def shown(value: str | None) -> str:
        return (
            grouped(lead.field, masked(lead.field, value, is_child=is_child)) if lead.field and value else ""
        )

    other = people.get(lead.person_no_2 or "", {})
    return About(
        _spoken(person, language, is_child=is_child, by_mother=lead.type == "unregistered_birth"),
        _spoken(other, language, is_child=may_be_child(other.get("birth_date"), today)),
        lead.field or "",
        shown(lead.register_value),
        shown(lead.proposed_value),
    )


def _spoken(
    person: Mapping[str, str | None], language: str, *, is_child: bool, by_mother: bool = False
) -> str:
    name, born, mother = person.get("name"), person.get("birth_date"), person.get("mother_name")
    return spoken_of(
        masked("name", name, is_child=is_child) if name else "",
        person.get("sex") or "",
        born or "",
        masked("mother_name", mother, is_child=False) if by_mother and mother else "",
        language,
    )
