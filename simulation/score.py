"""Found against truth: how many of the discrepancies were found, how many found are right, how well rows
were linked.

A truth item counts on a night when discoverable_night ≤ night < gone_night. Items that are true but not
gradable (`graded` False, past `grey_from`, or not yet discoverable) are grey: finding one is neither right
nor wrong. A second finding of the same item is wrong. A birth whose date no row tells is discoverable when the
legal period since the last day it can have been is over.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from .score_feeds import score_overdue, score_source_corrections
from .score_strata import STRATA, Matched, line, repeats, strata
from .score_values import rates, score_values

MENTION = ["feed", "file", "sheet", "row", "role"]
SNAPSHOT_FEEDS = ("police_residents", "police_floating", "school_enrolment")
LINKED = ("link", "confirmed")
NO_DATE = ("blank", "missing_day", "impossible", "placeholder")  # kinds of cells that tell no birth date
BIRTH_DAYS = 30
TYPES = (
    "unregistered_birth",
    "missing_person",
    "missing_household",
    "inconsistent_field",
    "missing_item",
    "duplicate_person",
    "deceased_active",
    "moved_out_active",
    "shared_id_number",
    "wrong_household",
    "duplicate_household",
)


@dataclass(frozen=True)
class ScoreTable:
    """Shares 0–1; NaN where there is nothing to divide by.

    `values`: field (`all` first), proposed, right, share: of the right findings that propose a value, how many
    propose the true one. `types`: type, truth, found, right, wrong, missed, grey, repeats, repeat_share, precision, recall, f1, days_median,
    days_p90, nights_median, nights_p90 (NaN when the nights that were run are not told). `links`: by (`all`, feed, role, stratum) × name:
    mentions, linked, right, precision, recall, f1. `strata`: stratum, type, truth, found, right, precision, recall, f1. `open_findings`,
    `repeats`: findings that are open, and those that are another one's lead again.
    """

    night: date
    types: pd.DataFrame
    links: pd.DataFrame
    values: pd.DataFrame
    strata: pd.DataFrame
    open_findings: int
    repeats: int

    def render(self) -> list[tuple[str, ...]]:
        """Rows of text for a table of eighty columns; the first is the header."""
        rows: list[tuple[str, ...]] = [
            ("what", "truth", "found", "right", "precision", "recall", "F1", "days")
        ]
        for row in self.types.itertuples():
            shares = (_share(row.precision), _share(row.recall), _share(row.f1), _days(row.days_median))
            rows.append((str(row.type), str(row.truth), str(row.found), str(row.right), *shares))
        for row in self.values[self.values["field"] == "all"].itertuples():
            values = (str(row.proposed), str(row.right), _share(row.share))
            rows.append(("proposed values", "", *values, "", "", ""))
        for row in self.links.itertuples():
            label = "links" if row.by == "all" else f"links · {row.name}"
            shares = (_share(row.precision), _share(row.recall), _share(row.f1), "")
            rows.append((label, str(row.mentions), str(row.linked), str(row.right), *shares))
        return rows


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _days(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.0f}"


def score(
    truth_dir: Path,
    discrepancies_csv: Path,
    evidence_csv: Path,
    links_csv: Path,
    *,
    night: date,
    nights: Sequence[date] = (),
) -> ScoreTable:
    """Scores the three exports (INTERFACE.md) of one night against the truth of `simulate`; `nights` are those that were run, if known:
    then files overdue are scored over all of them, and waits in nights too."""
    truth = _Truth(Path(truth_dir), pd.Timestamp(night))
    found = pd.read_csv(discrepancies_csv, dtype=str)
    evidence = pd.read_csv(evidence_csv, dtype=str)
    links = pd.read_csv(links_csv, dtype=str)
    subjects = truth.subjects(found, evidence)
    standing = _standing(truth, links)
    at_home = evidence["discrepancy_id"].isin(
        found.loc[found["type"] == "missing_household", "discrepancy_id"]
    )
    homes = truth.homes(evidence[at_home])
    matched = [_match(kind, truth, found, subjects, homes) for kind in TYPES]
    types = [line(one, nights) for one in matched]
    types.append(score_source_corrections(Path(truth_dir), found, _with_keys(evidence), standing))
    types.append(score_overdue(Path(truth_dir), found, nights or [night]))
    values = score_values(truth.items, found)
    who = found.set_index("discrepancy_id")["person_no"].map(truth.person_of).fillna(subjects)
    of_strata = strata(matched, who, _members(truth, standing))
    home_of = truth.members.drop_duplicates("person_id").set_index("person_id")["household_id"]
    count = repeats(matched, home_of)
    links_scores = _score_links(truth, standing)
    return ScoreTable(night, pd.DataFrame(types), links_scores, values, of_strata, *count)


class _Truth:
    def __init__(self, folder: Path, night: pd.Timestamp) -> None:
        self.night = night
        self.people = pd.read_parquet(folder / "people.parquet").set_index("person_id")
        rows = pd.read_parquet(folder / "register_rows.parquet")
        arrived = rows[rows["arrival"] <= night]
        self.person_of = arrived.drop_duplicates("person_no", keep="last").set_index("person_no")["person_id"]
        latest = arrived["snapshot"].max() if len(arrived) else None
        self.listed = set(arrived.loc[arrived["snapshot"] == latest, "person_id"])
        self.items = pd.read_parquet(folder / "discrepancies.parquet")
        self.members = pd.read_parquet(folder / "households.parquet").astype(object)
        mentions = pd.read_parquet(folder / "mentions.parquet")
        mentions = mentions[mentions["arrival"] <= night]
        deliveries = pd.read_parquet(folder / "deliveries.parquet")
        copies = deliveries.loc[deliveries["what"] == "identical copy", ["feed", "file"]].astype(object)
        is_copy = pd.MultiIndex.from_frame(mentions[["feed", "file"]].astype(object)).isin(
            pd.MultiIndex.from_frame(copies)
        )
        mentions = mentions[~is_copy]  # acknowledged and not taken in twice: the first file's rows stand
        for name in ("feed", "file", "sheet", "role", "unit", "period", "person_id"):
            mentions[name] = mentions[name].astype(object)
        self.mentions = mentions.reset_index(drop=True)
        self._wait_for_undated(pd.read_parquet(folder / "cells.parquet"))

    def _wait_for_undated(self, cells: pd.DataFrame) -> None:
        """Nobody can know that the legal period is over before it is for the last day a birth can have been."""
        rows = self.mentions[self.mentions["role"] == "self"]
        if cells.empty:
            return
        row = ["feed", "file", "sheet", "row"]
        lost = cells.loc[(cells["field"] == "birth_date") & cells["kind"].isin(NO_DATE), row]
        is_lost = pd.MultiIndex.from_frame(rows[row]).isin(pd.MultiIndex.from_frame(lost))
        tells = pd.Series(rows["has_id"].to_numpy(dtype=bool) | ~is_lost, index=rows["person_id"].to_numpy())
        undated = ~tells.groupby(level=0).any()
        reported = _last_day(rows).groupby(rows["person_id"]).min()[undated]
        over = self.items["person_id"].map(reported + pd.Timedelta(days=BIRTH_DAYS))
        later = (self.items["type"] == "unregistered_birth") & (over > self.items["discoverable_night"])
        self.items["discoverable_night"] = self.items["discoverable_night"].mask(later, over)

    def homes(self, evidence: pd.DataFrame) -> "pd.Series[str]":
        """Discrepancy → the household whose people are most those of its evidence; people change households."""
        rows = _with_keys(evidence)
        rows = rows[rows["role"] == "self"].merge(self.mentions[[*MENTION, "person_id"]], on=MENTION)
        people = rows[["discrepancy_id", "person_id"]].drop_duplicates()
        shared = people.merge(self.members, on="person_id").groupby(["discrepancy_id", "household_id"]).size()
        table = shared.rename("shared").reset_index()
        size = self.members.groupby("household_id").size()
        shown = people.groupby("discrepancy_id").size()
        all_of_both = table["household_id"].map(size) + table["discrepancy_id"].map(shown) - table["shared"]
        table["likeness"] = table["shared"] / all_of_both
        table = table.sort_values(
            ["discrepancy_id", "likeness", "household_id"], ascending=[True, False, True]
        )
        return table.drop_duplicates("discrepancy_id").set_index("discrepancy_id")["household_id"]

    def subjects(self, found: pd.DataFrame, evidence: pd.DataFrame) -> "pd.Series[str]":
        """Discrepancy → the person its evidence rows are mostly about, those on no register row first."""
        rows = (
            _with_keys(evidence)
            .merge(self.mentions[[*MENTION, "person_id"]], on=MENTION, how="left")
            .dropna(subset=["person_id"])
        )
        rows["unlisted"] = ~rows["person_id"].isin(self.listed)
        counts = rows.groupby(["discrepancy_id", "person_id"]).agg(
            n=("role", "size"), own=("role", lambda r: (r == "self").sum()), unlisted=("unlisted", "first")
        )
        counts = counts.reset_index().sort_values(
            ["discrepancy_id", "unlisted", "own", "n", "person_id"],
            ascending=[True, False, False, False, True],
        )
        return counts.drop_duplicates("discrepancy_id").set_index("discrepancy_id")["person_id"]

    def keys(self, kind: str, items: pd.DataFrame) -> list[Hashable]:
        """What makes a truth item the same as a finding."""
        person = items["person_id"]
        if kind in ("inconsistent_field", "missing_item"):
            return list(zip(items["person_no"], items["field"]))
        if kind in ("duplicate_person", "shared_id_number"):
            return [frozenset(pair) for pair in zip(items["person_no"], items["person_no_2"])]
        if kind == "duplicate_household":
            return [frozenset(pair) for pair in zip(items["household_no"], items["household_no_2"])]
        return list(items["household_id"] if kind == "missing_household" else person)

    def found_keys(
        self, kind: str, found: pd.DataFrame, subjects: "pd.Series[str]", homes: "pd.Series[str]"
    ) -> list[Hashable]:
        by_evidence = found["discrepancy_id"].map(subjects)
        if kind in ("inconsistent_field", "missing_item"):
            return list(zip(found["person_no"], found["field"]))
        if kind == "duplicate_person":
            return [frozenset(pair) for pair in zip(found["person_no"], found["person_no_2"])]
        if kind == "shared_id_number":
            return list(found["person_no"])
        if kind == "duplicate_household":
            return list(found["household_no"])
        if kind == "missing_household":
            return list(found["discrepancy_id"].map(homes))
        if kind in ("unregistered_birth", "missing_person"):
            return list(by_evidence)
        return list(found["person_no"].map(self.person_of))


def _last_day(mentions: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The last day that a row can speak of: its month's end, never after it arrived."""
    month = pd.to_datetime(mentions["period"], format="%Y-%m", errors="coerce") + pd.offsets.MonthEnd(0)
    return month.where(month < mentions["arrival"], mentions["arrival"])


def _with_keys(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame["sheet"] = frame["sheet"].fillna("")
    frame["row"] = pd.to_numeric(frame["row"]).astype("int64")
    return frame


def _match(
    kind: str, truth: _Truth, found: pd.DataFrame, subjects: "pd.Series[str]", homes: "pd.Series[str]"
) -> Matched:
    items = truth.items[truth.items["type"] == kind].copy()
    items["key"] = truth.keys(kind, items)
    night = truth.night
    started = items["discoverable_night"] <= night
    ended = items["gone_night"] <= night
    is_grey = ~items["graded"] | (items["grey_from"] <= night) | (~started & ~ended)
    active = items[started & ~ended & ~is_grey].drop_duplicates("key")
    grey = set(items.loc[is_grey, "key"])
    mine = found[(found["type"] == kind) & (found["status"] != "resolved")].copy()
    mine["key"] = truth.found_keys(kind, mine, subjects, homes)
    if kind in ("duplicate_household", "shared_id_number"):  # any of the item's numbers names it
        one = {number: key for key in items["key"] for number in key if number}
        mine["key"] = mine["key"].map(lambda number: one.get(number, number))
    mine["is_hit"] = mine["key"].isin(set(active["key"]))
    mine["is_repeat"] = mine["is_hit"] & mine.duplicated("key")
    if kind in ("unregistered_birth", "missing_person"):  # of who has died or left no feed may yet have told
        gone = truth.people["gone_on"] <= night
        grey |= set(gone.index[gone])
    mine["is_neutral"] = ~mine["is_hit"] & mine["key"].isin(grey)
    return Matched(kind, active, mine)


def _newest(mentions: pd.DataFrame) -> "pd.Series[bool]":
    """Mentions of the newest file of a unit's period and, of a snapshot feed, of the newest period."""
    unit = ["feed", "unit"]
    files = mentions[[*unit, "period", "arrival", "file"]].drop_duplicates()
    files = files.sort_values([*unit, "period", "arrival", "file"], kind="stable")
    newest = files.drop_duplicates([*unit, "period"], keep="last")
    by_time = newest.sort_values([*unit, "arrival"], kind="stable")
    last = newest.index.isin(by_time.drop_duplicates(unit, keep="last").index)
    stands = newest[~newest["feed"].isin(SNAPSHOT_FEEDS) | last]
    return mentions["file"].isin(stands["file"]) & mentions.set_index(["feed", "file"]).index.isin(
        pd.MultiIndex.from_frame(stands[["feed", "file"]])
    )


def _standing(truth: _Truth, links: pd.DataFrame) -> pd.DataFrame:
    """The truth's mentions that stand (the newest, and what the pipeline itself lists as current), with whom they are linked to and whether
    that is right."""
    links = _with_keys(links)
    links["is_linked"] = links["decision"].isin(LINKED)
    table = truth.mentions.merge(
        links[[*MENTION, "person_no", "is_linked"]].assign(is_known=True), on=MENTION, how="left"
    )
    known = table["is_known"].eq(True)
    table["is_newest"] = _newest(table)
    table = table[table["is_newest"] | known].copy()
    table["is_linked"] = table["is_linked"].eq(True)
    table["target"] = table["person_no"].map(truth.person_of)
    table["on_register"] = table["person_id"].isin(truth.listed)
    table["is_right"] = table["is_linked"] & (table["target"] == table["person_id"])
    return table


def _score_links(truth: _Truth, table: pd.DataFrame) -> pd.DataFrame:
    rows = [_link_row("all", "all", table)]
    for by in ("feed", "role"):
        rows += [_link_row(by, str(name), group) for name, group in table.groupby(by, sort=True)]
    for name, mask in zip(STRATA, _strata(truth, table)):
        rows.append(_link_row("stratum", name, table[mask]))
    return pd.DataFrame(rows)


def _strata(truth: _Truth, table: pd.DataFrame) -> Iterable[np.ndarray]:
    people = truth.people.reindex(table["person_id"])
    born = pd.to_datetime(people["birth_date"]).to_numpy()
    yield (table["arrival"].to_numpy() - born) < np.timedelta64(365, "D")
    for column in ("is_twin", "is_dotted", "is_floating"):
        yield people[column].fillna(False).to_numpy(dtype=bool)
    yield ~table["has_id"].to_numpy(dtype=bool)
    yield people["is_common_name"].fillna(False).to_numpy(dtype=bool)


def _members(truth: _Truth, table: pd.DataFrame) -> dict[str, set[str]]:
    """Stratum → its people: of the first and the fifth, who has such a mention of their own, the fifth of those with no other."""
    own = table[table["role"].eq("self")]
    with_number = set(own.loc[own["has_id"].astype(bool), "person_id"])
    found = {name: set(own.loc[mask, "person_id"]) for name, mask in zip(STRATA, _strata(truth, own))}
    return found | {"no ID number": found["no ID number"] - with_number}


def _link_row(by: str, name: str, table: pd.DataFrame) -> dict[str, object]:
    due = table["on_register"]
    linked, right = int(table["is_linked"].sum()), int(table["is_right"].sum())
    recalled = int((table["is_right"] & due).sum())
    shares = rates(right, linked, recalled, int(due.sum()))
    return {"by": by, "name": name, "mentions": int(due.sum()), "linked": linked, "right": right, **shares}
