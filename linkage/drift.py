"""How far the agreement patterns of new tables have moved from those that a model was trained on.

Nearly all candidate pairs are strangers, so that a change of how matches agree would not be seen among them: pairs that are more probably matches than
not, by the model's own weights, are also looked at alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkage.later import pd

if TYPE_CHECKING:
    from linkage.model import Model
    from linkage.patterns import Counts

KEPT = 200
"""Patterns of each sort, likely matches and others, that are counted by name in a model's file; the rest of each is one number."""
LIKELY, UNLIKELY = "likely", "unlikely"
STEADY, MOVED = 0.1, 0.25


@dataclass(frozen=True)
class Drift:
    """Population stability indices: `all_pairs`; `likely`, of likely matches alone; `balance`, of how many pairs are likely matches.

    Below 0.1 nothing moved, above 0.25 train anew. `patterns`: pattern (levels in the order of the comparisons), its share in training and now, and what it
    adds to its own sort's index, the greatest first.
    """

    all_pairs: float
    likely: float
    balance: float
    patterns: pd.DataFrame

    @property
    def verdict(self) -> str:
        """`steady`, `moving` or `train anew`, by the greatest of the indices."""
        return verdict_of(max(self.all_pairs, self.likely, self.balance))


def verdict_of(index: float) -> str:
    """`steady`, `moving` or `train anew`."""
    return "steady" if index < STEADY else "moving" if index <= MOVED else "train anew"


def summary(model: Model, counts: Counts) -> dict[str, float]:
    """Pairs per pattern: the KEPT most frequent likely and unlikely patterns, and one number for the rest of each."""
    pairs, likely = counts.pairs.sum(axis=0), _are_likely(model, counts.levels)
    order = np.lexsort((*counts.levels.T[::-1], -pairs))
    found: dict[str, float] = {}
    for name, own in ((LIKELY, likely), (UNLIKELY, ~likely)):
        places = order[own[order]]
        for place in places[:KEPT]:
            found[" ".join(map(str, counts.levels[place]))] = float(round(pairs[place]))
        found[name] = float(round(pairs[places[KEPT:]].sum()))
    return found


def measured(model: Model, before: Mapping[str, float], counts: Counts) -> Drift:
    """Drift of patterns counted now from a `summary` of training."""
    pairs, likely = counts.pairs.sum(axis=0), _are_likely(model, counts.levels)
    names = [" ".join(map(str, levels)) for levels in counts.levels]
    kept = [name if name in before else LIKELY if own else UNLIKELY for name, own in zip(names, likely)]
    now = pd.Series(pairs).groupby(np.array(kept, dtype=object)).sum()
    both = pd.DataFrame({"before": pd.Series(before, dtype=float), "now": now}).fillna(0.0)
    rows = both.index.isin([LIKELY, UNLIKELY])
    is_likely = np.array([name == LIKELY for name in both.index])
    levels = [[int(level) for level in name.split()] for name in both.index[~rows]]
    is_likely[~rows] = _are_likely(model, np.array(levels, int).reshape(-1, counts.levels.shape[1]))
    sums = both.groupby(is_likely).sum()
    parts = pd.concat(
        [_parts(both[is_likely == own]).assign(is_likely=own) for own in (True, False)]
    ).sort_values("adds", ascending=False, kind="stable")
    likely_index = float(parts.loc[parts["is_likely"], "adds"].sum())
    balance = float(_parts(sums)["adds"].sum())
    return Drift(
        float(_parts(both)["adds"].sum()), likely_index, balance, parts.rename_axis("pattern").reset_index()
    )


def stability_index(before: pd.Series, now: pd.Series) -> float:
    """Population stability index of counts (index: pattern, value: pairs)."""
    both = pd.concat([before, now], axis=1, keys=["before", "now"]).fillna(0.0)
    return float(_parts(both)["adds"].sum())


def _parts(both: pd.DataFrame) -> pd.DataFrame:
    """Each row's shares of `before` and `now`, and what it adds to the index; half a pair is added everywhere, so that nothing is impossible."""
    shares = (both + 0.5) / (both + 0.5).sum()
    p, q = shares["before"], shares["now"]
    return shares.assign(adds=(p - q) * np.log(p / q))


def _are_likely(model: Model, levels: np.ndarray) -> np.ndarray:
    """Which patterns are more probably of one person than not, whatever values they agree on."""
    bits = np.full(len(levels), model.prior)
    for place, (m, u) in enumerate(zip(model.m, model.u)):
        bits += np.append(np.log2(np.array(m) / np.array(u)), 0.0)[levels[:, place]]
    return bits > 0


__all__ = ["Drift", "measured", "stability_index", "summary", "verdict_of"]
