"""Unsupervised training: u from random pairs, h from the right table's households, m by EM over all blocked pairs."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from linkage import em
from linkage.block import BlockReport, block
from linkage.compare import Comparison
from linkage.model import Model
from linkage.patterns import Counts, Layout, count, pairing
from linkage.prepare import Encoded, Table, as_frame, encode
from linkage.spec import LinkSpec

RANDOM_PAIRS = 1_000_000
HOUSEHOLD_PAIRS = 400_000
HOUSEHOLD_SIZES = (2, 10)
PRIOR_RANDOM, PRIOR_HOUSEHOLD = 200.0, 50.0
DUPLICATE_BITS = 16.0
LEAST_ON_REGISTER, MOST_ON_REGISTER = 0.02, 0.995
SEED = 20240501

log = logging.getLogger(__name__)


def train(left: Table, right: Table | None, spec: LinkSpec) -> Model:
    """Estimate a model without labels. `right` None trains the deduplication of `left`.

    Raises: SpecError when a column is missing.
    """
    more = [spec.household] if spec.household else []
    if right is None:
        table = as_frame(left, spec, "left", more=more)
        return _train(table, table, spec, is_dedupe=True)
    return _train(
        as_frame(left, spec, "left"), as_frame(right, spec, "right", more=more), spec, is_dedupe=False
    )


def _train(left: pd.DataFrame, right: pd.DataFrame, spec: LinkSpec, *, is_dedupe: bool) -> Model:
    start = untrained(spec, right, 0.9)
    if len(left) == 0 or len(right) == 0:
        return start
    log.info(
        "training on %d and %d records (the first run on a machine compiles the comparers)",
        len(left),
        len(right),
    )
    blocks = block(left, None if is_dedupe else right, spec.blocking_rules, spec.largest_block)
    pairs = pairing(left, right, spec.comparisons, blocks)
    counts = count(pairs, BlockReport([]))
    u = _strangers(spec, pairs.encoded, len(left), len(right), is_dedupe=is_dedupe)
    h = _co_residents(spec, right, u)
    found = em.fit(counts, spec.comparisons, covered_by_rules(spec), u, h) if counts.total else None
    m = [em.monotone(a, b)[0] for a, b in zip(found.m, u)] if found else [np.array(row) for row in start.m]
    matched = found.matches if found else 0.0
    share = float(np.clip(matched / len(left), LEAST_ON_REGISTER, MOST_ON_REGISTER))
    return Model(
        spec,
        tuple(tuple(map(float, row)) for row in m),
        tuple(tuple(map(float, row)) for row in u),
        None if h is None else tuple(tuple(map(float, row)) for row in h),
        on_register=share,
        right_size=len(right),
        relatives=_relatives(spec, right),
        duplicates=matched,
        terms=_terms(spec, right),
        iterations=found.iterations if found else 0,
        is_converged=bool(found and found.is_converged),
        is_dedupe=is_dedupe,
    )


def untrained(spec: LinkSpec, right: Table, on_register: float) -> Model:
    """A model from the comparisons' own expectations; co-residents and term frequencies from the right table."""
    frame = as_frame(right, spec, "right", more=[spec.household] if spec.household else [])
    u = tuple(np.array([level.u for level in c.levels]) for c in spec.comparisons)
    h = _co_residents(spec, frame, u)
    return Model(
        spec,
        tuple(tuple(level.m for level in c.levels) for c in spec.comparisons),
        tuple(tuple(map(float, row)) for row in u),
        None if h is None else tuple(tuple(map(float, row)) for row in h),
        on_register=on_register,
        right_size=max(len(frame), 1),
        relatives=_relatives(spec, frame),
        duplicates=0.003 * len(frame),
        terms=_terms(spec, frame),
    )


def covered_by_rules(spec: LinkSpec) -> np.ndarray:
    """Rules × comparisons: whether the rule alone decides the comparison."""
    return np.array([[spec.is_covered(rule, c) for c in spec.comparisons] for rule in spec.blocking_rules])


def _strangers(
    spec: LinkSpec, encoded: tuple[Encoded, ...], lefts: int, rights: int, *, is_dedupe: bool
) -> tuple[np.ndarray, ...]:
    """Level probabilities among random pairs; of equality exactly, from the values' frequencies."""
    random = np.random.default_rng(SEED)
    size = min(RANDOM_PAIRS, 20 * lefts * rights)
    li, ri = (
        random.integers(0, lefts, size).astype(np.int32),
        random.integers(0, rights, size).astype(np.int32),
    )
    if is_dedupe:
        li, ri = li[li != ri], ri[li != ri]
    return tuple(_level_shares(c, e, li, ri) for c, e in zip(spec.comparisons, encoded))


def _level_shares(comparison: Comparison, encoded: Encoded, li: np.ndarray, ri: np.ndarray) -> np.ndarray:
    levels = np.zeros(len(li), dtype=np.int64)
    encoded.levels(li, ri, 1, levels)
    prior = np.array([level.u for level in comparison.levels])
    return em.shares_of_levels(comparison, levels, prior, PRIOR_RANDOM)


def _households(spec: LinkSpec, right: pd.DataFrame) -> pd.DataFrame:
    """Rows and sizes of the right table's households that are homes (not group quarters)."""
    homes = pd.DataFrame({"home": right[spec.household].to_numpy(), "row": np.arange(len(right))}).dropna()
    homes["size"] = homes.groupby("home")["row"].transform("size")
    return homes[homes["size"].between(*HOUSEHOLD_SIZES)]


def _relatives(spec: LinkSpec, right: pd.DataFrame) -> float:
    if not spec.household or right.empty:
        return 0.0
    homes = _households(spec, right)
    return float((homes["size"] - 1).sum() / len(right))


def _co_residents(
    spec: LinkSpec, right: pd.DataFrame, u: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, ...] | None:
    """Level probabilities among different people of one household; pairs that look like one person twice are left out."""
    if not spec.household:
        return None
    homes = _households(spec, right)[["home", "row"]]
    pairs = homes.merge(homes, on="home", suffixes=("_a", "_b"))
    pairs = pairs[pairs["row_a"] != pairs["row_b"]]
    if len(pairs) > HOUSEHOLD_PAIRS:
        pairs = pairs.sample(HOUSEHOLD_PAIRS, random_state=SEED)
    li, ri = pairs["row_a"].to_numpy(np.int32), pairs["row_b"].to_numpy(np.int32)
    layout = Layout.of(spec.comparisons)
    levels = np.zeros((len(li), len(layout.size)), dtype=np.int64)
    for place, comparison in enumerate(spec.comparisons):
        column = np.zeros(len(li), dtype=np.int64)
        encode(comparison, right, right).levels(li, ri, 1, column)
        levels[:, place] = column
    priors = tuple(np.array([level.m for level in c.levels]) for c in spec.comparisons)
    bits = (em.log_levels(priors, levels) - em.log_levels(u, levels)).sum(axis=1) / np.log(2)
    levels = levels[bits < DUPLICATE_BITS]
    return tuple(
        em.shares_of_levels(c, levels[:, place], u[place], PRIOR_HOUSEHOLD)
        for place, c in enumerate(spec.comparisons)
    )


def _terms(spec: LinkSpec, right: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Shares of the values that stand more than once in the right table."""
    found: dict[str, dict[str, float]] = {}
    for comparison in spec.comparisons:
        if comparison.term_frequency:
            counts = right[comparison.columns[0]].dropna().astype(str).value_counts()
            total = max(int(counts.sum()), 1)
            repeated = counts[counts > 1].sort_index()
            found[comparison.name] = {str(value): int(number) / total for value, number in repeated.items()}
    return found


__all__ = ["Counts", "covered_by_rules", "train", "untrained"]
