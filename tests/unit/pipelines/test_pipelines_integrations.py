"""`bulou integration`: a token is printed once, listed without itself, revoked; mistakes in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from open_home import OpenHome

from pipelines import cli
from register.access import Desk, desk_of
from register.work import unit_of_work

USER = "auto.1"


@pytest.fixture
def desk(open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("BULOU_HOME", str(open_home.root))
    monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
    with unit_of_work(open_home.database) as work:
        work.grants.add_user(USER, USER, "operator", datetime.now(UTC))
        work.grants.grant(USER, "operator", "operator", datetime.now(UTC))
    with desk_of(open_home.database.engine.url) as opened:
        yield opened


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, list[str], list[str]]:
    monkeypatch.setattr(sys, "argv", ["bulou", "integration", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out.splitlines(), err.splitlines()


def test_a_token_is_printed_once_used_and_revoked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no tokens" in run(monkeypatch, capsys, "list")[1][0]
    code, out, err = run(monkeypatch, capsys, "add", "sync", "--user", USER, "--role", "operator")
    assert (code, err) == (0, [])
    token, now = out[-1], datetime.now(UTC)
    assert run(monkeypatch, capsys, "list")[1][0].endswith("never used")
    with desk.at_the_gate() as work:
        assert work.integrations.of_token(token, now) is not None
    (line,) = run(monkeypatch, capsys, "list")[1]
    assert f"operator for {USER}  until" in line and "last used" in line and token not in line
    assert run(monkeypatch, capsys, "revoke", "sync")[0] == 0
    with desk.at_the_gate() as work:
        assert work.integrations.of_token(token, now) is None
    assert "revoked" in run(monkeypatch, capsys, "list")[1][0]


def test_a_mistake_is_told_in_one_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(monkeypatch, capsys, "add", "sync", "--user", USER, "--role", "steward")
    assert code != 0 and len(err) == 1
    code, _, err = run(monkeypatch, capsys, "revoke", "sync")
    assert code != 0 and len(err) == 1
