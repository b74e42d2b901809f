"""What the overview reads of a night: estimates as written, what is missing as none, and the quality of links from their probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest

from assets.reports import link_drift, link_quality
from assets.store import FrameStore
from assets.unlinked import COLUMNS as UNLINKED_COLUMNS
from completeness.estimates import COLUMNS
from completeness.funnel import COLUMNS as STEPS
from linkage.county.weight_drift import FEWEST
from pipelines.desk_reports import ReportFrames
from stewardship.overview.sources import FeedDrift

if TYPE_CHECKING:
    from assets.workspace import Workspace

NIGHT = date(2026, 5, 1)


def births(share: float) -> pd.DataFrame:
    known = {
        "township": "*",
        "sex": "*",
        "quarter": "*",
        "status": "estimated",
        "register": 9,
        "estimate": 10.0,
    }
    known |= {"completeness": share, "completeness_lower": 0.8, "completeness_upper": 1.0}
    few = {"township": "990101001", "sex": "女", "quarter": "2026-Q1", "status": "too_few"}
    frame = pd.DataFrame([known, few], columns=list(COLUMNS))
    return frame.astype({"register": "Int64", "estimate": "Float64", "completeness": "Float64"})


def test_what_could_not_be_estimated_is_none(tmp_path: Path) -> None:
    FrameStore(str(tmp_path)).write("completeness", NIGHT.isoformat(), births(0.9))
    known, few = ReportFrames(str(tmp_path)).births(NIGHT)
    assert (known.registered, known.births, known.share, known.lower) == (9, 10.0, 0.9, 0.8)
    assert (few.status, few.registered, few.births, few.share, few.upper) == (
        "too_few",
        None,
        None,
        None,
        None,
    )


def test_a_night_that_ran_again_is_read_again(tmp_path: Path) -> None:
    store, reports = FrameStore(str(tmp_path)), ReportFrames(str(tmp_path))
    for share in (0.9, 0.7):
        store.write("completeness", NIGHT.isoformat(), births(share))
        assert reports.births(NIGHT)[0].share == share


def test_the_steps_are_those_of_the_funnel(tmp_path: Path) -> None:
    frame = pd.DataFrame([("*", "2026-03", 10, 9, 5, 3, 1, 1)], columns=list(STEPS))
    FrameStore(str(tmp_path)).write("funnel", NIGHT.isoformat(), frame)
    (one,) = ReportFrames(str(tmp_path)).steps(NIGHT)
    assert (one.notified, one.within_30_days, one.later, one.undated, one.not_yet) == (10, 5, 3, 1, 1)


def test_the_births_told_of_are_read_the_newest_first(tmp_path: Path) -> None:
    at = {"feeds": "hospital_births,police_births", "feed": "police_births", "file": "a.csv", "row": 7}
    frame = pd.DataFrame(
        [
            {
                "unit": "R1",
                "township": "990101001000",
                "sex": "女",
                "born": "2026-03-01",
                "step": "later",
                **at,
            },
            {
                "unit": "E1",
                "township": None,
                "sex": None,
                "born": "2026-03-02",
                "step": "not_yet",
                "due": "2026-04-01",
            }
            | at,
            {
                "unit": "E2",
                "born": "2026-03-02",
                "step": "not_yet",
                "due": "2026-04-01",
                "sheet": "表",
                "discrepancy_id": "D1",
            }
            | at,
        ]
    )
    frame = frame.assign(
        month="2026-03", born=pd.to_datetime(frame["born"]), due=pd.to_datetime(frame["due"])
    )
    FrameStore(str(tmp_path)).write("births", NIGHT.isoformat(), frame)
    told = ReportFrames(str(tmp_path)).told(NIGHT)
    assert ReportFrames(str(tmp_path)).kept(NIGHT) == {"births"}
    second, first, linked = told
    assert [one.unit for one in told] == ["E2", "E1", "R1"] and linked.feeds == (
        "hospital_births",
        "police_births",
    )
    assert (linked.person_no, linked.due, linked.discrepancy_id, linked.sheet) == ("R1", None, None, "")
    assert (first.person_no, first.township, first.sex, first.row) == (None, "", "", 7)
    assert (second.due, second.discrepancy_id, second.sheet) == (date(2026, 4, 1), "D1", "表")


def test_what_is_linked_to_nobody_is_read_in_the_order_of_the_files(tmp_path: Path) -> None:
    rows = [
        ("police_births", "a.csv", None, 3, "self", "rejected", None, None, "D1"),
        ("police_births", "a.csv", "表", 4, "mother", "possible", "R1", 0.25, None),
        ("police_moves", "b.csv", None, 2, "self", "none", None, 0.01, None),
    ]
    frame = pd.DataFrame(rows, columns=list(UNLINKED_COLUMNS))
    FrameStore(str(tmp_path)).write("unlinked", NIGHT.isoformat(), frame)
    first, second, third = ReportFrames(str(tmp_path)).unlinked(NIGHT)
    assert first == ("police_births", "a.csv", "", 3, "self", "none", None, None, "D1")
    assert (second.decision, second.person_no, second.probability) == ("possible", "R1", 0.25)
    assert (third.decision, third.discrepancy_id) == ("none", None)


def test_a_night_without_frames_has_nothing(tmp_path: Path) -> None:
    reports = ReportFrames(str(tmp_path))
    assert (reports.births(NIGHT), reports.steps(NIGHT), reports.links(NIGHT)) == ([], [], None)
    assert (reports.told(NIGHT), reports.unlinked(NIGHT), reports.kept(NIGHT)) == ([], [], set())


def test_links_are_false_and_missed_as_often_as_their_probabilities_say(tmp_path: Path) -> None:
    links = pd.DataFrame(
        {
            "decision": ["link", "link", "confirmed", "possible", "missing"],
            "match_probability": [1.0, 0.7, 0.1, 0.6, None],
            "missing_probability": [None, None, None, 0.4, 0.9],
        }
    )
    found = link_quality(links)
    assert (found["linked"], found["possible"], found["unlinked"]) == (3, 1, 1)
    assert found["false_links"] == pytest.approx(0.1)
    assert found["missed_links"] == pytest.approx(0.7 / 3.4)
    FrameStore(str(tmp_path)).write_facts("link_quality", NIGHT.isoformat(), {"model": "m1", **found})
    told = ReportFrames(str(tmp_path)).links(NIGHT)
    assert told is not None and (told.model, told.linked) == ("m1", 3)
    assert told.drift == [] and link_quality(links.iloc[:0])["false_links"] is None


@dataclass(frozen=True)
class Place:
    """Of a workspace what drift needs."""

    models: Path


def test_drift_is_measured_from_the_first_night_of_each_feed_by_the_model(tmp_path: Path) -> None:
    def of(feed: str, rows: int, weight: float) -> pd.DataFrame:
        return pd.DataFrame({"feed": feed, "match_weight": pd.array([weight] * rows, dtype="Float64")})

    def told(night: str, *frames: pd.DataFrame, model: str = "m1") -> list[tuple[Any, ...]]:
        found = link_drift(cast("Workspace", Place(tmp_path)), night, model, pd.concat(frames))
        return [(one["feed"], one["since"], one["verdict"]) for one in found]

    (tmp_path / "m1.json").write_text("{}")
    first = [of("births", FEWEST, 20.0), of("school", FEWEST - 1, 20.0)]
    assert told("2026-05-01", *first) == [("births", "2026-05-01", "steady"), ("school", "", "too few")]
    second = [of("births", FEWEST, 2.0), of("school", FEWEST, 20.0)]
    moved = [("births", "2026-05-01", "train anew"), ("school", "2026-05-02", "steady")]
    assert told("2026-05-02", *second) == moved
    assert told("2026-05-01", *first) == [
        ("births", "2026-05-01", "steady"),
        ("school", "2026-05-02", "too few"),
    ]
    assert told("2026-05-02", *second) == moved, "a night that runs again says the same"
    again = [("births", "2026-05-01", "steady"), ("school", "2026-05-02", "steady")]
    assert told("2026-05-01", of("births", FEWEST, 2.0)) == again[:1], "the first night began anew"
    assert told("2026-05-02", *second) == again
    assert told("2026-05-03", *second, model="m2")[0] == ("births", "2026-05-03", "steady")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m1.json", "m1.weights"], "m2 is not kept"


def test_drift_is_read_as_the_night_wrote_it(tmp_path: Path) -> None:
    quality = dict.fromkeys(("linked", "possible", "unlinked", "false_links", "missed_links"), 1)
    drift = [{"feed": "school", "rows": 900, "since": "2026-04-01", "index": 0.12, "verdict": "moving"}]
    few = {"feed": "births", "rows": 9, "since": "", "index": None, "verdict": "too few"}
    facts = {"model": "m1", **quality, "drift": [*drift, few]}
    FrameStore(str(tmp_path)).write_facts("link_quality", NIGHT.isoformat(), facts)
    found = ReportFrames(str(tmp_path)).links(NIGHT)
    assert found is not None and list(found.drift) == [
        FeedDrift("school", 900, date(2026, 4, 1), 0.12, "moving"),
        FeedDrift("births", 9, None, None, "too few"),
    ]
