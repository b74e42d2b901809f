"""One discrepancy as the desk reads it: itself, its evidence, what was done to it. Rows that the user may not see are not there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from discrepancies.candidates import MISSING_HOUSEHOLD, OF_UNREGISTERED, Candidate
from discrepancies.wording import sentence
from register.asking import Question
from register.change_states import WAITING
from register.discrepancy_models import Discrepancy, DiscrepancyVersion
from register.reveals import STANDS
from stewardship.tabs import whose_of
from stewardship.versions import Version

OF_NOBODY: Final = frozenset({"source_correction", "feed_overdue"})
# Whose discrepancy asks for a new person on the register.
NEWCOMERS: Final = frozenset(OF_UNREGISTERED) - {MISSING_HOUSEHOLD}
MOST_EVIDENCE: Final = 200
MOST_LOOKS: Final = 20  # that a history lists
ENDED: Final = (
    "change.refuse",
    "change.withdraw",
    "change.revert",
)  # after which a register change stays as it is
# What a department's contact may read (migration 0004).
CONTACTS: Final = (
    "discrepancy_id",
    "type",
    "status",
    "priority",
    "confidence",
    "field",
    "proposed_value",
    "reason",
    "evidence_version",
    "evidence_count",
    "first_night",
    "last_night",
)
COLUMNS: Final = (
    *CONTACTS,
    "area_code",
    "household_no",
    "person_no",
    "person_no_2",
    "register_value",
    "assignee",
    "reopened_night",
    "feeds",
)


def codes_of(reason: str) -> list[tuple[str, str]]:
    """`code:value;code` in pairs; without a value an empty one."""
    parts = (part.partition(":") for part in reason.split(";") if part)
    return [(code, value) for code, _, value in parts]


class Lead(NamedTuple):
    """A discrepancy, by `COLUMNS`; what the role may not read is None."""

    discrepancy_id: str
    type: str
    status: str
    priority: int
    confidence: float
    field: str | None
    proposed_value: str | None
    reason: str
    evidence_version: int
    evidence_count: int
    first_night: date
    last_night: date
    area_code: str | None = None
    household_no: str | None = None
    person_no: str | None = None
    person_no_2: str | None = None
    register_value: str | None = None
    assignee: str | None = None
    reopened_night: date | None = None
    feeds: Sequence[str] = ()

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The codes of the reason: what, and how many or which."""
        return codes_of(self.reason)

    @property
    def persons(self) -> tuple[str, ...]:
        return tuple(number for number in (self.person_no, self.person_no_2) if number)

    @property
    def pick(self) -> str:
        """What was seen of it when it was chosen."""
        assignee = whose_of(self.assignee) if self.assignee else ""
        return f"{self.evidence_version}.{self.status}.{assignee}"

    def days(self, today: date) -> int:
        """For how long it has been known; none of a night that was run ahead of its day."""
        return max(0, (today - self.first_night).days)

    def sentence(self, language: str) -> str:
        return sentence(Candidate(self.type, self.discrepancy_id, field=self.field), language)


@dataclass(frozen=True)
class Happened:
    """One thing in the history; `at` is None where only the night is known.

    `outcome`, `outcome_on`: what was found at a door, and on which day; `of`: the discrepancy it was done to, where that is not this one but one that goes on in it; `to`: to whom it was assigned; `version`: of
    the evidence, which the night brought; `change`: the register change to which it was done.
    """

    at: datetime | None
    night: date | None
    actor: str | None
    what: str
    reason: str | None = None
    of: str | None = None
    to: str | None = None
    version: int | None = None
    change: int | None = None
    outcome: str | None = None
    outcome_on: date | None = None


def names_for(role: str) -> tuple[str, ...]:
    return CONTACTS if role == "contact" else COLUMNS


def columns_for(role: str) -> tuple[Any, ...]:
    return tuple(getattr(Discrepancy, name) for name in names_for(role))


def as_lead(row: Row[Any]) -> Lead:
    """Of the columns of a role, in their order."""
    values: Iterable[Any] = row
    return Lead(*values)


_ONE: Final[Mapping[tuple[str, ...], Question[Lead]]] = {
    names: Question(f"SELECT {', '.join(names)} FROM discrepancy WHERE discrepancy_id = :id", Lead)
    for names in (CONTACTS, COLUMNS)
}


def read_lead(connection: Connection, id_: str, role: str) -> Lead | None:
    return _ONE[names_for(role)].first(connection, id=id_)


def read_leads(connection: Connection, ids: Collection[str], role: str) -> dict[str, Lead]:
    """Those of these that the user may see."""
    query = sa.select(*columns_for(role)).where(Discrepancy.discrepancy_id.in_(sorted(ids)))
    return {row.discrepancy_id: as_lead(row) for row in connection.execute(query)}


def leads_in_order(connection: Connection, ids: Sequence[str], role: str) -> list[Lead]:
    """The same as they are given."""
    there = read_leads(connection, ids, role)
    return [there[id_] for id_ in ids if id_ in there]


def in_batches(connection: Connection, ids: Sequence[str], role: str, rows: int) -> Iterator[list[Lead]]:
    """The same, so many at a time."""
    for at in range(0, len(ids), rows):
        yield leads_in_order(connection, ids[at : at + rows], role)


class Evidence(NamedTuple):
    """A row on which a discrepancy rests; the night that took the file in, and the day of its arrival.

    `person_no`: whose it is, of a row of the register; a department's contact may not read it.
    """

    feed: str
    unit: str
    file: str
    sheet: str
    row: int
    role: str
    content_key: str
    night: date | None
    arrival: date | None
    person_no: str = ""


def evidence_of(connection: Connection, id_: str, *, is_local: bool = True) -> Sequence[Evidence]:
    """In the order of feeds, of each the newest files first; at most `MOST_EVIDENCE`."""
    question = _EVIDENCE if is_local else _OF_CONTACTS
    return question.all(connection, id=id_, most=MOST_EVIDENCE)


_ROWS: Final = """
SELECT e.feed, e.unit, e.file, e.sheet, e."row", e.role, e.content_key,
    (SELECT max(d.night) FROM delivery AS d WHERE d.feed = e.feed AND d.file = e.file AND d.status = 'taken') AS night,
    (SELECT max(d.arrival) FROM delivery AS d WHERE d.feed = e.feed AND d.file = e.file) AS arrival{whose}
FROM evidence AS e WHERE e.discrepancy_id = :id
ORDER BY e.feed, e.unit, e.file DESC, e.sheet, e."row", e.role{whose} LIMIT :most
"""
_WHOSE: Final = ", CASE e.feed WHEN 'register' THEN e.person_no ELSE '' END"
_EVIDENCE: Final = Question(_ROWS.format(whose=_WHOSE), Evidence)
_OF_CONTACTS: Final = Question(_ROWS.format(whose=""), Evidence)


class Waiting(NamedTuple):
    """A register change that waits."""

    change_id: int
    version: int
    proposed_by: str
    state: str
    changed_at: datetime


class Decided(NamedTuple):
    """A decision that stands."""

    decision_id: int
    evidence_version: int
    kind: str
    status_before: str
    status_after: str
    decided_by: str
    decided_at: datetime


_OF_WAITING: Final = """
SELECT change_id, version, proposed_by, state, changed_at FROM register_change
WHERE discrepancy_id = :id AND state = ANY (:states)
"""
_WAITING: Final = Question(_OF_WAITING, Waiting)
_OF_LAST: Final = """
SELECT decision_id, evidence_version, kind, status_before, status_after, decided_by, decided_at FROM decision AS d
WHERE d.discrepancy_id = :id AND d.kind <> 'undo' AND NOT EXISTS (
    SELECT FROM decision AS u WHERE u.undoes = d.decision_id AND u.discrepancy_id = :id)
ORDER BY d.decision_id DESC LIMIT 1
"""
_LAST: Final = Question(_OF_LAST, Decided)
_APPLIED: Final = "SELECT max(night) FROM night WHERE is_applied"
_NIGHT: Final = sa.text(_APPLIED)


def waiting_change(connection: Connection, id_: str) -> Waiting | None:
    """The register change that this discrepancy waits for."""
    return _WAITING.first(connection, id=id_, states=list(WAITING))


def last_decision(connection: Connection, id_: str) -> Decided | None:
    """The newest decision that stands."""
    return _LAST.first(connection, id=id_)


@dataclass(frozen=True)
class Standing:
    """How a discrepancy stands for one user.

    `night`: the newest that is applied; `lifted_until`: see `RevealStore.stands`; `change`, `last`: see `waiting_change`, `last_decision`.
    """

    night: date | None = None
    lifted_until: datetime | None = None
    change: Waiting | None = None
    last: Decided | None = None

    @classmethod
    def of(cls, night: date | None, lifted_until: datetime | None, *of_both: Any) -> Standing:
        """From a row of both, of which each is empty where there is none."""
        change, last = of_both[: len(Waiting._fields)], of_both[len(Waiting._fields) :]
        return cls(
            night,
            lifted_until,
            None if change[0] is None else Waiting(*change),
            None if last[0] is None else Decided(*last),
        )


_STANDING: Final = Question(
    f"""
SELECT ({_APPLIED}), ({STANDS}), w.*, l.*
FROM (VALUES (1)) AS one LEFT JOIN ({_OF_WAITING}) AS w ON true LEFT JOIN ({_OF_LAST}) AS l ON true
""",
    Standing.of,
)


def standing(connection: Connection, id_: str, user: str, now: datetime) -> Standing:
    """All of it in one statement: a page waits for each."""
    found = _STANDING.first(
        connection, id=id_, states=list(WAITING), user=user, kind="discrepancy", subject=id_, now=now
    )
    return found or Standing()


def values_at(connection: Connection, id_: str, versions: Collection[int]) -> dict[int, Any]:
    """What each version of the evidence said."""
    table = DiscrepancyVersion
    query = sa.select(
        table.evidence_version, table.night, table.register_value, table.proposed_value, table.confidence
    ).where(table.discrepancy_id == id_, table.evidence_version.in_(list(versions)))
    return {row.evidence_version: row for row in connection.execute(query)}


class _Part(NamedTuple):
    """A row of `_HISTORY`; what `one` and `two` are depends on the part. Of a decision `action` is the outcome and `night` its day."""

    part: str
    number: int
    night: date
    one: str
    two: str | None
    at: datetime
    actor: str | None
    action: str
    details: dict[str, Any]


# All that was done, and of the many times that somebody looked the last ones. Each subject's entries are read by themselves, along their index.
_HISTORY: Final = Question(
    """
WITH RECURSIVE before AS (
    SELECT discrepancy_id, gone_night FROM discrepancy WHERE succeeded_by = :id
    UNION SELECT d.discrepancy_id, d.gone_night FROM discrepancy AS d JOIN before AS b ON d.succeeded_by = b.discrepancy_id
), these AS (SELECT :id AS discrepancy_id UNION SELECT discrepancy_id FROM before
), changes AS (SELECT change_id, discrepancy_id, remark FROM register_change JOIN these USING (discrepancy_id)
), subjects AS (SELECT 'discrepancy' AS kind, discrepancy_id AS id FROM these UNION ALL SELECT 'register_change', CAST(change_id AS text) FROM changes
), entries AS (
    SELECT e.*, row_number() OVER (PARTITION BY e.is_look ORDER BY e.entry_no DESC) AS place FROM subjects AS s CROSS JOIN LATERAL (
        SELECT entry_no, at, actor, action, details, subject_id, action LIKE '%.view' AS is_look
        FROM audit_entry AS a WHERE a.subject_kind = s.kind AND a.subject_id = s.id OFFSET 0) AS e
)
SELECT 'entry' AS part, entry_no AS number, CAST(NULL AS date) AS night, subject_id AS one, NULL AS two, at, actor, action, details
FROM entries WHERE NOT is_look OR place <= :looks
UNION ALL SELECT 'night', v.evidence_version, v.night, v.event, NULL, NULL, NULL, NULL,
    jsonb_build_object('register_value', v.register_value, 'proposed_value', v.proposed_value, 'confidence', v.confidence)
    FROM discrepancy_version AS v WHERE v.discrepancy_id = :id
UNION ALL SELECT 'before', NULL, gone_night, discrepancy_id, NULL, NULL, NULL, NULL, NULL FROM before WHERE discrepancy_id <> :id
UNION ALL SELECT 'after', NULL, NULL, succeeded_by, NULL, NULL, NULL, NULL, NULL FROM discrepancy
    WHERE discrepancy_id = :id AND succeeded_by IS NOT NULL
UNION ALL SELECT 'decision', decision_id, outcome_on, kind, reason, NULL, NULL, outcome, NULL FROM decision JOIN these USING (discrepancy_id)
UNION ALL SELECT 'note', note_id, NULL, text, NULL, NULL, NULL, NULL, NULL FROM note JOIN these USING (discrepancy_id)
UNION ALL SELECT 'change', change_id, NULL, discrepancy_id, remark, NULL, NULL, NULL, NULL FROM changes
""",
    _Part,
)


@dataclass(frozen=True)
class History:
    """`happened`: nights, decisions, register changes, the last looks, newest first, with what was done to those that go on in this one.

    `versions`: what each version of the evidence said; `successor`: the discrepancy in which this one goes on, if it does.
    """

    happened: list[Happened]
    versions: Mapping[int, Version]
    successor: str | None


def history_of(connection: Connection, id_: str) -> History:
    """All of it in one statement."""
    parts: dict[str, list[_Part]] = {}
    for row in _HISTORY.all(connection, id=id_, looks=MOST_LOOKS):
        parts.setdefault(row.part, []).append(row)
    decided = {row.number: row for row in parts.get("decision", ())}
    notes = {row.number: row.one for row in parts.get("note", ())}
    changes = {str(row.number): row for row in parts.get("change", ())}
    before = {row.one: row.night for row in parts.get("before", ())}
    entries = sorted(parts.get("entry", ()), key=lambda row: -row.number)
    told = [_told(row, decided, notes, changes.get(row.one), id_) for row in entries]
    joined = [
        Happened(None, night, None, "joined", of=one)
        for one, night in sorted(before.items(), key=lambda pair: (-pair[1].toordinal(), pair[0]))
    ]
    nights = sorted(parts.get("night", ()), key=lambda row: -row.number)
    after = next((row.one for row in parts.get("after", ())), None)
    brought = [Happened(None, row.night, None, row.one, version=row.number) for row in nights]
    return History(told + joined + brought, {row.number: Version(**row.details) for row in nights}, after)


def last_night(connection: Connection) -> date | None:
    """The newest night that is applied."""
    found: date | None = connection.scalar(_NIGHT)
    return found


def _told(
    row: _Part, decided: Mapping[int, _Part], notes: Mapping[int, str], change: _Part | None, here: str
) -> Happened:
    """`change`: the register change to which it was done. A refused or reverted one keeps why as its remark, as nothing is done to it after that."""
    decision = decided.get(row.details.get("decision", 0))
    what, reason = (row.action, None) if decision is None else (decision.one, decision.two)
    reason = reason or notes.get(row.details.get("note", 0))
    if change is not None and what in ENDED:
        reason = change.two
    of = row.one if change is None else change.one
    elsewhere = None if of == here else of
    to = row.details.get("to") if what == "discrepancy.assign" else None
    number = None if change is None or what == "change.view" else change.number
    outcome, on = (None, None) if decision is None else (decision.action, decision.night)
    return Happened(
        row.at,
        None,
        row.actor,
        what,
        reason,
        elsewhere,
        to,
        change=number,
        outcome=outcome,
        outcome_on=on,
    )
