"""Findings laid beside the truth's items, one type at a time; who they are about, how long they took, which of them are the same lead twice."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from .score_values import rates

STRATA = ("newborns", "twins", "dotted names", "floating", "no ID number", "common names")
UNLISTED = ("unregistered_birth", "missing_person")


@dataclass(frozen=True)
class Matched:
    """One type. `items`: the graded ones of the night (key, person_id, discoverable_night); `mine`: the findings that are not resolved
    (discrepancy_id, key, first_night, is_hit, is_repeat, is_neutral)."""

    kind: str
    items: pd.DataFrame
    mine: pd.DataFrame


def line(matched: Matched, nights: Sequence[date] = ()) -> dict[str, object]:
    """How many are found and right, and after how long: in days, and in nights that were run when these are told."""
    items, mine = matched.items, matched.mine
    repeats = int(mine["is_repeat"].sum())
    graded, right = _counts(mine)
    waits = _waits(matched, nights)
    return {
        "type": matched.kind,
        "truth": len(items),
        "found": graded,
        "right": right,
        "wrong": graded - right,
        "missed": len(items) - right,
        "grey": int(mine["is_neutral"].sum()),
        "repeats": repeats,
        "repeat_share": repeats / graded if graded else float("nan"),
        **rates(right, graded, right, len(items)),
        **{
            f"{unit}_{name}": float(function(waits[unit])) if len(waits[unit]) else float("nan")
            for unit in ("days", "nights")
            for name, function in (("median", np.median), ("p90", _ninetieth))
        },
    }


def _counts(mine: pd.DataFrame) -> tuple[int, int]:
    return int((~mine["is_neutral"]).sum()), int((mine["is_hit"] & ~mine["is_repeat"]).sum())


def _ninetieth(waits: np.ndarray) -> float:
    return float(np.percentile(waits, 90))


def _waits(matched: Matched, nights: Sequence[date]) -> dict[str, np.ndarray]:
    """From discoverable to found, of what was found. In nights: how many were run in between; 0 is the first night that could."""
    right = matched.mine[matched.mine["is_hit"] & ~matched.mine["is_repeat"]]
    began = pd.to_datetime(
        right["key"].map(dict(zip(matched.items["key"], matched.items["discoverable_night"])))
    )
    found = pd.to_datetime(right["first_night"])
    ran = np.array(sorted(nights), dtype="datetime64[ns]")
    places = [np.searchsorted(ran, day.to_numpy(dtype="datetime64[ns]")) for day in (began, found)]
    waited = places[1] - places[0] if len(ran) else np.empty(0)
    return {"days": (found - began).dt.days.to_numpy(dtype=float), "nights": waited.astype(float)}


def strata(
    all_matched: Sequence[Matched], who: "pd.Series[str]", members: dict[str, set[str]]
) -> pd.DataFrame:
    """stratum, type (`all` too), truth, found, right, precision, recall, f1.

    Args:
        who: discrepancy → person its finding is about, where the finding itself tells one.
        members: stratum → its people.
    """
    rows: list[dict[str, object]] = []
    for name, people in members.items():
        counted: list[tuple[str, int, int, int]] = []
        for matched in all_matched:
            person = dict(zip(matched.items["key"], matched.items["person_id"]))
            about = matched.mine["key"].map(person).fillna(matched.mine["discrepancy_id"].map(who))
            graded, right = _counts(matched.mine[about.isin(people)])
            counted.append((matched.kind, int(matched.items["person_id"].isin(people).sum()), graded, right))
        total = [sum(numbers) for numbers in zip(*(row[1:] for row in counted))]
        for kind, truth, graded, right in [("all", total[0], total[1], total[2]), *counted]:
            counts = {"stratum": name, "type": kind, "truth": truth, "found": graded, "right": right}
            rows.append(counts | rates(right, graded, right, truth))
    return pd.DataFrame(rows)


def repeats(all_matched: Sequence[Matched], households: "pd.Series[str]") -> tuple[int, int]:
    """(findings that are open, those of them that are another one's lead again).

    The same lead: two findings of a type with one key, a person on no register row who is both a birth and a missing person, or who is
    listed besides the missing household they belong to (`households`: person → household)."""
    keys = [_leads(matched) for matched in all_matched]
    every = [key for of_type in keys for key in of_type]
    homes = {key[1] for key in every if isinstance(key, tuple) and key[0] == "missing_household"}
    alone = [key[1] for key in every if isinstance(key, tuple) and key[0] == UNLISTED]
    listed_twice = households.reindex(list(dict.fromkeys(alone))).isin(homes).sum()
    known = [key for key in every if key is not None]
    return len(every), len(known) - len(set(known)) + int(listed_twice)


def _leads(matched: Matched) -> list[Hashable]:
    """None where nobody can tell what the finding is about: it repeats nothing."""
    kind = UNLISTED if matched.kind in UNLISTED else matched.kind
    return [
        None if key is None or (isinstance(key, float) and np.isnan(key)) else (kind, key)
        for key in matched.mine["key"]
    ]
