"""`bulou worklist`: a village's list as a workbook, and mistakes in one line."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from discrepancies.candidates import Candidate
from pipelines import cli
from register.areas import replace_areas
from register.database import open_database
from register.importing import import_snapshot
from register.work import unit_of_work

VILLAGE = "990101001001"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A village with one person whose phone is to be asked for."""
    home = tmp_path_factory.mktemp("worklist") / "home"
    people = pd.DataFrame(
        {
            "person_no": ["P1"],
            "household_no": ["H1"],
            "name": ["=王小伟"],
            "birth_date": ["1980-01-02"],
            "area_code": [VILLAGE],
            "file": ["a"],
            "row": [2],
        }
    ).assign(arrival="2026-05-01", delivery="x")
    areas = pd.DataFrame(
        [("990101000000", "county", "大河县", None), (VILLAGE, "village", "柳口村", "990101000000")],
        columns=["code", "level", "name", "parent"],
    ).assign(valid_from=None, valid_to=None, successor=None)
    lead = Candidate(
        "missing_item", "P1:phone", VILLAGE, "H1", "P1", field="phone", proposed_value="13800138000"
    )
    with open_database(home, durable=False) as database, unit_of_work(database) as work:
        replace_areas(work.connection, areas)
        import_snapshot(work.connection, people, date(2026, 5, 1))
        work.discrepancies.apply(date(2026, 5, 1), [lead])
    return home


@pytest.fixture
def bulou(home: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> object:
        monkeypatch.setenv("BULOU_HOME", str(home))
        monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
        monkeypatch.setattr(sys, "argv", ["bulou", "worklist", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code

    return run


def test_the_list_of_a_village_is_written_masked_and_logged(
    bulou,  # type: ignore[no-untyped-def]
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "list.xlsx"
    assert not bulou("--area", VILLAGE, "--types", "missing_item", "--out", str(out))
    assert capsys.readouterr().out.startswith("1 rows in ")
    texts = [str(cell.value or "") for line in openpyxl.load_workbook(out).active.rows for cell in line]
    assert any("138●●●●8000" in text and "联系电话" in text for text in texts)
    assert not any("13800138000" in text or "王小伟" in text for text in texts)
    assert any("柳口村" in text for text in texts)
    with open_database(home, durable=False) as database, unit_of_work(database) as work:
        made = work.worklists.newest(None, 1)[0]
        actions = [event.action for event in work.audit.of("worklist", str(made.worklist_id))]
    assert (made.rows, made.made_by) == (1, "operator")
    assert actions == ["worklist.make", "export.worklist"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param({"--area": "990101009999"}, "there is no area 990101009999", id="no such area"),
        pytest.param({"--area": "990101000000"}, "is a county", id="a whole county"),
        pytest.param({"--types": "feed_overdue"}, "nobody can be asked about feed_overdue", id="a type"),
        pytest.param({"--language": "fr"}, "there is no language fr", id="a language"),
        pytest.param({"--out": "list.csv"}, "must end with .xlsx", id="another format"),
        pytest.param({"--out": "no/such/folder/list.xlsx"}, "does not exist", id="no folder"),
    ],
)
def test_a_mistake_is_said_in_one_line_and_nothing_is_written(
    bulou,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: dict[str, str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"--area": VILLAGE, "--out": "list.xlsx"} | arguments
    assert bulou(*(part for pair in given.items() for part in pair)) == 2
    told = capsys.readouterr()
    assert told.err.startswith("bulou: ") and told.err.count("\n") == 1 and says in told.err
    assert list(tmp_path.iterdir()) == []
