"""One household written down twice: duplicate_household.

Raised when the people of two register households are, for the most part, the same people: pairs of rows
that are one person (`duplicates`) cover more than half of each household, or half of it when the two heads
are such a pair. A single person entered again in somebody else's household therefore is no second
household. The members' own pairs stay open beside it: each of them is a row to be struck off.

Evidence: the register's rows of the paired members. Suspended by nothing. Subject: the two household
numbers, the smaller first.
"""

from __future__ import annotations

import pandas as pd

from discrepancies.candidates import DUPLICATE_HOUSEHOLD, Candidate
from discrepancies.duplicates import SHOWN, sure_pairs
from discrepancies.view import View, in_order_of_rows, once_per_view, register_evidence, text_or_none

PRIORITY = 3
HEAD = "户主"
PERSON = ["household_no", "relation_to_head", "area_code"]


def find_duplicate_households(view: View) -> list[Candidate]:
    """Pairs of register households that are one."""
    pairs = _same_household(view)
    rows = register_evidence(view, {*pairs["first"], *pairs["second"]}, SHOWN)
    return [
        Candidate(
            type=DUPLICATE_HOUSEHOLD,
            subject=f"{home}:{other}",
            area_code=text_or_none(members["area_code"].iloc[0]),
            household_no=str(home),
            person_no=members["first"].iloc[0],
            person_no_2=members["second"].iloc[0],
            confidence=round(float(members["match_probability"].mean()), 4),
            priority=PRIORITY,
            reason=f"members:{len(members)}",
            evidence=in_order_of_rows(rows[number] for number in (*members["first"], *members["second"])),
        )
        for (home, other), members in pairs.groupby(["home", "other"], sort=True)
    ]


def household_pairs(view: View) -> set[tuple[str, str]]:
    """(household_no, household_no) of all pairs, smaller number first."""
    pairs = _same_household(view)
    return set(zip(pairs["home"], pairs["other"]))


@once_per_view
def _same_household(view: View) -> pd.DataFrame:
    """Pairs of rows (`first` in `home`, `second` in `other`) of households that are one; heads first."""
    people = view.register.set_index("person_no")[PERSON]
    pairs = sure_pairs(view)
    pairs = pairs.join(people, on="first").join(people, on="second", rsuffix="_2")
    pairs = _smaller_first(pairs[pairs["household_no"].notna() & pairs["household_no_2"].notna()])
    pairs = pairs[pairs["home"].ne(pairs["other"])].copy()
    pairs["is_head"] = pairs["relation_to_head"].eq(HEAD) & pairs["relation_to_head_2"].eq(HEAD)
    sizes = view.register.groupby("household_no").size()
    by_homes = pairs.groupby(["home", "other"])
    covered = pd.concat(
        [
            by_homes["first"].transform("nunique") / pairs["home"].map(sizes),
            by_homes["second"].transform("nunique") / pairs["other"].map(sizes),
        ],
        axis=1,
    ).min(axis=1)
    half = view.settings.duplicate_household_share
    same = covered.gt(half) | (covered.ge(half) & by_homes["is_head"].transform("any"))
    return pairs[same].sort_values(
        ["home", "other", "is_head", "first", "second"], ascending=[True, True, False, True, True]
    )


def _smaller_first(pairs: pd.DataFrame) -> pd.DataFrame:
    """`home` is the smaller of the two household numbers, `first` the person in it."""
    turned = pairs["household_no"].gt(pairs["household_no_2"])
    return pd.DataFrame(
        {
            "first": pairs["first"].where(~turned, pairs["second"]),
            "second": pairs["second"].where(~turned, pairs["first"]),
            "home": pairs["household_no"].where(~turned, pairs["household_no_2"]),
            "other": pairs["household_no_2"].where(~turned, pairs["household_no"]),
            "relation_to_head": pairs["relation_to_head"].where(~turned, pairs["relation_to_head_2"]),
            "relation_to_head_2": pairs["relation_to_head_2"].where(~turned, pairs["relation_to_head"]),
            "area_code": pairs["area_code"].where(~turned, pairs["area_code_2"]),
            "match_probability": pairs["match_probability"],
        }
    )
