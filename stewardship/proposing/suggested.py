"""The register change that a discrepancy says by itself; another value may be typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from register.change_plans import Intent
from stewardship.decisions import KINDS
from stewardship.errors import NotThere
from stewardship.leads import Lead
from stewardship.proposing.forms import Asked, Filled, effects_in
from stewardship.proposing.items import is_held, problem_with, read_typed
from stewardship.showing import suggested_for

LONGEST_VALUE: Final = 500
RELATION: Final = "relation_to_head"


def intent_of(connection: sa.Connection, lead: Lead, typed: str, today: date) -> tuple[Intent | None, str]:
    """What the discrepancy suggests, or the value that was typed instead, and None with what keeps that from being proposed. Raises: NotThere."""
    intent = suggestion_of(lead)
    field = item_of(lead, intent)
    value = read_typed(field, typed, LONGEST_VALUE) if field else ""
    if not value:
        return intent, ""
    problem = problem_with(field, value, today)
    if not problem and field == "id_number" and is_held(connection, value, lead.person_no):
        problem = "held"
    return (None if problem else replace(intent, values={**intent.values, field: value})), problem


def suggestion_of(lead: Lead) -> Intent:
    """Raises: NotThere, where it says nothing by itself."""
    intent: Intent | None = suggested_for(lead)
    if intent is None:
        raise NotThere
    return intent


def item_of(lead: Lead, intent: Intent) -> str:
    """Of which item another value may be typed; nothing where of none."""
    return {"field": lead.field or "", "move_household": RELATION}.get(intent.kind, "")


def read(asked: Asked) -> Filled:
    lead, typed = asked.lead, asked.form.get("value", "")
    suggestion = suggestion_of(lead)
    intent, problem = intent_of(asked.work.connection, lead, typed, asked.today)
    wanted = suggestion if intent is None else intent

    def given() -> Mapping[str, Any]:
        """What it would do is told of what was typed; of the suggestion where that would change nothing, or is no value at all."""
        told = effects_in(asked, wanted, is_open=asked.is_lifted)
        is_idle = wanted != suggestion and not told["is_possible"]
        if is_idle:
            told = effects_in(asked, suggestion, is_open=asked.is_lifted)
        can_answer = not told["is_possible"] and lead.type in KINDS["same_person"].proposes
        return {
            **told,
            "can_answer": can_answer,
            "value": typed[:LONGEST_VALUE],
            "item": item_of(lead, suggestion),
            "longest": LONGEST_VALUE,
            "is_idle": is_idle,
        }

    return Filled(suggestion.kind, "propose.html", intent, problem, given)
