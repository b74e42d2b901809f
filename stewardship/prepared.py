"""What a night has prepared for the desk besides discrepancies: nothing is matched in a request, it is looked up.

The app asks for what belongs to a discrepancy that the database has shown to the user.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Listed:
    """Somebody in a household of the newest police lists; `person_no` and `decision` as the night linked them."""

    household_key: str
    household_no: str | None
    period: str
    content_key: str
    person_no: str | None
    decision: str
    name: str
    sex: str
    birth_date: date | None
    relation_to_head: str


@dataclass(frozen=True)
class Reason:
    """A line of a waterfall: what was compared, how it agreed, and its bits."""

    term: str
    level: str
    weight: float


@dataclass(frozen=True)
class Weighed:
    """Why a candidate weighs what it weighs, for `subject` (a content key, or a person of the register).

    `kind`: `link` of what is, or may be, this person, `duplicate` of two rows of the register, `nearest` of what is nobody on it.
    `rank`: 1 the best candidate, 2 the runner-up; `by_company`: judged within the family of the people beside; `namesakes`: the
    register's rows of the subject's name.
    """

    kind: str
    subject: str
    person_no: str
    rank: int
    by_company: bool
    namesakes: int
    reasons: tuple[Reason, ...]

    @property
    def match_weight(self) -> float:
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True)
class Linked:
    """A department's row that the night linked, or perhaps linked, to a person; `probability` that it is about them."""

    feed: str
    file: str
    sheet: str
    row: int
    role: str
    decision: str
    probability: float | None
    content_key: str


class Prepared(Protocol):
    """The frames of a night."""

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        """Who is in these households: numbers of the register's, keys of those that the register has not."""
        ...

    def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
        """The candidates of these content keys and persons, the best of each before its runner-up."""
        ...

    def linked(self, night: date, person_nos: Collection[str]) -> Mapping[str, Sequence[Linked]]:
        """What departments' files have about each of these who is on the register, by feed, file and row; of nobody else anything."""
        ...


class NothingPrepared:
    """Where no frames are at hand."""

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        return ()

    def weighed(self, night: date, subjects: Collection[str]) -> Sequence[Weighed]:
        return ()

    def linked(self, night: date, person_nos: Collection[str]) -> Mapping[str, Sequence[Linked]]:
        return {}
