"""Until when absence says nothing: which townships' registers, and which lists, have not come yet.

That somebody is on no register row argues from absence, and so does that nobody lists a mover any more. The
first waits until the register of the township has been delivered at all: a township whose police list has
many people and of whom the register has hardly anybody is one whose register file is late, not one full of
missing people. The second waits for a list that is newer than the move.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.view import SNAPSHOT_FEEDS, View, once_per_view

TOWNSHIP_DIGITS = 9
LISTS_OF_RESIDENTS = "police_residents"


def township_of(codes: pd.Series) -> pd.Series:
    """The first nine digits of area codes."""
    return codes.astype(object).str[:TOWNSHIP_DIGITS]


@once_per_view
def without_register(view: View) -> dict[str, int]:
    """Townships whose register has not come: how many people the fullest list has there."""
    mentions = view.mentions
    lists = mentions[
        mentions["feed"].isin(SNAPSHOT_FEEDS) & mentions["role"].eq("self") & mentions["is_latest"]
    ]
    lists = lists[view.in_county(lists["area_code"]).eq(True)]
    listed = lists.groupby([township_of(lists["area_code"]), lists["feed"]]).size()
    listed = listed.groupby(level=0).max()
    register = view.register
    places = [township_of(register[column]) for column in ("area_code", "hukou_area", "residence_area")]
    everywhere = pd.concat(places).rename("township").rename_axis("person").reset_index().dropna()
    registered = everywhere.drop_duplicates().groupby("township").size()
    registered = registered.reindex(listed.index, fill_value=0)
    settings = view.settings
    late = listed.ge(settings.register_least_listed) & registered.lt(settings.register_coverage * listed)
    return {str(township): int(people) for township, people in listed[late].items()}


def in_late_register(view: View, codes: pd.Series) -> pd.Series:
    """Whether each area lies in a township whose register has not come."""
    return township_of(codes).isin(without_register(view))


def listed_since(view: View, units: pd.Series) -> pd.Series:
    """The day of the newest list of residents by each unit (a station); of a unit without one, of any."""
    mentions = view.mentions
    lists = mentions[mentions["feed"].eq(LISTS_OF_RESIDENTS)]
    days = pd.to_datetime(units.map(lists.groupby("unit")["as_of"].max()))
    return days.fillna(lists["as_of"].max())
