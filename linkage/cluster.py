"""Pairs → clusters of one entity each: links join groups, the surest first, unless the pairs between the two groups speak against it.

One wrong link between two groups of many records would make all of them one entity (single linkage chains). So a link joins its records' groups only where all
pairs between them, taken together, do not deny it: the mean of their match weights, each held within CERTAIN bits, must reach LEAST. A pair that is no
candidate weighs UNKNOWN: blocking may have missed it, more probably it is far from agreeing. What people decided comes first: records that they put
together are, whatever they weigh, and two that they hold apart never meet in a cluster, whoever stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from linkage.later import pd

CERTAIN = 8.0
UNKNOWN = -1.0
LEAST = -0.5

Pairs = Iterable[tuple[object, object]]


def clusters(
    ids: Sequence[object],
    links: pd.DataFrame,
    apart: Pairs = (),
    together: Pairs = (),
    candidates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """`record_id`, `cluster_id` (the smallest row number of the cluster) for all records.

    Args:
        ids: all records.
        links: left_id, right_id, match_weight.
        apart, together: pairs of records that people decided are not, are one entity; `apart` comes first.
        candidates: all pairs that were weighed, as `links`; the links alone when not given.
    """
    place = pd.Index(ids)
    known = links if candidates is None else pd.concat([candidates, links], ignore_index=True)
    groups = _Groups(len(place))
    groups.weigh(_rows(place, known), known["match_weight"].to_numpy(float))
    for a, b in _told(place, apart):
        groups.hold_apart(a, b)
    for a, b in sorted(_told(place, together)):
        groups.join(a, b, is_told=True)
    rows, weights = _rows(place, links), links["match_weight"].to_numpy(float)
    for turn in np.lexsort((rows.max(axis=1), rows.min(axis=1), -weights)).tolist():
        groups.join(int(rows[turn, 0]), int(rows[turn, 1]))
    return pd.DataFrame({"record_id": list(ids), "cluster_id": groups.smallest()})


def _rows(place: pd.Index, pairs: pd.DataFrame) -> np.ndarray:
    return np.stack([place.get_indexer(pairs[side]) for side in ("left_id", "right_id")], axis=1)


def _told(place: pd.Index, pairs: Pairs) -> list[tuple[int, int]]:
    """Row numbers of the pairs whose records are both here."""
    known = [(a, b) for a, b in pairs if a in place and b in place]
    return [(int(place.get_loc(a)), int(place.get_loc(b))) for a, b in known]


class _Groups:
    """Records in groups, with the sum and the number of the weights between any two groups."""

    def __init__(self, size: int) -> None:
        self._parent, self._size = list(range(size)), [1] * size
        self._near: dict[int, dict[int, tuple[float, int]]] = {}
        self._against: dict[int, set[int]] = {}

    def weigh(self, rows: np.ndarray, weights: np.ndarray) -> None:
        """Note single pairs' weights."""
        held = np.clip(weights, -CERTAIN, CERTAIN)
        for (a, b), weight in zip(rows.tolist(), held.tolist()):
            self._near.setdefault(a, {})[b] = (weight, 1)
            self._near.setdefault(b, {})[a] = (weight, 1)

    def hold_apart(self, a: int, b: int) -> None:
        """Never let two records meet."""
        self._against.setdefault(a, set()).add(b)
        self._against.setdefault(b, set()).add(a)

    def find(self, node: int) -> int:
        """The record that its group is known by."""
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def join(self, one: int, other: int, *, is_told: bool = False) -> None:
        """Make two records' groups one, unless people, or (of a link that nobody told) the pairs between them, are against it."""
        a, b = self.find(one), self.find(other)
        if a == b or any(self.find(record) == b for record in self._against.get(a, ())):
            return
        if not is_told and self._mean(a, b) < LEAST:
            return
        if len(self._near.get(a, ())) < len(self._near.get(b, ())):
            a, b = b, a
        self._absorb(a, b)

    def _mean(self, a: int, b: int) -> float:
        total, number = self._near.get(a, {}).get(b, (0.0, 0))
        every = self._size[a] * self._size[b]
        return (total + UNKNOWN * (every - number)) / every

    def _absorb(self, a: int, b: int) -> None:
        near = self._near.setdefault(a, {})
        near.pop(b, None)
        for other, (weight, number) in self._near.pop(b, {}).items():
            if other != a:
                before, count = near.get(other, (0.0, 0))
                near[other] = self._near[other][a] = (before + weight, count + number)
                del self._near[other][b]
        self._parent[b] = a
        self._size[a] += self._size[b]
        if b in self._against:
            self._against.setdefault(a, set()).update(self._against.pop(b))

    def smallest(self) -> list[int]:
        """Smallest record of each record's group."""
        roots = [self.find(node) for node in range(len(self._parent))]
        first: dict[int, int] = {}
        for node, root in enumerate(roots):
            first.setdefault(root, node)
        return [first[root] for root in roots]


__all__ = ["clusters"]
