"""What the night worked out for the overview. The app is handed something that knows where it lies; nothing is estimated in a request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

TOLD, UNLINKED = "births", "unlinked"  # lists that a night keeps
NOT_YET = "not_yet"
ALL = "*"  # all townships, both sexes, all quarters, all months


@dataclass(frozen=True)
class BirthShare:
    """Births of a township, sex and quarter: how many there were by estimate, and what share of them is registered, with 95 % intervals.

    `status` is `estimated`, or why there is no estimate.
    """

    township: str
    sex: str
    quarter: str
    status: str
    registered: int | None
    births: float | None
    share: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class BirthSteps:
    """What became of the births of a month that a department has told of."""

    township: str
    month: str
    notified: int
    within_30_days: int
    later: int
    undated: int
    not_yet: int


@dataclass(frozen=True)
class ToldBirth:
    """One of these births, of no township where no row says it.

    `unit`: the number of the person, of one not yet on the register a name of the night's own. `feeds` tell of it; `feed`, `file`, `sheet`, `row`
    are one of their rows. Of one not yet on the register: the discrepancy that asks about it, and the first night that may (`due`).
    """

    unit: str
    township: str
    month: str
    sex: str
    born: date
    step: str
    feeds: tuple[str, ...]
    feed: str
    file: str
    sheet: str
    row: int
    discrepancy_id: str | None
    due: date | None

    @property
    def person_no(self) -> str | None:
        return None if self.step == NOT_YET else self.unit


class UnlinkedRow(NamedTuple):
    """Somebody whom a department's row names and whom the night linked to nobody: `decision` is `possible` where it may be `person_no`, else `none`.
    `discrepancy_id`: what asks about who is named.
    """

    feed: str
    file: str
    sheet: str
    row: int
    role: str
    decision: str
    person_no: str | None
    probability: float | None
    discrepancy_id: str | None


@dataclass(frozen=True)
class FeedDrift:
    """How far the match weights of a feed's rows have moved since a night; no index of too few rows."""

    feed: str
    rows: int
    since: date | None
    index: float | None
    verdict: str


@dataclass(frozen=True)
class LinkQuality:
    """Rows of departments by decision, and how often a link is false or missing by the model's own probabilities. `drift`: nothing of
    nights that did not measure it.
    """

    night: date
    model: str
    linked: int
    possible: int
    unlinked: int
    false_links: float | None
    missed_links: float | None
    drift: Sequence[FeedDrift] = ()


class NightReports(Protocol):
    """What nights wrote. A night that wrote none has none; `told` has the newest first, `unlinked` the order of the files, and `kept` says which of
    these two the night kept at all (`TOLD`, `UNLINKED`)."""

    def births(self, night: date) -> Sequence[BirthShare]: ...
    def steps(self, night: date) -> Sequence[BirthSteps]: ...
    def told(self, night: date) -> Sequence[ToldBirth]: ...
    def links(self, night: date) -> LinkQuality | None: ...
    def unlinked(self, night: date) -> Sequence[UnlinkedRow]: ...
    def kept(self, night: date) -> Collection[str]: ...


class NoReports:
    """Where no frames are at hand."""

    def births(self, night: date) -> Sequence[BirthShare]:
        return ()

    def steps(self, night: date) -> Sequence[BirthSteps]:
        return ()

    def told(self, night: date) -> Sequence[ToldBirth]:
        return ()

    def links(self, night: date) -> LinkQuality | None:
        return None

    def unlinked(self, night: date) -> Sequence[UnlinkedRow]:
        return ()

    def kept(self, night: date) -> Collection[str]:
        return ()
