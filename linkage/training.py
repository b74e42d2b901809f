"""Unsupervised training: u from strangers, h from the right table's households, m by EM over all blocked pairs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from linkage import capture, em
from linkage.columns import THREADS, Records
from linkage.drift import summary
from linkage.keys import tags_key
from linkage.memory import give_back
from linkage.model import Model
from linkage.nonmatches import CoResidents, Levels, Strangers
from linkage.patterns import Pairing, matched
from linkage.prepare import Table, as_frame
from linkage.search import rows_within
from linkage.spec import LinkSpec
from linkage.strata import UNKNOWN, count_each, names_of
from linkage.strata import shares as strata_shares
from linkage.terms import shares

LEAST_ON_REGISTER, MOST_ON_REGISTER = 0.02, 0.995
SEED = 20240501

log = logging.getLogger(__name__)


def train(
    left: Table, right: Table | None, spec: LinkSpec, *, seed: int = SEED, memory_limit: int | None = None
) -> Model:
    """Estimate a model without labels. `right` None trains the deduplication of `left`.

    `memory_limit`: bytes that this call may take, about; of the larger of two tables no more rows are learned from than fit, spread evenly over it
    (None: all).

    Raises: SpecError when a column is missing.
    """
    more = [spec.household] if spec.household else []
    if right is None:
        table = as_frame(left, spec, "left", more=more)
        return _train(table, table, spec, seed, is_dedupe=True)
    a = as_frame(left, spec, "left", more=[spec.strata] if spec.strata else [])
    b = as_frame(right, spec, "right", more=more)
    rows = max(len(a), len(b)) if memory_limit is None else rows_within(memory_limit, spec, a, b)
    if rows >= max(len(a), len(b)):
        return _train(a, b, spec, seed, is_dedupe=False)
    if len(a) > len(b):
        return replace(_train(a.sampled(rows), b, spec, seed, is_dedupe=False), tables=())
    some = b.sampled(rows)
    model = _train(a, some, spec, seed, is_dedupe=False, share=len(some) / len(b))
    return replace(model, right_size=len(b), tables=())


def _train(
    left: Records, right: Records, spec: LinkSpec, seed: int, *, is_dedupe: bool, share: float = 1.0
) -> Model:
    """`share`: of the right records, those that are here: so many of the matches are seen."""
    if len(left) == 0 or len(right) == 0:
        return _model(spec, right, _prior_m(spec), _prior_u(spec), None, 0.9, 0.0, is_dedupe=is_dedupe)
    log.info("training on %d and %d records", len(left), len(right))
    pairs = matched(left, None if is_dedupe else right, spec, tagged=True)
    strangers = Strangers(spec, right, is_dedupe=is_dedupe, seed=seed)
    with ThreadPoolExecutor(THREADS) as beside:
        captured = beside.submit(capture.capture, spec, left, right, pairs, seed)
        together = None if is_dedupe else beside.submit(strangers.in_blocks, pairs.blocks)
        u = strangers.at_random(pairs, len(left), beside)
        h = strangers.co_residents(u)
        blocked = strangers.blocked(together.result() if together else None, u)
    give_back()
    strata = names_of(left[spec.strata]) if spec.strata and not is_dedupe else np.full(len(left), UNKNOWN)
    groups = sorted(set(strata))
    counts = count_each(pairs, strata, groups)
    if not counts.total:
        return _model(spec, right, _prior_m(spec), u, h, 0.9, 0.0, is_dedupe=is_dedupe, pairs=pairs)
    records = np.array([(strata == name).sum() for name in groups])
    known = _known(spec, right, u, blocked, h, captured.result(), records)
    for table in (left, right):
        table.made.pop(tags_key(spec.blocking_rules), None)
    fit = em.fit(counts, spec.comparisons, known)
    _report(fit)
    model = _model(
        spec, right, fit.m, u, h, 0.9, float(fit.matches.sum()), fit=fit, is_dedupe=is_dedupe, pairs=pairs
    )
    matches = fit.matches.reshape(len(groups), -1).sum(axis=1) / fit.caught / share
    overall = float(np.clip(matches.sum() / len(left), LEAST_ON_REGISTER, MOST_ON_REGISTER))
    each = np.clip(strata_shares(matches, records, overall), LEAST_ON_REGISTER / 10, MOST_ON_REGISTER)
    told = dict(zip(groups, map(float, each))) if len(groups) > 1 else {}
    model = replace(model, on_register=overall, caught=fit.caught, strata=told, tables=(left, right))
    return replace(model, patterns=summary(model, counts))


def _known(
    spec: LinkSpec,
    right: Records,
    u: Levels,
    blocked: list[Levels],
    h: CoResidents | None,
    captured: capture.Capture,
    records: np.ndarray,
) -> em.Known:
    """What EM does not move, a row per rule and stratum."""
    tilts = [em.tilt_of(u, rule, row) for rule, row in zip(blocked, touched_by_rules(spec, right))]
    return em.Known(
        np.tile(covered_by_rules(spec), (len(records), 1)),
        blocked * len(records),
        h.levels if h else None,
        tilts * len(records),
        captured,
        records,
    )


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
    pairs: Pairing | None = None,
) -> Model:
    return Model(
        spec,
        _plain([em.settled(c, a, b) for c, a, b in zip(spec.comparisons, m, u)]),
        _plain(u),
        _plain(em.seen_through(h.levels, m)) if h else None,
        on_register=on_register,
        right_size=max(len(right), 1),
        relatives=h.relatives if h else 0.0,
        duplicates=matches,
        terms=_terms(spec, right, pairs),
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


def touched_by_rules(spec: LinkSpec, right: Records) -> np.ndarray:
    """Rules × comparisons: whether the rule's columns settle the comparison in part (and not wholly)."""
    found = np.zeros((len(spec.blocking_rules), len(spec.comparisons)), dtype=bool)
    owner = capture.owners(spec, right)
    for place, rule in enumerate(spec.blocking_rules):
        for column in rule.columns:
            if owner[column] is not None:
                found[place, owner[column]] = True
    return found & ~covered_by_rules(spec)


def _terms(spec: LinkSpec, right: Records, pairs: Pairing | None) -> dict[str, Mapping[str, float]]:
    """Shares of the values that stand more than once in the right table."""
    encoded = pairs.encoded if pairs else [None] * len(spec.comparisons)
    counted = [(c, e) for c, e in zip(spec.comparisons, encoded) if c.term_frequency]
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda each: shares(each[0], right, each[1]), counted))
    return {c.name: terms for (c, _), terms in zip(counted, found)}


__all__ = ["covered_by_rules", "touched_by_rules", "train", "untrained"]
