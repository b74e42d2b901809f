"""Which records a later file replaces. Pure, and independent of the order in which nights ran.

Within one feed, unit and period: a later snapshot replaces all rows of an earlier one; a later file of events replaces the earlier rows of the same
event (natural key), because a correction need not repeat what was right. "Later" is by arrival, then by file name. Rows of a delivery of
changes of the register are like events, known by the person's number; a snapshot that came later, or the same day, replaces them.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from feeds.contracts import BASELINE, CONTRACTS, EVENT, contract_of
from feeds.coverage import CHANGES

LEDGER_COLUMNS = (
    "record_id",
    "feed",
    "unit",
    "period",
    "arrival",
    "file",
    "row",
    "sheet",
    "natural_key",
    "township",
)
SEPARATOR = "\x1f"
FRAGMENT = 0.5  # of the rows of the unit's period before: fewer, and the list has broken off until the next one says the same
FEWEST_ROWS = 20  # lists smaller than this come and go
Keyed = list[tuple[str, list[str]]]
"""Rows of one file: record id and the keys its event can be known by, the surest first."""


def ledger_rows(records: pd.DataFrame, feed: str) -> pd.DataFrame:
    """The ledger's columns of one feed's records. `natural_key` joins the alternatives an event or change can be known by, NA for
    snapshots."""
    contract = contract_of(feed)
    frame = records.loc[:, [c for c in LEDGER_COLUMNS if c not in ("natural_key", "township")]].copy()
    frame["natural_key"] = _keys(records, contract.natural_keys) if contract.kind == EVENT else None
    if "coverage" in records.columns:
        of_person = _keys(records, (("person_no",),))
        frame["natural_key"] = of_person.where(records["coverage"].eq(CHANGES), None)
    frame["township"] = _township(records)
    return frame


def _township(records: pd.DataFrame) -> str | None:
    """The nine digits that most of a file's area codes of today begin with; NA where the feed has no such column."""
    if "area_code" not in records.columns or records["area_code"].isna().all():
        return None
    return str(records["area_code"].dropna().str[:9].mode().iloc[0])


def _keys(records: pd.DataFrame, alternatives: Iterable[tuple[str, ...]]) -> pd.Series:
    found = [[] for _ in range(len(records))]  # type: list[list[str]]
    for number, fields in enumerate(alternatives):
        texts = records.loc[:, list(fields)].astype("object")
        known = texts.notna().all(axis=1).to_numpy()
        joined = texts.astype(str).agg("|".join, axis=1) if len(texts) else pd.Series([], dtype="object")
        for place, (is_known, text) in enumerate(zip(known, joined)):
            if is_known:
                found[place].append(f"{number}:{text}")
    return pd.Series([SEPARATOR.join(keys) or None for keys in found], index=records.index, dtype="object")


def superseded(ledger: pd.DataFrame) -> set[str]:
    """The `record_id` of all records that a later file of the same feed, unit and period replaces."""
    gone: set[str] = set()
    for (feed, unit, _), group in ledger.groupby(["feed", "unit", "period"], sort=True):
        if feed not in CONTRACTS or not unit:
            continue
        files = group.loc[:, ["arrival", "file"]].drop_duplicates().sort_values(["arrival", "file"])
        if len(files) < 2:
            continue
        if contract_of(str(feed)).kind == EVENT:
            gone |= _replaced_events(group)
        else:
            gone |= _replaced_lists(group)
    return gone


def _is_change(ledger: pd.DataFrame) -> pd.Series:
    """Whether a row is of a delivery of changes of a feed that else hands over lists."""
    baseline = [feed for feed, contract in CONTRACTS.items() if contract.kind == BASELINE]
    return ledger["feed"].isin(baseline) & ledger["natural_key"].notna()


def _replaced_lists(group: pd.DataFrame) -> set[str]:
    """All but the last list goes, and the changes that it had heard of; of the others those told again."""
    is_change = _is_change(group)
    changes, lists = group[is_change], group[~is_change]
    gone = _replaced_events(changes)
    if len(lists):
        last = lists.sort_values(["arrival", "file"]).iloc[-1]
        gone |= set(lists.loc[lists["file"] != last["file"], "record_id"])
        gone |= set(changes.loc[changes["arrival"] <= last["arrival"], "record_id"])
    return gone


def _replaced_events(group: pd.DataFrame) -> set[str]:
    """An earlier row goes when a row of any later file is the same event."""
    ordered = group.sort_values(["arrival", "file", "row", "record_id"], kind="stable")
    files = [
        list(zip(rows["record_id"], map(_alternatives, rows["natural_key"])))
        for _, rows in ordered.groupby(["arrival", "file"], sort=True)
    ]
    gone: set[str] = set()
    for place, earlier in enumerate(files):
        for later in files[place + 1 :]:
            gone |= _same_events(earlier, later)
    return gone


def _alternatives(keys: object) -> list[str]:
    return keys.split(SEPARATOR) if isinstance(keys, str) else []


def _same_events(earlier: Keyed, later: Keyed) -> set[str]:
    """Earlier rows that a later file repeats. Rows pair one to one, by the surest key first.

    So a correction that holds one twin leaves the other alone, and one that mends an ID number still replaces the row with the wrong one.
    """
    gone: set[str] = set()
    taken: set[str] = set()
    for number in sorted({key.partition(":")[0] for _, keys in later for key in keys}, key=int):
        waiting: dict[str, list[str]] = {}
        for record_id, keys in reversed(later):
            for key in keys:
                if key.startswith(f"{number}:") and record_id not in taken:
                    waiting.setdefault(key, []).append(record_id)
        for record_id, keys in earlier:
            match = next((key for key in keys if waiting.get(key)), None)
            if match is not None and record_id not in gone:
                gone.add(record_id)
                taken.add(waiting[match].pop())
    return gone


def latest_periods(ledger: pd.DataFrame) -> pd.Series:
    """Per ledger row: whether it is true now (of a snapshot feed's unit only the latest period is; events and changes always are).

    A list that breaks off ends nothing: while a unit's newest list is a FRAGMENT of the one before, both are true. The next list that is no
    fragment of the newest one settles it. A station that was merged into another stops reporting: its last list ends when the other's list of
    the same township (in today's codes) is newer.
    """
    if ledger.empty:
        return pd.Series([], dtype=bool, index=ledger.index)
    is_event = ledger["feed"].map(lambda feed: feed in CONTRACTS and contract_of(feed).kind == EVENT)
    lists = ledger[~(is_event | _is_change(ledger)).astype(bool)]
    return _hold(lists).reindex(ledger.index, fill_value=True).astype(bool)


def _hold(lists: pd.DataFrame) -> pd.Series:
    if lists.empty:
        return pd.Series([], dtype=bool, index=lists.index)
    order = lists["period"].map(period_order)
    standing = pd.MultiIndex.from_frame(lists[["feed", "unit"]]).map(_standing_since(lists, order))
    covered = order.groupby([lists["feed"], lists["township"]], dropna=True).transform("max")
    newest = order.groupby([lists["feed"], lists["unit"]]).transform("max")
    is_last_of_township = (newest == covered) | lists["township"].isna()
    return (order >= standing) & is_last_of_township


def _standing_since(ledger: pd.DataFrame, order: pd.Series) -> dict[tuple[str, str], str]:
    """By feed and unit, the earliest period whose list still holds: the newest, or the one before when the newest is a fragment."""
    sizes = order.groupby([ledger["feed"], ledger["unit"], order]).size()
    since: dict[tuple[str, str], str] = {}
    for (feed, unit), lists in sizes.groupby(level=[0, 1]):
        periods, rows = lists.index.get_level_values(2), lists.to_numpy()
        is_fragment = len(rows) > 1 and rows[-2] >= FEWEST_ROWS and rows[-1] < FRAGMENT * rows[-2]
        since[feed, unit] = str(periods[-2 if is_fragment else -1])
    return since


def period_order(period: str) -> str:
    """Periods in the order of time: a term sorts by its first month, a quarter by its last."""
    year, _, part = period.partition("-")
    named = {"spring": "02", "autumn": "09", "Q1": "03", "Q2": "06", "Q3": "09", "Q4": "12"}
    return f"{year}-{named.get(part, part)}"
