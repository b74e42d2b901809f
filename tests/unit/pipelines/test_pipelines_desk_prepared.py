"""What the night prepared for the desk, looked up in its frames."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from assets.links import LOOKED_UP
from assets.look_up import LookUp
from assets.store import FrameStore
from linkage.county.explaining import WATERFALL_COLUMNS
from linkage.county.household_members import MEMBER_COLUMNS
from pipelines.desk_prepared import NightFrames
from stewardship.prepared import Linked

NIGHT = date(2026, 5, 1)


def written(root: Path) -> NightFrames:
    """Three people in two households, in row groups of one row."""
    people = [
        ("H1", "p:1", "H1", "2026-04", "a", "P1", "link", "王伟", "男", pd.Timestamp("1990-01-01"), "户主"),
        ("H1", "p:1", "H1", None, "b", None, "none", None, None, pd.NaT, None),
        ("p:2", "p:2", None, "2026-04", "c", None, None, "李强", "男", pd.NaT, "户主"),
    ]
    frame = pd.DataFrame(people, columns=MEMBER_COLUMNS)
    FrameStore(str(root)).write("household_members", NIGHT.isoformat(), frame, LookUp(("home",), 1))
    return NightFrames(str(root))


def test_the_people_of_the_households_asked_for_come_and_no_others(tmp_path: Path) -> None:
    frames = written(tmp_path)
    one, other = frames.listed(NIGHT, ["H1"])
    assert (one.content_key, one.person_no, one.birth_date) == ("a", "P1", date(1990, 1, 1))
    assert (other.name, other.period, other.birth_date, other.decision) == ("", "", None, "none")
    (alone,) = frames.listed(NIGHT, ["p:2"])
    assert (alone.household_no, alone.decision) == (None, "none")


def test_a_night_that_prepared_nothing_and_no_household_have_nobody(tmp_path: Path) -> None:
    frames = written(tmp_path)
    assert frames.listed(date(2026, 5, 2), ["H1"]) == []
    assert frames.listed(NIGHT, []) == []


def test_the_lines_of_a_candidate_come_together_and_in_their_order(tmp_path: Path) -> None:
    lines = [
        ("link", "a", "P1", 1, False, 1, "name", "exact", 9.0, 31),
        ("link", "a", "P2", 2, False, 0, "prior", "", -10.0, 31),
        ("link", "a", "P1", 1, False, 0, "prior", "", -10.5, 31),
        ("link", "b", "P3", 1, True, 0, "prior", "", -1.0, 0),
    ]
    frame = pd.DataFrame(lines, columns=WATERFALL_COLUMNS)
    FrameStore(str(tmp_path)).write("explanations", NIGHT.isoformat(), frame, LookUp(("subject",), 1))
    best, second = NightFrames(str(tmp_path)).weighed(NIGHT, ["a"])
    assert [reason.term for reason in best.reasons] == ["prior", "name"]
    assert (best.match_weight, best.namesakes, best.rank, best.person_no) == (-1.5, 31, 1, "P1")
    assert (second.person_no, second.rank, second.match_weight) == ("P2", 2, -10.0)


def test_the_rows_that_are_linked_to_a_person_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    rows = [
        ("police_births", "b.xlsx", "Sheet1", 7, "self", "P2", "link", 0.98, "k1"),
        ("hospital_births", "a.csv", None, 3, "mother", "P1", "possible", 0.6, "k2"),
        ("police_births", "b.xlsx", "Sheet1", 2, "mother", "P1", "link", 0.999, "k3"),
        ("police_births", "b.xlsx", "Sheet1", 9, "self", None, "none", None, "k4"),
    ]
    names = [
        "feed",
        "file",
        "sheet",
        "row",
        "role",
        "person_no",
        "decision",
        "match_probability",
        "content_key",
    ]
    frame = pd.DataFrame(rows, columns=names).assign(mention_id="m", model_version="1")
    FrameStore(str(tmp_path)).write("links", NIGHT.isoformat(), frame, LOOKED_UP["links"])
    found = NightFrames(str(tmp_path)).linked(NIGHT, ["P1", "P2", "P9"])
    assert list(found) == ["P1", "P2"] and found["P1"] == [
        Linked("hospital_births", "a.csv", "", 3, "mother", "possible", 0.6, "k2"),
        Linked("police_births", "b.xlsx", "Sheet1", 2, "mother", "link", 0.999, "k3"),
    ]
    assert NightFrames(str(tmp_path)).linked(NIGHT, ["P9"]) == {}
    (tmp_path / "links" / f"night={NIGHT}.arrow").unlink()  # of a night before there were such files
    assert NightFrames(str(tmp_path)).linked(NIGHT, ["P2", "P1"]) == found
