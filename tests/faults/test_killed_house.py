"""A backup, then the house is killed and lost, then it stands again as it was: store, frames, exports."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from pipelines.backup import MANIFEST, STORE, back_up, restore
from pipelines.errors import OperatorError
from register.database import open_database
from register.work import unit_of_work
from tests.county_nights import Home


def _kill_server(root: Path) -> None:
    """As a power failure would: no process of it is asked."""
    number = int((root / "pg" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(number, signal.SIGKILL)


@pytest.fixture(scope="module")
def backup(done: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup") / "b"
    back_up(done.settings, folder)
    return folder


def test_what_was_backed_up_stands_again_after_the_house_was_killed_and_lost(
    backup: Path, done: Home, tmp_path: Path
) -> None:
    lost = Home(tmp_path / "lost", done.landing)
    restore(lost.settings, backup)
    with open_database(lost.root) as database:
        with unit_of_work(database) as work:
            work.grants.users()
        _kill_server(lost.root)
    shutil.rmtree(lost.root)
    restore(lost.settings, backup)
    assert lost.exports() == done.exports()
    frames = [p.relative_to(done.root) for p in (done.root / "frames").rglob("*") if p.is_file()]
    assert frames and all((lost.root / f).read_bytes() == (done.root / f).read_bytes() for f in frames)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param("change", "was changed since", id="changed"),
        pytest.param("remove", "is missing", id="missing"),
        pytest.param("add", "is not of this backup", id="another file"),
        pytest.param("manifest", "is no backup", id="manifest"),
        pytest.param("format", "another release", id="format"),
    ],
)
def test_a_backup_that_is_not_as_it_was_made_is_not_restored(
    backup: Path, tmp_path: Path, harm: str, said: str
) -> None:
    harmed = tmp_path / "harmed"
    shutil.copytree(backup, harmed)
    frame = next(p for p in sorted((harmed / "frames").rglob("*")) if p.is_file())
    if harm == "change":
        frame.write_bytes(frame.read_bytes() + b"x")
    elif harm == "remove":
        (harmed / STORE).unlink()
    elif harm == "add":
        (harmed / "more").write_text("x")
    else:
        told = json.loads((harmed / MANIFEST).read_text())
        (harmed / MANIFEST).write_text("{}" if harm == "manifest" else json.dumps({**told, "format": 0}))
    home = Home(tmp_path / "home", tmp_path)
    with pytest.raises(OperatorError, match=said):
        restore(home.settings, harmed)
    assert not home.root.exists()


def test_a_backup_never_replaces_another_and_a_failed_one_leaves_nothing(
    done: Home, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OperatorError, match="is there already"):
        back_up(done.settings, backup)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("register.dump.dump", fail)
    with pytest.raises(OSError, match="disk full"):
        back_up(done.settings, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_in_use_is_not_overwritten(backup: Path, done: Home) -> None:
    with pytest.raises(OperatorError, match="already"):
        restore(done.settings, backup)
