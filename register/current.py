"""The newest register, for single persons: what a steward sees and changes, as `register.units` keeps it.

Values are text as the register has them: a cell of which nothing could be used is as it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.asking import Question
from register.change_plans import FIELDS, HOUSEHOLD_FIELDS, Row
from register.told import JOIN_HOUSEHOLDS

_MEMBERS: Final = Question(
    f"""
SELECT p.person_no FROM person AS p {JOIN_HOUSEHOLDS}
WHERE p.is_current AND m.household_no = ANY (:households)
LIMIT :most
""",
    str,
)
MOST_MEMBERS: Final = 60
_INHABITED: Final = Question(
    f"""
SELECT DISTINCT m.household_no FROM person AS p {JOIN_HOUSEHOLDS}
WHERE p.is_current AND m.household_no = ANY (:households)
""",
    str,
)
_EVER: Final = Question("SELECT DISTINCT person_no FROM person WHERE person_no = ANY (:numbers)", str)
_LIKE: Final = sa.text("""
SELECT person_no FROM person WHERE is_current AND id_number = ANY (:ids)
UNION
SELECT p.person_no FROM person AS p
JOIN unnest(CAST(:names AS text[]), CAST(:dates AS date[])) AS wanted (name, birth_date)
    ON wanted.name = p.name AND wanted.birth_date = p.birth_date
WHERE p.is_current
""")


@cache
def _of_persons(fields: tuple[str, ...]) -> Question[tuple[Any, ...]]:
    shown = ", ".join(f"{'m' if name in HOUSEHOLD_FIELDS else 'p'}.{name}" for name in fields)
    households = "" if frozenset(HOUSEHOLD_FIELDS).isdisjoint(fields) else JOIN_HOUSEHOLDS
    text = f"""
SELECT p.person_no, p.raw, {shown} FROM person AS p {households}
WHERE p.is_current AND p.person_no = ANY (:numbers)
"""
    return Question(text)


def current_rows(
    connection: Connection, numbers: Collection[str], fields: tuple[str, ...] = FIELDS
) -> dict[str, Row]:
    """The register's rows of these persons, with these of its columns; who is not on it is not in it."""
    if not numbers:
        return {}
    found = _of_persons(fields).all(connection, numbers=sorted(set(numbers)))
    return {row[0]: shown_row(row, fields) for row in found}


def members_of(connection: Connection, households: Collection[str]) -> dict[str, Row]:
    """The register's rows of all who belong to these households."""
    return current_rows(connection, member_numbers(connection, households))


def member_numbers(connection: Connection, households: Collection[str]) -> list[str]:
    """The numbers of all who belong to these households, at most `MOST_MEMBERS`, in no order."""
    if not households:
        return []
    return _MEMBERS.all(connection, households=sorted(set(households)), most=MOST_MEMBERS)


def inhabited(connection: Connection, households: Collection[str]) -> set[str]:
    """Those of these households in which somebody lives whom the transaction's user may see."""
    if not households:
        return set()
    return set(_INHABITED.all(connection, households=sorted(set(households))))


def ever_seen(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of these persons of whom the register has, or had, anything that the transaction's user may see."""
    return set(_EVER.all(connection, numbers=sorted(set(numbers)))) if numbers else set()


def rows_like(connection: Connection, wanted: Iterable[Row]) -> dict[str, Row]:
    """The register's rows with the ID number, or the name and birth date, of any of `wanted`."""
    ids, names, dates = [], [], []
    for row in wanted:
        if row["id_number"]:
            ids.append(row["id_number"])
        if row["name"] and row["birth_date"]:
            names.append(row["name"])
            dates.append(row["birth_date"])
    if not ids and not names:
        return {}
    numbers = connection.scalars(_LIKE, {"ids": ids, "names": names, "dates": dates})
    return current_rows(connection, list(numbers))


def shown_row(row: Sequence[Any], fields: tuple[str, ...] = FIELDS) -> Row:
    """A row of the store as a steward sees it: person number, what could not be read, and then `fields`."""
    raw = row[1] or {}
    shown: Row = {}
    value: Any
    for name, value in zip(fields, row[2:]):
        if value is None:
            value = raw.get(name)
        shown[name] = value.isoformat() if isinstance(value, date) else value
    return shown
