"""Frames and backups go when they have been kept long enough, what nights are worked out from stays, and the chain says it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from open_home import OpenHome

from assets.store import FrameStore
from pipelines.backup import MANIFEST
from pipelines.housekeeping import build_jobs, build_schedules
from pipelines.retention import DERIVED, made_at, run_retention
from pipelines.settings import Settings
from register.audit import AuditChain
from register.database import Database
from register.work import unit_of_work

NIGHTS = [date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)]
NOW = datetime(2026, 8, 2, 4, tzinfo=UTC)
LATER = NOW + timedelta(days=800)
KEPT = ("records/police_births", "mentions", "keys")
FRAME = pd.DataFrame({"person_no": ["RY1"]})


@pytest.fixture
def settings(tmp_path: Path, open_home: OpenHome) -> Settings:
    (tmp_path / "backups").mkdir()
    return Settings(home=open_home.root, backups=tmp_path / "backups")


@pytest.fixture
def database(settings: Settings, open_home: OpenHome) -> Database:
    store = FrameStore(settings.frames_root)
    for night in NIGHTS:
        with unit_of_work(open_home.database) as work:
            work.discrepancies.apply(night, [])
        for name in (*DERIVED, *KEPT):
            store.write(name, night.isoformat(), FRAME)
        store.write_facts("links", night.isoformat(), {"model_version": "1"})
        store.write_facts("report", night.isoformat(), {"rows": 1})
    return open_home.database


def backup_of(settings: Settings, at: datetime) -> Path:
    assert settings.backups is not None
    folder = settings.backups / f"of-{at:%Y-%m-%d}"
    (folder / "frames").mkdir(parents=True)
    (folder / "frames" / "one").write_bytes(b"1")
    manifest = {"format": 1, "made_at": at.isoformat(timespec="seconds"), "files": {"frames/one": ""}}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def frames(settings: Settings) -> dict[str, list[str]]:
    store = FrameStore(settings.frames_root)
    return {name: store.nights(name) for name in (*DERIVED, *KEPT)}


def told(database: Database, what: str) -> list[dict[str, object]]:
    with database.read() as connection:
        chain = AuditChain(connection)
        assert chain.verify().problems == ()
        return [dict(entry.details) for entry in chain.of("retention", what)]


def test_frames_that_any_run_makes_again_go_but_never_those_of_the_two_newest_nights(
    settings: Settings, database: Database
) -> None:
    days = [night.isoformat() for night in NIGHTS]
    assert run_retention(settings, NOW)["night_frames"] == 0
    with unit_of_work(database) as work:
        work.retention.set_days("night_frames", 80, "operator", NOW)
    assert run_retention(settings, NOW)["night_frames"] == len(DERIVED)  # of May alone
    assert frames(settings) == dict.fromkeys(DERIVED, days[1:]) | dict.fromkeys(KEPT, days)
    assert run_retention(settings, LATER)["night_frames"] == len(DERIVED)
    assert frames(settings) == dict.fromkeys(DERIVED, days[2:]) | dict.fromkeys(KEPT, days)
    store = FrameStore(settings.frames_root)
    assert store.read_facts("links", days[0]) is None and store.read_facts("report", days[0]) is not None
    assert told(database, "night_frames")[1:] == [{"files": len(DERIVED), "keep_days": 80}] * 2
    assert run_retention(settings, LATER)["night_frames"] == 0


def test_backups_go_after_their_days_but_the_newest_and_what_is_none_stay(
    settings: Settings, database: Database
) -> None:
    old, older, newest = (backup_of(settings, NOW - timedelta(days=days)) for days in (100, 200, 95))
    assert settings.backups is not None
    stranger = settings.backups / "photographs"
    stranger.mkdir()
    (stranger / MANIFEST).write_text('{"made_at": "2001-01-01"}')
    young = backup_of(settings, NOW - timedelta(days=3))
    assert run_retention(settings, NOW)["backup"] == 3
    assert {place.name for place in settings.backups.iterdir()} == {young.name, stranger.name}
    assert not (old.exists() or older.exists() or newest.exists())
    assert told(database, "backup") == [{"files": 3, "keep_days": 90}]
    assert run_retention(settings, LATER)["backup"] == 0 and young.is_dir()


def test_what_is_only_shown_is_not_done(settings: Settings, database: Database) -> None:
    backups = [backup_of(settings, NOW - timedelta(days=days)) for days in (0, 1)]
    before = frames(settings)
    shown = run_retention(settings, LATER, is_only_shown=True)
    assert (shown["night_frames"], shown["backup"]) == (2 * len(DERIVED), 1)
    assert frames(settings) == before and all(place.is_dir() for place in backups)
    assert told(database, "night_frames") == told(database, "backup") == []
    assert {**run_retention(settings, LATER)} == shown


@pytest.mark.parametrize(("kind", "subject"), [("person", "RY1"), ("everything", "*")])
def test_a_legal_hold_keeps_all_files_because_none_can_be_looked_into(
    settings: Settings, database: Database, kind: str, subject: str
) -> None:
    backups = [backup_of(settings, NOW - timedelta(days=days)) for days in (0, 1)]
    with unit_of_work(database) as work:
        hold = work.retention.hold(kind, subject, "court 12", "operator", NOW)
    done = run_retention(settings, LATER)
    assert (done["night_frames"], done["backup"]) == (0, 0) and all(place.is_dir() for place in backups)
    with unit_of_work(database) as work:
        work.retention.lift(hold, "operator", NOW)
    assert run_retention(settings, LATER)["night_frames"] > 0


def test_both_jobs_run_in_dagster_and_the_backup_they_write_is_one(
    settings: Settings, database: Database
) -> None:
    retention, _, backup = build_jobs(settings)
    with dg.DagsterInstance.ephemeral() as instance:
        assert retention.execute_in_process(instance=instance).success
        assert backup.execute_in_process(instance=instance).success
    assert settings.backups is not None
    (made,) = settings.backups.iterdir()
    assert made.name.startswith("bulou-") and made_at(made) is not None
    assert made.stat().st_mode & 0o077 == 0


def test_nothing_is_removed_or_written_by_itself_until_the_operator_says_so(settings: Settings) -> None:
    def running(of: Settings) -> dict[str, bool]:
        schedules = build_schedules(of, build_jobs(of))
        return {one.job_name: one.default_status == dg.DefaultScheduleStatus.RUNNING for one in schedules}

    assert running(Settings()) == {"retention": False, "quality_sample": True}
    assert running(settings) == {"retention": False, "backup": True, "quality_sample": True}
    assert not running(settings.model_copy(update={"quality_pairs": 0}))["quality_sample"]
    assert running(settings.model_copy(update={"retention_nightly": True})) == {
        "retention": True,
        "backup": True,
        "quality_sample": True,
    }
