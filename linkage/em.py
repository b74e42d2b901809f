"""Expectation–maximisation on pattern counts: how often each level is seen among matches, non-matches and co-residents.

Pairs are counted per blocking rule, each under the first that makes it. Matches are one class over all rules: how many of them a rule should
make, and with which levels, follows from m and from what the rule asks (`linkage.capture`), and those that no rule makes are filled in; matches
that a rule brings together agree on just what it asks for, and would make m too good (Fellegi & Sunter 1969; Winkler 1988; truncated as Dempster,
Laird & Rubin 1977). Non-matches and co-residents have numbers of their own in each rule, and what they look like is known beforehand
and stays: `u`, rule by rule, since strangers who share a birth date or a village are not strangers at random (else matches drift to "neighbour"); and
`h`, different people of one household, from the right table's own: without it the missing are linked to their relatives. Only `m` and
the numbers move, held by priors (small tables lean on them), by floors of agreement, and by levels' order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.capture import Capture
from linkage.compare import Comparison
from linkage.patterns import Counts

ITERATIONS = 200
TOLERANCE = 1e-6
PRIOR_PAIRS = 30.0
MOST_LOST = 0.5
TEACHES = 0.5
"""Pairs that are more probably not of one person teach nothing of m: many twins and siblings with a little probability each would."""
FIRST_SHARE = 0.5  # of the records that have a match, before anything is known

Tilt = dict[int, np.ndarray]
"""By comparison's number: per level, how many times likelier a pair of that level is to satisfy the rule than any pair."""


@dataclass(frozen=True)
class Fit:
    """`m` per comparison and level; `matches`: expected number of matching pairs seen, per rule; `caught`: share of all that are seen.

    `held`: names of the comparisons whose agreement stands at its floor, a sign that the data do not carry them.
    """

    m: tuple[np.ndarray, ...]
    matches: np.ndarray
    caught: float
    iterations: int
    is_converged: bool
    held: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What is known before m: per rule `covered` (comparisons that it decides), `u`, `tilts`; `h` (None for two classes); `capture`;
    `records`: left records of each stratum, whose rules follow each other in the counts."""

    covered: np.ndarray
    u: Sequence[tuple[np.ndarray, ...]]
    h: tuple[np.ndarray, ...] | None
    tilts: Sequence[Tilt]
    capture: Capture
    records: np.ndarray


def fit(counts: Counts, comparisons: Sequence[Comparison], known: Known) -> Fit:
    """Estimate m from counts of patterns: a row per rule, stratum after stratum."""
    prior = tuple(np.array([level.m for level in c.levels]) for c in comparisons)
    state = _State.start(counts, comparisons, known, prior)
    cells = _cells(counts, known)
    change, step = np.inf, 0
    while step < ITERATIONS and change >= TOLERANCE:
        step += 1
        weight, taught = _expect(cells, state, known, counts.pairs.shape)
        renewed = _maximise(comparisons, counts.levels, weight.sum(axis=1), taught, state, known, prior)
        change = max(float(np.abs(a - b).max()) for a, b in zip(state.m, renewed.m))
        state = renewed
    held = tuple(c.name for c, row in zip(comparisons, state.m) if row[: c.agreement].sum() <= c.floor + 1e-9)
    return Fit(state.m, state.seen, 1.0 - state.lost, step, change < TOLERANCE, held)


@dataclass
class _State:
    """m, chances of missing, matches of each stratum (seen or not), of each rule (seen), others per rule (co-residents, strangers)."""

    m: tuple[np.ndarray, ...]
    missing: np.ndarray
    total: np.ndarray
    seen: np.ndarray
    others: np.ndarray
    lost: float

    @classmethod
    def start(
        cls, counts: Counts, comparisons: Sequence[Comparison], known: Known, prior: tuple[np.ndarray, ...]
    ) -> _State:
        sizes = np.array([len(c.levels) for c in comparisons])
        pairs = counts.pairs.sum(axis=0)
        missing = (pairs[:, None] * (counts.levels == sizes)).sum(axis=0) / max(float(pairs.sum()), 1.0)
        rows = counts.pairs.sum(axis=1)
        part = np.array([0.3 if known.h is not None else 0.0, 0.7])
        return cls(
            prior,
            missing,
            FIRST_SHARE * known.records.astype(float),
            np.zeros(len(rows)),
            rows[:, None] * part + [1e-9, 1.0],
            0.0,
        )


@dataclass(frozen=True)
class _Cells:
    """One rule's patterns that were seen: which, how many pairs, which comparisons are used, all levels, log of u, log chance of the rule."""

    rule: int
    stratum: int
    seen: np.ndarray
    pairs: np.ndarray
    used: np.ndarray
    levels: np.ndarray
    log_u: np.ndarray
    log_first: np.ndarray


def _cells(counts: Counts, known: Known) -> list[_Cells]:
    first = known.capture.log_first(counts.levels)
    found = []
    for rule, pairs in enumerate(counts.pairs):
        seen = np.flatnonzero(pairs)
        if len(seen):
            levels, used = counts.levels[seen], ~known.covered[rule]
            log_u = log_levels(known.u[rule], levels)[:, used].sum(axis=1)
            stratum, own = divmod(rule, len(first))
            found.append(_Cells(rule, stratum, seen, pairs[seen], used, levels, log_u, first[own, seen]))
    return found


def _expect(
    cells: Sequence[_Cells], state: _State, known: Known, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Expected matches per rule and pattern, and those of them that teach m; renews the numbers of the others, rule by rule."""
    matches, taught = np.zeros(shape), np.zeros(shape)
    h = None if known.h is None else seen_through(known.h, state.m)
    for cell in cells:
        asked = ~cell.used
        asked[list(known.tilts[cell.rule])] = True
        log_m = log_levels(state.m, cell.levels).sum(axis=1) + cell.log_first
        log_m += np.log1p(-np.minimum(state.missing[asked], 0.99)).sum()
        logs = [log_m, np.full(len(log_m), -np.inf), cell.log_u]
        if h is not None:
            logs[1] = log_levels(tilted(h, known.tilts[cell.rule]), cell.levels)[:, cell.used].sum(axis=1)
        numbers = np.append(state.total[cell.stratum], state.others[cell.rule])
        stacked = np.stack(logs) + np.log(numbers + 1e-300)[:, None]
        stacked -= stacked.max(axis=0)
        posterior = np.exp(stacked)
        posterior /= posterior.sum(axis=0)
        likely = posterior[0] >= TEACHES
        posterior *= cell.pairs
        matches[cell.rule, cell.seen] = posterior[0]
        taught[cell.rule, cell.seen] = posterior[0] * likely
        state.others[cell.rule] = posterior[1:].sum(axis=1) + [0.0 if h is None else 1.0, 1.0]
    return matches, taught


def _maximise(
    comparisons: Sequence[Comparison],
    levels: np.ndarray,
    seen: np.ndarray,
    taught: np.ndarray,
    state: _State,
    known: Known,
    prior: tuple[np.ndarray, ...],
) -> _State:
    """New m and numbers from the expected matches, those that no rule makes filled in."""
    whole = [np.append(row * (1 - q), q) for row, q in zip(state.m, state.missing)]
    lost, spread = known.capture.lost(whole)
    lost = min(lost, MOST_LOST)
    by_pattern = taught.sum(axis=0)
    total = seen.reshape(len(known.records), -1).sum(axis=1) / (1 - lost)
    everyone = float(total.sum())
    m, missing = [], state.missing.copy()
    for place, comparison in enumerate(comparisons):
        size = len(comparison.levels)
        found: np.ndarray = np.bincount(levels[:, place], by_pattern, minlength=size + 1)
        if place in spread:
            found = found + spread[place] * everyone
        missing[place] = (found[size] + 1.0) / (found.sum() + 2.0)
        is_pinned = "m" in comparison.pinned
        m.append(prior[place] if is_pinned else _held(comparison, found[:size] + PRIOR_PAIRS * prior[place]))
    return _State(tuple(m), missing, np.maximum(total, 1e-9), seen, state.others, lost)


def _held(comparison: Comparison, found: np.ndarray) -> np.ndarray:
    """Shares of the levels, agreement not below its floor."""
    m = found / found.sum()
    agreed = m[: comparison.agreement].sum()
    if agreed < comparison.floor:
        m[: comparison.agreement] *= comparison.floor / agreed
        m[comparison.agreement :] *= (1 - comparison.floor) / (1 - agreed)
    return m


def log_levels(probabilities: tuple[np.ndarray, ...], levels: np.ndarray) -> np.ndarray:
    """Natural logs of each comparison's probability per pattern; a missing value counts 1."""
    return np.stack(
        [np.append(np.log(p), 0.0)[levels[:, place]] for place, p in enumerate(probabilities)], axis=1
    )


def shares_of_levels(
    comparison: Comparison, levels: np.ndarray, pairs: np.ndarray, prior: np.ndarray, strength: float
) -> np.ndarray:
    """Probabilities of a comparison's levels from how many `pairs` of a sample show each of `levels`, leaning on a prior; missing left out."""
    size = len(comparison.levels)
    seen = np.bincount(levels, pairs, minlength=size + 1)[:size]
    smoothed = seen + strength * prior
    return smoothed / smoothed.sum()


def tilt_of(u: Sequence[np.ndarray], blocked: Sequence[np.ndarray], touched: Sequence[bool]) -> Tilt:
    """How much more often a rule is satisfied at each level of the comparisons that it touches, told from strangers."""
    return {place: blocked[place] / u[place] for place, is_touched in enumerate(touched) if is_touched}


def tilted(probabilities: tuple[np.ndarray, ...], tilt: Tilt) -> tuple[np.ndarray, ...]:
    """Probabilities within a rule from those over all pairs (Bayes): a class is not judged by levels that the rule never shows."""
    if not tilt:
        return probabilities
    found = list(probabilities)
    for place, ratio in tilt.items():
        found[place] = found[place] * ratio / (found[place] * ratio).sum()
    return tuple(found)


def seen_through(h: Sequence[np.ndarray], m: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """h of two tables from h of one: what relatives share is seen with the errors, moves and delays with which a person's own values are.

    A family that moved since the right table was made has moved away from the relatives' old address too.
    """
    return tuple(shared[0] * own + np.append(0.0, shared[1:]) for shared, own in zip(h, m))


def settled(comparison: Comparison, m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """m as it is used: weights that fall from level to level, none above a level's `most`; a pinned m stays as it is."""
    if "m" in comparison.pinned:
        return m
    ordered = monotone(m, u)
    caps = np.array([np.inf if level.most is None else level.most for level in comparison.levels])
    return np.minimum(ordered, u * np.exp2(caps))


def monotone(m: np.ndarray, u: np.ndarray) -> np.ndarray:
    """m such that m / u falls from the best level to the worst: neighbours out of order are pooled (Ayer et al. 1955).

    As both sum to 1, the best level never weighs less than 0 bits and the worst never more.
    """
    groups: list[list[int]] = []
    for level in range(len(m)):
        groups.append([level])
        while len(groups) > 1 and _ratio(groups[-1], m, u) > _ratio(groups[-2], m, u):
            last = groups.pop()
            groups[-1] += last
    pooled = np.array(m)
    for group in groups:
        pooled[group] = u[group] * _ratio(group, m, u)
    return pooled / pooled.sum()


def _ratio(group: list[int], m: np.ndarray, u: np.ndarray) -> float:
    return float(m[group].sum() / u[group].sum())
