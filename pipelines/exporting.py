"""The three exports of INTERFACE.md as CSV: unmasked, in a stable order, whole or not there at all.

Discrepancies and evidence come from the store, links from the frame of the newest applied night, so that the three
belong together.
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
    """Write `what` (`discrepancies`, `evidence`, `links`) to `out`; returns the number of lines below the header."""
    from pipelines.resources import open_workspace

    with open_workspace(settings) as workspace:
        export_from(workspace, what, out)
    _logger.info("exported %s", what)
    with out.open(newline="", encoding="utf-8") as file:
        import csv

        return sum(1 for _ in csv.reader(file)) - 1


def export_from(workspace: Workspace, what: str, out: Path) -> None:
    """The same on an open workspace."""
    from register.exports import export_discrepancies, export_evidence

    if what == "discrepancies":
        export_discrepancies(workspace.database, out)
    elif what == "evidence":
        export_evidence(workspace.database, out)
    else:
        _write_links(_links(workspace), out)


def _links(workspace: Workspace) -> "pd.DataFrame":
    from register.discrepancies import DiscrepancyStore

    with workspace.database.read() as connection:
        newest = DiscrepancyStore(connection).last_applied()
    links = None if newest is None else workspace.store.read("links", newest.isoformat())
    if links is None:
        raise OperatorError("no night has run yet; start with bulou nightly")
    return links


def _write_links(links: "pd.DataFrame", out: Path) -> None:
    table = links[list(LINK_COLUMNS)].sort_values(LINK_ORDER, kind="stable", na_position="first")
    table = table.assign(
        match_weight=table["match_weight"].astype(float).round(4),
        match_probability=table["match_probability"].astype(float).round(6),
    )
    draft = out.with_name(f".{out.name}.part")
    try:
        table.to_csv(draft, index=False, encoding="utf-8", lineterminator="\n")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
