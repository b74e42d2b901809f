"""A user's mistake ends with exit code 2 and one line on stderr; help is everywhere."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import cli


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["bulou", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, err


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BULOU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BULOU_DATABASE_URL", raising=False)
    monkeypatch.delenv("BULOU_LANDING", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("nightly", "--date", "2026-13-01"), "2026-13-01 is not a date", id="no such month"),
        pytest.param(("nightly", "--date", "gestern"), "write YYYY-MM-DD", id="no date"),
        pytest.param(("nightly",), "give either --date, or --from and --to", id="nothing said"),
        pytest.param(("nightly", "--from", "2026-05-01"), "belong together", id="half a range"),
        pytest.param(
            ("nightly", "--date", "2026-05-01", "--from", "2026-05-01", "--to", "2026-05-02"),
            "either",
            id="both",
        ),
        pytest.param(
            ("nightly", "--from", "2026-05-02", "--to", "2026-05-01"), "is after --to", id="backwards"
        ),
        pytest.param(
            ("nightly", "--from", "1026-05-02", "--to", "2026-05-01"), "mistyped", id="a thousand years"
        ),
        pytest.param(
            ("nightly", "--date", "2026-05-01", "--landing", "/nowhere"), "does not exist", id="no landing"
        ),
        pytest.param(("nightly", "--date", "2026-05-01"), "does not exist", id="no default landing"),
        pytest.param(("nightly", "--datum", "2026-05-01"), "No such option", id="unknown option"),
        pytest.param(("nachts",), "No such command", id="unknown command"),
        pytest.param(("export", "truth", "--out", "x.csv"), "No such command", id="unknown export"),
        pytest.param(
            ("export", "links", "--out", "/nowhere/x.csv"), "does not exist", id="no folder to export to"
        ),
        pytest.param(("export", "changes", "--out", "x.doc"), "must end with .csv or .xlsx", id="no format"),
        pytest.param(("export", "links"), "Missing option", id="no file to export to"),
        pytest.param(("simulate", "--persons", "many", "--out", "x"), "valid integer", id="no number"),
        pytest.param(("whatif",), "give --rules or --thresholds", id="no rules to try"),
        pytest.param(("whatif", "--rules", "/nowhere.toml"), "cannot be read", id="no such rules"),
        pytest.param(("up", "--port", "0"), "greater than or equal to 1", id="no port"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"bulou: [^\n]+\n", err), err
    assert said in err
    assert "Traceback" not in err


def test_a_bad_setting_is_a_mistake_that_names_the_variable_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("BULOU_STABILITY_SECONDS", "ein Weilchen")
    code, _, err = run(monkeypatch, capsys, "nightly", "--date", "2026-05-01", "--landing", str(tmp_path))
    assert code == 2
    assert err.startswith("bulou: setting BULOU_STABILITY_SECONDS: ")
    assert "Weilchen" not in err


COMMANDS = (
    (),
    ("nightly",),
    ("train",),
    ("simulate",),
    ("demo",),
    ("up",),
    ("export",),
    ("export", "discrepancies"),
    ("export", "evidence"),
    ("export", "links"),
    ("export", "completeness"),
    ("export", "funnel"),
    ("export", "changes"),
    ("audit",),
    ("audit", "verify"),
    ("audit", "head"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command) or "bulou")
def test_every_command_has_help(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, *command, "--help")
    assert (code, err) == (0, "")
    assert "Usage: bulou" in out


def test_help_imports_nothing_heavy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import subprocess

    heavy = "import sys; from pipelines import cli; print(sorted({'dagster', 'pandas', 'numba', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_exported_estimates_come_with_what_they_take_for_granted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from completeness.assumptions import ASSUMPTIONS

    monkeypatch.setattr(cli, "_export", lambda what, out: None)
    code, out, _ = run(monkeypatch, capsys, "export", "completeness", "--out", "x.csv")
    assert code == 0
    assert [name for name in ASSUMPTIONS if f"{name}: " not in out] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("birth_dais = 30", "there is no setting birth_dais"),
        ("birth_days = -3", "birth_days is a whole number"),
        ("[trust.name]\nhospital_births = 2", "trust.name.hospital_births is a probability"),
        ("birth_days 30", "is not TOML"),
    ],
    ids=["unknown key", "bad value", "bad trust", "no TOML"],
)
def test_rules_that_cannot_be_are_one_line_and_exit_code_2(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "rules.toml").write_text(text, encoding="utf-8")
    code, out, err = run(monkeypatch, capsys, "whatif", "--rules", str(home / "rules.toml"))
    assert (code, out) == (2, "")
    assert re.fullmatch(r"bulou: [^\n]+\n", err), err
    assert said in err
    assert not (home / "home").exists()


def test_what_a_command_makes_nobody_else_can_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    out = home / "home" / "county"
    code, _, err = run(
        monkeypatch, capsys, "simulate", "--persons", "2000", "--months", "1", "--out", str(out)
    )
    assert code == 0, err
    made = [home / "home", *(home / "home").rglob("*")]
    assert len(made) > 20
    assert [path for path in made if path.stat().st_mode & 0o066] == []
    _, said, _ = run(monkeypatch, capsys, "doctor")
    assert "landing folder" in said and "can be read by others" not in said
