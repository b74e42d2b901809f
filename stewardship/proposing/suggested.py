"""The register change that a discrepancy says by itself; another value may be typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from register.change_plans import Intent
from stewardship.decisions import KINDS
from stewardship.errors import NotThere
from stewardship.leads import Lead
from stewardship.proposing.forms import Asked, Filled, effects_in
from stewardship.showing import suggested_for

LONGEST_VALUE: Final = 500


def intent_of(lead: Lead, typed: str) -> Intent:
    """What the discrepancy suggests, or the value that was typed instead. Raises: NotThere."""
    intent: Intent | None = suggested_for(lead)
    if intent is None:
        raise NotThere
    value = typed.strip()[:LONGEST_VALUE]
    if intent.kind == "field" and value:
        return replace(intent, values={lead.field or "": value})
    if intent.kind == "move_household" and value:
        return replace(intent, values={**intent.values, "relation_to_head": value})
    return intent


def read(asked: Asked) -> Filled:
    lead, typed = asked.lead, asked.form.get("value", "")
    suggestion, wanted = intent_of(lead, ""), intent_of(lead, typed)

    def given() -> Mapping[str, Any]:
        """What it would do is told of what was typed; of the suggestion where that would change nothing, or is no value at all."""
        told = effects_in(asked, wanted, is_open=asked.is_lifted)
        is_idle = wanted != suggestion and not told["is_possible"]
        if is_idle:
            told = effects_in(asked, suggestion, is_open=asked.is_lifted)
        can_answer = not told["is_possible"] and lead.type in KINDS["same_person"].proposes
        return {**told, "can_answer": can_answer, "value": typed[:LONGEST_VALUE], "is_idle": is_idle}

    return Filled(suggestion.kind, "propose.html", wanted, given=given)
