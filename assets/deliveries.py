"""What arrived by tonight and nobody had taken yet, read into records with a receipt per file.

Which file belongs to which night is the ledger's word alone. A night that is run again reads its own files again
and replaces what it wrote; a file that is gone from the landing folder keeps the records it gave. Frames are written
before the ledger: a night that is killed in between has taken nothing, and whoever comes next takes the files.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.areas import county_areas
from assets.arrivals import Arrivals, Arrived, arrivals
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.workspace import Workspace
from expectations.gx import warm_up
from feeds.contracts import CONTRACTS

if TYPE_CHECKING:
    import pandas as pd

    from feeds.areas import AreaTable
    from feeds.deliveries import Receipt, TakenIn

FEEDS = tuple(CONTRACTS)
ROWS_ADD_UP = "rows_add_up"


@dataclass
class Taken:
    """What one night took in, feed by feed."""

    receipts: "list[Receipt]" = field(default_factory=list)
    records: "dict[str, list[pd.DataFrame]]" = field(default_factory=dict)
    quarantined: "list[pd.DataFrame]" = field(default_factory=list)


@dg.asset(
    group_name="1_feeds",
    partitions_def=NIGHTS,
    check_specs=[
        dg.AssetCheckSpec(
            ROWS_ADD_UP,
            asset="records",
            blocking=True,
            description="Every row of every file is kept, set aside or quarantined.",
        )
    ],
    description="The night's deliveries as typed records, with a receipt for every row.",
)
@sealed()
def records(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> dg.MaterializeResult:
    night = date.fromisoformat(context.partition_key)
    arrived = arrivals(workspace, night)
    if arrived.files:
        warm_up()
    taken = _take(workspace, arrived.files, night)
    _write(workspace, taken, arrived, night)
    facts = _facts(taken, arrived)
    workspace.store.write_facts("deliveries", night.isoformat(), facts)
    lost = sum(not _adds_up(receipt) for receipt in taken.receipts)
    check = dg.AssetCheckResult(
        check_name=ROWS_ADD_UP,
        passed=not lost,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"deliveries": len(taken.receipts), "not_adding_up": lost},
    )
    return dg.MaterializeResult(metadata=facts, check_results=[check])


def _adds_up(receipt: "Receipt") -> bool:
    return receipt.rows_total == receipt.rows_kept + receipt.rows_set_aside + receipt.rows_quarantined


def _take(workspace: Workspace, files: tuple[Arrived, ...], night: date) -> Taken:
    from feeds.deliveries import TAKEN
    from feeds.intake import take_in_all
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        known = {feed: set(work.deliveries.known_hashes(feed, except_night=night)) for feed in FEEDS}
    areas = county_areas(workspace)
    read = _read([file for file in files if file.sha256 not in known[file.landed.feed]], areas)
    taken = Taken()
    for file in files:
        feed = file.landed.feed
        if file.sha256 in known[feed]:
            one = _duplicate(file)
        else:  # a copy of a file that was refused is read under its own name
            one = read.pop(file) if file in read else take_in_all([file.landed], areas)[0]
        taken.receipts.append(one.receipt)
        taken.quarantined.append(one.quarantined)
        if one.receipt.status == TAKEN:
            known[feed].add(file.sha256)
            taken.records.setdefault(feed, []).append(one.records)
    return taken


def _read(files: list[Arrived], areas: "AreaTable") -> "dict[Arrived, TakenIn]":
    """Each content of a feed once."""
    from feeds.intake import take_in_all

    once = list({(file.landed.feed, file.sha256): file for file in reversed(files)}.values())[::-1]
    return dict(zip(once, take_in_all([file.landed for file in once], areas)))


def _duplicate(file: Arrived) -> "TakenIn":
    """The same content was taken before: acknowledged, its rows not read again."""
    import pandas as pd

    from feeds.deliveries import DUPLICATE, Receipt, TakenIn

    receipt = Receipt(file.landed.feed, file.landed.file, file.sha256, file.landed.arrival)
    told = replace(receipt, status=DUPLICATE, reason="the same file was taken before")
    return TakenIn(told, pd.DataFrame(), pd.DataFrame())


def _write(workspace: Workspace, taken: Taken, arrived: Arrivals, night: date) -> None:
    """Frames first, then the ledger in one transaction."""
    import pandas as pd

    from register.work import unit_of_work

    day = night.isoformat()
    for feed in FEEDS:
        frames = [*_kept(workspace, feed, day, arrived), *taken.records.get(feed, ())]
        full = [frame for frame in frames if len(frame)]
        if full:
            workspace.store.write(f"records/{feed}", day, pd.concat(full, ignore_index=True))
        else:
            workspace.store.remove(f"records/{feed}", day)
    with unit_of_work(workspace.database) as work:
        work.nights.start(night, datetime.now(UTC))
        work.deliveries.record(taken.receipts, night)
        quarantined = [frame for frame in taken.quarantined if len(frame)]
        if quarantined:
            rejected = pd.concat(quarantined, ignore_index=True)
            work.deliveries.quarantine(rejected, {(r.feed, r.file) for r in taken.receipts}, night)


def _kept(workspace: Workspace, feed: str, day: str, arrived: Arrivals) -> "list[pd.DataFrame]":
    """What this night once read of files that are gone, except of those that were written over and are read anew."""
    before = workspace.store.read(f"records/{feed}", day) if arrived.kept else None
    if before is None:
        return []
    anew = {file.landed.file for file in arrived.files if file.landed.feed == feed}
    return [before[before["delivery"].isin(arrived.kept) & ~before["file"].isin(anew)]]


def _facts(taken: Taken, arrived: Arrivals) -> dict[str, int]:
    """The night's deliveries in counts."""
    statuses = [receipt.status for receipt in taken.receipts]
    return {
        "taken": statuses.count("taken"),
        "duplicates": statuses.count("duplicate"),
        "refused": statuses.count("refused"),
        "incomplete": arrived.incomplete,
        "misplaced": len(arrived.misplaced),
        "unknown_feeds": len(arrived.unknown_feeds),
        "rows": sum(receipt.rows_total for receipt in taken.receipts),
        "kept": sum(receipt.rows_kept for receipt in taken.receipts),
        "set_aside": sum(receipt.rows_set_aside for receipt in taken.receipts),
        "quarantined": sum(receipt.rows_quarantined for receipt in taken.receipts),
    }


def state_night(workspace: Workspace, night: str) -> date:
    """As of which night a night is applied: itself, or the newest applied one when that is later (docs/adr/0001)."""
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        return work.nights.effective(date.fromisoformat(night))
