"""Nights go by the version of the rules that is in force for their date; a draft is tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assets.calendar import is_due
from assets.discrepancies import night_inputs
from assets.rules import rule_settings, rules_version
from assets.workspace import Workspace
from discrepancies import RuleSettings
from pipelines.desk_trials import NOT_HANDED_ON, TrialJobs
from pipelines.errors import OperatorError
from pipelines.resources import open_workspace
from pipelines.running import check_rules
from pipelines.settings import Settings
from pipelines.trial_job import run_trial
from register.rules import RuleStore, Trial, Version
from register.testing import cloned_database
from register.work import unit_of_work
from tests.county_nights import Deliveries, Home

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def county(done: Home) -> Iterator[Workspace]:
    """The finished nights with a store of its own."""
    with (
        open_workspace(done.settings, done.landing) as workspace,
        cloned_database(workspace.database) as clone,
    ):
        yield replace(workspace, database=clone)


def drafted(county: Workspace, rules: dict[str, object]) -> int:
    with unit_of_work(county.database) as work:
        work.rules.save(rules, "", 0, "steward", NOW)
        return work.rules.ask_trial(1, "steward", NOW)


def own_settings(done: Home, county: Workspace) -> Settings:
    """Of the finished nights, over the test's own store."""
    url = county.database.engine.url.render_as_string(hide_password=False)
    return done.settings.model_copy(update={"database_url": url, "landing": done.landing})


def trial(county: Workspace, number: int) -> Trial:
    with unit_of_work(county.database) as work:
        found = work.rules.trial(number)
    assert found is not None
    return found


def put_in_force(county: Workspace, rules: dict[str, object]) -> Version:
    number = drafted(county, rules)
    with unit_of_work(county.database) as work:
        work.rules.begin_trial(number)
        work.rules.end_trial(number, "done", NOW, work.rules.newest_night())
        return work.rules.put_in_force(1, "another", NOW)


def test_a_version_holds_from_the_next_night_on_and_calls_for_it(
    county: Workspace, deliveries: Deliveries
) -> None:
    last, following = deliveries.last, deliveries.last + timedelta(days=1)
    before = night_inputs(county, last).settings
    version = put_in_force(county, {"birth_days": 45})
    assert version.from_night == following
    assert night_inputs(county, last).settings == before
    assert rule_settings(county, following).birth_days == 45
    assert (rules_version(county, last), rules_version(county, following)) == ("", version.digest)
    assert not is_due(county, last)
    assert is_due(county, following)


def test_the_file_is_read_no_more_once_a_version_is_in_force(
    county: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    county = replace(county, home=tmp_path_factory.mktemp("home"))
    (county.home / "rules.toml").write_text("birth_days = 60\n", encoding="utf-8")
    assert rule_settings(county).birth_days == 60
    put_in_force(county, {"infant_days": 300})
    found = rule_settings(county)
    assert (found.birth_days, found.infant_days) == (30, 300)


def test_a_version_that_this_release_cannot_set_is_said_before_the_night(county: Workspace) -> None:
    version = put_in_force(county, {"birth_day": 45})
    with pytest.raises(
        OperatorError, match=f"version {version.version_no} of the rules: there is no setting"
    ):
        check_rules(county)


def test_a_night_keeps_the_digest_of_its_rules(done: Home, deliveries: Deliveries, county: Workspace) -> None:
    with unit_of_work(county.database) as work:
        run = work.nights.get(deliveries.last)
    assert run is not None and run.counts["rules"] == ""
    assert RuleSettings(link_probability=county.link_probability) == rule_settings(county, deliveries.last)


def test_a_job_of_its_own_tries_a_draft_and_names_nobody(
    done: Home, deliveries: Deliveries, county: Workspace
) -> None:
    number = drafted(county, {"birth_days": 3650})
    told = own_settings(done, county).model_dump_json(exclude=NOT_HANDED_ON)
    job = [sys.executable, "-m", "pipelines.trial_job", str(number)]
    subprocess.run(job, input=told.encode(), check=True, capture_output=True)
    found = trial(county, number)
    assert (found.state, found.night) == ("done", deliveries.last)
    assert {(row[0], row[2]) for row in found.result["counts"]} == {("unregistered_birth", "resolved")}
    assert sum(row[3] for row in found.result["counts"]) == found.result["total"] > 0
    assert all(len(row) == 4 and row[2].startswith("D") for row in found.result["listed"])
    with county.database.read() as connection:
        store = RuleStore(connection)
        draft = store.draft()
        assert draft is not None and store.is_tried(draft)


def test_a_trial_that_breaks_is_left_failed(done: Home, county: Workspace, gave_way: list[str]) -> None:
    number = drafted(county, {"birth_day": 45})
    settings = own_settings(done, county)
    gave_way.clear()
    with pytest.raises(Exception, match="there is no setting birth_day"):
        run_trial(settings, number)
    found = trial(county, number)
    assert (found.state, found.result) == ("failed", {"problem": "BadSetting"})
    assert not run_trial(settings, number)
    assert gave_way  # to the desk and to nights


def test_the_desk_starts_a_job_and_does_not_wait_for_it(done: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import pipelines.desk_trials

    told: list[tuple[list[str], bytes]] = []
    is_told = threading.Event()

    class Job:
        def __init__(self, command: list[str], **_: object) -> None:
            self.command = command

        def communicate(self, said: bytes) -> None:
            told.append((self.command, said))
            is_told.set()

    monkeypatch.setattr(pipelines.desk_trials.subprocess, "Popen", Job)
    TrialJobs(done.settings).start(7)
    assert is_told.wait(60)
    command, said = told[0]
    assert command[1:] == ["-m", "pipelines.trial_job", "7"]
    assert type(done.settings).model_validate_json(said).root == done.settings.root
