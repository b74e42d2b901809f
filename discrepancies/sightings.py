"""Which rows say that somebody lives in the county, which say that they left or died.

A marriage, an adoption or a guardian's name says that somebody exists, not where they live, so they are no
sighting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from discrepancies.values import by_distinct
from discrepancies.view import View, once_per_view


@dataclass(frozen=True)
class Sighting:
    """One kind of row that gives a residence.

    `event`: only rows whose event type contains it. `inside`: the residence must be known to lie in the
    county; otherwise it is enough that it is not known to lie elsewhere (the station or school that reports
    is itself in the county). `current`: `latest` counts while the person is on the unit's latest list,
    `school` also for who has grown out of school since (and has not thereby left the county), `always` for
    events.
    """

    feed: str
    role: str
    current: str
    inside: bool = False
    event: str | None = None


SIGHTINGS: tuple[Sighting, ...] = (
    Sighting("police_residents", "self", "latest"),
    Sighting("police_floating", "self", "latest"),
    Sighting("school_enrolment", "self", "school"),
    Sighting("police_births", "self", "always"),
    Sighting("police_moves", "self", "always", event="迁入"),
    Sighting("hospital_births", "mother", "always", inside=True),
)
BIRTH_FEEDS = ("hospital_births", "police_births")
RESIDENCE_FEEDS = ("police_floating", "school_enrolment")
"""What counts is where these say that somebody lives: a hukou elsewhere does not say so when the residence
is blank."""
MOVE_OUT = "迁出"
DEATH = "死亡"


@dataclass(frozen=True)
class Signs:
    """Bool columns over the view's mentions."""

    seen: pd.Series
    """lives here by a row of any period"""
    current: pd.Series
    """lives here by a row that still holds"""
    birth: pd.Series
    left: pd.Series
    died: pd.Series


@once_per_view
def read_signs(view: View) -> Signs:
    """What each mention says about living in the county."""
    mentions = view.mentions
    feed, role = mentions["feed"], mentions["role"]
    is_self = role.eq("self")
    event = mentions["event_type"]
    where = mentions["area_code"].where(feed.ne("police_moves"), mentions["to_area"])
    where = where.where(~feed.isin(RESIDENCE_FEEDS), mentions["residence_area"])
    inside = view.in_county(where)
    settings = view.settings
    has_left_school = mentions["as_of"] >= view.known_on - pd.Timedelta(days=settings.school_history_days)
    term = mentions["as_of"].where(feed.eq("school_enrolment")).max()
    has_left_school &= mentions["birth_date"] <= term - pd.Timedelta(days=settings.school_until_age * 365.25)
    holds = {
        "latest": mentions["is_latest"],
        "school": mentions["is_latest"] | has_left_school,
        "always": pd.Series(True, index=mentions.index),
    }
    seen = pd.Series(np.zeros(len(mentions), dtype=bool), index=mentions.index)
    current = seen.copy()
    for kind in SIGHTINGS:
        says = feed.eq(kind.feed) & role.eq(kind.role)
        says &= inside.eq(True) if kind.inside else inside.ne(False)
        if kind.event is not None:
            says &= has_event(event, kind.event)
        seen |= says
        current |= says & holds[kind.current]
    moves = feed.eq("police_moves") & is_self
    left = moves & has_event(event, MOVE_OUT) & view.in_county(mentions["to_area"]).ne(True)
    died = is_self & (feed.eq("hospital_deaths") | (moves & has_event(event, DEATH)))
    return Signs(seen, current, feed.isin(BIRTH_FEEDS) & is_self, left, died)


def has_event(event: pd.Series, word: str) -> pd.Series:
    return by_distinct(event, lambda text: word in text).eq(True)
