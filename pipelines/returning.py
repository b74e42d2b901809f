"""Filled worklists that were dropped into `survey_returns`: the night takes their answers in as the desk does.

After the rules, so that an answer meets the evidence of tonight. Every row is judged alone, the receipt stands with its list on the desk, and the
same file again changes nothing. A file that is no list of the desk stays what it is: rows of a department, kept and shown.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import dagster as dg

from assets.deliveries import state_night
from assets.nights import NIGHTS
from assets.sealed import sealed
from assets.workspace import Workspace

if TYPE_CHECKING:
    from register.work import UnitOfWork

FEED = "survey_returns"


@dataclass(frozen=True)
class Answers:
    """`lists`: files that are lists of the desk, new ones; `others`: files that are none; rows as on their receipts."""

    lists: int = 0
    others: int = 0
    taken: int = 0
    taken_before: int = 0
    rejected: int = 0


@dg.asset(
    group_name="5_discrepancies",
    partitions_def=NIGHTS,
    deps=["discrepancies"],
    description="Answers on filled worklists that came through the landing folder, settled like those handed in at the desk.",
)
@sealed()
def worklist_answers(
    context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
) -> dg.MaterializeResult:
    from register.work import unit_of_work

    state = state_night(workspace, context.partition_key)
    with unit_of_work(workspace.database) as work:
        told = take_answers(work, files_of(workspace, work, state), datetime.now(UTC))
    return dg.MaterializeResult(metadata={name: int(count) for name, count in vars(told).items()})


def files_of(workspace: Workspace, work: "UnitOfWork", state: date) -> list[bytes]:
    """The returns that were taken in by then and have no receipt yet, as they lie in the landing folder; one written over since is a new
    delivery."""
    receipted = work.worklists.returned()
    found = []
    for entry in work.deliveries.taken(state):
        path = workspace.landing / FEED / entry.file
        if entry.feed != FEED or entry.sha256 in receipted or not path.is_file():
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == entry.sha256:
            found.append(content)
    return found


def take_answers(work: "UnitOfWork", files: Iterable[bytes], now: datetime) -> Answers:
    """Settles what the files answer and leaves a receipt for each."""
    from stewardship.worklists import filled, taking

    counts: Counter[str] = Counter()
    for content in files:
        try:
            number, rows = filled.read(content)
        except filled.NotAWorklist:
            counts["others"] += 1
            continue
        made = work.worklists.get(number)
        if made is None:
            counts["others"] += 1
            continue
        receipt = taking.take(work, made, rows, content, taking.By(FEED, "steward", now))
        counts["lists"] += 1
        counts["taken"] += receipt.taken
        counts["taken_before"] += receipt.taken_before
        counts["rejected"] += len(receipt.rejected)
    return Answers(**counts)
