"""Register changes as the desk lists them: which wait for approval, the oldest first, and what became of the others, the newest first.

Rows that the user may not see are not there: all areas that a change is about have to be the user's. A page ends at a change and the next
begins after it, so what arrives meanwhile neither repeats nor hides any.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from register.change_models import CHANGE_KINDS, CHANGE_STATES, RegisterChange
from register.change_plans import UNDONE_BY, Row, shows_before
from register.change_states import TRANSITIONS, Transition, may, same_person
from register.changes import SUBJECT, Change, as_change
from register.current import current_rows
from register.models import AuditEntry
from register.work import UnitOfWork
from stewardship.leads import Happened, Lead, read_lead
from stewardship.places import Places, read_places
from stewardship.tabs import is_account, whose_of

EVERY: Final = "all"
TO_APPROVE: Final = "proposed"
PROPOSERS: Final = ("mine", "others")
# What a person does here → what it asks of the register's changes, in this order and in one transaction.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "approve": ("approve", "apply"),
    "apply": ("apply",),
    "refuse": ("refuse",),
    "withdraw": ("withdraw",),
    "revert": ("revert",),
}
UNDO: Final = "undo"
NEEDS_REASON: Final = frozenset({"refuse", "revert"})
_AREA: Final = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """Which changes are listed; empty is no condition, and `state` is what waits for approval unless asked otherwise.

    `by`: one's own, those of all others, or of one account, by the digest of its name (`tabs.whose_of`). `area`: a change that moves
    somebody is of both areas.
    """

    state: str = TO_APPROVE
    kind: str = ""
    by: str = ""
    area: str = ""

    def query(self, **changes: str) -> str:
        return urlencode(_unusual(replace(self, **changes)))

    def besides(self, *names: str) -> list[tuple[str, str]]:
        """What a form that asks for these keeps of the others."""
        return [(name, value) for name, value in _unusual(self).items() if name not in names]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.by or self.area)

    @property
    def is_oldest_first(self) -> bool:
        return self.state == TO_APPROVE


def _unusual(choice: Choice) -> dict[str, str]:
    usual = vars(Choice())
    return {name: value for name, value in vars(choice).items() if value != usual[name]}


@dataclass(frozen=True)
class Listed:
    """A page of the list; `counts`: dimension → choice → changes, all other choices kept; `proposers`: account → changes, likewise."""

    changes: list[Change]
    next: int | None
    total: int
    counts: Mapping[str, Counter[str]]
    proposers: Counter[str]


def read_choice(query: Mapping[str, str]) -> Choice:
    """What is not known is no condition."""
    choices = {"state": (*CHANGE_STATES, EVERY), "kind": CHANGE_KINDS}
    known = {name: query[name] for name, values in choices.items() if query.get(name) in values}
    by, area = query.get("by", ""), query.get("area", "")
    if by in PROPOSERS or is_account(by):
        known["by"] = by
    if _AREA.fullmatch(area):
        known["area"] = area
    return Choice(**known)


def read_number(text: str) -> int:
    """The number of a change; 0, which none has, for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


class Proposals:
    """The register changes that a user sees in one transaction."""

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id

    def page(self, choice: Choice, after: int, rows: int) -> Listed:
        found = self._list(choice, after, rows + 1)
        counts = self._counts(choice)
        proposers = counts.pop("proposed_by")
        counts["by"] = self._by(proposers)
        counts["area"] = self._by_area(choice)
        following = found[rows - 1].change_id if len(found) > rows else None
        total = counts["state"].total() if choice.state == EVERY else counts["state"][choice.state]
        return Listed(found[:rows], following, total, counts, proposers)

    def count(self, choice: Choice) -> int:
        query = sa.select(sa.func.count()).select_from(RegisterChange)
        return int(self._connection.scalar(query.where(*self._conditions(choice).values())) or 0)

    def batches(self, choice: Choice, rows: int) -> Iterator[list[Change]]:
        """All of the list in its order, so many at a time."""
        after = 0
        while changes := self._list(choice, after, rows):
            yield changes
            after = changes[-1].change_id

    def following(self, choice: Choice, after: int) -> Change | None:
        """The change after this one; after the last, the first that is left."""
        found = self._list(choice, after, 1) or self._list(choice, 0, 1)
        return found[0] if found and found[0].change_id != after else None

    def before(self, choice: Choice, here: int) -> Change | None:
        table = RegisterChange
        is_before = table.change_id < here if choice.is_oldest_first else table.change_id > here
        order = table.change_id.desc() if choice.is_oldest_first else table.change_id.asc()
        query = sa.select(table.__table__).where(is_before, *self._conditions(choice).values())
        row = self._connection.execute(query.order_by(order).limit(1)).one_or_none()
        return None if row is None else as_change(row)

    def pending(self) -> int:
        """How many the next change file holds."""
        query = sa.select(sa.func.count()).where(RegisterChange.state.in_(("applied", "exported")))
        return int(self._connection.scalar(query) or 0)

    def _list(self, choice: Choice, after: int, rows: int) -> list[Change]:
        table = RegisterChange
        query = sa.select(table.__table__).where(*self._conditions(choice).values())
        if choice.is_oldest_first:
            query = query.where(table.change_id > after).order_by(table.change_id)
        else:
            query = query.where(table.change_id < after) if after else query
            query = query.order_by(table.change_id.desc())
        return [as_change(row) for row in self._connection.execute(query.limit(rows))]

    def _is_mine(self) -> sa.ColumnElement[bool]:
        return sa.func.lower(RegisterChange.proposed_by) == self._user_id.lower()

    def _conditions(self, choice: Choice) -> dict[str, sa.ColumnElement[bool]]:
        wanted: dict[str, sa.ColumnElement[bool]] = {}
        if choice.state != EVERY:
            wanted["state"] = RegisterChange.state == choice.state
        if choice.kind:
            wanted["kind"] = RegisterChange.kind == choice.kind
        if choice.by:
            wanted["proposed_by"] = self._is_by(choice.by)
        if choice.area:
            codes = read_places(self._connection).codes_of(choice.area)
            wanted["area"] = RegisterChange.area_codes.op("&&")(
                sa.literal(codes, postgresql.ARRAY(sa.Text()))
            )
        return wanted

    def _is_by(self, by: str) -> sa.ColumnElement[bool]:
        if by in PROPOSERS:
            return self._is_mine() if by == "mine" else sa.not_(self._is_mine())
        proposers = self._connection.scalars(sa.select(RegisterChange.proposed_by).distinct())
        return RegisterChange.proposed_by.in_([user for user in proposers if whose_of(user) == by])

    def _counts(self, choice: Choice) -> dict[str, Counter[str]]:
        dimensions: dict[str, sa.ColumnElement[Any]] = {
            "state": RegisterChange.state.expression,
            "kind": RegisterChange.kind.expression,
            "proposed_by": RegisterChange.proposed_by.expression,
        }
        conditions = self._conditions(choice)
        counts = {}
        for name, column in dimensions.items():
            others = [condition for other, condition in conditions.items() if other != name]
            query = sa.select(column, sa.func.count()).where(*others).group_by(sa.literal_column("1"))
            counts[name] = Counter({str(value): int(rows) for value, rows in self._connection.execute(query)})
        return counts

    def _by(self, proposers: Mapping[str, int]) -> Counter[str]:
        found: Counter[str] = Counter()
        for user, rows in proposers.items():
            found["mine" if same_person(user, self._user_id) else "others"] += rows
            found[whose_of(user)] += rows
        return found

    def _by_area(self, choice: Choice) -> Counter[str]:
        """Of each village and township that a change is about, how many choosing it would show."""
        others = [condition for other, condition in self._conditions(choice).items() if other != "area"]
        column = RegisterChange.area_codes
        query = sa.select(column, sa.func.count()).where(*others).group_by(column)
        rows = [(codes, int(number)) for codes, number in self._connection.execute(query)]
        places = read_places(self._connection)
        holders = _holders({code for codes, _ in rows for code in codes if code}, places)
        found: Counter[str] = Counter()
        for codes, number in rows:
            found.update(dict.fromkeys({area for code in codes for area in holders[code]}, number))
        return found


def _holders(codes: Iterable[str], places: Places) -> Mapping[str, set[str]]:
    """Code → which of these areas, and of their townships, it belongs to."""
    found: dict[str, set[str]] = defaultdict(set)
    for area in {area for code in codes for area in (code, places.township_of(code))}:
        for code in places.codes_of(area):
            found[code].add(area)
    return found


@dataclass(frozen=True)
class Standing:
    """Why a change that waits may not be approved any more (`moved`: the register, `stale`: the evidence), and what this user may do; `rows`: what the register has
    now of whom it is about, where that was asked."""

    lead: Lead | None
    is_mine: bool
    moved: bool
    stale: bool
    actions: tuple[str, ...]
    rows: Mapping[str, Row] = field(default_factory=dict)


def standing_of(work: UnitOfWork, change: Change, user_id: str, role: str) -> Standing:
    lead = None
    if change.discrepancy_id is not None:
        lead = read_lead(work.connection, change.discrepancy_id, role)
    is_waiting = change.state in TRANSITIONS["apply"].sources + TRANSITIONS["approve"].sources
    stale = is_waiting and lead is not None and _is_stale(change, lead)
    # Of a change that undoes another, the register decides when it is approved.
    is_held = is_waiting and change.undoes is None
    rows = current_rows(work.connection, change.person_nos) if is_held else {}
    moved = is_held and not shows_before(change.plan, rows)
    wanted = [action for action in STEPS if _is_open(change, TRANSITIONS[action], user_id)]
    if change.undoes is not None:
        wanted = [action for action in wanted if action != "revert"]
    if moved or stale:
        wanted = [action for action in wanted if not TRANSITIONS[action].needs_current]
    if change.state in ("exported", "acknowledged") and change.undoes is None and change.kind in UNDONE_BY:
        wanted.append(UNDO)
    return Standing(lead, same_person(user_id, change.proposed_by), moved, stale, tuple(wanted), rows)


def _is_open(change: Change, transition: Transition, user_id: str) -> bool:
    return change.state in transition.sources and may(transition, user_id, change.proposed_by)


def _is_stale(change: Change, lead: Lead) -> bool:
    return lead.status == "resolved" or lead.evidence_version != change.evidence_version


def history_of_change(connection: Connection, change_id: int) -> list[Happened]:
    """Who did what to it, newest first."""
    query = (
        sa.select(AuditEntry.at, AuditEntry.actor, AuditEntry.action)
        .where(AuditEntry.subject_kind == SUBJECT, AuditEntry.subject_id == str(change_id))
        .order_by(AuditEntry.entry_no.desc())
    )
    return [Happened(row.at, None, row.actor, row.action) for row in connection.execute(query)]
