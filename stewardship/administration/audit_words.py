"""The audit chain in the reader's words: what was done, to what, and its details. The codes are what is sealed, so they stay beside the words.

Whatever has no word here is said by its code. A test reads all that is written to the chain from the sources and fails where a word is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.engine import Row

from stewardship import words
from stewardship.administration.entries import KINDS
from stewardship.deliveries.reading import SOME
from stewardship.deliveries.timely import TIMELY
from stewardship.language import translations
from stewardship.overview.stretches import KINDS as STRETCHES
from stewardship.overview.stretches import NOWHERE
from stewardship.places import Places
from stewardship.words import EVENTS, N_, field_name

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **EVENTS,
        "sign_in": N_("signed in"),
        "sign_in.refused": N_("was refused when signing in"),
        "sign_in.blocked": N_("was kept from signing in for a while"),
        "sign_out": N_("signed out"),
        "session.role": N_("went on in another role"),
        "session.end_all": N_("was signed out everywhere"),
        "password.change": N_("changed the own password"),
        "password.set": N_("set a password"),
        "token.make": N_("made a link for a first sign-in"),
        "user.add": N_("made an account"),
        "user.grant": N_("gave a role"),
        "user.revoke": N_("took a role back"),
        "user.disable": N_("locked an account"),
        "user.enable": N_("unlocked an account"),
        "integration.make": N_("made a token of another system"),
        "integration.revoke": N_("revoked a token of another system"),
        "rules.draft": N_("wrote at the draft of the rules"),
        "rules.drop": N_("dropped the draft of the rules"),
        "rules.try": N_("tried the draft of the rules on a night"),
        "rules.force": N_("put rules in force"),
        "person.view": N_("looked at a person"),
        "household.view": N_("looked at a household"),
        "worklist.make": N_("made a worklist"),
        "worklist.view": N_("looked at a worklist"),
        "worklist.unanswered": N_("looked at what was asked and not answered yet"),
        "worklist.return": N_("took in a worklist that came back"),
        "delivery.hand_in": N_("handed in corrected rows"),
        "quality.draw": N_("drew the sample of a month"),
        "quality.view": N_("looked at a pair of a sample"),
        "quality.answer": N_("answered a pair of a sample"),
        "quality.take_back": N_("took an answer to a pair back"),
        "quality.close": N_("closed the sample of a month"),
        "quality.heed": N_("let a pair of a sample be heeded"),
        "quality.heed_no_more": N_("let a pair of a sample be heeded no more"),
        "retention.set": N_("set how long something is kept"),
        "retention.delete": N_("deleted what was kept long enough"),
        "retention.erase": N_("erased personal data that was kept long enough"),
        "hold.place": N_("placed a legal hold"),
        "hold.lift": N_("lifted a legal hold"),
        "backup": N_("made a backup"),
        "audit.verify": N_("verified the audit chain"),
        "export": N_("took the labels of samples out"),
        "export.worklist": N_("took a worklist out"),
        "export.changes": N_("took the change file out"),
    }
)
# A list that was taken out, by the name of its first sheet.
LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "queue": N_("Queue"),
        "search": N_("Found"),
        "approvals": N_("Approvals"),
        "audit": N_("Audit chain"),
        "deliveries": N_("Deliveries"),
        "rejected": N_("Rows that cannot be used"),
        "worklists": N_("Worklists"),
        "unanswered": N_("Asked and not answered yet"),
        "persons": N_("Persons"),
        "person": N_("Person"),
        "household": N_("Household"),
        "discrepancy": N_("Rows it rests on"),
        "receipt": N_("Rows to look at again"),
        "overview": N_("Discrepancies by type"),
        "night": N_("What came"),
        "unlinked": N_("Rows of departments that are linked to nobody"),
        "told_births": N_("Births that departments told of"),
        "stretch": N_("What came, was closed, opened again or not closed"),
        "calendar": N_("What came and what is late"),
        "units": N_("Units over twelve months"),
        "counts": N_("Discrepancies by type and status"),
        "quality": N_("Quality sample: results"),
        "users": N_("Users"),
        "user": N_("Roles given and taken back"),
        "integrations": N_("Integrations"),
        "rules": N_("Rules in force, otherwise than the defaults"),
        "trial": N_("What the draft would do"),
        "reference": N_("Linkage models"),
    }
)
TOOK_OUT: Final = N_("took a list out")
SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **KINDS,
        "household": N_("Household"),
        "audit": N_("Audit chain"),
        "quality_pair": N_("Pair of a sample"),
        "quality_sample": N_("Sample of a month"),
        "hold": N_("Legal hold"),
        "retention": N_("What is kept how long"),
    }
)
DETAILS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": N_("Account"),
        "after": N_("After the night of"),
        "age": N_("Age"),
        "area": N_("Area"),
        "area_code": N_("Area"),
        "asked": N_("A discrepancy asks about it"),
        "asked_by": N_("Asked by"),
        "assignee": N_("Assigned to"),
        "by": N_("Proposed by"),
        "changes": N_("Register changes"),
        "child": N_("perhaps a child"),
        "confidence": N_("Confidence"),
        "days": N_("Days"),
        "decision": N_("Decision"),
        "delivery": N_("Delivery"),
        "digest": N_("Digest"),
        "discrepancy": N_("Discrepancy"),
        "discrepancy_id": N_("Discrepancy"),
        "entries": N_("Entries"),
        "evidence_version": N_("Version of the evidence"),
        "failures": N_("Failures"),
        "feed": N_("Feed"),
        "fields": N_("Items"),
        "files": N_("Files"),
        "first": N_("from no."),
        "for_the_first_time": N_("for the first time"),
        "from_night": N_("From the night of"),
        "household": N_("Household"),
        "how": N_("How"),
        "keep_days": N_("Days kept"),
        "kind": N_("Kind"),
        "last": N_("to no."),
        "left_blank": N_("left blank"),
        "link": N_("Link"),
        "list": N_("List"),
        "month": N_("Month"),
        "night": N_("Night"),
        "note": N_("Note"),
        "on": N_("As of"),
        "pairs": N_("Pairs"),
        "person": N_("Person"),
        "priority": N_("Priority"),
        "problems": N_("Problems"),
        "rejected": N_("not taken in"),
        "return": N_("Receipt"),
        "reveal": N_("Unmasking"),
        "revision": N_("Revision"),
        "role": N_("Role"),
        "rows": N_("Rows"),
        "sessions": N_("Sessions"),
        "since": N_("From"),
        "state": N_("Status"),
        "status": N_("Status"),
        "step": N_("On the register"),
        "superseded_by": N_("Overtaken by change"),
        "tab": N_("List"),
        "taken": N_("taken in"),
        "taken_before": N_("taken in before"),
        "timely": N_("Due in the last twelve months"),
        "to": N_("Assigned to"),
        "trial": N_("Trial"),
        "type": N_("Type"),
        "undoes": N_("Takes back change"),
        "until": N_("To"),
        "unit": N_("Unit"),
        "unusable": N_("unusable"),
        "usable": N_("usable"),
        "user": N_("Account"),
        "version": N_("Version"),
        "was": N_("Status before"),
        "what": N_("What"),
        "who": N_("Who"),
        "worklist": N_("Worklist"),
    }
)
_STATES: Final = {code: word for code, (_, _, word) in words.CHANGE_STATES.items()}
# Detail → words of the codes it may have; a code that stands in none of them is said as it is.
_VALUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "role": words.ROLES,
        "feed": words.FEEDS,
        "timely": TIMELY,
        "unusable": {SOME: N_("some")},
        "step": words.BIRTH_STEPS,
        "link": {"possible": N_("possible link"), "none": N_("not linked")},
        "list": STRETCHES,
        "state": _STATES,
        "was": _STATES,
        "kind": {**SUBJECTS, **words.DECISIONS, **words.CHANGES},
        "type": words.TYPES,
        "priority": words.PRIORITIES,
        "age": words.AGES,
        "confidence": words.CONFIDENCES,
        "how": {
            "password": N_("by password"),
            "token": N_("by the link for a first sign-in"),
            "provider": N_("by the county's sign-in"),
        },
        "status": {code: word for code, (_, word) in words.STATUSES.items()},
    }
)


@dataclass(frozen=True)
class Told:
    """An entry: the codes as they are sealed, and the same in words."""

    entry_no: int
    at: Any
    actor: str
    action: str
    did: str
    subject: str
    what: str
    details: str
    says: str


def in_words(row: Row[Any], places: Places, language: str) -> Told:
    said = translations(language).gettext
    details = sorted(row.details.items())
    kind = row.subject_kind
    return Told(
        row.entry_no,
        row.at,
        row.actor,
        row.action,
        _did(row.action, said),
        f"{kind} {row.subject_id}",
        said(SUBJECTS[kind]) if kind in SUBJECTS else kind,
        " ".join(f"{name}={_code(value)}" for name, value in details),
        " · ".join(
            f"{said(DETAILS[name]) if name in DETAILS else name}{said(N_(': '))}{_value(name, value, places, language)}"
            for name, value in details
        ),
    )


def _did(action: str, said: Callable[[str], str]) -> str:
    if action in ACTIONS:
        return said(ACTIONS[action])
    family, _, name = action.partition(".")
    if family == "export" and name in LISTS:
        return f"{said(TOOK_OUT)}{said(N_(': '))}{said(LISTS[name])}"
    return action


def _code(value: Any) -> str:
    if value is None:
        return "∅"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(name: str, value: Any, places: Places, language: str) -> str:
    said = translations(language).gettext
    if isinstance(value, bool):
        return said(N_("yes") if value else N_("no"))
    if name == "fields" and isinstance(value, list):
        return said(N_(", ")).join(field_name(one, language) for one in value)
    if name in ("area", "area_code") and isinstance(value, str):
        return said(N_("no area")) if value == NOWHERE else places.named(value)
    known = _VALUES.get(name)
    if known is None or not isinstance(value, str):
        return _code(value)
    return said(N_(", ")).join(said(known[one]) if one in known else one for one in value.split(","))
