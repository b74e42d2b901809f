"""Whether a night has anything to do: a file nobody has taken, a clock of a rule that falls, rules that the county changed since the
last night, or a night that never ended."""

from datetime import date

from assets.arrivals import arrivals
from assets.rules import rules_version
from assets.workspace import Workspace

FINISHED = "finished"


def is_due(workspace: Workspace, night: date) -> bool:
    """True when running the night could change something."""
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        runs = work.nights.all()
    if any(run.night <= night and run.status != FINISHED for run in runs):
        return True
    clocks = [run for run in runs if run.is_applied]
    falls = clocks[-1].next_clock if clocks else None
    if falls is not None and clocks[-1].night < falls <= night:
        return True
    if (
        clocks
        and clocks[-1].night <= night
        and clocks[-1].counts.get("rules", "") != rules_version(workspace, night)
    ):
        return True
    return arrivals(workspace, night).fresh > 0
