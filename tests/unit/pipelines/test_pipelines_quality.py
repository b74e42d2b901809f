"""The monthly quality sample is a function of month and night, is drawn once, and comes back as labels that linkage understands."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from open_home import OpenHome

from assets.store import FrameStore
from linkage.calibration import logistic
from linkage.labels import STRATA, errors_from_labels, matched_labels
from pipelines import cli
from pipelines.housekeeping import build_jobs
from pipelines.quality_drawing import BANDS, BOUNDS, LEAST, allocate, candidates, draw, draw_month
from pipelines.quality_labels import COLUMNS, write_labels
from pipelines.settings import Settings
from register.database import Database
from register.work import unit_of_work

NIGHT, MONTH = date(2026, 5, 20), date(2026, 5, 1)
NOW = datetime(2026, 5, 21, 5, tzinfo=UTC)
AREA = "990101001001"


def links_frame() -> pd.DataFrame:
    """Links of all strata, rows that say the same twice, what stewards decided, and people for whom there is no candidate."""
    sizes = {
        ("link", 0.9999): 900,
        ("link", 0.995): 30,
        ("link", 0.96): 4,
        ("possible", 0.9): 3,
        ("possible", 0.6): 8,
        ("none", 0.2): 6,
        ("none", 0.01): 40,
        ("none", 0.0): 90,
        ("confirmed", 1.0): 5,
        ("rejected", 0.1): 5,
    }
    rows = []
    for (decision, probability), size in sizes.items():
        for _ in range(size):
            number = len(rows)
            person = f"P{number}" if decision != "rejected" else None
            rows.append(
                {
                    "feed": "police_residents",
                    "file": "a.csv",
                    "sheet": "",
                    "row": number + 2,
                    "role": "self",
                    "content_key": f"K{number:04}",
                    "person_no": None if decision == "none" else person,
                    "nearest_no": person if decision == "none" and number % 10 else None,
                    "match_weight": float(np.log2((probability + 1e-6) / (1 - probability + 1e-6))),
                    "match_probability": probability,
                    "decision": decision,
                    "model_version": "m7",
                }
            )
    frame = pd.DataFrame(rows)
    return pd.concat([frame, frame.head(50).assign(file="b.csv")], ignore_index=True)


def areas(links: pd.DataFrame) -> pd.Series:
    numbers = pd.unique(pd.concat([links["person_no"], links["nearest_no"]]).dropna())
    return pd.Series(AREA, index=numbers)


def drawn_from(links: pd.DataFrame, month: date = MONTH, pairs: int = 100):  # type: ignore[no-untyped-def]
    return draw(links, areas(links_frame()), month, NIGHT, "m7", pairs)


def test_the_bounds_of_strata_are_bounds_of_the_engine_s() -> None:
    assert all(set(bounds) <= set(STRATA) for bounds in BOUNDS.values())
    assert [band.number for band in BANDS] == list(range(1, len(BANDS) + 1))


def test_every_row_s_content_is_one_pair_of_the_stratum_of_its_decision_and_probability() -> None:
    links = links_frame()
    every = candidates(links)
    assert every["content_key"].is_unique and set(every["decision"]) == {"link", "possible", "none"}
    assert every["stratum"].value_counts().to_dict() == {3: 900, 2: 30, 1: 4, 4: 8, 5: 3, 6: 81, 7: 36, 8: 5}
    first = every.set_index("content_key").loc["K0000"]
    assert (first["file"], first["person_no"]) == ("b.csv", "P0")


def test_a_frame_of_before_near_misses_were_kept_has_none_to_draw() -> None:
    found = drawn_from(links_frame().drop(columns="nearest_no"))
    assert {pair.decision for pair in found.pairs} == {"link", "possible"}
    assert [one.pairs for one in found.strata if one.decision == "none"] == [0, 0, 0]


def test_a_sample_is_the_same_whatever_the_order_of_rows_and_another_in_another_month() -> None:
    links = links_frame()
    found = drawn_from(links)
    assert drawn_from(links.sample(frac=1.0, random_state=3)) == found
    other = drawn_from(links, date(2026, 6, 1))
    keys = [{pair.pair.content_key for pair in one.pairs} for one in (found, other)]
    assert keys[0] != keys[1] and len(keys[0]) == len(keys[1]) == 100
    assert not {pair.pair.pair_id for pair in found.pairs} & {pair.pair.pair_id for pair in other.pairs}


def test_every_stratum_gives_a_few_and_neither_id_nor_order_tells_which() -> None:
    found = drawn_from(links_frame())
    drawn = Counter(pair.stratum for pair in found.pairs)
    assert all(drawn[one.stratum] >= min(LEAST, one.pairs) for one in found.strata)
    assert drawn[3] == max(drawn.values())
    in_order = [pair.stratum for pair in found.pairs]
    by_id = [pair.stratum for pair in sorted(found.pairs, key=lambda pair: pair.pair.pair_id)]
    for order in (in_order, by_id):
        assert order != sorted(order) and order != sorted(order, reverse=True)
    assert {pair.asks for pair in found.pairs} == {2, 3}
    assert 0.02 < np.mean([pair.asks == 3 for pair in found.pairs]) < 0.3


def test_all_pairs_of_a_stratum_are_drawn_equally_often() -> None:
    """Within four standard deviations of what chance gives (drawing without replacement gives less)."""
    links = links_frame()
    own = links[links["match_probability"].eq(0.0) & links["nearest_no"].notna()]
    place = areas(own)
    seen: Counter[str] = Counter()
    months = [date(year, month, 1) for year in range(2000, 2020) for month in range(1, 13)]
    for month in months:
        seen.update(pair.pair.content_key for pair in draw(own, place, month, NIGHT, "m7", 9).pairs)
    counts = np.array([seen[key] for key in own["content_key"]])
    expected = 9 * len(months) / len(own)
    assert counts.sum() == 9 * len(months)
    chi = float(((counts - expected) ** 2 / expected).sum())
    assert chi < len(own) + 4 * (2 * len(own)) ** 0.5


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=10), st.integers(0, 300))
def test_an_allocation_never_takes_more_than_there_is_and_all_that_is_wanted(
    sizes: list[int], pairs: int
) -> None:
    wanted = allocate(sizes, pairs)
    assert sum(wanted) == min(pairs, sum(sizes))
    assert all(0 <= number <= size for number, size in zip(wanted, sizes))
    if pairs >= LEAST * len(sizes):
        assert all(number >= min(LEAST, size) for number, size in zip(wanted, sizes))


@pytest.fixture
def home(open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("BULOU_HOME", str(open_home.root))
    for name in ("BULOU_DATABASE_URL", "BULOU_QUALITY_PAIRS"):
        monkeypatch.delenv(name, raising=False)
    return Settings()


@pytest.fixture
def database(home: Settings, open_home: OpenHome) -> Database:
    """After a night whose links are those of `links_frame`."""
    store, links = FrameStore(str(home.root / "frames")), links_frame()
    store.write("links", NIGHT.isoformat(), links)
    people = areas(links)
    store.write("register", NIGHT.isoformat(), pd.DataFrame({"person_no": people.index, "area_code": AREA}))
    with unit_of_work(open_home.database) as work:
        work.discrepancies.apply(NIGHT, [])
    return open_home.database


def bulou(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["bulou", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


def test_the_command_draws_a_month_once(
    home: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not bulou(monkeypatch, "quality", "draw", "--pairs", "60")
    assert capsys.readouterr().out.startswith("60 pairs of 1,067, from the night of 2026-05-20")
    assert not bulou(monkeypatch, "quality", "draw")
    assert "nothing was drawn" in capsys.readouterr().out
    with unit_of_work(database) as work:
        (sample,) = work.quality.samples()
        assert (sample.pairs, sample.night, sample.model_version) == (60, NIGHT, "m7")
        assert len(work.audit.of("quality_sample", f"{sample.month:%Y-%m}")) == 1


def test_before_the_first_night_there_is_nothing_to_draw_and_the_job_says_so(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bulou(monkeypatch, "quality", "draw") == 2
    assert "no night has run yet" in capsys.readouterr().err
    _, job = build_jobs(home)
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance).success


def test_the_job_draws_as_many_as_are_set_and_none_where_that_is_none(
    home: Settings, database: Database
) -> None:
    for pairs, drawn in ((0, []), (40, [40])):
        _, job = build_jobs(home.model_copy(update={"quality_pairs": pairs}))
        with dg.DagsterInstance.ephemeral() as instance:
            assert job.execute_in_process(instance=instance).success
        with unit_of_work(database) as work:
            assert [one.pairs for one in work.quality.samples()] == drawn


def test_verdicts_of_closed_samples_are_labels_that_linkage_takes(
    home: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = draw_month(home, NOW, 150)
    assert drawn is not None
    wrong = {one.pair.pair_id for one in drawn.pairs[::9]}
    with unit_of_work(database) as work:
        for user in ("anna", "bert"):
            work.grants.add_user(user, user, "operator", NOW)
            for one in drawn.pairs[:-2]:
                is_one = (one.decision != "none") != (one.pair.pair_id in wrong)
                kind = "same_person" if is_one else "different_person"
                work.quality.answer(one.pair.pair_id, user, kind, NOW)
        for user, kind in (("anna", "same_person"), ("bert", "cannot_tell")):
            work.quality.answer(drawn.pairs[-1].pair.pair_id, user, kind, NOW)
    out = tmp_path / "labels.csv"
    assert write_labels(home, out) == 0  # the sample is open
    with unit_of_work(database) as work:
        work.quality.close(MONTH, "anna", NOW)
    assert not bulou(monkeypatch, "export", "labels", "--out", str(out))
    labels = pd.read_csv(out)
    assert list(labels.columns) == list(COLUMNS) and len(labels) == 148
    every = candidates(links_frame()).rename(columns={"content_key": "left_id", "person_no": "right_id"})
    matched = matched_labels(labels, every)
    assert len(matched) == 148 and matched["is_match"].sum() == labels["is_match"].sum()
    curve = logistic(labels["match_weight"].to_numpy(), labels["is_match"].to_numpy())
    assert curve is not None
    found = errors_from_labels(labels, every[every["decision"] == "link"], every, 1.0)
    assert found.labels == 148 and found.precision.low < found.precision.value < found.precision.high
    with unit_of_work(database) as work:
        rows = [event.details["rows"] for event in work.audit.of("export", "labels")]
    assert rows == [0, 148]
