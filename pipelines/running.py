"""Nights, one after the other, in this process, as runs of the Dagster job.

A night that nothing calls for costs nothing: no delivery arrived that is not yet taken, and no clock of a rule falls
(`assets.calendar.is_due`). The runs are kept in Dagster's own storage under BULOU_HOME, where the web interface shows them.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import NightFailed, OperatorError
from pipelines.receipts import NightReceipt
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult, JobDefinition

    from assets.workspace import Workspace

MOST_NIGHTS = 3_660


def nights_between(first: date, last: date) -> list[date]:
    """Both ends belong to it."""
    if first > last:
        raise OperatorError(f"--from {first} is after --to {last}")
    days = (last - first).days + 1
    if days > MOST_NIGHTS:
        raise OperatorError(f"{days} nights at once are more than ten years; is a year mistyped?")
    return [first + timedelta(days=offset) for offset in range(days)]


def run_nights(
    settings: Settings, nights: Sequence[date], landing: Path, *, is_forced: bool = False
) -> Iterator[NightReceipt | None]:
    """Yields one receipt per night, None where there was nothing to do. `is_forced` runs a night in any case.

    Raises: NightFailed, with the nights before it done.
    """
    from assets.calendar import is_due
    from pipelines.definitions import build_definitions
    from pipelines.instance import open_instance
    from pipelines.nightly import JOB_NAME
    from pipelines.resources import open_workspace, take_what_others_leave

    job = build_definitions(settings).resolve_job_def(JOB_NAME)
    with open_workspace(settings, landing) as workspace, open_instance(settings.dagster_home) as instance:
        take_what_others_leave(workspace.database)
        check_rules(workspace)
        for night in nights:
            if not is_forced and not is_due(workspace, night):
                yield None
                continue
            started = time.perf_counter()
            _run(job, instance, night, landing)
            facts = workspace.store.read_facts("report", night.isoformat()) or {}
            yield NightReceipt.from_facts(night.isoformat(), facts, time.perf_counter() - started)


def check_rules(workspace: "Workspace") -> None:
    """Raises: OperatorError when the county's rules.toml cannot be used; better before a night than in it."""
    from assets.rules import rule_settings
    from discrepancies.settings_file import BadSetting

    try:
        rule_settings(workspace)
    except BadSetting as fault:
        raise OperatorError(str(fault)) from None


def _run(job: "JobDefinition", instance: "DagsterInstance", night: date, landing: Path) -> None:
    import dagster as dg

    config: dict[str, Any] = {
        "resources": {"workspace": {"config": {"landing": str(landing)}}},
        "loggers": {"console": {"config": {"log_level": logging.getLevelName(logging.CRITICAL)}}},
    }
    after = datetime.combine(night + timedelta(days=2), datetime.min.time(), UTC)
    with dg.partition_loading_context(effective_dt=max(after, datetime.now(UTC))):
        result = job.execute_in_process(
            partition_key=night.isoformat(), instance=instance, run_config=config, raise_on_error=False
        )
    if not result.success:
        raise NightFailed(night.isoformat(), *_what_failed(result))


def _what_failed(result: "ExecuteInProcessResult") -> tuple[tuple[str, ...], str]:
    """Step names and what broke: of a sealed stage what it says (assets.sealed), of anything else the class alone."""
    failures = result.filter_events(lambda event: event.is_step_failure)
    steps = tuple(event.step_key or "" for event in failures)
    causes = {_class_of(event.step_failure_data.error) for event in failures if event.step_failure_data.error}
    return steps, ", ".join(sorted(causes)) or "a blocking check did not hold"


def _class_of(error: Any) -> str:
    innermost = error
    while innermost.cause is not None:
        innermost = innermost.cause
    name = str(innermost.cls_name or "unknown error")
    return str(innermost.message).strip().partition(": ")[2] if name == "StageFailed" else name
