"""What is asked of the queue, as an address says it. No personal data: codes, bands and where a page begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import ImmutableMultiDict

from discrepancies.candidates import TYPES
from stewardship.tabs import CHANGED, OF_ASSIGNEE, OVERDUE_DAYS, TABS, UNASSIGNED, due_nights, is_whose
from stewardship.words import AGES, CONFIDENCES, FEEDS, PRIORITIES, STATUSES

DONE: Final = "done"
HANDED: Final = "handed"
EVERY: Final = "all"
SURE: Final = 0.95
LIKELY: Final = 0.8
# Band → from, to below; as the tally has them (migration 0011).
BANDS: Final[Mapping[str, tuple[float | None, float | None]]] = {
    "high": (SURE, None),
    "middle": (LIKELY, SURE),
    "low": (None, LIKELY),
}
_WEEK: Final = timedelta(days=7)
_MONTH: Final = timedelta(days=30)
_CURSOR: Final = re.compile(r"([1-9]\d?)_(\d(?:\.\d{1,20})?(?:e-\d{1,3})?)_([A-Za-z0-9]{1,64})")
_ID: Final = re.compile(r"D[0-9a-f]{6,40}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CODE: Final = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Filters:
    """What is asked for; empty is no condition, `status` is open unless asked otherwise, and `type` is one or several with commas."""

    type: str = ""
    area: str = ""
    age: str = ""
    priority: str = ""
    confidence: str = ""
    status: str = "open"
    tab: str = ""
    assignee: str = ""
    feed: str = ""

    def query(self, **changes: str) -> str:
        """For a link; what is as usual is left out."""
        wanted = vars(self) | changes
        return urlencode({name: value for name, value in wanted.items() if value != _USUAL[name]})

    def place(self, further: str = "") -> str:
        """Address of the list; `further`: what else stands in it."""
        return "/queue?" + "&".join(part for part in (self.query(), further) if part)

    @property
    def types(self) -> list[str]:
        return self.type.split(",") if self.type else []

    @property
    def whose(self) -> str:
        """To whom it has to be assigned, by the tab or by the choice beside the tabs."""
        return self.tab if self.tab in OF_ASSIGNEE else self.assignee

    @property
    def what(self) -> str:
        """Which of these: overdue, changed, or all."""
        return "" if self.tab in OF_ASSIGNEE else self.tab

    @property
    def is_of_kind(self) -> bool:
        """Whether more is asked of a discrepancy than its status, its age and who has it."""
        return bool(self.type or self.priority or self.confidence or self.feed)

    @property
    def is_of_few(self) -> bool:
        """Whether they are few, whom an index of their own finds."""
        return self.whose not in ("", UNASSIGNED) or self.what == CHANGED

    def with_tab(self, tab: str) -> str:
        """For a link: what is overdue or changed is so of the same user."""
        return self.query(tab=tab, assignee="" if tab in OF_ASSIGNEE else self.assignee)

    def besides(self, *names: str) -> list[tuple[str, str]]:
        """What a form that asks for these keeps of the others."""
        return [
            (name, value) for name, value in vars(self).items() if name not in names and value != _USUAL[name]
        ]

    @property
    def is_narrowed(self) -> bool:
        return replace(self, status="open") != Filters()


_USUAL: Final = vars(Filters())


@dataclass(frozen=True)
class Cursor:
    """After which row a page begins."""

    priority: int
    confidence: float
    discrepancy_id: str

    def __str__(self) -> str:
        return f"{self.priority}_{self.confidence!r}_{self.discrepancy_id}"


def read_filters(query: Mapping[str, str]) -> Filters:
    """What is not known is no condition."""
    choices: dict[str, Sequence[str]] = {
        "age": tuple(AGES),
        "priority": tuple(PRIORITIES),
        "confidence": tuple(CONFIDENCES),
        "status": (*STATUSES, EVERY),
        "feed": tuple(FEEDS),
    }
    known = {name: query[name] for name, values in choices.items() if query.get(name) in values}
    wanted = _told(query, "type")
    known["type"] = ",".join(one for one in TYPES if one in wanted)
    if _CODE.fullmatch(query.get("area", "")):
        known["area"] = query["area"]
    return Filters(**known, **_read_tab(query.get("tab", ""), query.get("assignee", "")))


def _told(query: Mapping[str, str], name: str) -> set[str]:
    """All that is said under a name: with commas, or each by itself as a form sends them."""
    told = query.getlist(name) if isinstance(query, ImmutableMultiDict) else [query.get(name, "")]
    return {one for some in told for one in some.split(",")}


def _read_tab(tab: str, assignee: str) -> dict[str, str]:
    """The tab and the assignee. One's own and what is unassigned is a tab when nothing else is asked of it; addresses that were kept
    before there was an assignee have theirs as the tab.
    """
    if tab not in TABS:
        tab, assignee = "", tab if is_whose(tab) else assignee
    if tab in OF_ASSIGNEE or not is_whose(assignee):
        assignee = ""
    return (
        {"tab": assignee, "assignee": ""}
        if not tab and assignee in OF_ASSIGNEE
        else {"tab": tab, "assignee": assignee}
    )


def band_of(confidence: float) -> str:
    return "high" if confidence >= SURE else "middle" if confidence >= LIKELY else "low"


def read_cursor(text: str) -> Cursor | None:
    found = _CURSOR.fullmatch(text)
    return None if found is None else Cursor(int(found[1]), float(found[2]), found[3])


def read_day(text: str) -> date | None:
    """Of `2026-05-01`; what is no day is none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def read_done(query: Mapping[str, str], said: str = DONE) -> str:
    """The discrepancy that was decided, or handed on, before this page; it becomes part of an address, so nothing else passes."""
    return query[said] if _ID.fullmatch(query.get(said, "")) else ""


@dataclass(frozen=True)
class Nights:
    """From which first night on a discrepancy is a week or a month old at most, and by priority not overdue."""

    week: date
    month: date
    due: tuple[date, ...]

    @classmethod
    def before(cls, today: date, overdue_days: tuple[int, ...] = OVERDUE_DAYS) -> Nights:
        return cls(today - _WEEK, today - _MONTH, due_nights(today, overdue_days))

    @property
    def oldest(self) -> date:
        """What was opened before it is older than a month and overdue, whatever its priority."""
        return min(self.month, *self.due)

    def of(self, age: str) -> tuple[date | None, date | None]:
        """The first nights of an age: from, to below."""
        return {"week": (self.week, None), "month": (self.month, self.week)}.get(age, (None, self.month))
