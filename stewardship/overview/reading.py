"""The numbers of the overview out of the store: what stands now by the tally, how it went by what nights kept, files by the ledger.

What stands now is counted like the queue counts it, so that each number agrees with the list it leads to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.discrepancy_models import Discrepancy
from register.tally_models import FeedTally, NightTally
from stewardship.counting import COUNTY, WHICHEVER
from stewardship.deliveries.calendar import OVERDUE, STANDING
from stewardship.deliveries.timely import UnitYear
from stewardship.leads import Lead, as_lead, columns_for
from stewardship.places import Places

SHOWN_DAYS: Final = 92
OLDEST: Final = 10
# The database adds up the villages of a township, so that a tenth of the rows is read.
_STAND: Final = sa.text(f"""
SELECT t.type, coalesce(p.township, t.area_code) AS township, t.status, sum(t.rows) AS n
FROM discrepancy_tally AS t
LEFT JOIN unnest(CAST(:codes AS text[]), CAST(:townships AS text[])) AS p (code, township) ON p.code = t.area_code
WHERE t.area_code <> {COUNTY} AND t.first_night = {WHICHEVER} GROUP BY 1, 2, 3
""")
NOT_CLOSED: Final = sa.func.sum(NightTally.open + NightTally.waiting)  # not closed at the end of a night


@dataclass(frozen=True)
class Stand:
    """Rows by status, for each type, for each township (nothing: in no area), and for each type in each township."""

    by_type: Mapping[str, Counter[str]]
    by_township: Mapping[str, Counter[str]]
    by_both: Mapping[tuple[str, str], Counter[str]]

    def of(self, type_: str, township: str) -> Counter[str]:
        """Of one type, or without one of all, in a township."""
        found = self.by_both.get((type_, township)) if type_ else self.by_township.get(township)
        return found or Counter()

    def to_check(self, type_: str) -> int:
        """Of one type in all townships, what needs checking."""
        return self.by_type[type_]["open"] if type_ in self.by_type else 0


@dataclass(frozen=True)
class History:
    """`nights`: night → type → open and waiting; `since`: the first of them, `until`: the last, None where it is the same."""

    nights: Mapping[date, Mapping[str, int]]
    since: date | None
    until: date | None


@dataclass
class FeedQuality:
    """What a feed's files of a year were like, `on_time` and `late` as `UnitYear` counts them. `asked`: by status, what the night misses."""

    taken: int = 0
    refused: int = 0
    on_time: int = 0
    late: int = 0
    rows: int = 0
    unusable: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def share_on_time(self) -> float | None:
        return self.on_time / (self.on_time + self.late) if self.on_time + self.late else None

    @property
    def share_unusable(self) -> float | None:
        return self.unusable / self.rows if self.rows else None


def stand(connection: Connection, places: Places) -> Stand:
    """What stands now in the areas that the user sees."""
    villages = {code: places.township_of(code) for code in places.names}
    given = {"codes": [*villages], "townships": [*villages.values()]}
    by_type: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_township: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_both: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in connection.execute(_STAND, given):
        for counts in (by_type[row.type], by_township[row.township], by_both[row.type, row.township]):
            counts[row.status] += int(row.n)
    return Stand(by_type, dict(sorted(by_township.items())), by_both)


def history(connection: Connection, until: date) -> History:
    """What nights kept in the three months before."""
    t = NightTally
    query = sa.select(t.night, t.type, NOT_CLOSED.label("n")).where(
        t.night > until - timedelta(days=SHOWN_DAYS)
    )
    nights: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(query.group_by(t.night, t.type).order_by(t.night)):
        nights[row.night][row.type] = int(row.n)
    first, last = (min(nights), max(nights)) if nights else (None, None)
    return History(nights, first if first != last else None, last)


def feeds(years: Sequence[UnitYear], missed: Mapping[str, Counter[str]]) -> dict[str, FeedQuality]:
    """By feed, what its units handed over and what is missed of it."""
    found: dict[str, FeedQuality] = {}
    for year in years:
        one = found.setdefault(year.feed, FeedQuality())
        one.taken += year.taken
        one.refused += year.refused
        one.rows += year.rows
        one.unusable += year.unusable
        one.on_time += year.on_time
        one.late += len(year.late)
    for feed, asked in missed.items():
        found.setdefault(feed, FeedQuality()).asked = asked
    return dict(sorted(found.items()))


def missed(connection: Connection) -> dict[str, Counter[str]]:
    """Feed → status → files that the night found missing, counted like the queue counts them."""
    t = FeedTally
    query = sa.select(t.feed, t.status, sa.func.sum(t.rows).label("n")).group_by(t.feed, t.status)
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    is_missing = (t.type == OVERDUE, t.status.in_(STANDING))
    for row in connection.execute(
        query.where(*is_missing, t.area_code != COUNTY, t.first_night == WHICHEVER)
    ):
        found[row.feed][row.status] += int(row.n)
    return found


def oldest(connection: Connection, role: str) -> list[Lead]:
    """Open the longest."""
    d = Discrepancy
    query = sa.select(*columns_for(role)).where(d.status == "open")
    ordered = query.order_by(d.first_night, d.discrepancy_id).limit(OLDEST)
    return [as_lead(row) for row in connection.execute(ordered)]


def newest_night(connection: Connection) -> date | None:
    found: date | None = connection.scalar(sa.text("SELECT max(night) FROM night WHERE is_applied"))
    return found
