"""What is found about the departments' own files against the truth: rows to be corrected, files overdue."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from .score_values import rates

ROW = ["feed", "file", "sheet", "row"]
CHECKED = ("name", "id_number", "sex", "birth_date", "ethnicity", "marital_status")
FULL_LISTS = ("police_residents", "police_floating", "school_enrolment")
DUE_DAY, GRACE_DAYS = {"civil_marriages": 10, "civil_adoptions": 10, "school_enrolment": 1}, 5


def score_source_corrections(
    folder: Path, found: pd.DataFrame, evidence: pd.DataFrame, standing: pd.DataFrame
) -> dict[str, object]:
    """A finding is right when a cell of its row was made wrong. To be found are the rows of the newest lists (and all events) with a
    wrong cell about the person they are about, when that person is on the register; how many of them any
    evidence contradicts the truth does not know, so recall is a lower bound."""
    cells = pd.read_parquet(folder / "cells.parquet")
    wrong = cells[cells["is_wrong"]]
    any_wrong = _rows(wrong)
    mine = found[found["type"].eq("source_correction") & found["status"].ne("resolved")]
    rows = evidence[evidence["discrepancy_id"].isin(mine["discrepancy_id"])]
    hits = rows[np.array([key in any_wrong for key in _keys(rows)], dtype=bool)]
    misplaced = pd.read_parquet(folder / "deliveries.parquet").query("what in ('misplaced', 'truncated')")
    spoilt = rows[rows["file"].isin(misplaced["file"])]
    right = len(set(hits["discrepancy_id"]) | set(spoilt["discrepancy_id"]))
    own = standing[standing["role"].eq("self") & standing["on_register"] & standing["is_newest"]]
    wanted = _rows(wrong[wrong["field"].isin(CHECKED)]) & _rows(own)
    recalled = len(wanted & set(_keys(hits)))
    return _line("source_correction", len(wanted), len(mine), right, recalled)


def score_overdue(folder: Path, found: pd.DataFrame, nights: Sequence[date]) -> dict[str, object]:
    """Over the nights that were run, or the last of them. To be found are full lists that were late on one of the nights, of units of whom one
    had come by then. A finding is right
    when its file came later than the night that raised it. One about a file of events that does come late is neither right nor wrong: so
    quiet a month may as well have sent none."""
    sent = pd.read_parquet(folder / "deliveries.parquet")
    sent = sent[~sent["what"].isin(("misplaced", "truncated", "empty"))]
    first = sent.assign(arrival=pd.to_datetime(sent["arrival"])).groupby(["feed", "unit", "period"])
    first = first["arrival"].min().reset_index()
    first["key"] = first["feed"] + " " + first["unit"] + " " + first["period"]
    due = pd.to_datetime(pd.Series([_asked_on(*key) for key in zip(first["feed"], first["period"])]))
    ran = pd.DatetimeIndex(sorted(nights))
    place = np.searchsorted(ran, due.fillna(ran[-1] + pd.Timedelta(days=1)))
    asked = ran.append(pd.DatetimeIndex([pd.NaT]))[place]  # the first night on which it could be missed
    known = first.groupby(["feed", "unit"])["arrival"].transform("min").to_numpy()
    late = first[(asked < first["arrival"].to_numpy()) & (known <= asked)]
    wanted = set(late.loc[late["feed"].isin(FULL_LISTS), "key"])
    mine = found[found["type"].eq("feed_overdue")]
    if len(nights) == 1:
        mine = mine[mine["status"].ne("resolved")].assign(first_night=ran[-1])
    came = mine["proposed_value"].map(first.set_index("key")["arrival"])
    is_true = pd.to_datetime(mine["first_night"]) < came
    is_right = is_true & mine["proposed_value"].isin(wanted)
    found_count = len(mine) - int((is_true & ~is_right).sum())
    right = int(is_right.sum())
    return _line("feed_overdue", len(wanted), found_count, right, right)


def _asked_on(feed: str, period: str) -> date | None:
    """The day from which a monthly or termly file is asked for; None for another period."""
    year, _, part = period.partition("-")
    month = {"spring": 3, "autumn": 9, "Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12}.get(part)
    month = int(part) if month is None and part.isdigit() else month
    if feed == "register" or month is None:
        return None
    return date(int(year) + month // 12, month % 12 + 1, DUE_DAY.get(feed, 5) + GRACE_DAYS)


def _keys(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(zip(*(frame[name].astype(object) for name in ROW)))


def _rows(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    return set(_keys(frame))


def _line(kind: str, truth: int, found: int, right: int, recalled: int) -> dict[str, object]:
    nothing = float("nan")
    return {
        "type": kind,
        "truth": truth,
        "found": found,
        "right": right,
        "wrong": found - right,
        "missed": truth - recalled,
        "grey": 0,
        "repeats": 0,
        "repeat_share": 0.0,
        **rates(right, found, recalled, truth),
        **dict.fromkeys(("days_median", "days_p90", "nights_median", "nights_p90"), nothing),
    }
