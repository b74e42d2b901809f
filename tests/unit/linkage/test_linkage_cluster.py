"""Which records become one entity: links, what speaks against them, and what people decided."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.cluster import CERTAIN, LEAST, UNKNOWN, clusters

Edge = tuple[int, int, float]


def pairs(edges: list[Edge]) -> pd.DataFrame:
    return pd.DataFrame(edges, columns=["left_id", "right_id", "match_weight"]).astype(
        {"match_weight": float}
    )


def groups(found: pd.DataFrame) -> list[list[int]]:
    return sorted(sorted(own) for own in found.groupby("cluster_id")["record_id"].agg(list))


def whole(records: range, weight: float = 20.0) -> list[Edge]:
    return [(a, b, weight) for a, b in combinations(records, 2)]


def test_one_link_between_two_groups_of_four_does_not_make_them_one() -> None:
    edges = [*whole(range(4)), *whole(range(4, 8)), (3, 4, 5.0)]
    assert groups(clusters(range(8), pairs(edges))) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_two_links_do_not_either_where_other_pairs_deny_it() -> None:
    edges = [*whole(range(3)), *whole(range(3, 6)), (1, 3, 9.0), (2, 4, 9.0)]
    denied = [(0, 3, -7.0), (0, 4, -7.0), (0, 5, -7.0), (1, 5, -7.0)]
    assert groups(clusters(range(6), pairs(edges), candidates=pairs([*edges, *denied]))) == [
        [0, 1, 2],
        [3, 4, 5],
    ]
    assert groups(clusters(range(6), pairs(edges))) == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.parametrize("weight", [20.0, 5.0], ids=["sure", "less-sure"])
def test_a_third_record_joins_by_one_link(weight: float) -> None:
    assert groups(clusters(range(3), pairs([(0, 1, 20.0), (1, 2, weight)]))) == [[0, 1, 2]]


def test_records_held_apart_do_not_meet_through_a_third() -> None:
    edges = pairs([(0, 1, 20.0), (1, 2, 19.0)])
    assert groups(clusters(range(3), edges, [(2, 0)])) == [[0, 1], [2]]


def test_records_put_together_are_whatever_the_others_say() -> None:
    edges = [*whole(range(5)), *whole(range(5, 10))]
    assert groups(clusters(range(10), pairs(edges), together=[(0, 9)])) == [list(range(10))]
    assert groups(clusters(range(10), pairs(edges), [(1, 8)], [(0, 9)])) != [list(range(10))]


def obvious(
    size: int,
    links: list[Edge],
    known: list[Edge],
    apart: list[tuple[int, int]],
    together: list[tuple[int, int]],
) -> list[list[int]]:
    """The same by loops over all pairs of records."""
    weight = {frozenset(edge[:2]): float(np.clip(edge[2], -CERTAIN, CERTAIN)) for edge in known}
    held = [frozenset(pair) for pair in apart]
    every = [{n} for n in range(size)]
    told = [(a, b, True) for a, b in sorted(together)]
    surest = sorted(links, key=lambda e: (-e[2], min(e[:2]), max(e[:2])))
    for a, b, is_told in [*told, *((a, b, False) for a, b, _ in surest)]:
        one, other = next(g for g in every if a in g), next(g for g in every if b in g)
        between = [frozenset((p, q)) for p in one for q in other]
        if one is other or any(pair in held for pair in between):
            continue
        if is_told or np.mean([weight.get(pair, UNKNOWN) for pair in between]) >= LEAST - 1e-9:
            every = [g for g in every if g is not one and g is not other] + [one | other]
    return sorted(sorted(g) for g in every)


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[Edge], list[tuple[int, int]], list[tuple[int, int]]]:
    size = draw(st.integers(2, 9))
    every = list(combinations(range(size), 2))
    chosen = draw(st.lists(st.sampled_from(every), unique=True, max_size=20))
    edges = [(a, b, draw(st.sampled_from([-9.0, -5.5, -2.25, 1.0, 3.0, 6.0, 12.0]))) for a, b in chosen]
    some = st.lists(st.sampled_from(every), max_size=2, unique=True)
    return size, edges, draw(some), draw(some)


@settings(max_examples=300, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_clusters_are_those_of_the_obvious_way_in_whatever_order_links_come(case, random) -> None:  # type: ignore[no-untyped-def]
    size, known, apart, together = case
    links = [edge for edge in known if edge[2] > 0]
    found = clusters(range(size), pairs(links), apart, together, pairs(known))
    assert groups(found) == obvious(size, links, known, apart, together)
    assert (found["cluster_id"] == found.groupby("cluster_id")["record_id"].transform("min")).all()
    shuffled = [(b, a, weight) for a, b, weight in random.sample(links, len(links))]
    assert groups(clusters(range(size), pairs(shuffled), apart, together, pairs(known))) == groups(found)
    of = found.set_index("record_id")["cluster_id"]
    assert all(of[a] != of[b] for a, b in apart)
    if not apart:
        assert all(of[a] == of[b] for a, b in together)
