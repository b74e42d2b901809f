"""Pairs → clusters of one entity each: connected components, with weak bridges broken.

An edge that alone holds two groups together is a bridge. Where a bridge joins two groups of two or more and is weaker than everything inside them, it is
more likely a mistake than a link, and is cut. Two records that people hold apart never meet in a cluster, whoever stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

BRIDGE_BITS = 6.0


def clusters(
    ids: Sequence[object], links: pd.DataFrame, apart: Iterable[tuple[object, object]] = ()
) -> pd.DataFrame:
    """`record_id`, `cluster_id` (the smallest row number of the cluster) for all records.

    Args:
        ids: all records.
        links: left_id, right_id, match_weight.
        apart: pairs of records that are not one entity.
    """
    place = {record: number for number, record in enumerate(ids)}
    edges = [
        (place[a], place[b], float(weight))
        for a, b, weight in zip(links["left_id"], links["right_id"], links["match_weight"])
    ]
    bridges = _bridges(len(ids), edges)
    typical = float(np.median([weight for _, _, weight in edges])) if edges else 0.0
    kept = [
        edge for number, edge in enumerate(edges) if number not in bridges or edge[2] >= typical - BRIDGE_BITS
    ]
    held = [(place[a], place[b]) for a, b in apart if a in place and b in place]
    return pd.DataFrame({"record_id": list(ids), "cluster_id": _components(len(ids), kept, held)})


def _components(
    size: int, edges: Sequence[tuple[int, int, float]], apart: Sequence[tuple[int, int]] = ()
) -> list[int]:
    """Smallest number of each node's component; edges join in order of weight, none that brings together what is held apart."""
    parent = list(range(size))
    against: dict[int, set[int]] = {}
    for a, b in apart:
        against.setdefault(a, set()).add(b)
        against.setdefault(b, set()).add(a)

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b, _ in sorted(edges, key=lambda edge: (-edge[2], edge[0], edge[1])) if apart else edges:
        low, high = sorted((find(a), find(b)))
        if low == high or any(find(other) == high for other in against.get(low, ())):
            continue
        parent[high] = low
        if high in against:
            against.setdefault(low, set()).update(against[high])
    return [find(node) for node in range(size)]


def _bridges(size: int, edges: list[tuple[int, int, float]]) -> set[int]:
    """Numbers of the edges whose loss leaves two groups of at least two records (Tarjan 1974, without recursion)."""
    near: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for number, (a, b, _) in enumerate(edges):
        near[a].append((b, number))
        near[b].append((a, number))
    seen, low, below = [0] * size, [0] * size, [1] * size
    found: dict[int, int] = {}
    total = _sizes(size, edges)
    clock = 0
    for start in range(size):
        if seen[start] or not near[start]:
            continue
        clock += 1
        seen[start] = low[start] = clock
        stack = [(start, -1, iter(near[start]))]
        while stack:
            node, came_by, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[node])
                    below[above] += below[node]
                    if low[node] > seen[above]:
                        found[came_by] = below[node]
                continue
            other, number = step
            if number == came_by:
                continue
            if seen[other]:
                low[node] = min(low[node], seen[other])
                continue
            clock += 1
            seen[other] = low[other] = clock
            stack.append((other, number, iter(near[other])))
    return {number for number, under in found.items() if under >= 2 and total[edges[number][0]] - under >= 2}


def _sizes(size: int, edges: list[tuple[int, int, float]]) -> list[int]:
    root = _components(size, edges)
    count = np.bincount(root, minlength=size)
    return [int(count[r]) for r in root]
