"""The waterfall of a pair adds up to the match weight that it was decided by."""

from __future__ import annotations

import pandas as pd
import pytest
from county_village import County

from linkage.county.duplicates import explain_duplicates, register_duplicates
from linkage.county.explaining import LINK, NEAREST, PRIOR, RELATIVES
from linkage.county.links import link_and_explain
from linkage.county.model import CountyModels, train_models

CLOSE = 0.003  # weights are kept to three places, lines to four


@pytest.fixture(scope="module")
def models(county: County) -> CountyModels:
    return train_models(county.mentions, county.register)


@pytest.fixture(scope="module")
def linked(county: County, models: CountyModels) -> tuple[pd.DataFrame, pd.DataFrame]:
    return link_and_explain(county.mentions, county.register, models)


def sums(lines: pd.DataFrame, kind: str, rank: int) -> pd.DataFrame:
    own = lines[(lines["kind"] == kind) & (lines["rank"] == rank)]
    keys = ["subject", "person_no", "by_company"]
    return own.groupby(keys, as_index=False)["weight"].sum().set_index("subject")


@pytest.mark.parametrize(
    ("kind", "rank", "who", "weight"),
    [
        (LINK, 1, "person_no", "match_weight"),
        (LINK, 2, "runner_up_no", "runner_up_weight"),
        (NEAREST, 1, "nearest_no", "match_weight"),
    ],
    ids=["best", "runner-up", "nearest"],
)
def test_the_lines_sum_to_the_weight_of_the_link(
    linked: tuple[pd.DataFrame, pd.DataFrame], kind: str, rank: int, who: str, weight: str
) -> None:
    links, lines = linked
    links = links.drop_duplicates("content_key").set_index("content_key")
    found = sums(lines, kind, rank)
    found = found.sample(min(100, len(found)), random_state=3)
    assert set(found["by_company"]) == {True, False}
    assert found["person_no"].tolist() == links.loc[found.index, who].tolist()
    assert (found["weight"] - links.loc[found.index, weight]).abs().max() < CLOSE


def test_possible_links_are_all_explained_and_plain_ones_are_not(
    linked: tuple[pd.DataFrame, pd.DataFrame], county: County
) -> None:
    links, lines = linked
    possible = links.loc[links["decision"] == "possible", "content_key"]
    assert len(possible) and set(possible) <= set(lines["subject"])
    of_links = lines[lines["kind"] == LINK]
    assert (
        of_links["subject"].nunique() < 0.7 * links.loc[links["decision"] == "link", "content_key"].nunique()
    )
    first = lines.drop_duplicates(["subject", "rank"])
    assert set(first["term"]) == {PRIOR}
    alone = lines[~lines["by_company"].astype(bool)]
    assert alone[alone["term"] == RELATIVES]["weight"].le(0).all()


def test_whoever_is_nobody_on_the_register_has_the_nearest_candidate_explained_and_no_other(
    linked: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    links, lines = linked
    nobody = links[(links["decision"] == "none") & links["nearest_no"].notna()]
    nearest = lines[lines["kind"] == NEAREST]
    assert len(nobody) and set(nearest["subject"]) == set(nobody["content_key"])
    assert set(nearest["rank"]) == {1} and not set(nearest["subject"]) & set(
        lines.loc[lines["kind"] == LINK, "subject"]
    )


def test_a_night_that_takes_links_over_takes_their_waterfalls_over(
    linked: tuple[pd.DataFrame, pd.DataFrame], county: County, models: CountyModels
) -> None:
    links, lines = linked
    again = link_and_explain(
        county.mentions, county.register, models, previous=links, explained=lines, changed_person_nos=set()
    )
    pd.testing.assert_frame_equal(again[1], lines)
    fewer = link_and_explain(
        county.mentions,
        county.register,
        models,
        previous=links,
        explained=lines,
        changed_person_nos={str(links["person_no"].dropna().iloc[0])},
    )
    pd.testing.assert_frame_equal(fewer[1], lines)


def test_the_lines_of_two_register_rows_sum_to_their_weight(county: County) -> None:
    twice = county.register.sample(12, random_state=1)
    twice = twice.assign(person_no="Z" + twice["person_no"], phone=None, id_number=None, id_state="missing")
    register = pd.concat([county.register, twice], ignore_index=True)
    found = register_duplicates(register)
    lines = explain_duplicates(register, found)
    weights = found.set_index(["person_no", "person_no_2"])["match_weight"]
    told = lines.groupby(["subject", "person_no"])["weight"].sum()
    assert len(weights) >= 10 and set(told.index) == set(weights.index)
    assert (told - weights.reindex(told.index)).abs().max() < CLOSE


def test_namesakes_are_counted_on_the_register(
    linked: tuple[pd.DataFrame, pd.DataFrame], county: County
) -> None:
    _, lines = linked
    names = county.mentions.drop_duplicates("content_key").set_index("content_key")["name"]
    row = lines.drop_duplicates("subject").sample(1, random_state=2).iloc[0]
    assert row["namesakes"] == (county.register["name"] == names[row["subject"]]).sum()
