"""`bulou user`: the first user without a default password, roles given and taken back, mistakes in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from open_home import OpenHome

from pipelines import cli
from register.access import Desk, desk_of
from register.accounts import SignedIn

VILLAGE, TOWNSHIP = "990101001001", "990101001000"
TABLE = f"""code,name,level,parent,valid_from,valid_to,successor
990101000000,县,county,,1984-01-01,,
{TOWNSHIP},镇,township,990101000000,1984-01-01,,
{VILLAGE},村,village,{TOWNSHIP},1984-01-01,,
"""


@pytest.fixture
def desk(open_home: OpenHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("BULOU_HOME", str(open_home.root))
    monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
    reference = open_home.root / "reference"
    reference.mkdir(parents=True)
    (reference / "areas.csv").write_text(TABLE, encoding="utf-8")
    with desk_of(open_home.database.engine.url) as opened:
        yield opened


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, list[str], list[str]]:
    monkeypatch.setattr(sys, "argv", ["bulou", "user", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out.splitlines(), err.splitlines()


def test_the_first_user_signs_in_with_a_token_that_works_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, "list")
    assert (code, err) == (0, []) and "nobody" in out[0]
    add = ("add", "wang.li", "--role", "officer", "--area", TOWNSHIP, "--name", "王丽")
    code, out, err = run(monkeypatch, capsys, *add)
    assert (code, err) == (0, [])
    now = datetime.now(UTC)
    with desk.at_the_gate() as work:
        answer = work.accounts.sign_in_with_token(out[-1], "10.0.0.1", now)
        assert isinstance(answer, SignedIn)
        assert (answer.session.user_id, answer.session.role, answer.session.must_change) == (
            "wang.li",
            "officer",
            True,
        )
    assert run(monkeypatch, capsys, "list")[1] == [f"wang.li  王丽  officer of {TOWNSHIP}"]

    assert run(monkeypatch, capsys, "grant", "wang.li", "--role", "auditor")[0] == 0
    assert run(monkeypatch, capsys, "revoke", "wang.li", "--role", "officer", "--area", TOWNSHIP)[0] == 0
    assert run(monkeypatch, capsys, "list")[1] == ["wang.li  王丽  auditor"]
    assert run(monkeypatch, capsys, "disable", "wang.li") == (
        0,
        ["wang.li is disabled, 1 sessions ended"],
        [],
    )
    with desk.at_the_gate() as work:
        assert work.accounts.session_of(answer.token, now) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ("add", "a.b", "--role", "clerk", "--area", TOWNSHIP), "a clerk is for a village", id="level"
        ),
        pytest.param(("add", "a.b", "--role", "clerk"), "for an area", id="no area"),
        pytest.param(("add", "a.b", "--role", "king"), "there is no role king", id="role"),
        pytest.param(("add", "a.b", "--role", "contact", "--feed", "x"), "there is no feed x", id="feed"),
        pytest.param(("add", "night", "--role", "auditor"), "an account name", id="reserved name"),
        pytest.param(("token", "a.b"), "there is no account a.b", id="token for nobody"),
        pytest.param(("revoke", "a.b", "--role", "auditor"), "does not hold this", id="revoke"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out, len(err)) == (2, [], 1)
    assert said in err[0]
    with desk.gate.read() as connection:
        from sqlalchemy import text

        assert connection.scalar(text("SELECT count(*) FROM app_user")) == 0
