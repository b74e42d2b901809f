"""Police households find their register households through their members."""

from __future__ import annotations

import pandas as pd
from county_village import County

from linkage.county.households import link_households


def linked_as_in_truth(county: County) -> pd.DataFrame:
    truth = county.truth_of(county.mentions["mention_id"])
    links = county.mentions[["mention_id"]].assign(person_no=truth.to_numpy())
    return links.assign(decision=["none" if p is None or pd.isna(p) else "link" for p in links["person_no"]])


def test_every_household_is_found_through_its_members(county: County) -> None:
    found = link_households(county.mentions, linked_as_in_truth(county), county.register)
    home_of = {f"police_residents|{n - 1}": f"H{n:06d}" for n in range(1, len(found) + 1)}
    assert dict(zip(found["household_key"], found["household_no"])) == home_of
    assert (found["members_linked"] <= found["members"]).all()


def test_a_household_nobody_of_whom_is_registered_has_no_number(county: County) -> None:
    links = linked_as_in_truth(county)
    gone = county.mentions["household_key"] == "police_residents|3"
    links.loc[gone.to_numpy(), ["person_no", "decision"]] = [None, "none"]
    found = link_households(county.mentions, links, county.register).set_index("household_key")
    assert pd.isna(found.loc["police_residents|3", "household_no"])
    assert found.loc["police_residents|3", "members_linked"] == 0


def test_the_head_decides_between_two_members(county: County) -> None:
    rows = county.mentions[county.mentions["household_key"] == "police_residents|3"].head(2)
    links = rows[["mention_id"]].assign(
        person_no=["P000001", county.register["person_no"].iloc[-1]], decision="link"
    )
    found = link_households(rows, links, county.register)
    assert rows["relation_to_head"].iloc[0] == "户主"
    assert found["household_no"].tolist() == ["H000001"]


def test_only_the_latest_period_counts(county: County) -> None:
    rows = county.mentions[county.mentions["household_key"] == "police_residents|3"]
    old = rows.assign(
        period="2026-04", mention_id="old" + rows["mention_id"], content_key="old" + rows["content_key"]
    )
    both = pd.concat([old, rows], ignore_index=True)
    found = link_households(both, linked_as_in_truth(county), county.register)
    assert found["members"].tolist() == [len(rows)]
