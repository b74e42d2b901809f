"""What a list was narrowed to, in words: for the line on the sheet that says what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stewardship import words
from stewardship.administration.entries import FAMILIES, KINDS
from stewardship.administration.entries import Asked as AskedEntries
from stewardship.deliveries.reading import Choice as DeliveryChoice
from stewardship.deliveries.saying import STATUSES as DELIVERY_STATUSES
from stewardship.deliveries.timely import TIMELY
from stewardship.filters import EVERY, Filters
from stewardship.language import translations
from stewardship.places import Places
from stewardship.proposals import Choice as ChangeChoice
from stewardship.tabs import MINE, TABS, UNASSIGNED
from stewardship.words import N_


@dataclass(frozen=True)
class Words:
    """The reader's language."""

    language: str

    @property
    def said(self) -> Callable[[str], str]:
        return translations(self.language).gettext

    def feed(self, code: str) -> str:
        return self.said(words.FEEDS[code]) if code in words.FEEDS else code

    def pairs(self, told: Iterable[tuple[str, str]]) -> str:
        """`Type: Item missing, Area: …` of what has a value."""
        found = [f"{self.said(title)}{self.said(N_(': '))}{value}" for title, value in told if value]
        return ", ".join(found) or self.said(N_("all"))


def of_queue(filters: Filters, places: Places, w: Words) -> str:
    """Somebody else is not named: an account is in no file but that of whoever took it out."""
    said = w.said
    status = "" if filters.status == EVERY else said(words.STATUSES[filters.status][1])
    whose = {"": "", MINE: N_("me"), UNASSIGNED: N_("nobody")}.get(filters.assignee, N_("somebody's"))
    return w.pairs(
        (
            (N_("List"), said(TABS[filters.tab]) if filters.tab else ""),
            (N_("Assigned to"), said(whose) if whose else ""),
            (N_("Status"), status),
            (N_("Type"), " / ".join(said(words.TYPES[one]) for one in filters.types)),
            (N_("Area"), places.named(filters.area) if filters.area else ""),
            (N_("Priority"), said(words.PRIORITIES[filters.priority]) if filters.priority else ""),
            (N_("Age"), said(words.AGES[filters.age]) if filters.age else ""),
            (N_("Confidence"), said(words.CONFIDENCES[filters.confidence]) if filters.confidence else ""),
            (N_("Feed"), w.feed(filters.feed) if filters.feed else ""),
        )
    )


def of_changes(choice: ChangeChoice, places: Places, w: Words) -> str:
    """Somebody else is not named."""
    said = w.said
    state = "" if choice.state == EVERY else said(words.CHANGE_STATES[choice.state][2])
    by = {"": "", "mine": N_("me"), "others": N_("others")}.get(choice.by, N_("one account"))
    return w.pairs(
        (
            (N_("Status"), state),
            (N_("Proposed by"), said(by) if by else ""),
            (N_("Kind"), said(words.CHANGES[choice.kind]) if choice.kind else ""),
            (N_("Area"), places.named(choice.area) if choice.area else ""),
        )
    )


def of_deliveries(choice: DeliveryChoice, w: Words) -> str:
    status = w.said(DELIVERY_STATUSES[choice.status][2]) if choice.status else ""
    feed = w.feed(choice.feed) if choice.feed else ""
    when = ((N_("Arrived in"), choice.month), (N_("Arrived since"), choice.since))
    timely = w.said(TIMELY[choice.timely]) if choice.timely else ""
    due = ((N_("Due in the last twelve months"), timely),)
    unit = ((N_("Unit"), w.said(N_("one unit")) if choice.unit else ""),)
    rows = ((N_("Files"), w.said(N_("with rows that cannot be used")) if choice.unusable else ""),)
    return w.pairs(((N_("Status"), status), (N_("Feed"), feed), *unit, *when, *due, *rows))


def of_entries(asked: AskedEntries, numbers: str, places: Places, w: Words) -> str:
    """Whose entries they are stands in each of them."""
    said = w.said
    what = FAMILIES[asked.what][0] if asked.what in FAMILIES else N_("everything else")
    return w.pairs(
        (
            (N_("No."), numbers),
            (N_("Who"), said(N_("one account")) if asked.who else ""),
            (N_("What"), said(what) if asked.what else ""),
            (N_("To what"), said(KINDS[asked.kind]) if asked.kind else ""),
            (N_("Area"), places.named(asked.area) if asked.area else ""),
            (N_("From"), asked.since.isoformat() if asked.since else ""),
            (N_("To"), asked.until.isoformat() if asked.until else ""),
        )
    )
