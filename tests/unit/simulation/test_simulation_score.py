"""The score: perfect findings score 1, what is left out costs recall, what is invented costs precision."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulation import ScoreTable, SimulationSummary, score
from simulation.score_feeds import score_overdue

NIGHT = date(2026, 7, 15)
County = tuple[Path, SimulationSummary]


def perfect(county: County, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The three exports as a night without error would write them."""
    truth = county[0] / "truth"
    items = pd.read_parquet(truth / "discrepancies.parquet")
    night = pd.Timestamp(NIGHT)
    items = items[items["graded"] & (items["discoverable_night"] <= night) & ~(items["gone_night"] <= night)]
    items = items[~(items["grey_from"] <= night)].reset_index(drop=True)
    found = items[["type", "household_no", "person_no", "person_no_2", "field"]].copy()
    found["proposed_value"] = items["true_value"]
    found.insert(0, "discrepancy_id", [f"D{i:06d}" for i in range(len(found))])
    found["status"] = "open"
    found["first_night"] = items["discoverable_night"].dt.strftime("%Y-%m-%d")
    mentions = pd.read_parquet(truth / "mentions.parquet")
    mentions = mentions[mentions["arrival"] <= night]
    by_person = mentions[mentions["role"].isin(["self", "mother"])].copy()
    by_person["person_id"] = by_person["person_id"].astype(object)
    evidence = found.assign(person_id=items["person_id"])[["discrepancy_id", "person_id"]].merge(
        by_person, on="person_id"
    )
    evidence = evidence.assign(person_no="")[
        ["discrepancy_id", "feed", "file", "sheet", "row", "role", "person_no"]
    ]
    register = pd.read_parquet(truth / "register_rows.parquet")
    latest = register[register["snapshot"] == register["snapshot"].max()]
    number = latest.drop_duplicates("person_id").set_index("person_id")["person_no"]
    links = mentions[["feed", "file", "sheet", "row", "role"]].copy()
    links["person_no"] = mentions["person_id"].astype(object).map(number)
    links["decision"] = links["person_no"].notna().map({True: "link", False: "none"})
    return found, evidence, links


def scored(
    county: County,
    folder: Path,
    found: pd.DataFrame,
    evidence: pd.DataFrame,
    links: pd.DataFrame,
    nights: Sequence[date] = (),
) -> ScoreTable:
    paths = []
    for name, frame in (("d", found), ("e", evidence), ("l", links)):
        paths.append(folder / f"{name}.csv")
        frame.to_csv(paths[-1], index=False)
    return score(county[0] / "truth", *paths, night=NIGHT, nights=nights)


def test_perfect_findings_score_one(county: County, tmp_path: Path) -> None:
    table = scored(county, tmp_path, *perfect(county, tmp_path))
    busy = table.types[table.types["truth"] > 0]
    busy = busy[~busy["type"].isin(("source_correction", "feed_overdue"))]  # not of the list of items
    assert set(busy["type"]) >= {
        "missing_person",
        "missing_item",
        "inconsistent_field",
        "missing_household",
        "deceased_active",
    }
    assert (busy["precision"] == 1).all(), busy
    assert (busy["recall"] == 1).all(), busy
    overall = table.links.iloc[0]
    assert overall["precision"] == 1 and overall["recall"] == 1
    assert (busy["days_median"] == 0).all()
    overall_values = table.values.iloc[0]
    assert overall_values["proposed"] > 100 and overall_values["share"] == 1


def test_a_wrongly_proposed_value_is_counted_and_a_spelling_is_not(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    numbers = found.index[found["field"].eq("id_number") & found["proposed_value"].notna()]
    names = found.index[found["field"].eq("name") & found["proposed_value"].notna()]
    found.loc[numbers[:3], "proposed_value"] = "11010519491231002X"
    found.loc[names, "proposed_value"] = " " + found.loc[names, "proposed_value"].str.replace("·", "•")
    values = scored(county, tmp_path, found, evidence, links).values.set_index("field")
    assert values.loc["id_number", "proposed"] - values.loc["id_number", "right"] == 3
    assert values.loc["name", "share"] == 1


def source_corrections(county: County, wrong: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One finding about a row of the police's list with, or without, a wrong cell."""
    truth = county[0] / "truth"
    cells = pd.read_parquet(truth / "cells.parquet")
    mentions = pd.read_parquet(truth / "mentions.parquet")
    row = ["feed", "file", "sheet", "row"]
    bad = set(map(tuple, cells.loc[cells["is_wrong"], row].astype(object).to_numpy().tolist()))
    own = mentions[mentions["role"].eq("self") & mentions["arrival"].le(pd.Timestamp(NIGHT))][row].astype(
        object
    )
    picked = own[[(tuple(one) in bad) == wrong for one in own.to_numpy().tolist()]].head(1)
    found = pd.DataFrame({"discrepancy_id": ["S1"], "type": "source_correction", "status": "open"})
    return found, picked.assign(discrepancy_id="S1", role="self", person_no="")


@pytest.mark.parametrize("wrong", [True, False], ids=["a wrong cell", "a sound row"])
def test_a_source_correction_is_right_when_a_cell_of_its_row_was_made_wrong(
    county: County, tmp_path: Path, wrong: bool
) -> None:
    found, evidence, links = perfect(county, tmp_path)
    more, rows = source_corrections(county, wrong)
    table = scored(county, tmp_path, pd.concat([found, more]), pd.concat([evidence, rows]), links)
    line = table.types.set_index("type").loc["source_correction"]
    assert (line["found"], line["right"]) == (1, int(wrong))


def test_a_file_that_came_later_than_the_night_is_overdue(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    more = pd.DataFrame(
        {
            "discrepancy_id": ["F1"],
            "type": "feed_overdue",
            "status": "open",
            "proposed_value": "police_residents x 2026-05",
        }
    )
    line = (
        scored(county, tmp_path, pd.concat([found, more]), evidence, links)
        .types.set_index("type")
        .loc["feed_overdue"]
    )
    assert (line["found"], line["right"]) == (1, 0)


def test_left_out_and_invented_findings_cost_recall_and_precision(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    items = found[found["type"] == "missing_item"]
    kept = found.drop(items.index[::2])
    invented = items.head(5).assign(discrepancy_id=[f"X{i}" for i in range(5)], field="education")
    again = kept[kept["type"] == "missing_item"].head(2).assign(discrepancy_id=["Y0", "Y1"])
    table = scored(county, tmp_path, pd.concat([kept, invented, again]), evidence, links)
    row = table.types.set_index("type").loc["missing_item"]
    assert row["recall"] == pytest.approx(0.5, abs=0.02)
    assert row["wrong"] == 7 and row["repeats"] == 2


def test_a_wrong_link_costs_precision_and_a_missing_one_recall(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    linked = links.index[links["decision"] == "link"]
    other = links.loc[linked, "person_no"].iloc[-1]
    links.loc[linked[:40], "person_no"] = other
    links.loc[linked[40:90], "decision"] = "possible"
    overall = scored(county, tmp_path, found, evidence, links).links.iloc[0]
    assert overall["linked"] - overall["right"] == pytest.approx(40, abs=3)
    assert overall["recall"] < 1


def test_a_night_that_found_nothing_has_no_recall(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    table = scored(county, tmp_path, found.head(0), evidence.head(0), links.head(0))
    assert (table.types.loc[table.types["truth"] > 0, "recall"] == 0).all()
    assert table.links.iloc[0]["recall"] == 0


def test_the_table_renders_one_line_per_type_and_group(county: County, tmp_path: Path) -> None:
    table = scored(county, tmp_path, *perfect(county, tmp_path))
    rows = table.render()
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == 1 + len(table.types) + 1 + len(table.links)
    widest = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    assert sum(widest) + 2 * len(widest) <= 80


def test_perfect_findings_score_one_in_every_stratum_and_repeat_nothing(
    county: County, tmp_path: Path
) -> None:
    table = scored(county, tmp_path, *perfect(county, tmp_path))
    strata = table.strata[table.strata["truth"] > 0]
    assert {"dotted names", "floating"} <= set(strata["stratum"])
    assert (strata["precision"] == 1).all() and (strata["recall"] == 1).all()
    assert table.repeats == 0 and table.open_findings > 500


def test_a_miss_counts_in_the_strata_of_its_person_alone(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    people = pd.read_parquet(county[0] / "truth" / "people.parquet").set_index("person_id")
    rows = pd.read_parquet(county[0] / "truth" / "register_rows.parquet").drop_duplicates(
        "person_no", keep="last"
    )
    floating = (
        found["person_no"].map(rows.set_index("person_no")["person_id"]).map(people["is_floating"]).eq(True)
    )
    left_out = found.index[floating & found["type"].eq("missing_item")][:4]
    before = scored(county, tmp_path, found, evidence, links).strata.set_index(["stratum", "type"])["right"]
    after = scored(county, tmp_path, found.drop(left_out), evidence, links).strata.set_index(["stratum", "type"])["right"]  # fmt: skip
    lost = before - after
    assert lost["floating", "missing_item"] == 4 and lost["floating", "all"] == 4
    assert (lost["twins"] == 0).all()


def test_a_person_found_as_birth_and_as_missing_is_one_lead_twice(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    one = found[found["type"].eq("missing_person")].head(1)
    again = one.assign(discrepancy_id="X1", type="unregistered_birth")
    rows = evidence[evidence["discrepancy_id"].isin(one["discrepancy_id"])].assign(discrepancy_id="X1")
    table = scored(county, tmp_path, pd.concat([found, again]), pd.concat([evidence, rows]), links)
    assert table.repeats == 1


def test_somebody_listed_besides_their_missing_household_is_a_lead_twice(
    county: County, tmp_path: Path
) -> None:
    found, evidence, links = perfect(county, tmp_path)
    homes = found[found["type"].eq("missing_household")]["discrepancy_id"]
    rows = evidence[evidence["discrepancy_id"].isin(homes) & evidence["role"].eq("self")].head(1)
    again = found.head(1).assign(discrepancy_id="X1", type="missing_person", person_no=None)
    more = pd.concat([evidence, rows.assign(discrepancy_id="X1")])
    assert scored(county, tmp_path, pd.concat([found, again]), more, links).repeats == 1


def test_a_wait_is_counted_in_the_nights_that_were_run(county: County, tmp_path: Path) -> None:
    found, evidence, links = perfect(county, tmp_path)
    first = pd.to_datetime(found["first_night"]).min().date()
    nights = [first + timedelta(days=days) for days in range(0, 240, 7)]
    ran = pd.DatetimeIndex(nights)

    def night_of(place_after: int) -> pd.Series:
        place = ran.searchsorted(pd.to_datetime(found["first_night"]))
        return pd.Series(ran[place + place_after].strftime("%Y-%m-%d"), index=found.index)

    for late in (0, 2):
        told = found.assign(first_night=night_of(late))
        types = scored(county, tmp_path, told, evidence, links, nights).types.dropna(subset="nights_median")
        assert set(types["nights_median"]) == {late} and set(types["nights_p90"]) == {late}


@pytest.mark.parametrize(
    ("feed", "first_night", "line"),
    [
        ("police_residents", "2026-03-15", (1, 1, 1)),
        ("police_residents", "2026-03-20", (1, 1, 0)),
        ("police_births", "2026-03-15", (0, 0, 0)),
    ],
    ids=["while it was late", "the day it came", "events, of which there may be none"],
)
def test_an_overdue_file_is_scored_over_the_nights_though_it_has_come_by_the_last(
    feed: str, first_night: str, line: tuple[int, int, int], tmp_path: Path
) -> None:
    sent = pd.DataFrame([("2026-01", "2026-02-05"), ("2026-02", "2026-03-20")], columns=["period", "arrival"])
    sent.assign(feed=feed, unit="U", what="regular").to_parquet(tmp_path / "deliveries.parquet")
    found = pd.DataFrame({"type": ["feed_overdue"], "status": "resolved", "first_night": first_night})
    nights = [date(2026, 2, 1) + timedelta(days=7 * week) for week in range(9)]
    scores = score_overdue(tmp_path, found.assign(proposed_value=f"{feed} U 2026-02"), nights)
    assert (scores["truth"], scores["found"], scores["right"]) == line
    nothing = score_overdue(tmp_path, found.head(0).assign(proposed_value=None), nights)
    assert (nothing["truth"], nothing["found"]) == (line[0], 0)
