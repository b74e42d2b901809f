"""Unsupervised training: u from strangers, h from the right table's households, m by EM over all blocked pairs."""

from __future__ import annotations

import logging

import numpy as np

from linkage import em
from linkage.block import BlockReport, block
from linkage.columns import Records
from linkage.model import Model
from linkage.nonmatches import CoResidents, Strangers
from linkage.patterns import count, pairing
from linkage.prepare import Table, as_frame
from linkage.score import Scorer, record_probabilities
from linkage.spec import LinkSpec

LEAST_ON_REGISTER, MOST_ON_REGISTER = 0.02, 0.995
LEAST_CAUGHT, ENOUGH_MATCHES, SURE, SAMPLED = 0.8, 50, 0.9, 5_000
SEED = 20240501

log = logging.getLogger(__name__)


def train(left: Table, right: Table | None, spec: LinkSpec, *, seed: int = SEED) -> Model:
    """Estimate a model without labels. `right` None trains the deduplication of `left`.

    Raises: SpecError when a column is missing.
    """
    more = [spec.household] if spec.household else []
    if right is None:
        table = as_frame(left, spec, "left", more=more)
        return _train(table, table, spec, seed, is_dedupe=True)
    a, b = as_frame(left, spec, "left"), as_frame(right, spec, "right", more=more)
    return _train(a, b, spec, seed, is_dedupe=False)


def _train(left: Records, right: Records, spec: LinkSpec, seed: int, *, is_dedupe: bool) -> Model:
    if len(left) == 0 or len(right) == 0:
        return _model(spec, right, _prior_m(spec), _prior_u(spec), None, 0.9, 0.0, is_dedupe=is_dedupe)
    log.info("training on %d and %d records", len(left), len(right))
    blocks = block(left, None if is_dedupe else right, spec.blocking_rules, spec.largest_block)
    pairs = pairing(left, right, spec.comparisons, blocks)
    strangers = Strangers(spec, right, is_dedupe=is_dedupe, seed=seed)
    u = strangers.at_random(pairs.encoded, len(left))
    h = strangers.co_residents(u)
    counts = count(pairs, BlockReport([]))
    if not counts.total:
        return _model(spec, right, _prior_m(spec), u, h, 0.9, 0.0, is_dedupe=is_dedupe)
    fit = em.fit(
        counts, spec.comparisons, covered_by_rules(spec), strangers.blocked(u), h.levels if h else None
    )
    _report(fit)
    model = _model(spec, right, fit.m, u, h, 0.9, fit.matches, is_dedupe=is_dedupe)
    sampled = left.sample(min(SAMPLED, len(left)), random_state=seed)
    caught = 1.0 if is_dedupe else _caught(sampled, right, model)
    share = float(np.clip(fit.matches / len(left) / caught, LEAST_ON_REGISTER, MOST_ON_REGISTER))
    return _model(spec, right, fit.m, u, h, share, fit.matches, fit=fit, caught=caught, is_dedupe=is_dedupe)


def _report(fit: em.Fit) -> None:
    if not fit.is_converged:
        log.warning("training stopped after %d iterations without converging", fit.iterations)
    if fit.held:
        log.warning("agreement held at its floor: %s", ", ".join(fit.held))


def _model(
    spec: LinkSpec,
    right: Records,
    m: tuple[np.ndarray, ...],
    u: tuple[np.ndarray, ...],
    h: CoResidents | None,
    on_register: float,
    matches: float,
    *,
    fit: em.Fit | None = None,
    caught: float = 1.0,
    is_dedupe: bool = False,
) -> Model:
    return Model(
        spec,
        _plain([em.settled(c, a, b) for c, a, b in zip(spec.comparisons, m, u)]),
        _plain(u),
        _plain(h.levels) if h else None,
        on_register=on_register,
        right_size=max(len(right), 1),
        relatives=h.relatives if h else 0.0,
        duplicates=matches,
        terms=_terms(spec, right),
        iterations=fit.iterations if fit else 0,
        is_converged=bool(fit and fit.is_converged),
        is_dedupe=is_dedupe,
        caught=caught,
        held=fit.held if fit else (),
    )


def _plain(rows: list[np.ndarray] | tuple[np.ndarray, ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in rows)


def _prior_m(spec: LinkSpec) -> tuple[np.ndarray, ...]:
    return tuple(np.array([level.m for level in c.levels]) for c in spec.comparisons)


def _prior_u(spec: LinkSpec) -> tuple[np.ndarray, ...]:
    return tuple(np.array([level.u for level in c.levels]) for c in spec.comparisons)


def untrained(spec: LinkSpec, right: Table, on_register: float) -> Model:
    """A model from the comparisons' own expectations; co-residents and term frequencies from the right table."""
    frame = as_frame(right, spec, "right", more=[spec.household] if spec.household else [])
    u = _prior_u(spec)
    h = Strangers(spec, frame, is_dedupe=False, seed=SEED).co_residents(u)
    return _model(spec, frame, _prior_m(spec), u, h, on_register, 0.003 * len(frame))


def covered_by_rules(spec: LinkSpec) -> np.ndarray:
    """Rules × comparisons: whether the rule alone decides the comparison."""
    return np.array([[spec.is_covered(rule, c) for c in spec.comparisons] for rule in spec.blocking_rules])


def _caught(left: Records, right: Records, model: Model) -> float:
    """Share of matches that some rule makes, from how many are made by one and by two rules (Chao 1987).

    What is lost is told from sure matches, and bounded by those that one rule alone makes; 1 when there is too little to tell.
    """
    spec = model.spec
    if len(spec.blocking_rules) < 3:
        return 1.0
    blocks = block(left, right, spec.blocking_rules, spec.largest_block)
    scorer = Scorer(model, pairing(left, right, spec.comparisons, blocks))
    found = scorer.candidates(BlockReport([]))
    likely, _ = record_probabilities(model, found, len(left))
    found = found[likely >= SURE]
    a, b = blocks.left_keys[:, found["left"]], blocks.right_keys[:, found["right"]]
    rules = ((a == b) & (a != 0)).sum(axis=0)
    once, twice, total = int((rules == 1).sum()), int((rules == 2).sum()), len(rules)
    if total < ENOUGH_MATCHES:
        return 1.0
    lost = min(once * max(once - 1, 0) / (2 * (twice + 1)), once)
    return max(total / (total + lost), LEAST_CAUGHT)


def _terms(spec: LinkSpec, right: Records) -> dict[str, dict[str, float]]:
    """Shares of the values that stand more than once in the right table."""
    found: dict[str, dict[str, float]] = {}
    for comparison in spec.comparisons:
        if comparison.term_frequency:
            found[comparison.name] = right.shares(comparison.columns[0])
    return found


__all__ = ["covered_by_rules", "train", "untrained"]
