"""Which register household a police (or survey) household is.

Its members say so, by the register people they are linked to: every member is a vote for the household that person is in, the
head's counts double, the same door and the same head's name break ties. A household none of whose members is on the register is no
household there either, whatever its address says: that is what a missing household is.
"""

from __future__ import annotations

import pandas as pd

LINKED = ("link", "confirmed")
HEAD_VOTE = 1.0
DOOR_VOTE = 0.5
HEAD_NAME_VOTE = 0.25


def link_households(mentions: pd.DataFrame, links: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """household_key, household_no (NA when none), members, members_linked; one line per police household, latest period."""
    members = _members(mentions).merge(
        links[["mention_id", "person_no", "decision"]], on="mention_id", how="left"
    )
    members["person_no"] = members["person_no"].where(members["decision"].isin(LINKED), None)
    table = members.groupby("household_key", sort=True).agg(
        members=("content_key", "nunique"), members_linked=("person_no", "nunique")
    )
    best = _votes(members, register)
    table.insert(0, "household_no", best.reindex(table.index))
    return table.reset_index()


def _members(mentions: pd.DataFrame) -> pd.DataFrame:
    """The people of each household as of its latest period."""
    rows = mentions[mentions["household_key"].notna() & (mentions["role"] == "self")]
    periods, _ = pd.factorize(rows["period"], sort=True)  # −1 for none
    latest = pd.Series(periods).groupby(rows["household_key"].to_numpy()).transform("max").to_numpy()
    return rows[(periods == latest) | (periods < 0)].drop_duplicates(["household_key", "content_key"])


def _votes(members: pd.DataFrame, register: pd.DataFrame) -> pd.Series:
    """household_no with the most votes, by household_key; ties go to the smaller number, so that a rerun agrees."""
    homes = register[["person_no", "household_no", "head_name", "hukou_area", "hukou_group", "hukou_door"]]
    homes = homes[homes["household_no"].notna()].drop_duplicates("person_no")
    voters = members[members["person_no"].notna()].drop_duplicates(["household_key", "person_no"])
    voters = voters.merge(homes, on="person_no", suffixes=("", "_register"))
    vote = pd.Series(1.0, index=voters.index)
    vote += HEAD_VOTE * (voters["relation_to_head"] == "户主")
    same_door = voters["hukou_door"].notna()
    for part in ("hukou_area", "hukou_group", "hukou_door"):
        same_door &= voters[part] == voters[f"{part}_register"]
    vote += DOOR_VOTE * same_door
    vote += HEAD_NAME_VOTE * (voters["head_name"] == voters["head_name_register"])
    total = voters.assign(vote=vote).groupby(["household_key", "household_no"], as_index=False)["vote"].sum()
    total = total.sort_values(
        ["household_key", "vote", "household_no"], ascending=[True, False, True], kind="stable"
    )
    return total.drop_duplicates("household_key").set_index("household_key")["household_no"]
