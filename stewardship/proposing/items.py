"""What is typed for an item of the register: put as the register has it, and what keeps it from being proposed, by the templates' words.

A value that no list of the register shows is not proposed: the change would never be seen to be carried out.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from unicodedata import normalize

import sqlalchemy as sa

from discrepancies.readings import read_value
from discrepancies.values import is_valid_id
from discrepancies.wording import VALUES_OFFERED
from register.change_plans import is_date
from register.models import Person
from stewardship.newcomers import NUMBERS

OTHERWISE: Final = "otherwise."  # before the item: what was typed for it is nothing that the register shows


def read_typed(field: str, typed: str, longest: int) -> str:
    """As the register would have it; what is no such value stays as it was typed, without what cannot be printed."""
    text = "".join(one for one in typed.strip()[:longest] if one.isprintable())
    if field in NUMBERS:
        return normalize("NFKC", text).replace(" ", "").upper()
    return read_value(field, text) or text


def problem_with(field: str, value: str, today: date) -> str:
    """Of a value that was typed: nothing that is no such value, no number that is none, and no day that is none or lies ahead."""
    if field in NUMBERS:
        return "" if is_valid_id(value) else field
    if field == "birth_date":
        return ("future" if value > today.isoformat() else "") if is_date(value) else "birth_date"
    return "" if value in VALUES_OFFERED.get(field, (value,)) else OTHERWISE + field


def is_held(connection: sa.Connection, number: str, person_no: str | None) -> bool:
    """Whether somebody else whom the user may see has the ID number already."""
    held = sa.select(Person.person_no).where(
        Person.id_number == number, Person.is_current, Person.person_no != person_no
    )
    return connection.scalar(held.limit(1)) is not None
