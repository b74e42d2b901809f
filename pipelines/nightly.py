"""One job, and when it runs: every night at 01:30 in the county's time zone, for the day that has just ended.

All steps run in one process: a step of its own process would spend more on starting than most steps take.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from assets.nights import TIMEZONE
from pipelines.hours import NIGHT_BEGINS

JOB_NAME = "nightly"

JOB = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="One night: deliveries in, discrepancies out. Running it again changes nothing.",
)


@dg.schedule(
    name="nightly_at_half_past_one",
    job=JOB,
    cron_schedule=f"{NIGHT_BEGINS.minute} {NIGHT_BEGINS.hour} * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Runs the night of the day that has just ended.",
)
def SCHEDULE(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    here = context.scheduled_execution_time.astimezone(ZoneInfo(TIMEZONE))
    night = (here.date() - timedelta(days=1)).isoformat()
    return dg.RunRequest(run_key=night, partition_key=night)
