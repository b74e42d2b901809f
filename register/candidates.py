"""A night's candidates as the rows that the store compares with what it knows (`register.discrepancies`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import pandas as pd

from register.errors import DuplicateSubject

# Their subject begins with the feed that is to be corrected or sent.
OF_FEEDS = ("source_correction", "feed_overdue")

# Columns that a night may correct without saying that anything changed.
REFRESHED = (
    "priority",
    "confidence",
    "area_code",
    "household_no",
    "person_no",
    "person_no_2",
    "field",
    "register_value",
    "proposed_value",
    "reason",
    "evidence_count",
    "feeds",
)
CANDIDATE_COLUMNS = ("discrepancy_id", "type", "subject", *REFRESHED, "evidence_hash")
EVIDENCE_COLUMNS = (
    "discrepancy_id",
    "feed",
    "file",
    "sheet",
    "row",
    "role",
    "person_no",
    "unit",
    "content_key",
)


class EvidenceRow(Protocol):
    """What the store reads of `discrepancies.candidates.Evidence`."""

    @property
    def feed(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def sheet(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def person_no(self) -> str | None: ...
    @property
    def content_key(self) -> str: ...
    @property
    def unit(self) -> str: ...


class CandidateRow(Protocol):
    """What the store reads of `discrepancies.candidates.Candidate`."""

    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def area_code(self) -> str | None: ...
    @property
    def household_no(self) -> str | None: ...
    @property
    def person_no(self) -> str | None: ...
    @property
    def person_no_2(self) -> str | None: ...
    @property
    def field(self) -> str | None: ...
    @property
    def register_value(self) -> str | None: ...
    @property
    def proposed_value(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def priority(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def evidence(self) -> Sequence[EvidenceRow]: ...
    @property
    def evidence_hash(self) -> str: ...


def discrepancy_id(type_: str, subject: str) -> str:
    """`D` + 12 hex digits of the SHA-256 over type and subject: the same county gives the same ids in any
    order of nights.
    """
    return "D" + hashlib.sha256(f"{type_}\x1f{subject}".encode()).hexdigest()[:12]


def candidate_frame(candidates: Sequence[CandidateRow]) -> pd.DataFrame:
    rows = [
        (
            discrepancy_id(c.type, c.subject),
            c.type,
            c.subject,
            c.priority,
            c.confidence,
            c.area_code,
            c.household_no,
            c.person_no,
            c.person_no_2,
            c.field,
            c.register_value,
            c.proposed_value,
            c.reason,
            _distinct(c.evidence),
            _feeds(c),
            c.evidence_hash,
        )
        for c in candidates
    ]
    frame = pd.DataFrame(rows, columns=list(CANDIDATE_COLUMNS), dtype=object)
    repeated = frame["discrepancy_id"].duplicated()
    if repeated.any():
        first = frame.loc[repeated.idxmax()]
        raise DuplicateSubject(
            f"{int(repeated.sum())} candidates repeat a type and subject of the same night, "
            f"the first is {first['discrepancy_id']} of type {first['type']}"
        )
    return frame


def _place(evidence: EvidenceRow) -> tuple[str, str, str, int, str, str]:
    return (
        evidence.feed,
        evidence.file,
        evidence.sheet,
        evidence.row,
        evidence.role,
        evidence.person_no or "",
    )


def _feeds(candidate: CandidateRow) -> str:
    """On which feeds it rests, as PostgreSQL writes an array."""
    found = {one.feed for one in candidate.evidence}
    if candidate.type in OF_FEEDS:
        found.add(candidate.subject.partition(":")[0])
    return "{" + ",".join(sorted(found)) + "}"


def _distinct(evidence: Sequence[EvidenceRow]) -> int:
    return len({_place(one) for one in evidence})


def evidence_frame(candidates: Sequence[CandidateRow], ids: pd.Series) -> pd.DataFrame:
    """One row per place; where one place speaks twice, the smaller content key stands, so that order does not
    matter.
    """
    rows = [
        (id_, *_place(one), one.unit, one.content_key)
        for id_, candidate in zip(ids, candidates)
        for one in candidate.evidence
    ]
    frame = pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS), dtype=object)
    place = list(EVIDENCE_COLUMNS[:7])
    return frame.sort_values([*place, "content_key"], kind="stable").drop_duplicates(place)
