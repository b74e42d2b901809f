"""People and births that no register row is linked to, each put together once from all their mentions.

Whoever is on no register shows as several unlinked mentions: a hospital birth without a name, an entry at the police station, a line
in next month's hukou extract. The pairs of `entity_pairs` are taken strongest first and joined unless the two could not be
one person: different valid numbers, two lines of one file, two people of one row. Ids are stable: a cluster keeps the oldest id it
is known by; a new id derives from the content of its earliest mention, so that any machine makes the same one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.county.entity_pairs import entity_pairs
from linkage.county.frames import mention_frame

UNLINKED = ("none", "rejected")
LOG_COLUMNS = ["action", "entity_id", "other_id"]


@dataclass(frozen=True)
class EntityResult:
    """`entities`: entity_id, mention_id; `keys`: content_key → entity_id; `log`: action (`merged`, `split`), entity_id, other_id."""

    entities: pd.DataFrame
    keys: dict[str, str]
    log: pd.DataFrame


def unregistered_entities(mentions: pd.DataFrame, links: pd.DataFrame, known: dict[str, str]) -> EntityResult:
    """Group the mentions that are linked to nobody into one entity per person or birth.

    `known` is the content_key → entity_id of the nights before (empty at first).
    """
    linked = mentions.merge(links[["mention_id", "decision", "person_no"]], on="mention_id", how="left")
    unlinked = linked[linked["decision"].isin(UNLINKED)]
    if unlinked.empty:
        return EntityResult(_no_entities(), {}, pd.DataFrame(columns=LOG_COLUMNS))
    people = unlinked_people(mentions, unlinked)
    pairs = entity_pairs(people, companions_of(people, linked))
    clusters = _join(people, pairs, unlinked)
    pairs = entity_pairs(people, _same_child(people, linked, clusters))
    clusters = _join(people, pairs[pairs["rule"].str.startswith("name_companion")], unlinked, clusters)
    ids, log = _name_clusters(people, clusters, known)
    keys = dict(zip(people["content_key"], ids))
    entities = pd.DataFrame(
        {"entity_id": unlinked["content_key"].map(keys), "mention_id": unlinked["mention_id"]}
    )
    entities = entities.sort_values(["entity_id", "mention_id"], ignore_index=True)
    return EntityResult(entities, keys, log)


def _no_entities() -> pd.DataFrame:
    return pd.DataFrame({"entity_id": pd.Series(dtype=object), "mention_id": pd.Series(dtype=object)})


def unlinked_people(mentions: pd.DataFrame, unlinked: pd.DataFrame) -> pd.DataFrame:
    """One row per unlinked content key, as comparable as `frames` makes it, in order of arrival."""
    keys = set(unlinked["content_key"])
    records = set(unlinked["record_id"])
    people = mention_frame(mentions[mentions["record_id"].isin(records)])
    people = people[people["content_key"].isin(keys)]
    valid = people["id_state"].isin(("valid", "other"))
    people = people.assign(
        any_id=people["id_number"],
        id_number=people["id_number"].where(valid, None),
        county=people["township"].str[:6],
    )
    first = unlinked.groupby("content_key")["arrival"].min()
    people = people.assign(first_arrival=people["content_key"].map(first))
    return people.sort_values(["first_arrival", "content_key"], ignore_index=True)


def companions_of(people: pd.DataFrame, linked: pd.DataFrame) -> pd.DataFrame:
    """Who stands beside each unlinked person: in the row, among the police household, as parent or spouse.

    A companion is known by the register person it is linked to and by its number, whichever there is.
    """
    position = pd.Series(np.arange(len(people)), index=people["content_key"])
    wanted = linked[["content_key", "record_id", "household_key"]]
    wanted = wanted[wanted["content_key"].isin(position.index)]
    tokens = _tokens(linked)
    found = []
    for group in ("record_id", "household_key"):
        beside = tokens[[group, "content_key", "companion"]].dropna()
        joined = wanted[["content_key", group]].dropna().merge(beside, on=group, suffixes=("", "_beside"))
        found.append(
            joined.loc[joined["content_key"] != joined["content_key_beside"], ["content_key", "companion"]]
        )
    for column in ("mother_id", "father_id", "spouse_id"):
        named = people[["content_key", column]].dropna()
        found.append(pd.DataFrame({"content_key": named["content_key"], "companion": "I:" + named[column]}))
    pairs = pd.concat(found, ignore_index=True).drop_duplicates()
    return pd.DataFrame(
        {
            "person": pairs["content_key"].map(position).to_numpy(int),
            "companion": pairs["companion"].to_numpy(),
        }
    )


def _tokens(linked: pd.DataFrame) -> pd.DataFrame:
    columns = ["record_id", "household_key", "content_key"]
    by_person = linked.loc[linked["person_no"].notna(), columns].assign(companion="P:" + linked["person_no"])
    usable = linked["id_number"].notna() & linked["id_state"].isin(("valid", "other"))
    by_id = linked.loc[usable, columns].assign(companion="I:" + linked["id_number"])
    return pd.concat([by_person, by_id], ignore_index=True)


def _same_child(people: pd.DataFrame, linked: pd.DataFrame, clusters: np.ndarray) -> pd.DataFrame:
    """Parents and guardians beside one and the same child, which is known by its link or by its own cluster."""
    position = pd.Series(np.arange(len(people)), index=people["content_key"])
    own = linked[linked["role"] == "self"]
    cluster = own["content_key"].map(position)
    token = ("P:" + own["person_no"]).where(cluster.isna(), "E:" + _text(clusters, cluster))
    children = pd.DataFrame({"record_id": own["record_id"], "companion": token}).dropna()
    others = linked.loc[linked["role"] != "self", ["record_id", "content_key"]]
    pairs = others[others["content_key"].isin(position.index)].merge(children, on="record_id")
    pairs = pairs[["content_key", "companion"]].drop_duplicates()
    return pd.DataFrame(
        {
            "person": pairs["content_key"].map(position).to_numpy(int),
            "companion": pairs["companion"].to_numpy(),
        }
    )


def _text(clusters: np.ndarray, position: pd.Series) -> pd.Series:
    return pd.Series(clusters[position.fillna(0).to_numpy(int)].astype(str), index=position.index)


class _Clusters:
    """Union–find that remembers what may not be together."""

    def __init__(self, people: pd.DataFrame, unlinked: pd.DataFrame, start: np.ndarray | None) -> None:
        self.parent = list(range(len(people)))
        self.ids: list[set[str]] = [{i} if isinstance(i, str) else set() for i in people["id_number"]]
        self.ranks: list[set[int]] = [set() if pd.isna(r) else {int(r)} for r in people["plurality_rank"]]
        self.rows: list[dict[tuple[str, str], set[tuple[str, int]]]] = [{} for _ in range(len(people))]
        position = {k: n for n, k in enumerate(people["content_key"])}
        columns = unlinked[["content_key", "feed", "file", "sheet", "row"]]
        for content_key, feed, file, sheet, row in columns.itertuples(index=False, name=None):
            self.rows[position[content_key]].setdefault((feed, file), set()).add((sheet, row))
        if start is not None:
            for person, root in enumerate(start):
                self.merge(person, int(root))

    def root(self, person: int) -> int:
        while self.parent[person] != person:
            self.parent[person] = self.parent[self.parent[person]]
            person = self.parent[person]
        return person

    def merge(self, left: int, right: int) -> None:
        a, b = sorted((self.root(left), self.root(right)))
        if a == b:
            return
        self.parent[b] = a
        self.ids[a] |= self.ids[b]
        self.ranks[a] |= self.ranks[b]
        for file, rows in self.rows[b].items():
            self.rows[a].setdefault(file, set()).update(rows)

    def conflict(self, left: int, right: int, same_identity: bool) -> bool:
        a, b = self.root(left), self.root(right)
        if len(self.ids[a] | self.ids[b]) > max(1, len(self.ids[a]), len(self.ids[b])):
            return True
        if self.ranks[a] and self.ranks[b] and self.ranks[a] != self.ranks[b]:
            return True
        shared = self.rows[a].keys() & self.rows[b].keys()
        if same_identity:  # a person may stand on two lines of a file, never twice on one
            return any(self.rows[a][file] & self.rows[b][file] for file in shared)
        return bool(shared)


def _join(
    people: pd.DataFrame, pairs: pd.DataFrame, unlinked: pd.DataFrame, start: np.ndarray | None = None
) -> np.ndarray:
    """Cluster root (a position) per person; strongest pairs first, twins in their order."""
    clusters = _Clusters(people, unlinked, start)
    order = _birth_order(people, unlinked)
    gap = np.abs(order[pairs["left"].to_numpy(int)] - order[pairs["right"].to_numpy(int)])
    pairs = pairs.assign(gap=gap).sort_values(
        ["strength", "gap", "left", "right"], ascending=[False, True, True, True], kind="stable"
    )
    identity = pairs["rule"].isin(("id_number", "certificate", "name_companion_birth"))
    for left, right, same in zip(pairs["left"].tolist(), pairs["right"].tolist(), identity.tolist()):
        if clusters.root(left) != clusters.root(right) and not clusters.conflict(left, right, same):
            clusters.merge(left, right)
    return np.array([clusters.root(n) for n in range(len(people))], dtype=int)


def _birth_order(people: pd.DataFrame, unlinked: pd.DataFrame) -> np.ndarray:
    """Place of each person among those of its file born on its day: by rank, else by row; pairs twins off in order."""
    rows = unlinked[["content_key", "file", "row"]].drop_duplicates("content_key")
    table = people[["content_key", "birth_date", "sex", "plurality_rank", "mother_name"]].merge(
        rows, on="content_key", how="left"
    )
    table["rank"] = table["plurality_rank"].astype("Float64").fillna(0).to_numpy(float)
    ordered = table.sort_values(["rank", "row"], kind="stable")
    place = ordered.groupby(["file", "birth_date", "mother_name"], dropna=False).cumcount()
    return place.sort_index().to_numpy(float)


def _name_clusters(
    people: pd.DataFrame, clusters: np.ndarray, known: dict[str, str]
) -> tuple[list[str], pd.DataFrame]:
    """Ids per person and what merged or split. `people` stands in order of arrival, so first means oldest."""
    table = pd.DataFrame({"cluster": clusters, "key": people["content_key"]})
    table["known"] = table["key"].map(known)
    names: dict[int, str] = {}
    owner: dict[str, int] = {}
    olds = table.dropna(subset=["known"]).drop_duplicates(["cluster", "known"])
    olds_of = list(zip(olds["cluster"].tolist(), olds["known"].tolist()))
    for cluster, old in olds_of:
        if cluster not in names and old not in owner:
            names[cluster], owner[old] = old, cluster
    for cluster, key in table.drop_duplicates("cluster")[["cluster", "key"]].itertuples(
        index=False, name=None
    ):
        if cluster not in names:
            names[cluster] = _free_id(key, owner)
            owner[names[cluster]] = cluster
    log = [
        ("merged", names[cluster], old) if old not in owner else ("split", old, names[cluster])
        for cluster, old in olds_of
        if names[cluster] != old
    ]
    return [names[c] for c in clusters.tolist()], pd.DataFrame(log, columns=LOG_COLUMNS)


def _free_id(content_key: str, taken: dict[str, int]) -> str:
    salt = ""
    while True:
        name = "E" + hashlib.sha256((content_key + salt).encode()).hexdigest()[:12]
        if name not in taken:
            return name
        salt += "+"
