"""Single rows out of a night's frame: from the file that was written for it, and from the frame of a night that wrote no other."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc

from assets.look_up import LookUp
from assets.store import FrameStore
from pipelines.desk_frames import FrameRows

NIGHT = "2026-05-01"
BY = ("file", "row")
KINDS = pytest.mark.parametrize("kind", ["arrow", "parquet"])


def write(root: Path, frame: pd.DataFrame, kind: str) -> FrameRows:
    """In portions of four rows."""
    FrameStore(str(root)).write("mentions", NIGHT, frame, LookUp(BY, 4))
    if kind == "parquet":
        (root / "mentions" / f"night={NIGHT}.arrow").unlink()
        frame.to_parquet(root / "mentions" / f"night={NIGHT}.parquet", index=False, row_group_size=4)
    return FrameRows(str(root))


def written(root: Path, kind: str, name: str = "王", rows: int = 40) -> FrameRows:
    """Two files of twenty rows each; every fifth person has no phone."""
    frame = pd.DataFrame(
        {
            "file": ["a.csv"] * (rows // 2) + ["b.csv"] * (rows - rows // 2),
            "row": [number % 20 + 2 for number in range(rows)],
            "name": [f"{name}{number}" for number in range(rows)],
            "phone": [None if number % 5 == 0 else f"1{number}" for number in range(rows)],
        }
    )
    return write(root, frame, kind)


@KINDS
@pytest.mark.parametrize("number", [0, 3, 4, 19, 20, 39], ids=str)
def test_a_row_is_found_in_whichever_portion_it_lies(tmp_path: Path, number: int, kind: str) -> None:
    wanted = ("a.csv" if number < 20 else "b.csv", number % 20 + 2)
    found = written(tmp_path, kind).find("mentions", NIGHT, BY, [wanted], ["name"])
    assert {"name": f"王{number}"} in found


def test_only_the_batches_that_may_hold_a_row_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    original = ipc.RecordBatchFileReader.get_batch

    def watched(self: ipc.RecordBatchFileReader, number: int) -> object:
        read.append(number)
        return original(self, number)

    monkeypatch.setattr(ipc.RecordBatchFileReader, "get_batch", watched)
    rows = written(tmp_path, "arrow")
    rows.find("mentions", NIGHT, BY, [("a.csv", 2), ("b.csv", 21)])
    assert read == [0, 9]


def test_only_the_row_groups_that_may_hold_a_row_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[int]] = []
    original = pq.ParquetFile.read_row_groups

    def watched(self: pq.ParquetFile, groups: list[int], *args: object, **more: object) -> object:
        read.append(groups)
        return original(self, groups, *args, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", watched)
    rows = written(tmp_path, "parquet")
    rows.find("mentions", NIGHT, BY, [("a.csv", 2), ("b.csv", 21)])
    assert read == [[0, 9]]


@KINDS
def test_several_rows_are_found_with_all_their_columns(tmp_path: Path, kind: str) -> None:
    found = written(tmp_path, kind).find("mentions", NIGHT, BY, [("a.csv", 7), ("b.csv", 13)])
    assert sorted(found, key=lambda row: row["row"]) == [
        {"file": "a.csv", "row": 7, "name": "王5", "phone": None},
        {"file": "b.csv", "row": 13, "name": "王31", "phone": "131"},
    ]


@KINDS
def test_what_is_nowhere_is_not_found(tmp_path: Path, kind: str) -> None:
    rows = written(tmp_path, kind)
    assert rows.find("mentions", NIGHT, BY, [("c.csv", 2)]) == []
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 99)]) == []
    assert rows.find("mentions", NIGHT, BY, []) == []
    assert rows.find("links", NIGHT, BY, [("a.csv", 2)]) == []


@KINDS
def test_a_frame_that_was_written_anew_is_read_anew(tmp_path: Path, kind: str) -> None:
    rows = written(tmp_path, kind)
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)], ["name"]) == [{"name": "王0"}]
    written(tmp_path, kind, "李", 30)
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)], ["name"]) == [{"name": "李0"}]


@KINDS
def test_a_frame_in_no_order_is_found_in_all_the_same(tmp_path: Path, kind: str) -> None:
    files = [f"{letter}.csv" for letter in "zbyaxcwdve"]
    frame = pd.DataFrame({"file": files, "row": range(10)})
    rows = write(tmp_path, frame, kind)
    assert [rows.find("mentions", NIGHT, BY, [(file, number)]) for number, file in enumerate(files)] == [
        [{"file": file, "row": number}] for number, file in enumerate(files)
    ]


@KINDS
def test_a_portion_in_which_nothing_stands_hides_no_other(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"file": [None] * 5 + ["a.csv"] * 5, "row": range(10)})
    assert write(tmp_path, frame, kind).find("mentions", NIGHT, BY, [("a.csv", 7)]) == [
        {"file": "a.csv", "row": 7}
    ]


def test_a_frame_that_is_forgotten_is_nowhere(tmp_path: Path) -> None:
    rows = written(tmp_path, "arrow")
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)])
    FrameStore(str(tmp_path)).forget("mentions", NIGHT)
    assert rows.find("mentions", NIGHT, BY, [("a.csv", 2)]) == []
    assert list((tmp_path / "mentions").iterdir()) == []


@KINDS
def test_a_frame_of_no_rows_has_none(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"file": pd.Series(dtype=str), "row": pd.Series(dtype="int64")})
    assert write(tmp_path, frame, kind).find("mentions", NIGHT, BY, [("a.csv", 2)]) == []


def test_a_file_of_an_earlier_version_is_passed_over(tmp_path: Path) -> None:
    """It says otherwise, or not at all, where rows lie: the frame itself has them."""
    rows = written(tmp_path, "arrow")
    place = tmp_path / "mentions" / f"night={NIGHT}.arrow"
    with ipc.open_file(place) as file:
        table = file.read_all()
    spans = {b"bulou.spans": b'{"file":[["a.csv","b.csv"]],"row":[[2,21]]}'}
    with ipc.new_file(place, table.schema.with_metadata(spans)) as file:
        file.write_table(table.slice(0, 3).replace_schema_metadata(spans))
    assert rows.find("mentions", NIGHT, BY, [("b.csv", 13)], ["name"]) == [{"name": "王31"}]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 6)), max_size=40),
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 7)), min_size=1, max_size=4, unique=True),
)
@settings(max_examples=60, deadline=None)
def test_all_rows_with_a_value_are_found_however_often_it_stands_there(
    keys: list[tuple[str | None, int]], together: int, wanted: list[tuple[str, int]]
) -> None:
    frame = pd.DataFrame(keys, columns=list(BY)).assign(at=range(len(keys)))
    with TemporaryDirectory() as folder:
        FrameStore(folder).write("mentions", NIGHT, frame, LookUp(BY, together))
        found = FrameRows(folder).find("mentions", NIGHT, BY, wanted)
    asked = set(wanted)
    at = sorted(row["at"] for row in found if (row["file"], row["row"]) in asked)
    assert at == [number for number, key in enumerate(keys) if key in asked]
