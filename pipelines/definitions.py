"""What Dagster loads: the assets, their checks, the night's job and the housekeeping, their schedules, one resource. Loads in under two seconds."""

import dagster as dg

from assets import deliveries, discrepancies, estimates, links, mentions, quality, reports, snapshot
from pipelines import returning
from pipelines.housekeeping import build_jobs, build_schedules
from pipelines.nightly import JOB, SCHEDULE
from pipelines.resources import workspace_resource
from pipelines.settings import Settings

STAGES = (deliveries, mentions, quality, snapshot, links, discrepancies, returning, estimates, reports)


def build_definitions(settings: Settings) -> dg.Definitions:
    housekeeping = build_jobs(settings)
    return dg.Definitions(
        assets=dg.load_assets_from_modules(STAGES),
        asset_checks=dg.load_asset_checks_from_modules(STAGES),
        jobs=[JOB, *housekeeping],
        schedules=[SCHEDULE, *build_schedules(settings, housekeeping)],
        resources={"workspace": workspace_resource(settings)},
        executor=dg.in_process_executor,
    )


defs = build_definitions(Settings())
