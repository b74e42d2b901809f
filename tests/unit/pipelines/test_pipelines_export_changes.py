"""`bulou export changes`: a lost file is no loss, and what was written is in the audit chain."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from open_home import OpenHome

from pipelines import cli
from register.change_plans import Intent
from register.importing import import_snapshot
from register.work import unit_of_work


def test_changes_are_exported_until_the_register_shows_them(
    open_home: OpenHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = open_home.database
    monkeypatch.setenv("BULOU_HOME", str(open_home.root))
    monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
    frame = pd.DataFrame(
        {"person_no": ["P1"], "household_no": ["H1"], "name": ["王伟"], "file": ["a"], "row": [2]}
    )
    frame = frame.assign(arrival="2026-05-01", delivery="x")
    with unit_of_work(database) as work:
        import_snapshot(work.connection, frame, date(2026, 5, 1))
        change = work.changes.propose(Intent("field", "P1", values={"phone": "137"}), "anna")
        for action in ("approve", "apply"):
            change = work.changes.act(action, change.change_id, change.version, "bert")
    for file in ("first.csv", "again.csv", "again.xlsx"):
        monkeypatch.setattr(sys, "argv", ["bulou", "export", "changes", "--out", str(tmp_path / file)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert not stop.value.code
        assert capsys.readouterr().out.startswith("1 changes in ")
    with unit_of_work(database) as work:
        assert work.changes.get(change.change_id).state == "exported"
        exports = work.audit.of("export", "changes")
    assert [event.details["for_the_first_time"] for event in exports] == [1, 0, 0]
    assert (tmp_path / "first.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    with (tmp_path / "first.csv").open(encoding="utf-8", newline="") as lines:
        (line,) = csv.DictReader(lines)
    assert (line["人员编码"], line["联系电话"], line["变更项目"]) == ("P1", "137", "联系电话")
