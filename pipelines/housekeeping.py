"""What `bulou up` does besides nights, each as a Dagster job with its schedule: a backup a day, the retention rules, the monthly quality sample.

The first two are off until an operator says otherwise: backups need a folder (`BULOU_BACKUPS`), and what retention removes does not come back
(`BULOU_RETENTION_NIGHTLY`). A sample is drawn on the first night of a month, unless `BULOU_QUALITY_PAIRS` is 0. They wait for a night that runs. Dagster keeps counts, and of an error its class and place.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from assets.nights import TIMEZONE
from assets.sealed import sealed
from pipelines.settings import Settings


def build_jobs(settings: Settings) -> list[dg.JobDefinition]:
    """`retention` and `quality_sample` always, `backup` where there is a folder for it."""

    @dg.op(name="apply_retention", out=dg.Out(dg.Nothing))
    @sealed()
    def apply_retention(context: dg.OpExecutionContext) -> None:
        from pipelines.retention import run_retention

        for what, number in run_retention(settings, _now()).items():
            context.log.info(f"{what}: {number} gone")

    @dg.op(name="make_backup", out=dg.Out(dg.Nothing))
    @sealed()
    def make_backup(context: dg.OpExecutionContext) -> None:
        from pipelines.backup import back_up

        report = back_up(settings, new_folder(settings, _now()))
        context.log.info(f"{report.files} files, {report.rows} rows, restored once as a proof")

    @dg.op(name="draw_quality_sample", out=dg.Out(dg.Nothing))
    @sealed()
    def draw_quality_sample(context: dg.OpExecutionContext) -> None:
        from pipelines.errors import OperatorError
        from pipelines.quality_drawing import draw_month

        try:
            drawn = draw_month(settings, _now()) if settings.quality_pairs else None
        except OperatorError as early:  # no night has run yet
            context.log.info(str(early))
            return
        context.log.info("nothing to draw" if drawn is None else f"{len(drawn.pairs)} pairs drawn")

    @dg.job(name="quality_sample", executor_def=dg.in_process_executor)
    def quality_sample() -> None:
        """Draws the month's quality sample from the newest night, once a month (bulou quality draw)."""
        draw_quality_sample()

    @dg.job(name="retention", executor_def=dg.in_process_executor)
    def retention() -> None:
        """Removes what has been kept long enough (bulou retention list)."""
        apply_retention()

    @dg.job(name="backup", executor_def=dg.in_process_executor)
    def backup() -> None:
        """Writes a backup into the folder of backups, and proves that it can be restored."""
        make_backup()

    return [retention, quality_sample, *([] if settings.backups is None else [backup])]


def build_schedules(settings: Settings, jobs: list[dg.JobDefinition]) -> list[dg.ScheduleDefinition]:
    """Retention runs only where the operator has said so; a backup is made before it."""
    running, stopped = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
    when = {"backup": "30 3 * * *", "retention": "30 4 * * *", "quality_sample": "0 5 * * *"}
    is_on = {
        "backup": True,
        "retention": settings.retention_nightly,
        "quality_sample": settings.quality_pairs > 0,
    }
    return [
        dg.ScheduleDefinition(
            name=f"{job.name}_every_night",
            job=job,
            cron_schedule=when[job.name],
            execution_timezone=TIMEZONE,
            default_status=running if is_on[job.name] else stopped,
        )
        for job in jobs
    ]


def new_folder(settings: Settings, now: datetime) -> Path:
    """Where the next backup goes, named by the county's time; the folder of backups is made, for its owner alone."""
    folder = settings.backups_folder
    assert folder is not None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"bulou-{now.astimezone(ZoneInfo(TIMEZONE)):%Y-%m-%d-%H%M%S}"


def _now() -> datetime:
    return datetime.now(ZoneInfo(TIMEZONE))
