"""`bulou whatif`: what other rules would do to tonight's discrepancies. Nothing is written, anywhere.

The rules look at what the newest applied night looked at; what they find under the changed settings is held
against the store as it is, a person's decisions included.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from assets.workspace import Workspace
from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from discrepancies import RuleSettings
    from discrepancies.preview import Effect, Known

SHOWN_IDS = 5


@dataclass(frozen=True)
class Trial:
    """What would become of the discrepancies of `night`; `areas`: type and subject → area code, of those that have one."""

    night: date
    effects: "list[Effect]"
    areas: Mapping[tuple[str, str], str] = field(default_factory=dict)


def read_rules(files: Mapping[str, Path | None]) -> dict[str, Any]:
    """The tables of the files given (by option), one over the other; what they say can be set. Raises:
    OperatorError."""
    from discrepancies import RuleSettings

    rules: dict[str, Any] = {}
    for option, file in files.items():
        if file is None:
            continue
        try:
            with file.expanduser().open("rb") as opened:
                rules |= tomllib.load(opened)
        except OSError as fault:
            raise OperatorError(f"{option} {file} cannot be read: {fault.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise OperatorError(f"{option} {file} is not TOML: {fault}") from None
    changed_settings(RuleSettings(), rules)
    return rules


def changed_settings(settings: "RuleSettings", rules: Mapping[str, Any]) -> "RuleSettings":
    """The settings with the changes of the table. Raises: OperatorError."""
    from discrepancies.settings_file import BadSetting, with_changes

    try:
        return with_changes(settings, rules)
    except BadSetting as fault:
        raise OperatorError(str(fault)) from None


def try_rules(workspace: Workspace, rules: Mapping[str, Any]) -> Trial:
    """Find anew with these changes of what holds now, and compare. Raises: OperatorError."""
    from assets.rules import rule_settings

    return try_settings(workspace, changed_settings(rule_settings(workspace), rules))


def try_settings(
    workspace: Workspace, settings: "RuleSettings", step: Callable[[int], None] = lambda _: None
) -> Trial:
    """Find anew under other settings and compare; `step` is told where it is: reading (1), finding (2), comparing (3).

    Raises: OperatorError when no night has run.
    """
    from assets.discrepancies import night_inputs
    from discrepancies import find
    from discrepancies.preview import effects
    from register.discrepancies import DiscrepancyStore

    with workspace.database.read() as connection:
        night = DiscrepancyStore(connection).last_applied()
    if night is None:
        raise OperatorError("no night has run yet; start with bulou nightly")
    step(1)
    inputs = replace(night_inputs(workspace, night), settings=settings)
    step(2)
    found = find(inputs)
    step(3)
    known, areas = _known(workspace)
    areas |= {(one.type, one.subject): one.area_code for one in found if one.area_code is not None}
    told = effects(found, known)
    return Trial(night, told, {key: areas[key] for e in told if (key := (e.type, e.subject)) in areas})


def _known(workspace: Workspace) -> "tuple[dict[tuple[str, str], Known], dict[tuple[str, str], str]]":
    """What the store has, and where it is."""
    from discrepancies.preview import Known
    from register.discrepancies import DiscrepancyStore

    with workspace.database.read() as connection:
        rows = DiscrepancyStore(connection).standings()
    known = {(row.type, row.subject): Known(row.status, row.evidence_hash) for row in rows}
    return known, {(row.type, row.subject): row.area_code for row in rows if row.area_code is not None}


def show(settings: Settings, landing: Path, rules: Mapping[str, Any], console: Console) -> None:
    """Print the trial: counts by type, and the first ids of each."""
    from pipelines.resources import open_workspace

    with open_workspace(settings, landing) as workspace:
        trial = try_rules(workspace, rules)
    console.print(f"As of the night of {trial.night}. Nothing was written.", highlight=False)
    if not trial.effects:
        console.print("No discrepancy would open, close or change.", highlight=False)
        return
    console.print(_table(trial))


def _table(trial: Trial) -> Table:
    from discrepancies.preview import EFFECTS
    from register.candidates import discrepancy_id

    counts = Counter((one.type, one.what) for one in trial.effects)
    table = Table(title="What would change", title_justify="left", box=None, pad_edge=False)
    table.add_column("type", no_wrap=True)
    for what in EFFECTS:
        table.add_column(what, justify="right")
    table.add_column("for example")
    for kind in sorted({one.type for one in trial.effects}):
        ids = [discrepancy_id(one.type, one.subject) for one in trial.effects if one.type == kind]
        numbers = [f"{counts[kind, what]:,}" for what in EFFECTS]
        table.add_row(kind, *numbers, " ".join(ids[:SHOWN_IDS]))
    return table
