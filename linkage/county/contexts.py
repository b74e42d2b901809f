"""What a decision about one mention depends on, as one key: whoever is mentioned with it, directly or through others.

A link uses the mention itself, the people of its row and of its police household, and the twins of its birth. Those hang together in
contexts (connected components); the context key is a hash of everything in one. While the key stays the same, and the register and the
model too, so do all decisions in it, and a night may take them over from the night before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from linkage.county.frames import day_text

BIRTH_FEEDS = ("hospital_births", "police_births")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def birth_groups(mentions: pd.DataFrame) -> pd.Series:
    """For newborn mentions, one text per mother, day, feed, unit and period (twins share it); NA for everybody else."""
    born = (mentions["role"] == "self") & mentions["feed"].isin(BIRTH_FEEDS) & mentions["birth_date"].notna()
    mother = mentions["mother_name"].where(mentions["mother_name"].notna(), mentions["mother_id"])
    day = day_text(mentions["birth_date"], "%Y%m%d")
    group = (
        mentions["feed"]
        + "|"
        + mentions["unit"].map(_text)
        + "|"
        + mentions["period"].map(_text)
        + "|"
        + day
        + "|"
        + mother
    )
    return group.astype(object).where(born & mother.notna(), None)


def home_groups(mentions: pd.DataFrame) -> pd.Series:
    """The police household of one period that a mention stands in, NA where the feed has none."""
    group = mentions["household_key"] + "|" + mentions["period"].map(_text)
    return group.astype(object).where(mentions["household_key"].notna(), None)


def context_keys(mentions: pd.DataFrame) -> pd.Series:
    """Context key (16 hex digits) by content key."""
    codes, keys = pd.factorize(mentions["content_key"])
    groups = pd.concat(
        [mentions["record_id"], home_groups(mentions), birth_groups(mentions)], ignore_index=True
    )
    people = np.tile(codes, 3)
    known = groups.notna().to_numpy()
    group_codes, names = pd.factorize(groups[known])
    shape = (len(keys) + len(names), len(keys) + len(names))
    edges = coo_matrix((np.ones(known.sum(), bool), (people[known], group_codes + len(keys))), shape=shape)
    _, component = connected_components(edges, directed=False)
    content = pd.util.hash_array(np.asarray(keys, dtype=object), categorize=False)
    mixed = _sums(component[: len(keys)], content, component.max() + 1)
    mixed ^= _structure(codes, content, groups, known, component, len(keys))
    return pd.Series(
        [f"{value:016x}" for value in mixed[component[: len(keys)]].tolist()], index=keys, dtype=object
    )


def _sums(component: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, component, values)
    return total


def _structure(
    codes: np.ndarray,
    content: np.ndarray,
    groups: pd.Series,
    known: np.ndarray,
    component: np.ndarray,
    people: int,
) -> np.ndarray:
    """A hash of who stands in which group with whom, so that a move between two households of one context shows.

    A group is known by its members, not by its name: the same household next month is the same group.
    """
    member = np.tile(codes, 3)[known]
    group, _ = pd.factorize(groups[known])
    pairs = pd.DataFrame({"group": group, "member": member}).drop_duplicates()
    by_group = _sums(
        pairs["group"].to_numpy(), content[pairs["member"].to_numpy()], int(group.max(initial=-1)) + 1
    )
    mixed = by_group * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    table = pd.DataFrame(
        {"component": component[people : people + len(by_group)], "group": mixed}
    ).drop_duplicates()
    return _sums(table["component"].to_numpy(), table["group"].to_numpy(), int(component.max(initial=-1)) + 1)
