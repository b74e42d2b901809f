"""Deciding: what each decision makes of a discrepancy, and taking it back.

| decision         | leaves it | asks for a reason |
|------------------|-----------|-------------------|
| not a problem    | decided   | yes               |
| same person (possible link), not the same person | decided | no |
| same person (possible double entry) | waiting | no |
| visit, back to the department, cannot tell | waiting | no |
| visited (of a worklist) | open: somebody goes on | no |
| nobody there (of a worklist) | waiting | no |

What is said of a possible link is heeded by the next night (`register.link_decisions`). That two persons of the register are one, no night
can heed: the register has to be changed. Officers and stewards propose the merge instead of deciding; what anybody else answers waits for them.

The store notices when the evidence or the status is no longer what was seen; then nothing is written. The reason is kept with the
decision, the audit chain gets its number only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from register.audit import Event
from register.decision_models import Decision
from register.errors import Conflict, InvalidInput
from register.link_decisions import ANSWERS, rows_spoken_of
from register.work import UnitOfWork
from stewardship.leads import Lead, last_decision, waiting_change

LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class Kind:
    """`key`: the key that does it; `types`: the discrepancies it is for (empty: all); `proposes`: those of which it is settled by a register change alone."""

    name: str
    leaves: str
    key: str
    needs_reason: bool = False
    types: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def leaves_it(self, lead: Lead) -> str:
        """The status that this discrepancy has afterwards."""
        return "waiting" if lead.type in self.proposes else self.leaves


_PAIRS: Final = ("possible_link", "duplicate_person")
KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("same_person", "decided", "s", types=_PAIRS, proposes=("duplicate_person",)),
        Kind("different_person", "decided", "n", types=_PAIRS),
        Kind("not_a_problem", "decided", "x", needs_reason=True),
        Kind("visit", "waiting", "v"),
        Kind("to_department", "waiting", "b"),
        Kind("cannot_tell", "waiting", "u"),
    )
}
VISITED: Final = Kind("visited", "open", "")
NOT_MET: Final = Kind("not_met", "waiting", "")


@dataclass(frozen=True)
class Said:
    """What is kept of it: the reason as written; of an answer on a worklist also the outcome's code and on which day somebody asked, and the reason is
    the note."""

    reason: str | None = None
    outcome: str | None = None
    on: date | None = None


@dataclass(frozen=True)
class Seen:
    """What the user had before them."""

    evidence_version: int
    status: str


def kinds_for(lead: Lead) -> list[Kind]:
    return [kind for kind in KINDS.values() if not kind.types or lead.type in kind.types]


def decide(work: UnitOfWork, lead: Lead, kind: str, reason: str, seen: Seen, user: str, now: datetime) -> int:
    """Writes the decision and what it makes of the discrepancy; returns its number.

    Raises: InvalidInput, StaleEvidence, Conflict; then nothing is to be kept.
    """
    chosen = KINDS.get(kind)
    if chosen is None or chosen not in kinds_for(lead):
        raise InvalidInput("there is no such decision for this discrepancy")
    told = reason.strip()[:LONGEST_REASON] or None
    if chosen.needs_reason and told is None:
        raise InvalidInput("this decision needs a reason")
    if waiting_change(work.connection, lead.discrepancy_id) is not None:
        raise Conflict("a register change was proposed meanwhile")
    return settle(work, lead, chosen, Said(told), seen, user, now)


def settle(work: UnitOfWork, lead: Lead, kind: Kind, said: Said, seen: Seen, user: str, now: datetime) -> int:
    """What a kind of decision makes of a discrepancy. Raises: StaleEvidence, Conflict."""
    status = kind.leaves_it(lead)
    work.discrepancies.set_status(lead.discrepancy_id, status, seen.evidence_version, seen=seen.status)
    return _write(work, lead, kind.name, said, (seen.status, status), None, user, now)


def note_visit(
    work: UnitOfWork, lead: Lead, said: Said, statuses: tuple[str, str], user: str, now: datetime
) -> int:
    """What was said at the door, beside a register change that was proposed from it and gave the status."""
    return _write(work, lead, VISITED.name, said, statuses, None, user, now)


def can_undo(lead: Lead, user: str, change: Any | None, last: Any | None) -> bool:
    """Whether the last thing done here was this user's, and the discrepancy is as it left it.

    Args:
        change: the register change that it waits for (`waiting_change`).
        last: the newest decision that stands (`last_decision`).
    """
    if change is not None:
        return bool(change.proposed_by == user)
    return (
        last is not None
        and last.decided_by == user
        and (last.evidence_version, last.status_after) == (lead.evidence_version, lead.status)
    )


def undo(work: UnitOfWork, lead: Lead, user: str, now: datetime) -> None:
    """Takes back what this user did last: withdraws the register change, or gives the status before.

    Raises: Conflict when there is nothing of theirs to take back any more.
    """
    change = waiting_change(work.connection, lead.discrepancy_id)
    last = last_decision(work.connection, lead.discrepancy_id)
    if not can_undo(lead, user, change, last):
        raise Conflict("there is nothing of yours to take back here any more")
    if change is not None:
        work.changes.act("withdraw", change.change_id, change.version, user)
        return
    assert last is not None
    work.discrepancies.set_status(
        lead.discrepancy_id, last.status_before, lead.evidence_version, seen=last.status_after
    )
    statuses = (last.status_after, last.status_before)
    _write(work, lead, "undo", Said(), statuses, last.decision_id, user, now)


def _write(
    work: UnitOfWork,
    lead: Lead,
    kind: str,
    said: Said,
    statuses: tuple[str, str],
    undoes: int | None,
    user: str,
    now: datetime,
) -> int:
    values = {
        "discrepancy_id": lead.discrepancy_id,
        "evidence_version": lead.evidence_version,
        "kind": kind,
        "reason": said.reason,
        "outcome": said.outcome,
        "outcome_on": said.on,
        "status_before": statuses[0],
        "status_after": statuses[1],
        "undoes": undoes,
        "decided_by": user,
        "decided_at": now,
    }
    if lead.type == "possible_link" and kind in ANSWERS:
        values["content_keys"] = rows_spoken_of(work.connection, lead.discrepancy_id)
    insert = sa.insert(Decision).values(**values).returning(Decision.decision_id)
    number = int(work.connection.execute(insert).scalar_one())
    details: dict[str, int | str] = {
        "decision": number,
        "kind": kind,
        "evidence_version": lead.evidence_version,
    }
    work.audit.record(Event(user, "discrepancy.decide", "discrepancy", lead.discrepancy_id, details))
    return number
