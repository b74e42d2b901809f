"""Whom tonight's records mention: one row per person and role, which is what gets linked."""

from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.current import superseded_counts
from assets.deliveries import FEEDS, state_night
from assets.look_up import SAID, WHERE, LookUp
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

# The desk looks single rows up in it.
LOOKED_UP = {"mentions": LookUp(by=("file", "row", "feed"), columns=(*WHERE, *SAID))}


@dg.asset(
    group_name="1_feeds",
    partitions_def=NIGHTS,
    deps=["records"],
    description="One row per person whom tonight's records mention, and what a later file may replace them by.",
)
@sealed()
def mentions(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> dg.MaterializeResult:
    night = context.partition_key
    mentioned, records = _write(workspace, night)
    replaced = _count_superseded(workspace, state_night(workspace, night))
    return dg.MaterializeResult(
        metadata={"mentions": mentioned, "records": records, "superseded_so_far": replaced}
    )


def _write(workspace: Workspace, night: str) -> tuple[int, int]:
    """The night's `mentions` and `keys` (ledger rows with their delivery); returns how many there are of each."""
    import pandas as pd

    from feeds.ledger import ledger_rows
    from feeds.mentions import empty_mentions, mentions_of

    mentioned, keys = [empty_mentions()], [pd.DataFrame()]
    for feed in FEEDS:
        records = workspace.store.read(f"records/{feed}", night)
        if records is not None:
            keys += [
                ledger_rows(rows, feed).assign(delivery=delivery)
                for delivery, rows in records.groupby("delivery", sort=False)
            ]
            mentioned.append(mentions_of(records, feed))
    frames = {"mentions": _joined(mentioned), "keys": _joined(keys)}
    workspace.frames.clear()
    for name, frame in frames.items():
        workspace.store.write(name, night, frame, LOOKED_UP.get(name))
    return len(frames["mentions"]), len(frames["keys"])


def _joined(frames: "list[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]


def _count_superseded(workspace: Workspace, state: date) -> int:
    from register.work import unit_of_work

    counts = superseded_counts(workspace, state)
    with unit_of_work(workspace.database) as work:
        work.deliveries.update_superseded(counts)
    return sum(counts.values())
