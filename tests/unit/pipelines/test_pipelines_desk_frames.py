"""Single rows out of a night's frame, by what its footer says of its row groups."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from assets.store import FrameStore
from pipelines.desk_frames import FrameRows

NIGHT = "2026-05-01"
BY = ("file", "row")


def written(root: Path, name: str = "王", rows: int = 40) -> FrameRows:
    """Two files of twenty rows each, in groups of four rows; every fifth person has no phone."""
    frame = pd.DataFrame(
        {
            "file": ["a.csv"] * (rows // 2) + ["b.csv"] * (rows - rows // 2),
            "row": [number % 20 + 2 for number in range(rows)],
            "name": [f"{name}{number}" for number in range(rows)],
            "phone": [None if number % 5 == 0 else f"1{number}" for number in range(rows)],
        }
    )
    FrameStore(str(root)).write("mentions", NIGHT, frame, 4)
    return FrameRows(str(root))


@pytest.mark.parametrize("number", [0, 3, 4, 19, 20, 39], ids=str)
def test_a_row_is_found_in_whichever_group_it_lies(tmp_path: Path, number: int) -> None:
    wanted = ("a.csv" if number < 20 else "b.csv", number % 20 + 2)
    found = written(tmp_path).find("mentions", NIGHT, BY, [wanted], ["name"])
    assert {"name": f"王{number}"} in found


def test_only_the_groups_that_may_hold_a_row_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[int]] = []
    original = pq.ParquetFile.read_row_groups

    def watched(self: pq.ParquetFile, groups: list[int], *args: object, **more: object) -> object:
        read.append(groups)
        return original(self, groups, *args, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", watched)
    rows = written(tmp_path)
    rows.find("mentions", NIGHT, BY, [("a.csv", 2), ("b.csv", 21)])
    assert read == [[0, 9]]


def test_several_rows_are_found_with_all_their_columns(tmp_path: Path) -> None:
    found = written(tmp_path).find("mentions", NIGHT, ("name",), [("王5",), ("王31",)])
    assert sorted(found, key=lambda row: row["row"]) == [
        {"file": "a.csv", "row": 7, "name": "王5", "phone": None},
        {"file": "b.csv", "row": 13, "name": "王31", "phone": "131"},
    ]


def test_what_is_nowhere_is_not_found(tmp_path: Path) -> None:
    rows = written(tmp_path)
    assert rows.find("mentions", NIGHT, BY, [("c.csv", 2)]) == []
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 99)]) == []
    assert rows.find("mentions", NIGHT, BY, []) == []
    assert rows.find("links", NIGHT, BY, [("a.csv", 2)]) == []


def test_a_frame_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    rows = written(tmp_path)
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)], ["name"]) == [{"name": "王0"}]
    written(tmp_path, "李", 30)
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)], ["name"]) == [{"name": "李0"}]


def test_a_frame_of_no_rows_has_none(tmp_path: Path) -> None:
    frame = pd.DataFrame({"file": pd.Series(dtype=str), "row": pd.Series(dtype="int64")})
    FrameStore(str(tmp_path)).write("mentions", NIGHT, frame, 4)
    assert FrameRows(str(tmp_path)).find("mentions", NIGHT, BY, [("a.csv", 2)]) == []
