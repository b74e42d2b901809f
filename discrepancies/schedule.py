"""When each feed's files are due (DOMAIN section 1), and which of the files taken still stand.

A period is a month (`2026-05`), a quarter (`2026-Q2`) or a school term (`2026-spring`); its file is due on a
day of the month that follows it, a term's a month after the term has opened. The days are a county's to
set (`RuleSettings.due_days`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

MONTHLY, QUARTERLY, TERMLY = "month", "quarter", "term"
FIRST_YEAR = 1900
FRAGMENT, FEWEST_ROWS = (
    0.5,
    20,
)  # docs/adr/0004, the same as `feeds.ledger`, which must not be imported here (a test holds them equal)
_TERMS = {"spring": 3, "autumn": 9}  # the month that opens it


@dataclass(frozen=True)
class Rhythm:
    """How often a feed comes, the usual day of the following month, and whether each file is a full list
    (which a later one replaces) or tells what happened in the period."""

    every: str
    due_day: int
    is_full_list: bool


CALENDAR: Mapping[str, Rhythm] = MappingProxyType(
    {
        "police_residents": Rhythm(MONTHLY, 5, True),
        "police_births": Rhythm(MONTHLY, 5, False),
        "police_moves": Rhythm(MONTHLY, 5, False),
        "police_floating": Rhythm(MONTHLY, 5, True),
        "hospital_births": Rhythm(MONTHLY, 5, False),
        "hospital_deaths": Rhythm(MONTHLY, 5, False),
        "school_enrolment": Rhythm(TERMLY, 1, True),
        "civil_marriages": Rhythm(MONTHLY, 10, False),
        "civil_adoptions": Rhythm(QUARTERLY, 10, False),
    }
)
DUE_DAYS: Mapping[str, int] = MappingProxyType({feed: rhythm.due_day for feed, rhythm in CALENDAR.items()})


def number_of(period: str, every: str) -> int | None:
    """The period's place in the row of all periods of its rhythm; None when it is no such period."""
    year, _, part = period.partition("-")
    if not year.isdecimal() or len(year) != 4 or int(year) < FIRST_YEAR:
        return None
    if every == TERMLY:
        return int(year) * 2 + (part == "autumn") if part in _TERMS else None
    if every == QUARTERLY:
        if part.isdigit() and 1 <= int(part) <= 12:  # named by a month of it
            part = f"Q{(int(part) + 2) // 3}"
        return int(year) * 4 + int(part[1:]) - 1 if part in ("Q1", "Q2", "Q3", "Q4") else None
    return int(year) * 12 + int(part) - 1 if part.isdigit() and 1 <= int(part) <= 12 else None


def name_of(number: int, every: str) -> str:
    """The period with that place."""
    if every == TERMLY:
        return f"{number // 2}-{'autumn' if number % 2 else 'spring'}"
    if every == QUARTERLY:
        return f"{number // 4}-Q{number % 4 + 1}"
    return f"{number // 12}-{number % 12 + 1:02d}"


def due_on(number: int, every: str, day: int) -> dt.date:
    """The day by which the period's file should be here: `day` of the month after its last (a term's
    first)."""
    if every == TERMLY:
        months = number // 2 * 12 + (_TERMS["autumn"] if number % 2 else _TERMS["spring"])
    elif every == QUARTERLY:
        months = number // 4 * 12 + number % 4 * 3 + 3
    else:
        months = number + 1
    return dt.date(months // 12, months % 12 + 1, day)


def standing_files(deliveries: pd.DataFrame) -> pd.DataFrame:
    """The deliveries whose rows no later file has replaced: the newest of a unit and period, and of a full
    list the unit's newest period only, with the one before it while the newest is a fragment of that (docs/adr/0004).
    A file of unknown unit or period stands, and so does every delivery of changes (`coverage`), which is no list."""
    ordered = deliveries.sort_values(["feed", "arrival", "file"], kind="stable")
    is_change = (
        ordered["coverage"].eq("changes") if "coverage" in ordered else pd.Series(False, ordered.index)
    )
    known = ordered[ordered["unit"].notna() & ordered["period"].notna() & ~is_change]
    newest = known.drop_duplicates(["feed", "unit", "period"], keep="last").copy()
    newest["number"] = [
        number_of(period, CALENDAR[feed].every) if feed in CALENDAR else None
        for feed, period in zip(newest["feed"], newest["period"])
    ]
    lists = [feed for feed, rhythm in CALENDAR.items() if rhythm.is_full_list]
    since = _standing_since(newest.dropna(subset=["number"]))
    first = pd.Series(pd.MultiIndex.from_frame(newest[["feed", "unit"]]).map(since), index=newest.index)
    newest = newest[~newest["feed"].isin(lists) | newest["number"].isna() | newest["number"].ge(first)]
    unknown = ordered[ordered["unit"].isna() | ordered["period"].isna() | is_change]
    return pd.concat([newest.drop(columns="number"), unknown], ignore_index=True)


def _standing_since(files: pd.DataFrame) -> dict[tuple[str, str], float]:
    """By feed and unit, the earliest period whose list still holds."""
    since: dict[tuple[str, str], float] = {}
    for (feed, unit), lists in files.sort_values("number").groupby(["feed", "unit"]):
        rows, numbers = lists["rows"].to_numpy(), lists["number"].to_numpy()
        is_fragment = len(rows) > 1 and rows[-2] >= FEWEST_ROWS and rows[-1] < FRAGMENT * rows[-2]
        since[feed, unit] = float(numbers[-2 if is_fragment else -1])
    return since
