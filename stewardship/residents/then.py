"""The register on a day and now, beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.change_plans import FIELDS, HEAD, Row
from stewardship.masking import masked, may_be_child
from stewardship.matrix import Part, compare, parts_of
from stewardship.places import Places

MOST_DAYS: Final = 12
_DAYS_OF_PERSON: Final = sa.text("""
SELECT DISTINCT day FROM (
    SELECT unnest(ARRAY[valid_from, valid_to]) FROM person WHERE person_no = :key
    UNION SELECT unnest(ARRAY[valid_from, valid_to]) FROM membership WHERE person_no = :key
) AS told (day) WHERE day IS NOT NULL ORDER BY day DESC LIMIT :most
""")
_DAYS_OF_HOUSEHOLD: Final = sa.text("""
SELECT DISTINCT day FROM (
    SELECT unnest(ARRAY[valid_from, valid_to]) FROM membership WHERE household_no = :key
) AS told (day) WHERE day IS NOT NULL ORDER BY day DESC LIMIT :most
""")


@dataclass(frozen=True)
class Line:
    """An item on both days; `sign` as in the matrix (`=`, `≈`, `≠`), `∅` where one of them is blank."""

    field: str
    sign: str
    then: tuple[Part, ...]
    now: tuple[Part, ...]


@dataclass(frozen=True)
class Resident:
    """Somebody of a household, masked."""

    person_no: str
    name: str
    sex: str
    born: str
    relation: str


@dataclass(frozen=True)
class Pair:
    """A person on both days; `=` as before, `≠` with another item of these, `+` only now, `−` only then."""

    then: Resident | None
    now: Resident | None
    sign: str

    @property
    def resident(self) -> Resident:
        found = self.now or self.then
        assert found is not None
        return found


def days_of_person(connection: Connection, person_no: str) -> list[date]:
    """On which days lists began or ceased to say something of a person that the user may see; newest first."""
    return list(connection.scalars(_DAYS_OF_PERSON, {"key": person_no, "most": MOST_DAYS}))


def days_of_household(connection: Connection, household_no: str) -> list[date]:
    """On which days somebody came into a household or left it."""
    return list(connection.scalars(_DAYS_OF_HOUSEHOLD, {"key": household_no, "most": MOST_DAYS}))


def is_child(then: Row | None, now: Row | None, today: date) -> bool:
    """By what the register says now or what it said: a date of birth that was corrected says no more of whoever is one by the other."""
    return any(may_be_child(row.get("birth_date"), today) for row in (then, now) if row is not None)


def lines(then: Row | None, now: Row | None, places: Places, *, child: bool, is_lifted: bool) -> list[Line]:
    """Every item that one of them has."""
    old, new = then or {}, now or {}

    def parts(field: str, value: str | None, beside: str | None) -> tuple[Part, ...]:
        if not value:
            return ()
        if field == "area_code":
            return (Part(places.named(value), bool(beside) and value != beside),)
        other = beside if beside and beside != value else None
        return parts_of(field, value, other, is_child=child, is_lifted=is_lifted)

    return [
        Line(
            field,
            _sign(field, old, new) if then is not None and now is not None else "",
            parts(field, old.get(field), new.get(field)),
            parts(field, new.get(field), old.get(field)),
        )
        for field in FIELDS
        if old.get(field) or new.get(field)
    ]


def _sign(field: str, then: Row, now: Row) -> str:
    if not then.get(field) or not now.get(field):
        return "∅"
    return compare(field, then, now)


def pairs(
    then: Mapping[str, Row], now: Mapping[str, Row], today: date, left: Mapping[str, Row] | None = None
) -> list[Pair]:
    """The head first, then by age, as they are now; `left`: the register's rows now of who is there no longer, by which they may be children."""
    found, known = [], {**(left or {}), **now}
    for number in sorted(then.keys() | now.keys(), key=lambda one: _order(now.get(one) or then[one], one)):
        child = is_child(then.get(number), known.get(number), today)
        before = _resident(number, then.get(number), child=child)
        after = _resident(number, now.get(number), child=child)
        sign = "+" if before is None else "−" if after is None else "=" if before == after else "≠"
        found.append(Pair(before, after, sign))
    return found


def _order(row: Row, number: str) -> tuple[bool, str, str]:
    return row.get("relation_to_head") != HEAD, row.get("birth_date") or "9", number


def _resident(number: str, row: Row | None, *, child: bool) -> Resident | None:
    if row is None:
        return None
    name = row.get("name")
    return Resident(
        number,
        masked("name", name, is_child=child) if name else "",
        row.get("sex") or "",
        (row.get("birth_date") or "")[:4],
        row.get("relation_to_head") or "",
    )
