"""What a night would do to the discrepancies that are there, without doing it (the table of
`register.discrepancies`, as a pure function)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from discrepancies.candidates import Candidate

OPENED, REOPENED, CHANGED, RESOLVED, UNTOUCHED = "opened", "reopened", "changed", "resolved", "untouched"
EFFECTS = (OPENED, REOPENED, CHANGED, RESOLVED)


@dataclass(frozen=True)
class Known:
    """A discrepancy as the store has it."""

    status: str
    evidence_hash: str


@dataclass(frozen=True)
class Effect:
    """What would become of one discrepancy."""

    type: str
    subject: str
    what: str


def effects(candidates: Iterable[Candidate], known: Mapping[tuple[str, str], Known]) -> list[Effect]:
    """What the candidates would open, reopen, change and resolve, by type and subject; nothing about those
    left untouched."""
    found = {(one.type, one.subject): one for one in candidates}
    told = [Effect(*key, _effect(one, known.get(key))) for key, one in found.items()]
    gone = [
        Effect(*key, RESOLVED)
        for key, one in known.items()
        if key not in found and one.status in ("open", "waiting")
    ]
    return sorted((one for one in (*told, *gone) if one.what != UNTOUCHED), key=lambda e: (e.type, e.subject))


def _effect(candidate: Candidate, known: Known | None) -> str:
    if known is None:
        return OPENED
    if known.status == "resolved":
        return REOPENED
    if known.evidence_hash == candidate.evidence_hash:
        return UNTOUCHED
    return REOPENED if known.status == "decided" else CHANGED
