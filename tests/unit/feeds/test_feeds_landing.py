"""What is seen in a landing folder, and when a file counts as complete."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from feeds.landing import scan

NOW = datetime(2026, 5, 3, 2, tzinfo=UTC)


def put(landing: Path, name: str, content: bytes = b"x", age: float = 3600) -> Path:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    changed = (NOW - timedelta(seconds=age)).timestamp()
    os.utime(path, (changed, changed))
    return path


def test_files_are_found_below_arrival_dates_and_noise_is_ignored(tmp_path: Path) -> None:
    for name in ("2026-05-01/a.csv", "2026-05-02/镇/站/b.xlsx", "loose.csv"):
        put(tmp_path, f"police_births/{name}")
    for name in (".hidden", "~$a.xlsx", "2026-05-01/c.tmp", "2026-05-01/d.csv.part", "2026-05-01/.x/e.csv"):
        put(tmp_path, f"police_births/{name}")
    put(tmp_path, "police_births/2026-13-01/f.csv")
    put(tmp_path, "novel_feed/2026-05-01/g.csv")
    found = scan(tmp_path, now=NOW, first_seen={"police_births/loose.csv": date(2026, 4, 30)})
    assert [(f.file, f.arrival.isoformat()) for f in found.files] == [
        ("loose.csv", "2026-04-30"),
        ("2026-05-01/a.csv", "2026-05-01"),
        ("2026-05-02/镇/站/b.xlsx", "2026-05-02"),
    ]
    assert (found.unknown_feeds, found.misplaced) == (("novel_feed",), ("police_births/2026-13-01",))


def test_a_loose_file_that_was_never_seen_arrives_today_in_the_county(tmp_path: Path) -> None:
    put(tmp_path, "police_births/loose.csv")
    late = datetime(2026, 5, 3, 20, tzinfo=UTC)
    assert scan(tmp_path, now=late).files[0].arrival == date(2026, 5, 4)


def test_a_file_that_was_just_written_is_not_complete(tmp_path: Path) -> None:
    put(tmp_path, "police_births/2026-05-01/old.csv", age=11)
    put(tmp_path, "police_births/2026-05-01/young.csv", age=9)
    assert [(f.file[11:], f.is_complete) for f in scan(tmp_path, now=NOW).files] == [
        ("old.csv", True), ("young.csv", False),
    ]  # fmt: skip
    assert all(f.is_complete for f in scan(tmp_path, now=NOW, stable_seconds=5).files)


def test_a_manifest_decides_when_there_is_one(tmp_path: Path) -> None:
    sums = {"good": hashlib.sha256(b"x").hexdigest().upper(), "wrong": "0" * 64}
    for name, age in (("good", 0.0), ("wrong", 3600.0), ("broken", 3600.0)):
        path = put(tmp_path, f"police_births/2026-05-01/{name}.csv", age=age)
        told = json.dumps({"sha256": sums[name], "rows": 1}) if name in sums else "{"
        path.with_name(path.name + ".manifest.json").write_text(told)
    complete = {f.file[11:-4]: f.is_complete for f in scan(tmp_path, now=NOW).files}
    assert complete == {"good": True, "wrong": False, "broken": False}
