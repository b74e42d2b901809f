"""Dagster's own state for one home: the same settings as the `dagster.yaml` of a clone, over `BULOU_HOME/dagster`.

The file is written once and then left to the operator. The nights run in this process against it, so that the web
interface (`bulou up`) shows every run, whoever started it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.history import held_open

if TYPE_CHECKING:
    from dagster import DagsterInstance

CONFIG: dict[str, Any] = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    },
    "concurrency": {"runs": {"max_concurrent_runs": 1}},
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
}


def prepare(dagster_home: Path) -> Path:
    """Make `dagster_home` and its `dagster.yaml`, unless there is one."""
    import yaml

    dagster_home.mkdir(parents=True, exist_ok=True)
    file = dagster_home / "dagster.yaml"
    if not file.exists():
        storage = {"storage": {"sqlite": {"base_dir": str(dagster_home)}}}
        file.write_text(yaml.safe_dump({**storage, **CONFIG}, sort_keys=False), encoding="utf-8")
    return dagster_home


@contextmanager
def open_instance(dagster_home: Path) -> "Iterator[DagsterInstance]":
    """The persistent instance, for as long as the block."""
    from dagster import DagsterInstance

    with held_open(dagster_home), DagsterInstance.from_config(str(prepare(dagster_home))) as instance:
        yield instance
