"""What happened to somebody whom the register still counts: deceased_active, moved_out_active.

A death by the hospital's certificate or by the police's cancellation, a move out of the county by the
police's own list, against a register row that is still there. While a death is open, nothing else is asked
about the person.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import DECEASED_ACTIVE, MOVED_OUT_ACTIVE, Candidate
from discrepancies.sightings import Signs, read_signs
from discrepancies.view import View, text_or_none
from discrepancies.watermarks import listed_since

PRIORITY = {DECEASED_ACTIVE: 2, MOVED_OUT_ACTIVE: 3}


def find_events(view: View) -> list[Candidate]:
    """Both types for one night."""
    signs = read_signs(view)
    dead = view.mentions[signs.died & view.mentions["is_sure"]]
    gone = _moved_out(view, signs)
    gone = gone[~gone["person_no"].isin(dead["person_no"])]
    return _about(view, dead, DECEASED_ACTIVE) + _about(view, gone, MOVED_OUT_ACTIVE)


def deceased(view: View) -> list[str]:
    """Persons on the register whose death is known, sorted."""
    rows = view.mentions[read_signs(view).died & view.mentions["is_sure"]]
    return sorted(rows["person_no"].unique())


def no_longer_here(view: View) -> list[str]:
    """Persons on the register of whom the one or the other is raised, sorted."""
    gone = _moved_out(view, read_signs(view))
    return sorted({*deceased(view), *gone["person_no"]})


def _moved_out(view: View, signs: Signs) -> pd.DataFrame:
    """Moves out of people whom the register counts here: to a place known to be outside the county and
    without a later sign of living here, or to a place unknown and without any sign of living here now, once
    the list that would show one has come."""
    mentions = view.mentions
    sure = mentions["is_sure"]
    out = mentions[signs.left & sure]
    here = view.in_county(view.register["area_code"]).eq(True).to_numpy()
    out = out[here[out["at"].to_numpy()]]
    seen = mentions[signs.current & sure]
    last = out["person_no"].map(seen.groupby("person_no")["as_of"].max())
    is_elsewhere = view.in_county(out["to_area"]).eq(False)
    is_told = is_elsewhere | (listed_since(view, out["unit"]) >= out["as_of"])
    return out[(last.isna() & is_told) | (is_elsewhere & (last <= out["as_of"]))]


def _about(view: View, rows: pd.DataFrame, kind: str) -> list[Candidate]:
    if rows.empty:
        return []
    probability = rows["match_probability"].fillna(1.0).clip(0.0, 1.0)
    certainty = 1.0 - (1.0 - probability).groupby(rows["person_no"]).min()
    found = []
    shown = view.evidence_by(rows["person_no"])
    for person_no, group in rows.groupby("person_no", sort=True):
        person = view.register.loc[group["at"].iloc[0]]
        feeds = sorted(set(group["feed"]))
        found.append(
            Candidate(
                type=kind,
                subject=str(person_no),
                area_code=text_or_none(person["area_code"]),
                household_no=text_or_none(person["household_no"]),
                person_no=str(person_no),
                confidence=round(float(certainty[person_no]), 4),
                priority=PRIORITY[kind],
                reason="by:" + ",".join(feeds),
                evidence=shown[person_no],
            )
        )
    return found
