"""Tries a draft of the rules, in a process of its own: `python -m pipelines.trial_job 7`, the settings as JSON on its standard input.

What a night would take minutes for is no matter of a request. The desk starts this, and reads how far it is and what came of it from
the store. It tells counts by type and township, and for some of the discrepancies their number and area: nothing of a person.
"""

import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from pipelines.settings import Settings
from pipelines.trying import Trial, try_settings

LISTED_OF_EACH = 100  # type and effect


def run_trial(settings: Settings, trial_id: int) -> bool:
    """False when there was nothing to do, because another process had begun. Whatever breaks it leaves it failed."""
    from assets.rules import default_rules
    from discrepancies.settings_file import with_changes
    from pipelines.resources import open_workspace, take_what_others_leave
    from register.work import unit_of_work

    with open_workspace(settings) as workspace:
        take_what_others_leave(workspace.database)
        with unit_of_work(workspace.database) as work:
            version = work.rules.begin_trial(trial_id)
        if version is None:
            return False

        def step(number: int) -> None:
            with unit_of_work(workspace.database) as work:
                work.rules.step_trial(trial_id, number)

        try:
            changed = with_changes(default_rules(workspace.link_probability), version.rules)
            trial = try_settings(workspace, changed, step)
            with unit_of_work(workspace.database) as work:
                work.rules.end_trial(trial_id, "done", datetime.now(UTC), trial.night, told(trial))
        except Exception as fault:
            with unit_of_work(workspace.database) as work:
                problem = {"problem": type(fault).__name__}  # its text may quote a person's value
                work.rules.end_trial(trial_id, "failed", datetime.now(UTC), result=problem)
            raise
    return True


def told(trial: Trial) -> dict[str, Any]:
    """Counts by type, township and effect, all of them; and the first of each type and effect."""
    from register.candidates import discrepancy_id

    counts: Counter[tuple[str, str, str]] = Counter()
    listed: list[list[str]] = []
    shown: Counter[tuple[str, str]] = Counter()
    for one in trial.effects:
        area = trial.areas.get((one.type, one.subject), "")
        counts[one.type, f"{area[:9]}000" if area else "", one.what] += 1
        shown[one.type, one.what] += 1
        if shown[one.type, one.what] <= LISTED_OF_EACH:
            listed.append([one.type, one.what, discrepancy_id(one.type, one.subject), area])
    rows = [[*key, number] for key, number in sorted(counts.items())]
    return {"counts": rows, "listed": listed, "total": len(trial.effects)}


def main() -> None:
    run_trial(Settings.model_validate_json(sys.stdin.read()), int(sys.argv[1]))


if __name__ == "__main__":
    main()
