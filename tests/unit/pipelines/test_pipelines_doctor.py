"""`bulou doctor` finds what is missing, misconfigured, stale and unsafe, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.doctor import examine, judge_content, judge_login, judge_store
from pipelines.settings import Settings
from register.audit import Event
from register.database import open_database
from register.health import ContentHealth, Login, StoreHealth
from register.work import unit_of_work

NOW = datetime(2026, 5, 10, 8, tzinfo=UTC)
OWNER = Login("owner", False, False, False, True)
GOOD_STORE = StoreHealth("0005", "0005", 180000, OWNER, ())
GOOD = ContentHealth(
    unprotected=(),
    finished_night=date(2026, 5, 9),
    newest_status="finished",
    running_since=None,
    areas=20,
    users=3,
    stewards=1,
    without_role=0,
    without_password=0,
    judge_themselves=0,
    audit_entries=5,
    audit_problems=(),
    last_backup=NOW - timedelta(days=1),
)
AREAS = """code,name,level,parent,valid_from,valid_to,successor
990101000000,县,county,,1984-01-01,,
990101001000,镇,township,990101000000,1984-01-01,,
990101001001,村,village,990101001000,1984-01-01,,
"""


def test_a_house_in_order_gives_nothing_to_do() -> None:
    findings = [*judge_store(GOOD_STORE), *judge_login(OWNER, is_external=True), *judge_content(GOOD, NOW)]
    assert findings and all(finding.level == "ok" and not finding.do for finding in findings)


@pytest.mark.parametrize(
    ("change", "level", "said"),
    [
        pytest.param({"unprotected": ("note",)}, "bad", "note has no row-level security", id="open table"),
        pytest.param(
            {"audit_problems": ("entry 1 is missing",)}, "bad", "entry 1 is missing", id="audit chain"
        ),
        pytest.param({"last_backup": None}, "warn", "no backup", id="no backup"),
        pytest.param({"last_backup": NOW - timedelta(days=8)}, "warn", "of 2026-05-02", id="old backup"),
        pytest.param({"running_since": NOW - timedelta(hours=7)}, "warn", "runs since", id="hanging night"),
        pytest.param({"newest_status": "failed"}, "bad", "failed", id="failed night"),
        pytest.param({"finished_night": None}, "warn", "no night", id="no night"),
        pytest.param({"finished_night": date(2026, 5, 7)}, "warn", "2026-05-07", id="old night"),
        pytest.param({"areas": 0}, "bad", "no areas", id="no areas"),
        pytest.param({"users": 0}, "warn", "nobody", id="no user"),
        pytest.param({"stewards": 0}, "warn", "no county steward", id="no steward"),
        pytest.param({"without_role": 2}, "warn", "2 users hold no role", id="no role"),
        pytest.param({"without_password": 1}, "warn", "never set a password", id="no password"),
        pytest.param({"judge_themselves": 1}, "warn", "steward and auditor", id="own auditor"),
    ],
)
def test_what_is_out_of_order_is_named_with_what_to_do(
    change: dict[str, object], level: str, said: str
) -> None:
    found = [f for f in judge_content(replace(GOOD, **change), NOW) if f.level != "ok"]  # type: ignore[arg-type]
    assert [(f.level, said in f.what, bool(f.do)) for f in found] == [(level, True, True)]


def test_an_old_schema_missing_roles_and_a_superuser_are_named() -> None:
    old = list(judge_store(replace(GOOD_STORE, revision="0003", lacking_roles=("bulou_app",))))
    assert [f.level for f in old] == ["warn", "bad"]
    root = replace(OWNER, is_superuser=True)
    assert [f.level for f in judge_login(root, is_external=True)] == ["bad"]
    assert list(judge_login(root, is_external=False)) == []


def home(tmp_path: Path, **more: object) -> Settings:
    (tmp_path / "landing").mkdir()
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "areas.csv").write_text(AREAS, encoding="utf-8")
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    return Settings(home=root, landing=tmp_path / "landing", **more)  # type: ignore[arg-type]


def _open_home(settings: Settings) -> None:
    settings.root.chmod(0o755)


def _bad_rules(settings: Settings) -> None:
    (settings.root / "rules.toml").write_text("no_such_rule = 1")


def _no_landing(settings: Settings) -> None:
    settings.landing_folder.rmdir()


def _bad_areas(settings: Settings) -> None:
    (settings.landing_folder.parent / "reference" / "areas.csv").write_text("code\n1\n")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(_open_home, "can be read by others", id="open home"),
        pytest.param(_bad_rules, "rules.toml", id="rules"),
        pytest.param(_no_landing, "does not exist", id="landing"),
        pytest.param(_bad_areas, "area table cannot be read", id="areas"),
    ],
)
def test_what_is_wrong_with_the_folders_is_found(
    tmp_path: Path, harm: Callable[[Settings], None], said: str
) -> None:
    settings = home(tmp_path)
    assert [f for f in examine(settings, NOW) if f.level == "bad"] == []
    harm(settings)
    assert [said in f.what for f in examine(settings, NOW) if f.level == "bad"] == [True]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(
            {"app_database_url": "postgresql://x@localhost/x"}, "without BULOU_DATABASE_URL", id="app alone"
        ),
        pytest.param(
            {"database_url": "postgresql://o:secret@db.example/x"}, "unencrypted", id="no encryption"
        ),
        pytest.param({"database_url": "nonsense"}, "cannot be read", id="no address"),
    ],
)
def test_an_unsafe_address_is_found_and_no_password_told(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    from pipelines.doctor import _address

    findings = list(_address(home(tmp_path, **more)))
    assert [said in finding.what for finding in findings] == [True]
    assert "secret" not in str(findings)


def test_a_living_store_is_looked_at_and_left_as_it_is(tmp_path: Path) -> None:
    settings = home(tmp_path)
    with open_database(settings.root, durable=False) as database:
        with unit_of_work(database) as work:
            work.audit.record(Event("a", "backup", "store", "store", {}))
        told = {finding.what: finding.level for finding in examine(settings, datetime.now(UTC))}
        assert told["the audit chain of 1 entries is whole"] == "ok"
        assert told["nobody may sign in at the desk"] == "warn"
        assert "no backup was ever made" not in told
        with database.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text("UPDATE audit_entry SET actor = 'b'"))
            connection.execute(sa.text("ALTER TABLE person DISABLE ROW LEVEL SECURITY"))
        bad = [finding.what for finding in examine(settings, NOW) if finding.level == "bad"]
        assert len(bad) == 2 and "person has no row-level security" in bad[0] and "not whole" in bad[1]


def test_a_file_of_rules_that_is_read_no_more_is_told(tmp_path: Path) -> None:
    settings = home(tmp_path)
    file = settings.root / "rules.toml"
    file.write_text("birth_days = 45\n", encoding="utf-8")
    with open_database(settings.root, durable=False) as database:
        assert not [one for one in examine(settings, NOW) if "is not read" in one.what]
        night = date(2026, 5, 9)
        with unit_of_work(database) as work:
            work.discrepancies.apply(night, [])
            draft = work.rules.save({"birth_days": 40}, "", 0, "a", NOW)
            number = work.rules.ask_trial(draft.revision, "a", NOW)
            work.rules.end_trial(number, "done", NOW, night)
            work.rules.put_in_force(draft.revision, "b", NOW)
        told = [one.level for one in examine(settings, NOW) if "rules.toml is not read" in one.what]
    assert told == ["warn"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(
            {"oidc_issuer": "http://id.county.example", "oidc_client_id": "desk"},
            "the issuer must be https",
            id="plain issuer",
        ),
        pytest.param(
            {
                "oidc_issuer": "https://id.county.example",
                "oidc_client_id": "desk",
                "desk_url": "http://desk.example",
            },
            "the desk's address must be https",
            id="plain desk",
        ),
        pytest.param({"oidc_issuer": "https://id.county.example"}, "client's id is missing", id="no client"),
        pytest.param({"oidc_client_secret": "s3cret"}, "no issuer", id="no issuer"),
        pytest.param(
            {"oidc_issuer": "http://127.0.0.1:1", "oidc_client_id": "desk"}, "cannot be asked", id="silent"
        ),
    ],
)
def test_an_unsafe_or_silent_provider_of_accounts_is_found_and_its_secret_is_not_told(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    settings = home(tmp_path, **more)
    found = [f for f in examine(settings, NOW) if "single sign-on" in f.what]
    assert [(f.level, said in f.what, bool(f.do)) for f in found] == [("bad", True, True)]
    assert "s3cret" not in f"{found}{settings}"


def test_where_a_provider_says_who_somebody_is_nobody_needs_a_password() -> None:
    found = list(judge_content(replace(GOOD, without_password=3), NOW, has_provider=True))
    assert all(finding.level == "ok" for finding in found)
