"""One ID number on two people: whose is to be corrected, and to which number.

The number itself says a birth date and a sex; with whom of the two they agree is said beside each, and who alone disagrees is chosen at first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from discrepancies.values import born_inside, is_valid_id, sex_inside
from register.change_plans import Intent, Row
from register.current import current_rows
from stewardship.proposing.forms import Asked, Filled, effects_in
from stewardship.proposing.items import is_held

WHO: Final = "who"
NUMBER: Final = "number"
UNKNOWN: Final = "unknown"
SURE: Final = "sure"


@dataclass(frozen=True)
class Holder:
    """Whose the number may be; `fits`: whether birth date and sex are those inside the number, None where it has none."""

    person_no: str
    name: str
    sex: str
    born: str
    household_no: str
    fits: bool | None


def read(asked: Asked) -> Filled:
    lead, form = asked.lead, asked.form
    rows = current_rows(asked.work.connection, lead.persons)
    number = lead.register_value or ""
    holders = [_holder(asked, one, rows[one], number) for one in lead.persons if one in rows]
    unfit = [one.person_no for one in holders if one.fits is False]
    chosen = form.get(WHO, unfit[0] if len(unfit) == 1 else "")
    typed = form.get(NUMBER, "").replace(" ", "").upper()[:18]
    is_unknown = UNKNOWN in form
    problem = _problem(chosen, {one.person_no for one in holders}, typed, number, is_unknown=is_unknown)
    is_unfit = not problem and not is_unknown and _fits(rows[chosen], typed) is False
    if not problem and not is_unknown and is_held(asked.work.connection, typed, chosen):
        problem = "held"
    elif is_unfit and SURE not in form:
        problem = "unfit"
    intent = None if problem else Intent("field", chosen, values={"id_number": None if is_unknown else typed})
    return Filled(
        "field",
        "propose_number.html",
        intent,
        problem,
        lambda: {
            "holders": holders,
            "chosen": chosen,
            "typed": form.get(NUMBER, "")[:24],
            "is_unknown": is_unknown,
            "is_unfit": is_unfit,
            "is_sure": SURE in form,
            "is_elsewhere": len(lead.persons) > len(holders),
            **effects_in(asked, intent, is_open=asked.is_lifted),
        },
    )


def _problem(chosen: str, holders: set[str], typed: str, number: str, *, is_unknown: bool) -> str:
    if chosen not in holders:
        return "who"
    if is_unknown:
        return "both" if typed else ""
    if not is_valid_id(typed):
        return "number"
    return "same" if typed == number.upper() else ""


def _holder(asked: Asked, person_no: str, row: Row, number: str) -> Holder:
    born = row["birth_date"]
    return Holder(
        person_no,
        asked.shown("name", row["name"], person_no, born),
        row["sex"] or "",
        born or "",
        row["household_no"] or "",
        _fits(row, number),
    )


def _fits(row: Mapping[str, str | None], number: str) -> bool | None:
    """Of the two what the register has; None where the number is none, or the register has neither."""
    if not is_valid_id(number) or not (row["birth_date"] or row["sex"]):
        return None
    return row["birth_date"] in (None, born_inside(number)) and row["sex"] in (None, sex_inside(number))
