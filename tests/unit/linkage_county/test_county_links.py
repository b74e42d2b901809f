"""Mentions find their register person, the missing find nobody, and a partial night equals a full one."""

from __future__ import annotations

import pandas as pd
import pytest
from county_village import REGISTER_COLUMNS, County, frame, small_county

from linkage.county.links import LINK_COLUMNS, link_mentions
from linkage.county.model import CountyModels, train_models


@pytest.fixture(scope="module")
def models(county: County) -> CountyModels:
    return train_models(county.mentions, county.register)


@pytest.fixture(scope="module")
def links(county: County, models: CountyModels) -> pd.DataFrame:
    return link_mentions(county.mentions, county.register, models)


def judged(county: County, links: pd.DataFrame) -> pd.DataFrame:
    truth = county.truth_of(links["mention_id"])
    linked = links["decision"] == "link"
    return links.assign(
        truth=truth,
        known=truth.notna(),
        right=linked & (links["person_no"] == truth),
        wrong=linked & (links["person_no"] != truth),
    )


def test_one_line_per_mention_with_the_promised_columns(county: County, links: pd.DataFrame) -> None:
    assert list(links.columns) == LINK_COLUMNS
    assert links["mention_id"].tolist() == county.mentions["mention_id"].tolist()
    assert links.loc[links["decision"] == "none", "person_no"].isna().all()
    assert links.loc[links["decision"] != "none", "person_no"].notna().all()
    assert links["match_probability"].between(0, 1).all() and links["missing_probability"].between(0, 1).all()


def test_links_are_right_and_few_are_missed(county: County, links: pd.DataFrame) -> None:
    result = judged(county, links)
    assert result["wrong"].sum() <= 0.005 * result["right"].sum()
    assert result["right"].sum() >= 0.985 * result["known"].sum()


def test_newborns_born_after_the_register_are_nobody_there(county: County, links: pd.DataFrame) -> None:
    born = links[(links["feed"] == "hospital_births") & (links["role"] == "self")]
    assert (born["decision"] == "none").all()
    assert (born["missing_probability"] > 0.9).all()


def test_guardians_without_numbers_are_found_through_the_pupil(county: County, links: pd.DataFrame) -> None:
    result = judged(county, links)
    guardians = result[result["role"].str.startswith("guardian")]
    assert guardians["right"].sum() >= 0.98 * guardians["known"].sum()


def test_newborn_twins_on_the_register_are_linked_one_to_one(county: County, models: CountyModels) -> None:
    born = county.mentions[
        (county.mentions["feed"] == "hospital_births") & (county.mentions["role"] == "self")
    ]
    twins = set(born.loc[born["plurality_rank"] == 2, "mother_id"])
    people = {p.id: p for p in county.people}
    pairs = [[p for p in county.people if p.rank and p.mother is people[m]] for m in sorted(twins)]
    now = _with_newborns(county, [p for pair in pairs for p in pair])
    links = link_mentions(county.mentions, now, models).set_index("mention_id")
    rows = born.loc[born["mother_id"].isin(twins), ["mention_id", "mother_id"]]
    found = rows.assign(person_no=links.loc[rows["mention_id"], "person_no"].to_numpy())
    for mother, group in found.groupby("mother_id"):
        expected = {p.number for pair in pairs for p in pair if p.mother and p.mother.id == mother}
        assert set(group["person_no"]) == expected


def _with_newborns(county: County, newborns: list) -> pd.DataFrame:
    from county_village import register_row

    heads = {p.household: p for p in county.people if p.relation == "户主"}
    rows = [
        {k: None if v is None or v is pd.NaT else v for k, v in r.items()}
        for r in county.register.to_dict("records")
    ]
    return frame([*rows, *(register_row(p, heads[p.household]) for p in newborns)], REGISTER_COLUMNS)


def equal(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        a.sort_values("mention_id", ignore_index=True),
        b.sort_values("mention_id", ignore_index=True),
        check_dtype=False,
        atol=1e-5,
    )


def test_an_unchanged_night_is_taken_over(county: County, models: CountyModels, links: pd.DataFrame) -> None:
    equal(
        link_mentions(county.mentions, county.register, models, previous=links, changed_person_nos=set()),
        links,
    )


def test_next_months_snapshot_with_a_few_changes_equals_a_full_relink(
    county: County, models: CountyModels, links: pd.DataFrame
) -> None:
    rows = county.mentions[county.mentions["feed"] == "police_residents"].iloc[::2]
    later = rows.assign(
        period="2026-06", mention_id="later" + rows["mention_id"], record_id="later" + rows["record_id"]
    )
    changed = later.index[:: len(later) // 12]
    later.loc[changed, "name"] = "赵一一"
    later.loc[changed, "content_key"] = "changed" + later.loc[changed, "content_key"].str[7:]
    both = pd.concat([county.mentions, later], ignore_index=True)
    equal(
        link_mentions(both, county.register, models, previous=links, changed_person_nos=set()),
        link_mentions(both, county.register, models),
    )


def test_a_changed_register_equals_a_full_relink(
    county: County, models: CountyModels, links: pd.DataFrame
) -> None:
    newborns = [p for p in county.people if p.rank][:3]
    now = _with_newborns(county, newborns)
    gone = now["person_no"].iloc[5]
    now = now[now["person_no"] != gone].reset_index(drop=True)
    renamed = now["person_no"].iloc[40]
    now.loc[40, "name"] = "欧阳雪"
    touched = {gone, renamed, *(p.number for p in newborns)}
    partial = link_mentions(county.mentions, now, models, previous=links, changed_person_nos=touched)
    equal(partial, link_mentions(county.mentions, now, models))
    assert {p.number for p in newborns} <= set(partial["person_no"].dropna())


def test_a_stewards_word_comes_first(county: County, models: CountyModels, links: pd.DataFrame) -> None:
    yes, no = links[links["decision"] == "link"].iloc[[3, 30]].to_dict("records")
    other = county.register["person_no"].iloc[-1]
    decisions = pd.DataFrame(
        {
            "content_key": [yes["content_key"], no["content_key"]],
            "person_no": [other, no["person_no"]],
            "decision": ["confirmed", "rejected"],
        }
    )
    for previous, changed in ((None, None), (links, set())):
        now = link_mentions(
            county.mentions,
            county.register,
            models,
            previous=previous,
            changed_person_nos=changed,
            decisions=decisions,
        ).set_index("mention_id")
        assert now.loc[yes["mention_id"], ["person_no", "decision"]].tolist() == [other, "confirmed"]
        assert now.loc[no["mention_id"], "person_no"] != no["person_no"]


def test_the_order_of_rows_does_not_matter(county: County, models: CountyModels, links: pd.DataFrame) -> None:
    equal(link_mentions(county.mentions.iloc[::-1], county.register.iloc[::-1], models), links)


def test_models_come_back_from_their_file(
    county: County, models: CountyModels, tmp_path, links: pd.DataFrame
) -> None:
    path = tmp_path / "model.json"
    models.save(path)
    again = CountyModels.load(path)
    assert again.version == models.version
    equal(link_mentions(county.mentions, county.register, again), links)


def test_another_county_links_as_well() -> None:
    other = small_county(households=120, seed=99)
    models = train_models(other.mentions, other.register)
    result = judged(other, link_mentions(other.mentions, other.register, models))
    assert result["wrong"].sum() <= 0.005 * result["right"].sum() + 1
    assert result["right"].sum() >= 0.98 * result["known"].sum()
