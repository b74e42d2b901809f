"""What is known as of a night: all records of the deliveries taken by then, minus those a later file replaced.

Nothing here has a memory. The ledger says which night took which file; the frames of those nights are put together, and
`feeds.ledger` says, from arrival dates alone, which rows stand and which are of the latest period.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from assets.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from register.deliveries import LedgerEntry


def standing(workspace: Workspace, state: date) -> "pd.DataFrame":
    """The ledger's rows of all records that stand as of `state`: `feeds.ledger.LEDGER_COLUMNS`, `delivery`, `night`, `is_latest`;
    the same frame for every stage of a run."""
    return _once(workspace, "standing", state, _standing)


def _once(
    workspace: Workspace, name: str, state: date, make: "Callable[[Workspace, date], pd.DataFrame]"
) -> "pd.DataFrame":
    """What the run has made of this state already, or makes now and remembers; a stage that writes deliveries clears it."""
    if any(of_state != state for _, of_state in workspace.frames):
        workspace.frames.clear()
    if (name, state) not in workspace.frames:
        workspace.frames[name, state] = make(workspace, state)
    return workspace.frames[name, state]


def _standing(workspace: Workspace, state: date) -> "pd.DataFrame":
    import pandas as pd

    from feeds.ledger import LEDGER_COLUMNS, latest_periods, superseded

    parts = []
    for night, deliveries in _deliveries_by_night(workspace, state).items():
        keys = workspace.store.read("keys", night)
        if keys is not None and len(keys):
            parts.append(keys[keys["delivery"].isin(deliveries)].assign(night=night))
    if not parts:
        return pd.DataFrame(columns=[*LEDGER_COLUMNS, "delivery", "night", "is_latest"])
    keys = pd.concat(parts, ignore_index=True)
    stands = keys[~keys["record_id"].isin(superseded(keys))].reset_index(drop=True)
    return stands.assign(is_latest=latest_periods(stands))


def _deliveries_by_night(workspace: Workspace, state: date) -> dict[str, set[str]]:
    """SHA-256 of the deliveries that count, by the night that took them; of a file written over, only the last content counts."""
    from register.work import unit_of_work

    with unit_of_work(workspace.database) as work:
        taken = [entry for entry in work.deliveries.taken() if entry.night <= state]
    last: dict[tuple[str, str], LedgerEntry] = {}
    for entry in sorted(taken, key=lambda entry: entry.night):
        last[(entry.feed, entry.file)] = entry
    found: dict[str, set[str]] = {}
    for entry in last.values():
        found.setdefault(entry.night.isoformat(), set()).add(entry.sha256)
    return dict(sorted(found.items()))


def current_mentions(workspace: Workspace, state: date) -> "pd.DataFrame":
    """Every mention that stands as of `state`, with `is_latest`; the same frame for every stage of a run."""
    return _once(workspace, "mentions", state, _current_mentions)


def latest_ids(workspace: Workspace, state: date) -> "pd.Series":
    """`mention_id` of those whom the newest file of each unit names, and of whom a file of events told; not of earlier months' lists."""
    mentions = current_mentions(workspace, state)
    return mentions.loc[mentions["is_latest"], "mention_id"]


def _current_mentions(workspace: Workspace, state: date) -> "pd.DataFrame":
    import pandas as pd

    from feeds.mentions import empty_mentions

    parts = []
    for night, keys in standing(workspace, state).groupby("night", sort=True):
        mentions = workspace.store.read("mentions", str(night))
        if mentions is not None:
            latest = mentions["record_id"].map(keys.set_index("record_id")["is_latest"])
            parts.append(mentions[latest.notna()].assign(is_latest=latest.dropna().astype(bool)))
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else empty_mentions().assign(is_latest=False)


def superseded_counts(workspace: Workspace, state: date) -> dict[tuple[str, str], int]:
    """How many of each delivery's rows a later file has replaced, by (feed, SHA-256)."""
    from register.work import unit_of_work

    stands = standing(workspace, state).groupby(["feed", "delivery"]).size().to_dict()
    with unit_of_work(workspace.database) as work:
        taken = work.deliveries.taken()
    return {
        (entry.feed, entry.sha256): entry.rows_kept
        + entry.rows_superseded
        - stands.get((entry.feed, entry.sha256), 0)
        for entry in taken
        if entry.night <= state
    }
