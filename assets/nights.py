"""The partitions: one night per date, in the county's time zone.

A night is named by the last day whose deliveries it takes; the schedule runs it at 01:30 of the day after. Dates to come
are no partitions, except where a caller sets the effective date (a simulated county may live next year).
"""

from collections.abc import Sequence

from dagster import AssetSpec, DailyPartitionsDefinition

TIMEZONE = "Asia/Shanghai"
FIRST_NIGHT = "2020-01-01"

NIGHTS = DailyPartitionsDefinition(start_date=FIRST_NIGHT, timezone=TIMEZONE, end_offset=1)


def nightly(name: str, description: str, *, group: str, deps: Sequence[str]) -> AssetSpec:
    """One of several assets that a step makes every night."""
    return AssetSpec(name, deps=deps, group_name=group, partitions_def=NIGHTS, description=description)
