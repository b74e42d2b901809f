"""Somebody whom the police list in another household than the register: wrong_household.

Which register household a police household is, its members say: a household stays with its head, else with
the head's spouse, else with most of its members, and no two police households are the same one. So when a
married child has left the parents' household (分户), the parents' is still theirs, and the child's is a
household that the register does not have. Raised for a person whose register household is not the one in
which the police list them. (`household_links` asks something else: whom to put a missing person with.)

Evidence: the person's row in the police's current list. Suspended for the dead and for who has moved away,
and where the person (or the whole household) stands on the register twice: then the second row is the
question. Subject: the person. `register_value` and `proposed_value` are the register's household numbers;
none is proposed for a household that the register does not have.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import WRONG_HOUSEHOLD, Candidate
from discrepancies.duplicate_households import HEAD, household_pairs
from discrepancies.duplicates import sure_pairs
from discrepancies.events import no_longer_here
from discrepancies.view import View, text_or_none

PRIORITY = 3
LISTS = ("police_residents",)
SPOUSES = ("妻", "夫", "配偶")


def find_wrong_households(view: View) -> list[Candidate]:
    """Linked people of the current lists whose register household is another one."""
    rows = _listed(view)
    rows["expected"] = rows["household_key"].map(_register_homes(rows))
    rows = rows[rows["expected"].isna() | rows["expected"].ne(rows["own"])]
    rows = rows[~rows["person_no"].isin(no_longer_here(view))]
    rows = rows[~rows["is_twice"] & ~_is_second_household(view, rows)]
    evidence = view.evidence_by(rows["person_no"])
    once = rows.sort_values(["person_no", "as_of", "mention_id"], ascending=[True, False, True])
    return [
        Candidate(
            type=WRONG_HOUSEHOLD,
            subject=str(row.person_no),
            area_code=text_or_none(view.register.at[row.at, "area_code"]),
            household_no=str(row.own),
            person_no=str(row.person_no),
            register_value=str(row.own),
            proposed_value=text_or_none(row.expected),
            confidence=round(float(row.match_probability), 4),
            priority=PRIORITY,
            reason="listed:" + row.feed,
            evidence=evidence[row.person_no],
        )
        for row in once.drop_duplicates("person_no").itertuples()
    ]


def _listed(view: View) -> pd.DataFrame:
    """Surely linked rows of current household lists, with the register household as `own` and what the
    person is in it; of somebody whom two stations list the rows do not count."""
    mentions = view.mentions
    rows = mentions[
        mentions["feed"].isin(LISTS)
        & mentions["role"].eq("self")
        & mentions["is_latest"]
        & mentions["is_sure"]
        & mentions["household_key"].notna()
    ].copy()
    person = view.register.loc[rows["at"], ["household_no", "relation_to_head"]].set_index(rows.index)
    pairs = sure_pairs(view)
    rows["own"] = person["household_no"]
    rows["is_head"] = person["relation_to_head"].eq(HEAD)
    rows["is_head_of_both"] = rows["is_head"] & rows["relation_to_head"].eq(HEAD)
    rows["is_spouse"] = person["relation_to_head"].isin(SPOUSES)
    rows["is_twice"] = rows["person_no"].isin({*pairs["first"], *pairs["second"]})
    is_one_place = rows.groupby("person_no")["household_key"].transform("nunique").eq(1)
    return rows[rows["own"].notna() & is_one_place].copy()


def _register_homes(rows: pd.DataFrame) -> pd.Series:
    """Register household by police household, one to one: surest pair first."""
    pairs = (
        rows[~rows["is_twice"]]
        .groupby(["household_key", "own"], as_index=False)
        .agg(
            same_head=("is_head_of_both", "max"),
            head=("is_head", "max"),
            spouse=("is_spouse", "max"),
            members=("person_no", "nunique"),
        )
    )
    surest = ["same_head", "head", "spouse", "members"]
    pairs = pairs.sort_values([*surest, "own", "household_key"], ascending=[False] * 4 + [True] * 2)
    homes: dict[str, str] = {}
    taken: set[str] = set()
    for key, own in zip(pairs["household_key"], pairs["own"]):
        if key not in homes and own not in taken:
            homes[key] = own
            taken.add(own)
    return pd.Series(homes, dtype=object)


def _is_second_household(view: View, rows: pd.DataFrame) -> pd.Series:
    """Whether the two households are one that stands on the register twice."""
    homes = household_pairs(view)
    twice = [
        isinstance(there, str) and (min(own, there), max(own, there)) in homes
        for own, there in zip(rows["own"], rows["expected"])
    ]
    return pd.Series(twice, index=rows.index, dtype=bool)
