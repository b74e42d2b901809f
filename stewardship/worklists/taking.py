"""What each answer of a filled list makes of its discrepancy.

| outcome                      | makes                                                                       |
|------------------------------|-----------------------------------------------------------------------------|
| confirmed                    | the register change that the discrepancy suggests, proposed; same person; else *visited*: an officer goes on |
| not so                       | not the same person; else not a problem, with the note as the reason        |
| not so / other + a value     | the register change with that value, proposed; not a problem where it is the register's own |
| moved away                   | the move out, proposed, where that is what was asked; else *visited*        |
| nobody there                 | waits, with the note                                                        |
| refused, other               | *visited*, with the note                                                    |
| not a problem                | not a problem, with the note as the reason                                  |

Each row is judged alone, and a row that cannot be taken changes nothing. The same file again changes nothing either: each row's answer is known
by a digest. What was only "nobody there" can be answered once more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from register.change_plans import Intent
from register.changes import Seen as SeenEvidence
from register.errors import Conflict, InvalidInput, StaleEvidence
from register.work import UnitOfWork
from register.worklist_models import WorklistRow
from register.worklists import MadeList, Receipt
from stewardship.decisions import KINDS, NOT_MET, VISITED, Kind, Said, Seen, note_visit, settle
from stewardship.language import CHINA
from stewardship.leads import Lead, read_lead, waiting_change
from stewardship.proposing.items import problem_with, read_typed
from stewardship.showing import suggested_for
from stewardship.words import N_
from stewardship.worklists.doors import takes_value
from stewardship.worklists.filled import FilledRow, day_of
from stewardship.worklists.outcomes import code_of
from stewardship.worklists.workbook import LONGEST_NOTE, seal

# code → why a row was not taken; never a value
REJECTIONS: Final = {
    "unknown": N_("There is no such discrepancy, or it is not of your area."),
    "not_on_list": N_("This discrepancy is not on this list."),
    "altered": N_("A locked part of this row was changed. Download the list again and fill in the new one."),
    "twice": N_("This discrepancy stands in the file twice."),
    "no_outcome": N_("The outcome is missing."),
    "outcome": N_("The outcome is not one of the list."),
    "day": N_("The date cannot be read, or lies in the future. Write it as 2026-05-03."),
    "note": N_("With this outcome a note has to say what was found."),
    "no_value_here": N_("No corrected value can be given here; write it as a note."),
    "value": N_(
        "The corrected value cannot be used: it is the register's own, or not written as such a value is."
    ),
    "too_long": N_("A value or note is too long."),
    "answered": N_("Another answer to this row was taken before. Change it on the discrepancy's page."),
    "decided": N_("It has been decided meanwhile."),
    "changed": N_("The evidence has changed since the list was made. Download the list again: it asks anew."),
    "not_yours": N_(
        "Only an officer can change this person's row of the register; write what was found as a note."
    ),
    "proposed": N_("A register change is proposed already and waits for approval."),
}
FILES: Final = {
    "nothing": N_("Choose the filled list first."),
    "unreadable": N_("This is no XLSX workbook. Save the list as XLSX and hand it in again."),
    "too_large": N_("This file is larger than any list."),
    "no_list": N_("This workbook is no worklist of the desk."),
    "unknown_list": N_("There is no such list, or it is not of your area."),
}
_NEEDS_NOTE: Final = frozenset({"other"})
_WITH_VALUE: Final = frozenset({"confirmed", "not_so", "other"})
AGAIN: Final = "nobody"  # the outcome after which the same row is asked once more
INSUFFICIENT_PRIVILEGE: Final = "42501"


class RejectedRow(Exception):
    """Nothing is made of this row; `code` is one of `REJECTIONS`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class By:
    """Who hands in, and when."""

    user: str
    role: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()


def take(work: UnitOfWork, made: MadeList, rows: list[FilledRow], content: bytes, by: By) -> Receipt:
    """Takes every row that can be taken; the receipt says what became of each."""
    rejected: dict[int, str] = {}
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    # Of two who hand in the same list at once the second sees what the first has done.
    lock = sa.select(WorklistRow.discrepancy_id).where(WorklistRow.worklist_id == made.worklist_id)
    work.connection.execute(lock.order_by(WorklistRow.discrepancy_id).with_for_update())
    answers = work.worklists.answers(made.worklist_id)
    for row in rows:
        if row.is_blank and row.number in answers:
            counts["blank"] += 1
            continue
        try:
            if row.number in seen:
                raise RejectedRow("twice")
            seen.add(row.number)
            with work.connection.begin_nested():
                counts[_take_row(work, made, row, answers, by)] += 1
        except RejectedRow as reason:
            rejected[row.row] = reason.code
        except (StaleEvidence, Conflict):
            rejected[row.row] = "changed"
    told = (counts["taken"], counts["before"], counts["blank"])
    hash_ = hashlib.sha256(content).hexdigest()
    return work.worklists.record_return(made.worklist_id, hash_, told, rejected, by.user, by.now)


def _take_row(
    work: UnitOfWork, made: MadeList, row: FilledRow, answers: dict[str, str | None], by: By
) -> str:
    """`taken` or `before`. Raises: RejectedRow, StaleEvidence, Conflict."""
    lead = _lead_of(work, made, row, answers, by)
    outcome = _outcome(row, lead, by)
    digest = _digest(made, row)
    before = answers[lead.discrepancy_id]
    if before == digest:
        return "before"
    if before is not None and not may_come_again(before):
        raise RejectedRow("answered")
    if lead.status not in ("open", "waiting"):
        raise RejectedRow("decided")
    if row.refers is None or row.refers[2] != lead.evidence_version:
        raise RejectedRow("changed")
    if waiting_change(work.connection, lead.discrepancy_id) is not None:
        raise RejectedRow("proposed")
    _settle(work, lead, outcome, row, by)
    work.worklists.answer(made.worklist_id, lead.discrepancy_id, outcome, digest, by.user, by.now)
    return "taken"


def _lead_of(
    work: UnitOfWork, made: MadeList, row: FilledRow, answers: dict[str, str | None], by: By
) -> Lead:
    """The discrepancy of a row that is as it was handed out."""
    number = row.number[:64]
    lead = read_lead(work.connection, number, by.role) if number else None
    if lead is None:
        raise RejectedRow("unknown")
    if number not in answers:
        raise RejectedRow("not_on_list")
    expected = seal(made.secret, row.reference, row.shown)
    is_ours = row.refers is not None and row.refers[:2] == (made.worklist_id, number)
    if not is_ours or not hmac.compare_digest(expected.encode(), row.seal.encode()):
        raise RejectedRow("altered")
    return lead


def _outcome(row: FilledRow, lead: Lead, by: By) -> str:
    """The outcome's code, when everything that was filled in can be used."""
    if not row.outcome:
        raise RejectedRow("no_outcome")
    outcome = code_of(row.outcome)
    if outcome is None:
        raise RejectedRow("outcome")
    if not row.is_day or (row.on is not None and row.on > by.today):
        raise RejectedRow("day")
    if row.is_too_long:
        raise RejectedRow("too_long")
    if row.value and not (takes_value(lead) and outcome in _WITH_VALUE):
        raise RejectedRow("no_value_here")
    if outcome in _NEEDS_NOTE and not (row.note or row.value):
        raise RejectedRow("note")
    return outcome


def _settle(work: UnitOfWork, lead: Lead, outcome: str, row: FilledRow, by: By) -> None:
    seen = Seen(lead.evidence_version, lead.status)
    said = Said(row.note or None, outcome, row.on)
    if row.value and outcome != "confirmed" and _value(lead, row.value, by.today) == lead.register_value:
        settle(work, lead, KINDS["not_a_problem"], said, seen, by.user, by.now)
        return
    intent = _intent(lead, outcome, row, by)
    if intent is not None and _propose(work, lead, intent, is_needed=bool(row.value), by=by):
        note_visit(work, lead, said, (lead.status, "waiting"), by.user, by.now)
        return
    settle(work, lead, _kind(lead, outcome), said, seen, by.user, by.now)


def _intent(lead: Lead, outcome: str, row: FilledRow, by: By) -> Intent | None:
    """The register change that follows from the answer."""
    found: Intent | None = suggested_for(lead)
    if row.value:
        return Intent("field", lead.person_no, values={lead.field or "": _value(lead, row.value, by.today)})
    is_so = outcome == "confirmed" or (outcome, lead.type) == ("moved_away", "moved_out_active")
    return found if is_so else None


def _value(lead: Lead, text: str, on: date) -> str:
    """As the register writes it; a form that proposes the item would take it. Raises: RejectedRow."""
    field = lead.field or ""
    if field == "birth_date":
        born, _ = day_of(text)
        text = born.isoformat() if born else ""
    value = read_typed(field, text, LONGEST_NOTE)
    # What was asked about may be no valid number itself.
    is_known = value in (lead.register_value, lead.proposed_value)
    if not value or (not is_known and problem_with(field, value, on)):
        raise RejectedRow("value")
    return value


def _propose(work: UnitOfWork, lead: Lead, intent: Intent, *, is_needed: bool, by: By) -> bool:
    """Whether it was proposed. Raises: RejectedRow when a value that was found cannot be."""
    try:
        with work.connection.begin_nested():
            work.changes.propose(intent, by.user, SeenEvidence(lead.discrepancy_id, lead.evidence_version))
    except InvalidInput:
        if is_needed:
            raise RejectedRow("value") from None
        return False  # say, one of two persons lives where this user sees nobody: an officer goes on
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        if is_needed:
            raise RejectedRow("not_yours") from None
        return False
    return True


def _kind(lead: Lead, outcome: str) -> Kind:
    is_pair = lead.type in KINDS["same_person"].types
    if outcome == "nobody":
        return NOT_MET
    if outcome == "no_problem":
        return KINDS["not_a_problem"]
    if outcome == "not_so":
        return KINDS["different_person" if is_pair else "not_a_problem"]
    if outcome == "confirmed" and lead.type == "possible_link":
        return KINDS["same_person"]
    return VISITED


def may_come_again(digest: str) -> bool:
    """Whether it was only that nobody was there."""
    return digest.startswith(f"{AGAIN}:")


def _digest(made: MadeList, row: FilledRow) -> str:
    """Of the whole answer, by the list's secret; the outcome stands before it."""
    outcome = code_of(row.outcome) or ""
    text = "\x1f".join((outcome, row.value, row.on.isoformat() if row.on else "", row.note))
    return f"{outcome}:{hmac.new(made.secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]}"
