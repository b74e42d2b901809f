"""Whom the newest police lists have in each household, beside whom of the register they are: prepared for the stewards' desk.

`home` says where a line is looked for: the register household that the police household is, or its own key where it is none there.
"""

from __future__ import annotations

import pandas as pd

LISTS = ("police_residents",)
MEMBER_COLUMNS = [
    "home",
    "household_key",
    "household_no",
    "period",
    "content_key",
    "person_no",
    "decision",
    "name",
    "sex",
    "birth_date",
    "relation_to_head",
]


def household_members(
    mentions: pd.DataFrame, links: pd.DataFrame, household_links: pd.DataFrame
) -> pd.DataFrame:
    """MEMBER_COLUMNS, a line per household and content, in the order of `home`.

    `mentions` with `is_latest`; `person_no` and `decision` as in `links`, `household_no` as in `household_links`.
    """
    rows = mentions[
        mentions["feed"].isin(LISTS)
        & mentions["role"].eq("self")
        & mentions["is_latest"]
        & mentions["household_key"].notna()
    ].drop_duplicates(["household_key", "content_key"])
    rows = rows.merge(links[["mention_id", "person_no", "decision"]], on="mention_id", how="left")
    register_home = household_links.drop_duplicates("household_key").set_index("household_key")[
        "household_no"
    ]
    rows["household_no"] = rows["household_key"].map(register_home).astype(object)
    rows["home"] = rows["household_no"].where(rows["household_no"].notna(), rows["household_key"])
    order = ["home", "household_key", "content_key"]
    return rows.sort_values(order, kind="stable", ignore_index=True)[MEMBER_COLUMNS]
