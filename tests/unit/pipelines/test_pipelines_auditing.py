"""`bulou audit`: one line per problem, exit code 1; a user's mistake is exit code 2."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from open_home import OpenHome

from pipelines import cli
from register.audit import Event
from register.database import Database
from register.work import unit_of_work


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["bulou", "audit", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


@pytest.fixture
def store(open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("BULOU_HOME", str(open_home.root))
    monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
    return open_home.database


def test_heads_are_exported_and_held_against_the_chain(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / "first.json"), str(tmp_path / "second.json")]
    for file in files:
        with unit_of_work(store) as work:
            work.audit.record(*[Event("a", "login", "account", "a", {})] * 2)
        assert run(monkeypatch, capsys, "head", "--out", file)[0] == 0
    assert json.loads(Path(files[1]).read_text())["entry_no"] == 4
    both = ("--head", files[0], "--head", files[1])
    assert run(monkeypatch, capsys, "verify", *both) == (0, "4 entries, nothing was changed\n", "")
    code, _, err = run(monkeypatch, capsys, "head", "--out", files[0])
    assert (code, err.count("\n")) == (2, 1)
    assert "is there already" in err

    with store.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("DELETE FROM audit_entry WHERE entry_no IN (1, 4)"))
    code, out, err = run(monkeypatch, capsys, "verify", *both)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "entry 1 is missing",
        "the chain ends with entry 3, but a head of entry 4 was exported: its end was cut off",
    ]


@pytest.mark.parametrize(
    "content", [pytest.param(None, id="not there"), pytest.param("nonsense", id="no head")]
)
def test_a_head_that_cannot_be_read_is_a_users_mistake(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BULOU_HOME", str(tmp_path / "home"))
    file = tmp_path / "head.json"
    if content is not None:
        file.write_text(content)
    code, out, err = run(monkeypatch, capsys, "verify", "--head", str(file))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "head.json" in err
