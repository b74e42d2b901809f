"""What a county's nights say about completeness and the funnel, against the truth, and what of it may be shared."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from assets.store import FrameStore
from completeness.estimates import ALL, COLUMNS, NUMBERS
from completeness.funnel import COLUMNS as FUNNEL_COLUMNS
from pipelines.exporting import export
from register.database import open_database
from tests.county_nights import Deliveries, Home


def frame(done: Home, deliveries: Deliveries, name: str) -> pd.DataFrame:
    return pd.read_parquet(done.root / "frames" / name / f"night={deliveries.last}.parquet")


@pytest.fixture(scope="module")
def shared(done: Home) -> dict[str, bytes]:
    found = {}
    for what in ("completeness", "funnel"):
        file = done.root / f"{what}.csv"
        export(done.settings, what, file)
        found[what] = file.read_bytes()
    return found


def test_the_countys_births_are_estimated_about_right(done: Home, deliveries: Deliveries) -> None:
    rows = frame(done, deliveries, "completeness")
    county = rows[rows["township"].eq(ALL) & rows["status"].eq("estimated") & rows["quarter"].ne(ALL)]
    people = pd.read_parquet(deliveries.folder / "truth" / "people.parquet")
    born = people.loc[people["status"].eq("here"), "birth_date"].dt.to_period("Q").astype(str)
    truth = born.str.replace("Q", "-Q").value_counts().reindex(county["quarter"])
    assert len(county) >= 2
    assert county["estimate"].sum() == pytest.approx(truth.sum(), abs=2)


def test_every_notified_birth_is_somewhere(done: Home, deliveries: Deliveries) -> None:
    rows = frame(done, deliveries, "funnel")
    assert list(rows.columns) == list(FUNNEL_COLUMNS)
    assert rows["notified"].eq(rows["linked"] + rows["not_yet"]).all()
    assert rows["linked"].eq(rows["within_30_days"] + rows["later"] + rows["undated"]).all()
    assert rows["within_30_days"].sum() > 0


def test_the_births_that_are_kept_are_those_that_are_counted(done: Home, deliveries: Deliveries) -> None:
    births, counts = frame(done, deliveries, "births"), frame(done, deliveries, "funnel")
    assert births["unit"].is_unique and len(births) > 0
    for row in counts.itertuples():
        ones = births[births["township"].eq(row.township) | (row.township == ALL)]
        ones = ones[ones["month"].eq(row.month) | (row.month == ALL)]
        assert (len(ones), int(ones["step"].eq("not_yet").sum())) == (row.notified, row.not_yet)
        assert int(ones["step"].eq("undated").sum()) == row.undated
    waiting = births["step"].eq("not_yet")
    assert births.loc[waiting, "due"].notna().all() and births.loc[~waiting, "due"].isna().all()
    assert births.loc[~waiting, "discrepancy_id"].isna().all()
    asked = births.loc[waiting & births["discrepancy_id"].notna()].set_index("discrepancy_id")
    with open_database(done.root) as database, database.read() as connection:
        query = sa.text(
            "SELECT discrepancy_id, type, subject FROM discrepancy WHERE discrepancy_id = ANY (:ids)"
        )
        leads = {row.discrepancy_id: row for row in connection.execute(query, {"ids": list(asked.index)})}
    assert set(leads) == set(asked.index) and len(asked) > 0
    own = [row for row in leads.values() if row.type in ("unregistered_birth", "missing_person")]
    assert own and all(asked.loc[row.discrepancy_id, "unit"] == row.subject for row in own)
    late = births.loc[waiting & births["due"].le(pd.Timestamp(deliveries.last)), "discrepancy_id"]
    assert late.notna().mean() > 0.9  # a few are held back: a late register, a mother of elsewhere


def test_a_night_run_again_gives_the_same_estimates(
    done: Home, deliveries: Deliveries, shared: dict[str, bytes], tmp_path: Path
) -> None:
    done.run([deliveries.last])
    for what, content in shared.items():
        export(done.settings, what, tmp_path / what)
        assert (tmp_path / what).read_bytes() == content


def test_the_rows_linked_to_nobody_are_those_that_are_counted(done: Home, deliveries: Deliveries) -> None:
    rows, told = frame(done, deliveries, "unlinked"), quality(done, deliveries.last)
    possible = rows["decision"].eq("possible")
    links = frame(done, deliveries, "links").drop_duplicates(["feed", "file", "sheet", "row", "role"])
    assert 0 < told["linked"] < links["decision"].eq("link").sum()  # earlier months' lists count no more
    files = pd.Series(rows.loc[rows["feed"].eq("police_residents"), "file"].unique())
    assert files.str.extract(r"/(.+?派出所)")[0].is_unique  # of each station the newest list alone
    assert (int(possible.sum()), int((~possible).sum())) == (told["possible"], told["unlinked"])
    assert rows.loc[~possible, "person_no"].isna().all() and rows.loc[possible, "person_no"].notna().all()
    assert not rows.duplicated(["feed", "file", "sheet", "row", "role"]).any()
    residents = rows[rows["feed"].eq("police_residents") & rows["role"].eq("self") & ~possible]
    assert len(residents) > 0 and residents["discrepancy_id"].notna().mean() > 0.9


def quality(done: Home, night: date) -> dict[str, Any]:
    found = FrameStore(done.settings.frames_root).read_facts("link_quality", night.isoformat())
    assert found is not None
    return found


def test_each_night_says_how_far_match_weights_have_moved_and_says_it_again(
    done: Home, deliveries: Deliveries
) -> None:
    first, *_, last = deliveries.nights
    begun = {one["feed"]: one for one in quality(done, first)["drift"] if one["index"] is not None}
    told = {one["feed"]: one for one in quality(done, last)["drift"]}
    assert begun and {one["since"] for one in begun.values()} == {first.isoformat()}
    assert {(one["index"], one["verdict"]) for one in begun.values()} == {(0.0, "steady")}
    for feed in begun:
        assert told[feed]["since"] == first.isoformat() and told[feed]["index"] is not None
    before = [quality(done, night) for night in (first, last)]
    done.run([first, last])
    assert [quality(done, night) for night in (first, last)] == before


def test_what_is_exported_counts_nobody_small(shared: dict[str, bytes]) -> None:
    table = pd.read_csv(io.BytesIO(shared["completeness"]), dtype={"township": str})
    assert list(table.columns) == list(COLUMNS)
    assert not table["observed"].between(1, 4).any()
    assert table.loc[table["observed"].isna(), list(NUMBERS)].isna().all(axis=None)
    stages = pd.read_csv(io.BytesIO(shared["funnel"]), dtype={"township": str})
    assert list(stages.columns) == list(FUNNEL_COLUMNS)
    assert not stages["notified"].between(1, 4).any()
