"""The exports of INTERFACE.md as CSV: in a stable order, whole or not there at all.

Discrepancies and evidence come from the store, links, completeness and funnel from the frames of the newest applied night, so that
they belong together. The first three are unmasked; the last two hold counts and estimates, those of a handful of people blanked.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from assets.workspace import Workspace
from pipelines.errors import OperatorError
from pipelines.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

LINK_COLUMNS = (
    "feed",
    "file",
    "sheet",
    "row",
    "role",
    "person_no",
    "match_weight",
    "match_probability",
    "decision",
    "model_version",
)
LINK_ORDER = ["feed", "file", "sheet", "row", "role"]

_logger = logging.getLogger(__name__)


def export(settings: Settings, what: str, out: Path) -> int:
    """Write `what` (`discrepancies`, `evidence`, `links`, `completeness`, `funnel`) to `out`; returns the number of lines below the header."""
    from pipelines.resources import open_workspace

    with open_workspace(settings) as workspace:
        export_from(workspace, what, out)
    _logger.info("exported %s", what)
    with out.open(newline="", encoding="utf-8") as file:
        import csv

        return sum(1 for _ in csv.reader(file)) - 1


def export_changes(settings: Settings, out: Path) -> int:
    """Write the register changes that its owner has still to carry out, as `.csv` or `.xlsx`; returns their number."""
    from register.change_file import FORMATS, write_changes
    from register.database import open_database
    from register.work import unit_of_work

    if out.suffix.lower() not in FORMATS:
        raise OperatorError(f"{out.name} must end with {' or '.join(FORMATS)}")
    with open_database(settings.root, settings.database_url) as database, unit_of_work(database) as work:
        changes = work.changes.export("operator")
        write_changes(changes, out)
    _logger.info("exported changes")
    return len(changes)


def export_from(workspace: Workspace, what: str, out: Path) -> None:
    """The same on an open workspace."""
    from register.exports import export_discrepancies, export_evidence

    if what == "discrepancies":
        export_discrepancies(workspace.database, out)
    elif what == "evidence":
        export_evidence(workspace.database, out)
    elif what == "completeness":
        _write(_shared_completeness(_newest(workspace, what)), out)
    elif what == "funnel":
        _write(_shared_funnel(_newest(workspace, what)), out)
    else:
        _write(_links(_newest(workspace, "links")), out)


def _newest(workspace: Workspace, name: str) -> "pd.DataFrame":
    """The frame as the newest applied night wrote it."""
    from register.discrepancies import DiscrepancyStore

    with workspace.database.read() as connection:
        newest = DiscrepancyStore(connection).last_applied()
    frame = None if newest is None else workspace.store.read(name, newest.isoformat())
    if frame is None:
        raise OperatorError("no night has run yet; start with bulou nightly")
    return frame


def _links(links: "pd.DataFrame") -> "pd.DataFrame":
    table = links[list(LINK_COLUMNS)].sort_values(LINK_ORDER, kind="stable", na_position="first")
    return table.assign(
        match_weight=table["match_weight"].astype(float).round(4),
        match_probability=table["match_probability"].astype(float).round(6),
    )


def _shared_completeness(table: "pd.DataFrame") -> "pd.DataFrame":
    from completeness import estimates, suppress_small

    shared = suppress_small(table, estimates.KEYS, "observed", estimates.NUMBERS)
    births, shares = list(estimates.BIRTHS), list(estimates.SHARES)
    return shared.assign(**shared[births].round(1), **shared[shares].round(4))


def _shared_funnel(table: "pd.DataFrame") -> "pd.DataFrame":
    from completeness import suppress_small
    from completeness.funnel import COUNTS, KEYS

    return suppress_small(table, KEYS, "notified", COUNTS)


def _write(table: "pd.DataFrame", out: Path) -> None:
    draft = out.with_name(f".{out.name}.part")
    try:
        table.to_csv(draft, index=False, encoding="utf-8", lineterminator="\n")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
