"""When the night begins, in the county's time: for the schedule that begins it, and for the desk that says so. Light to import."""

from datetime import time

NIGHT_BEGINS = time(1, 30)
