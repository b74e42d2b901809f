"""The partitions: one night per date, in the county's time zone.

A night is named by the last day whose deliveries it takes; the schedule runs it at 01:30 of the day after. Dates to come
are no partitions, except where a caller sets the effective date (a simulated county may live next year).
"""

from dagster import DailyPartitionsDefinition

TIMEZONE = "Asia/Shanghai"
FIRST_NIGHT = "2020-01-01"

NIGHTS = DailyPartitionsDefinition(start_date=FIRST_NIGHT, timezone=TIMEZONE, end_offset=1)
