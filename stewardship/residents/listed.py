"""Persons as lines of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from register.change_plans import Row
from register.lookup import FoundPerson
from stewardship.masking import masked, may_be_child
from stewardship.places import Places

# Of a row of the register, what a line is made of.
LISTED: Final = ("name", "sex", "birth_date", "area_code", "household_no")


@dataclass(frozen=True)
class Line:
    """A person of the register, masked; the year of birth is enough to tell namesakes apart."""

    person_no: str
    household_no: str
    name: str
    sex: str
    born: str
    place: str


def lines_of(found: Iterable[FoundPerson], places: Places, today: date) -> list[Line]:
    """Of people who were looked up."""
    return [
        _line(
            one.person_no, one.household_no, one.name, one.sex, one.birth_date, one.area_code, places, today
        )
        for one in found
    ]


def lines_of_rows(rows: Mapping[str, Row], places: Places, today: date) -> list[Line]:
    """Of rows of the register, by number."""
    return [
        _line(
            number,
            row.get("household_no"),
            row.get("name"),
            row.get("sex"),
            row.get("birth_date"),
            row.get("area_code"),
            places,
            today,
        )
        for number, row in rows.items()
    ]


def _line(
    number: str,
    household_no: str | None,
    name: str | None,
    sex: str | None,
    born: date | str | None,
    area: str | None,
    places: Places,
    today: date,
) -> Line:
    is_child = may_be_child(born, today)
    return Line(
        number,
        household_no or "",
        masked("name", name, is_child=is_child) if name else "",
        sex or "",
        str(born or "")[:4],
        places.named(area),
    )
