"""Proposing that somebody be added to the register: a birth, or a person whom departments know and the register does not.

The page shows per item what departments say, masked, and takes a correction; what is not corrected is taken from the same rows again when
the form comes back. The version of the evidence says that they are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.change_plans import Intent
from register.current import inhabited
from stewardship.effects import Effects, effects_of
from stewardship.masking import grouped, masked
from stewardship.newcomers import FIELDS, Draft, draft_of
from stewardship.places import Places
from stewardship.proposing.forms import Asked, Filled, under_way_beside
from stewardship.proposing.items import problem_with, read_typed
from stewardship.proposing.names import TYPED

LONGEST: Final = 200
BLANK: Final = "no_"


@dataclass(frozen=True)
class Line:
    """An item of the form: what departments say, masked, who they are, and what the user put in its place."""

    field: str
    shown: str
    feeds: tuple[str, ...]
    typed: str
    is_blank: bool


def read(asked: Asked) -> Filled:
    draft = draft_of(asked.work, asked.here.sources, asked.here.trust, asked.lead, asked.places)
    values = corrected(draft, asked.form)
    problem = problem_of(values, asked.form, asked.today)
    problem = problem or problem_of_home(asked.work.connection, draft, values) or ""

    intent = None if problem else Intent("add_person", values=values)

    def given() -> Mapping[str, Any]:
        lines = [
            line_of(field, draft, asked.form, asked.places, is_lifted=asked.is_lifted) for field in FIELDS
        ]
        people, homes = _effects(asked, values, problem)
        return {
            "lines": lines,
            "people": people if asked.form else [],
            "homes": homes,
            "under_way": under_way_beside(asked, intent) if intent else [],
            "villages": _villages(asked),
            "typed_prefix": TYPED,
            "blank_prefix": BLANK,
            "longest": LONGEST,
        }

    return Filled("add_person", "add.html", intent, problem, given)


def corrected(draft: Draft, form: Mapping[str, str]) -> dict[str, str | None]:
    """The items as departments say, but for what was typed or taken out."""
    values: dict[str, str | None] = {}
    for field in FIELDS:
        typed = read_typed(field, form.get(TYPED + field, ""), LONGEST)
        values[field] = typed or (None if form.get(BLANK + field) else draft.values.get(field))
    return values


def problem_of(values: Mapping[str, str | None], form: Mapping[str, str], today: date) -> str:
    """What keeps this from being proposed, by the templates' words: of what was typed, and of the date of birth whoever says it."""
    if not values["name"]:
        return "name"
    problems = (
        problem_with(field, values[field] or "", today)
        for field in FIELDS
        if form.get(TYPED + field, "").strip() or (field == "birth_date" and values[field])
    )
    return next(filter(None, problems), "")


def problem_of_home(connection: Connection, draft: Draft, values: Mapping[str, str | None]) -> str | None:
    """A number that was typed is that of a household in which the user sees somebody; what departments say may be of elsewhere."""
    typed = values["household_no"]
    if not typed or typed == draft.values.get("household_no") or inhabited(connection, [typed]):
        return None
    return "household_no"


def line_of(
    field: str,
    draft: Draft,
    form: Mapping[str, str],
    places: Places,
    *,
    is_lifted: bool,
    is_child: bool = True,
) -> Line:
    value = draft.values.get(field, "")
    if field == "area_code":
        shown = places.named(value) if value else ""
    else:
        shown = grouped(field, value if is_lifted else masked(field, value, is_child=is_child))
    typed = form.get(TYPED + field, "")[:LONGEST]
    return Line(field, shown, draft.told.get(field, ()), typed, bool(form.get(BLANK + field)))


def _effects(asked: Asked, values: Mapping[str, str | None], problem: str) -> Effects:
    """Of the items as they would be entered; also while a name is missing, of nothing that cannot be."""
    if problem not in ("", "name"):
        return [], []
    intent = Intent("add_person", values={**values, "name": values["name"] or "?"})
    shown = effects_of(asked.work.connection, intent, asked.places, asked.today, is_lifted=asked.is_lifted)
    return shown or ([], [])


def _villages(asked: Asked) -> list[tuple[str, str]]:
    """Code and name of the villages that the user answers for."""
    places = asked.places
    codes = asked.work.connection.scalar(sa.text("SELECT desk_areas(:role)"), {"role": asked.role}) or []
    return [(code, places.named(code)) for code in sorted(codes) if places.levels.get(code) == "village"]
