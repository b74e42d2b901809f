"""An expected delivery that has not come: feed_overdue.

A unit (station, clinic, school, office) that hands over full lists owes one for every period, and only the
newest that is missing is asked for. A unit that tells of events may have had none: it is asked only when
so quiet a period would be strange, by how many rows it usually has; where no single unit is, the feed as a
whole is. A unit that has handed over nothing for several periods is asked for nothing newer, one whose
people another unit lists since (stations merge) for nothing at all. A township whose register has never come is asked for as well, and
while it is, nobody there is called missing (`watermarks`).

Evidence: none, that is the point. It closes itself when the file comes, or a newer full list does. Subject:
feed, unit and period; the same stands in `proposed_value`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from discrepancies.candidates import FEED_OVERDUE, Candidate
from discrepancies.schedule import CALENDAR, Rhythm, due_on, name_of, number_of
from discrepancies.settings import RuleSettings
from discrepancies.view import View, once_per_view
from discrepancies.watermarks import TOWNSHIP_DIGITS, township_of, without_register

PRIORITY = 2
WHOLE_FEED = "*"
BASELINE = "baseline"
MERGED_SHARE = 0.5


@dataclass(frozen=True)
class Expected:
    """A file that has not come. `usual`: how many rows such a file has; `asked_on`: the night from which it
    is asked for."""

    feed: str
    unit: str
    period: str
    usual: float
    asked_on: dt.date


def find_overdue(view: View) -> list[Candidate]:
    """Everything that should be here on this night and is not."""
    areas = _townships(view)
    raised = [one for one in expected(view) if one.asked_on <= view.night]
    return [
        *(_about(one, areas.get((one.feed, one.unit))) for one in raised),
        *(_register_of(township, people) for township, people in without_register(view).items()),
    ]


def next_due(view: View) -> dt.date | None:
    """The first night after this one on which something will be overdue if nothing comes."""
    later = [one.asked_on for one in expected(view) if one.asked_on > view.night]
    return min(later, default=None)


@once_per_view
def expected(view: View) -> list[Expected]:
    """What has not come up to the first period of each feed that is asked for after this night."""
    usable = _usable(view)
    if usable.empty:
        return []
    merged = _merged_units(view)
    found: list[Expected] = []
    for feed, rhythm in CALENDAR.items():
        files = _files(usable[usable["feed"].eq(feed)], rhythm)
        if files.empty:
            continue
        day = view.settings.due_days[feed]
        until = _first_after(view, files, rhythm, day)
        units = [unit for unit in sorted(files["unit"].unique()) if unit not in merged]
        owed = [
            (unit, number, usual)
            for unit in units
            for number, usual in _owed(files[files["unit"].eq(unit)], rhythm, until, view.settings)
        ]
        if not rhythm.is_full_list:
            asked = {number for _, number, _ in owed}
            whole = _owed(files, rhythm, until, view.settings)
            owed += [(WHOLE_FEED, number, usual) for number, usual in whole if number not in asked]
        found += [
            Expected(feed, unit, name_of(number, rhythm.every), usual, _asked_on(view, number, rhythm, day))
            for unit, number, usual in owed
        ]
    return found


def _usable(view: View) -> pd.DataFrame:
    """The deliveries without those that gave no record because all their rows are quarantined."""
    files = view.deliveries
    torn = pd.MultiIndex.from_frame(view.quarantined[["feed", "file"]])
    is_torn = pd.MultiIndex.from_frame(files[["feed", "file"]]).isin(torn)
    return files[~(is_torn & files["rows"].eq(0))]


def _asked_on(view: View, number: int, rhythm: Rhythm, day: int) -> dt.date:
    return due_on(number, rhythm.every, day) + dt.timedelta(days=view.settings.overdue_grace_days)


def _files(deliveries: pd.DataFrame, rhythm: Rhythm) -> pd.DataFrame:
    """unit, number (of the period), rows; one line per unit and period. A period still to come is a slip."""
    files = deliveries[deliveries["unit"].notna() & deliveries["period"].notna()]
    if files.empty:
        return files
    numbers = files["period"].map(lambda period: number_of(period, rhythm.every))
    files = pd.DataFrame(
        {"unit": files["unit"], "number": numbers, "rows": files["rows"].astype(float)}
    ).assign(arrival=pd.to_datetime(files["arrival"]))
    files = files[files["number"].notna()]
    opened = [due_on(int(n), rhythm.every, 1) for n in files["number"]]
    begins = pd.to_datetime(pd.Series(opened, index=files.index, dtype=object)) - pd.DateOffset(months=1)
    files = files[begins <= files["arrival"]]
    return files.astype({"number": int}).groupby(["unit", "number"], as_index=False)["rows"].max()


def _first_after(view: View, files: pd.DataFrame, rhythm: Rhythm, day: int) -> int:
    """The first period that is asked for after this night."""
    number = int(files["number"].min())
    while _asked_on(view, number, rhythm, day) <= view.night:
        number += 1
    return number


def _owed(
    files: pd.DataFrame, rhythm: Rhythm, until: int, settings: RuleSettings
) -> Iterator[tuple[int, float]]:
    """Periods (with the usual number of rows) up to `until` for which one unit's, or a whole feed's, file is
    missing."""
    came = files.groupby("number")["rows"].sum()
    first, last = int(came.index.min()), int(came.index.max())
    if rhythm.is_full_list:
        newest = {min(number, last + settings.silent_periods) for number in (until - 1, until)}
        yield from ((number, float(came[last])) for number in sorted(newest) if number > last)
        return
    for number in range(first + settings.learning_periods, until + 1):
        before = range(max(first, number - settings.usual_periods), number)
        usual = sum(float(came.get(n, 0.0)) for n in before) / len(before)
        is_silent = all(n not in came.index for n in range(number - settings.silent_periods, number))
        if number not in came.index and not is_silent and math.exp(-usual) < settings.quiet_probability:
            yield number, usual


def _merged_units(view: View) -> set[str]:
    """Units most of whose people, as of their last full list, another list of the feed has in a later
    period: with its full lists a unit's other feeds end as well."""
    lists = [feed for feed, rhythm in CALENDAR.items() if rhythm.is_full_list]
    mentions = view.mentions
    rows = mentions[mentions["feed"].isin(lists) & mentions["role"].eq("self") & mentions["is_sure"]]
    rows = rows[["feed", "unit", "person_no", "as_of"]].dropna(subset=["unit"])
    newest = rows.groupby(["feed", "unit"])["as_of"].transform("max")
    is_later = rows.groupby(["feed", "person_no"])["as_of"].transform("max") > newest
    is_last = rows["as_of"].eq(newest)
    shares = is_later[is_last].groupby([rows["feed"][is_last], rows["unit"][is_last]]).mean()
    return {unit for (_, unit), share in shares.items() if share > MERGED_SHARE}


def _townships(view: View) -> dict[tuple[str, str], str]:
    """Where most of the people of a unit's rows live: twelve digits of a township."""
    rows = view.mentions[view.mentions["unit"].notna()]
    codes = township_of(rows["area_code"].where(view.in_county(rows["area_code"]).eq(True)))
    counts = codes.groupby([rows["feed"], rows["unit"]]).agg(lambda values: values.mode().min())
    return {key: code.ljust(12, "0") for key, code in counts.dropna().items()}


def _about(one: Expected, area_code: str | None) -> Candidate:
    return Candidate(
        type=FEED_OVERDUE,
        subject=f"{one.feed}:{one.unit}:{one.period}",
        area_code=area_code,
        proposed_value=f"{one.feed} {one.unit} {one.period}",
        priority=PRIORITY,
        reason=f"asked:{one.asked_on};usual:{one.usual:.0f}",
    )


def _register_of(township: str, people: int) -> Candidate:
    return Candidate(
        type=FEED_OVERDUE,
        subject=f"register:{township}:{BASELINE}",
        area_code=township.ljust(12, "0"),
        proposed_value=f"register {township.ljust(TOWNSHIP_DIGITS + 3, '0')} {BASELINE}",
        priority=1,
        reason=f"listed:{people}",
    )
