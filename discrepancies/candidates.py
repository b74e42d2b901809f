"""What a rule hands over: an unverified lead with what it rests on.

`Candidate.subject` makes it the same discrepancy tomorrow, `Candidate.evidence_hash` says whether what it
rests on has changed since. The hash is over what departments *say* (feed, role, what is said of the person), never
over file names or rows, nor over which of a department's units says it: next month's identical snapshot is no new
evidence, neither is the same list from the station that took another one over, a changed confidence or priority.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

UNREGISTERED_BIRTH = "unregistered_birth"
MISSING_PERSON = "missing_person"
MISSING_HOUSEHOLD = "missing_household"
POSSIBLE_LINK = "possible_link"
INCONSISTENT_FIELD = "inconsistent_field"
MISSING_ITEM = "missing_item"
DUPLICATE_PERSON = "duplicate_person"
DECEASED_ACTIVE = "deceased_active"
MOVED_OUT_ACTIVE = "moved_out_active"
SHARED_ID_NUMBER = "shared_id_number"
WRONG_HOUSEHOLD = "wrong_household"
DUPLICATE_HOUSEHOLD = "duplicate_household"
SOURCE_CORRECTION = "source_correction"
FEED_OVERDUE = "feed_overdue"

TYPES: tuple[str, ...] = (
    UNREGISTERED_BIRTH,
    MISSING_PERSON,
    MISSING_HOUSEHOLD,
    POSSIBLE_LINK,
    INCONSISTENT_FIELD,
    MISSING_ITEM,
    DUPLICATE_PERSON,
    DECEASED_ACTIVE,
    MOVED_OUT_ACTIVE,
    SHARED_ID_NUMBER,
    WRONG_HOUSEHOLD,
    DUPLICATE_HOUSEHOLD,
    SOURCE_CORRECTION,
    FEED_OVERDUE,
)
# About people on no register row.
OF_UNREGISTERED: tuple[str, ...] = (UNREGISTERED_BIRTH, MISSING_PERSON, MISSING_HOUSEHOLD)
# Feed → types that argue from absence and are not raised where its file is late (`watermarks`).
SUSPENDED: Mapping[str, tuple[str, ...]] = {
    "register": OF_UNREGISTERED,
    "police_residents": (MOVED_OUT_ACTIVE,),
}
_ORDER = {name: place for place, name in enumerate(TYPES)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of a delivery (or of the register, feed `register`) that a candidate rests on, in the role it
    speaks. `said_key`: what it says, whichever unit says it; where it is empty, the content key stands for it."""

    feed: str
    file: str
    sheet: str
    row: int
    role: str
    person_no: str | None
    content_key: str
    unit: str = ""
    said_key: str = ""

    @property
    def order(self) -> tuple[str, str, str, str, int, str, str]:
        return (self.feed, self.unit, self.file, self.sheet, self.row, self.role, self.content_key)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A discrepancy of this night, before it is matched with those already open."""

    type: str
    subject: str
    area_code: str | None = None
    household_no: str | None = None
    person_no: str | None = None
    person_no_2: str | None = None
    field: str | None = None
    register_value: str | None = None
    proposed_value: str | None = None
    confidence: float = 1.0
    priority: int = 3
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def evidence_hash(self) -> str:
        """64 hex digits over type, subject, both values and what the evidence says as a set."""
        content = sorted({(e.feed, e.role, e.said_key or e.content_key) for e in self.evidence})
        parts = [self.type, self.subject, self.register_value, self.proposed_value, *content]
        digest = hashlib.sha256()
        for part in parts:
            digest.update(repr(part).encode())
            digest.update(b"\x1e")
        return digest.hexdigest()


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By type as TYPES lists them, then by subject and field, so that the same night gives the same list."""
    return sorted(candidates, key=lambda c: (_ORDER[c.type], c.subject, c.field or ""))
