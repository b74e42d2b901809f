"""What departments' rows say, read back from the frames that the nights wrote."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pandas as pd

from assets.store import FrameStore
from feeds.mentions import empty_mentions
from pipelines.desk_sources import SAID, WHERE, MentionRows
from stewardship.sources import Place

NIGHT = date(2026, 5, 1)
PLACE = Place(NIGHT, "police_residents", "2026-05-01/a.csv", "", 5, "self")


def written(root: Path) -> MentionRows:
    """Two persons of one row, and another row."""
    rows = [
        {
            "row": 5,
            "role": "self",
            "name": "王小明",
            "birth_date": pd.Timestamp("1990-10-03"),
            "hukou_group": "6",
        },
        {"row": 5, "role": "mother", "name": "马秀英"},
        {"row": 6, "role": "self", "name": "李强"},
    ]
    frame = pd.concat([empty_mentions(), pd.DataFrame(rows)], ignore_index=True)
    frame = frame.assign(feed=PLACE.feed, file=PLACE.file, sheet=None)
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    frame["row"] = frame["row"].astype("int64")
    FrameStore(str(root)).write("mentions", NIGHT.isoformat(), frame)
    return MentionRows(str(root))


def test_a_place_says_what_its_row_says_of_the_person_in_that_role(tmp_path: Path) -> None:
    mother = dataclasses.replace(PLACE, role="mother")
    said = written(tmp_path).said([PLACE, mother])
    assert said == {
        PLACE: {"name": "王小明", "birth_date": "1990-10-03", "hukou_group": "6"},
        mother: {"name": "马秀英"},
    }


def test_a_place_that_no_frame_has_is_left_out(tmp_path: Path) -> None:
    rows = written(tmp_path)
    other_night = dataclasses.replace(PLACE, night=date(2026, 5, 2))
    assert rows.said([dataclasses.replace(PLACE, row=7), other_night]) == {}


def test_what_was_read_once_is_not_read_again(tmp_path: Path) -> None:
    rows = written(tmp_path)
    first = rows.said([PLACE])
    FrameStore(str(tmp_path)).remove("mentions", NIGHT.isoformat())
    assert rows.said([PLACE]) == first


def test_the_columns_are_those_of_mentions() -> None:
    assert {*SAID, *WHERE} <= set(empty_mentions().columns)
