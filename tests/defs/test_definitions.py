"""The definitions load fast, hold every stage and check, and run every night without being told."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml

from expectations.rules import RULES
from pipelines.definitions import defs
from pipelines.instance import CONFIG
from pipelines.nightly import JOB_NAME

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "great_expectations",
    "numba",
    "pyspark",
    "recordlinkage",
    "pypinyin",
    "opencc",
    "pandas",
    "sqlalchemy.dialects",
)

GROUPS = {"1_feeds", "2_quality", "3_register", "4_links", "5_discrepancies", "6_reports"}


def test_the_definitions_are_valid() -> None:
    dg.Definitions.validate_loadable(defs)


def test_loading_them_imports_nothing_heavy() -> None:
    program = f"import sys, pipelines.definitions; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_stage_has_its_assets_in_its_group() -> None:
    graph = defs.resolve_asset_graph()
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == GROUPS


def test_every_asset_is_partitioned_by_night() -> None:
    graph = defs.resolve_asset_graph()
    assert all(graph.get(key).partitions_def is not None for key in graph.get_all_asset_keys())


def test_the_job_runs_all_assets_and_checks() -> None:
    job = defs.resolve_job_def(JOB_NAME)
    graph = defs.resolve_asset_graph()
    assert set(job.asset_layer.executable_asset_keys) == set(graph.get_all_asset_keys())
    assert set(
        job.asset_layer.selected_asset_check_keys
        if hasattr(job.asset_layer, "selected_asset_check_keys")
        else graph.asset_check_keys
    ) == set(graph.asset_check_keys)


def test_every_expectation_is_a_check() -> None:
    names = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    assert {rule.name for rule in RULES} <= names


def test_rows_that_do_not_add_up_block_what_follows() -> None:
    graph = defs.resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    assert blocking == {"rows_add_up"}


def test_the_schedule_runs_by_default_at_half_past_one_in_the_county() -> None:
    schedule, retention, sample = (
        defs.resolve_schedule_defs() if hasattr(defs, "resolve_schedule_defs") else list(defs.schedules or [])
    )
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert retention.default_status == dg.DefaultScheduleStatus.STOPPED
    assert sample.default_status == dg.DefaultScheduleStatus.RUNNING
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 1 * * *", "Asia/Shanghai")


@pytest.mark.parametrize(
    ("tick", "night"),
    [
        pytest.param(
            datetime(2026, 5, 2, 1, 30, tzinfo=ZoneInfo("Asia/Shanghai")), "2026-05-01", id="the day before"
        ),
        pytest.param(datetime(2026, 5, 1, 17, 30, tzinfo=ZoneInfo("UTC")), "2026-05-01", id="told in UTC"),
    ],
)
def test_the_schedule_asks_for_the_night_that_has_just_ended(tick: datetime, night: str) -> None:
    schedule = defs.resolve_schedule_def("nightly_at_half_past_one")
    repository = defs.get_repository_def()
    with dg.build_schedule_context(scheduled_execution_time=tick, repository_def=repository) as context:
        request = schedule.evaluate_tick(context).run_requests[0]
    assert request.partition_key == night


def test_the_clone_and_a_home_configure_dagster_alike() -> None:
    clone = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert clone.pop("storage") == {"sqlite": {"base_dir": ".bulou/dagster"}}
    assert clone == CONFIG


def test_the_postgres_configuration_differs_only_in_its_storage() -> None:
    text = (ROOT / "deploy" / "dagster.postgres.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    assert config.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_PG_URL"}}}
    assert config == CONFIG
    assert "postgresql+psycopg2://" in text
