"""Files dealt out to processes are read as they are in this one, whatever becomes of the processes."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest
from feed_files import ARRIVAL, DEATHS, area_table, csv_text, death
from pandas.testing import assert_frame_equal

from feeds.intake import take_in_all
from feeds.landing import LandedFile

FEED = "hospital_deaths"


class Deadly(type(Path())):  # type: ignore[misc]
    """A file that kills whoever reads it, but for the process that everything began with."""

    def read_bytes(self) -> bytes:
        if multiprocessing.parent_process() is not None:
            os._exit(9)
        return Path(self).read_bytes()


def landed(folder: Path, count: int) -> list[LandedFile]:
    files = []
    for number in range(count):
        path = folder / f"医院{number}.csv"
        path.write_text(csv_text([DEATHS, *[death()] * (number + 1)]), encoding="utf-8")
        files.append(LandedFile(FEED, path.name, ARRIVAL, path, is_complete=True))
    return files


def test_two_processes_read_what_one_reads_in_the_same_order(tmp_path: Path) -> None:
    files = landed(tmp_path, 5)
    alone = take_in_all(files, area_table(), processes=1)
    dealt = take_in_all(files, area_table(), processes=2)
    assert [one.receipt for one in dealt] == [one.receipt for one in alone]
    assert [len(one.records) for one in dealt] == [1, 2, 3, 4, 5]
    for ours, theirs in zip(dealt, alone):
        assert_frame_equal(ours.records, theirs.records)
        assert_frame_equal(ours.quarantined, theirs.quarantined)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_a_killed_process_did_not_hand_back_is_read_here(tmp_path: Path) -> None:
    files = landed(tmp_path, 3)
    deadly = [LandedFile(FEED, file.file, ARRIVAL, Deadly(file.path), is_complete=True) for file in files]
    read = take_in_all([files[0], *deadly], area_table(), processes=2)
    assert [len(one.records) for one in read] == [1, 1, 2, 3]


def test_nothing_is_nothing(tmp_path: Path) -> None:
    assert take_in_all([], area_table()) == []
