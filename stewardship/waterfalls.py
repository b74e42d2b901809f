"""Why: the waterfall of a candidate, from the prior over each comparison to the match weight, and the runner-up beside it.

The numbers are those of the night that weighed (`prepared`): nothing is weighed here. Of a runner-up whom the user may not see only the
weight is told (`runners_up`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.engine import Connection

from register.current import current_rows
from stewardship.leads import OF_NOBODY, Evidence, Lead
from stewardship.masking import may_be_child
from stewardship.prepared import Prepared, Weighed
from stewardship.sentences import Who, who_of
from stewardship.waterfall_words import LEVELS, TERMS

MOST_SHOWN: Final = 3  # of which a page shows the whole picture unless more are asked for
PAIRS: Final = ("possible_link", "duplicate_person")
# The picture, in its own units: the bars' part, a row's height.
LEFT, WIDTH, HIGH = 176, 384, 24


@dataclass(frozen=True)
class Bar:
    """A line of the waterfall: `start` and `width` in the picture, `end` where the next one begins."""

    term: str
    level: str
    weight: float
    total: float
    start: float
    width: float
    end: float
    top: int

    @property
    def is_for(self) -> bool:
        return self.weight >= 0


@dataclass(frozen=True)
class Waterfall:
    """Of one row (`subject`: its content key; by feed, none for two rows of the register). `runner_up`: its match weight, if there is one; `runner_up_no`: who it is."""

    subject: str
    feed: str | None
    by_company: bool
    namesakes: int
    bars: tuple[Bar, ...]
    match_weight: float
    zero: float
    runner_up: float | None
    runner_up_no: str = ""

    @property
    def probability(self) -> float:
        """That the two are one person, by this weight alone."""
        return 1 / (1 + 2**-self.match_weight)

    @property
    def height(self) -> int:
        return HIGH * len(self.bars)


def waterfalls(
    prepared: Prepared, lead: Lead, evidence: Sequence[Evidence], night: date | None
) -> list[Waterfall]:
    """Why the rows are, or may be, the discrepancy's person, as the last applied `night` had it; the most telling first."""
    if night is None or lead.type in OF_NOBODY or not lead.persons:
        return []
    feeds = {row.content_key: row.feed for row in evidence if row.feed != "register"}
    is_double = lead.type == "duplicate_person"
    weighed = prepared.weighed(night, lead.persons if is_double else feeds)
    return _best(weighed, "duplicate" if is_double else "link", lead.persons, feeds)


def waterfalls_of(
    prepared: Prepared, person_no: str, feeds: Mapping[str, str], night: date
) -> list[Waterfall]:
    """The same for the rows that are linked to a person, by content key the feed of each; the most telling first."""
    return _best(prepared.weighed(night, feeds), "link", (person_no,), feeds) if feeds else []


def _best(
    weighed: Sequence[Weighed], kind: str, persons: Collection[str], feeds: Mapping[str, str]
) -> list[Waterfall]:
    found = [
        drawn(one, feeds.get(one.subject), _runner_up(one, weighed))
        for one in weighed
        if one.kind == kind and one.person_no in persons and one.subject != one.person_no
    ]
    found.sort(key=lambda one: -one.match_weight)
    return found


def runners_up(connection: Connection, shown: Sequence[Waterfall], today: date) -> dict[str, Who]:
    """By number those whom the user may see, masked by their own age."""
    numbers = {one.runner_up_no for one in shown if one.runner_up_no}
    rows = current_rows(connection, numbers, ("name", "sex", "birth_date"))
    return {
        number: who_of(row, is_child=may_be_child(row["birth_date"], today)) for number, row in rows.items()
    }


def _runner_up(one: Weighed, weighed: Collection[Weighed]) -> Weighed | None:
    """The other candidate, of the same subject; two register rows have none."""
    others = [
        other
        for other in weighed
        if (other.kind, other.subject) == ("link", one.subject) and other.rank != one.rank
    ]
    return others[0] if others and one.kind == "link" else None


def drawn(one: Weighed, feed: str | None, runner_up: Weighed | None) -> Waterfall:
    """In the picture's units."""
    totals = [0.0]
    for reason in one.reasons:
        totals.append(totals[-1] + reason.weight)
    low, high = min(totals), max(totals)
    scale = WIDTH / max(high - low, 1.0)
    bars = tuple(
        Bar(
            _term(reason.term, by_company=one.by_company),
            LEVELS.get(reason.level, ""),
            reason.weight,
            after,
            round(LEFT + (min(before, after) - low) * scale, 1),
            round(max(abs(reason.weight) * scale, 1.0), 1),
            round(LEFT + (after - low) * scale, 1),
            HIGH * number,
        )
        for number, (reason, before, after) in enumerate(zip(one.reasons, totals, totals[1:]))
    )
    zero = round(LEFT - low * scale, 1)
    return Waterfall(
        one.subject,
        feed,
        one.by_company,
        one.namesakes,
        bars,
        one.match_weight,
        zero,
        None if runner_up is None else runner_up.match_weight,
        "" if runner_up is None else runner_up.person_no,
    )


def _term(term: str, *, by_company: bool) -> str:
    return TERMS["prior_in_company" if term == "prior" and by_company else term]
