"""Which police household of earlier lists a household of today's is: stations merge, families move, numbers are given anew.

A household follows another when, in its first list, most of its people are most of the other's in the last list that had it, and nobody is
listed under the other any more. Both lists are past, so the answer stays what it is as members come and go; a missing household keeps the
key under which it was first listed, and with it what was decided about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from discrepancies.view import View

LISTS = "police_residents"
MOST = 0.5
People = frozenset[str]


def first_keys(view: View, keys: Iterable[str]) -> dict[str, str]:
    """For each household key of a current list the first one of that household; no two have the same."""
    wanted = sorted(set(keys))
    rows = _histories(view, wanted)
    lists = {
        str(key): {day: frozenset(group) for day, group in history.groupby("as_of", sort=True)["who"]}
        for key, history in rows.groupby("household_key", sort=True)
    }
    past = rows[~rows["household_key"].isin(rows.loc[rows["is_latest"], "household_key"])]
    past_of = {str(who): sorted(set(of_person)) for who, of_person in past.groupby("who")["household_key"]}
    found: dict[str, str] = {}
    for key in wanted:
        first = _first(key, lists, past_of)
        found[key] = key if first in found.values() else first
    return found


def _histories(view: View, keys: list[str]) -> pd.DataFrame:
    """household_key, who, as_of, is_latest: the lists of all households in which anybody of these was ever listed."""
    mentions = view.mentions
    rows = mentions[
        mentions["feed"].eq(LISTS) & mentions["role"].eq("self") & mentions["household_key"].notna()
    ]
    who = rows["entity_id"].where(~rows["is_linked"], rows["person_no"])
    rows = rows[["household_key", "as_of", "is_latest"]].assign(who=who).dropna(subset=["who"])
    people = set(rows.loc[rows["household_key"].isin(keys), "who"])
    related = set(rows.loc[rows["who"].isin(people), "household_key"])
    return rows[rows["household_key"].isin(related)]


def _first(key: str, lists: dict[str, dict[pd.Timestamp, People]], past_of: dict[str, list[str]]) -> str:
    """From one predecessor to the next, as far as the lists of these people go back."""
    while key in lists:
        began = min(lists[key])
        people = lists[key][began]
        shared = Counter(
            other
            for person in sorted(people)
            for other in past_of.get(person, ())
            if other != key and max(lists[other]) < began and person in lists[other][max(lists[other])]
        )
        before = [
            (max(lists[other]), other)
            for other, both in shared.items()
            if both > MOST * len(people) and both > MOST * len(lists[other][max(lists[other])])
        ]
        if not before:
            break
        key = max(before)[1]
    return key
