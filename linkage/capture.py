"""What the blocking rules do to pairs of one person: which rule a pair of given levels is made by, and what share of matches no rule makes.

A rule asks that columns be equal. Each column belongs to a comparison (the one that reads it, or reads a column from which it follows, as a sound
follows from a name), so how a comparison's columns agree at each of its levels can be read off any pairs: always at "equal", sometimes at "alike".
With that, and levels independent within matches, the chance that a match of given levels is made by a rule and by none before it is known, and the
levels of those matches that no rule makes are filled in when m is estimated: matches that one rule makes agree on just what it asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.block import BlockReport, Blocks, column_hashes
from linkage.columns import Records
from linkage.compare import LATIN
from linkage.patterns import Pairing
from linkage.spec import LinkSpec

SAMPLED_RECORDS, SAMPLED_PAIRS = 10_000, 20_000
MOST_COMBINATIONS = 4_000_000
FOLLOWS_SAMPLE, NEARLY_UNIQUE = 20_000, 0.9
UNOWNED = 0.9
LEAST = 1e-3
"""No rule is taken to be impossible, or certain, for levels of which pairs have been seen."""


def owners(spec: LinkSpec, table: Records) -> dict[str, int | None]:
    """Each rule's column → number of the comparison that it belongs to; None when it is of none. Made once per table."""
    return dict(table.once(("owners", spec), lambda: _owners(spec, table)))


def _owners(spec: LinkSpec, table: Records) -> dict[str, int | None]:
    readers: dict[str, int] = {}
    for place, comparison in enumerate(spec.comparisons):
        for column in comparison.reads[: 1 if comparison.kind == LATIN else None]:
            readers.setdefault(column, place)
    some = table.head(FOLLOWS_SAMPLE)[list(spec.columns)]
    found: dict[str, int | None] = {}
    for column in dict.fromkeys(c for rule in spec.blocking_rules for c in rule.columns):
        sources = (place for source, place in readers.items() if _follows(some, column, source))
        found[column] = readers[column] if column in readers else next(sources, None)
    return found


def _follows(table: pd.DataFrame, column: str, source: str) -> bool:
    """Whether a column's value is settled by the source's (which is not almost a key)."""
    known = table[[source, column]].dropna()
    distinct = known[source].nunique()
    if not len(known) or distinct > NEARLY_UNIQUE * len(known):
        return False
    return len(known.drop_duplicates()) == distinct


@dataclass(frozen=True)
class Capture:
    """`satisfied`: per rule and comparison, the chance that the comparison's columns in the rule agree, by level (missing last).

    `states`: per comparison that some rule touches, its number, (state → level), (state → chance given the level), and which
    of the rules' needs each state meets (rules × states). `unowned`: per rule, chance that its columns of no comparison agree.
    """

    satisfied: tuple[tuple[np.ndarray, ...], ...]
    states: tuple[tuple[int, np.ndarray, np.ndarray, np.ndarray], ...]
    unowned: np.ndarray

    def log_first(self, levels: np.ndarray) -> np.ndarray:
        """Rules × patterns: log chance that a match of these levels is made by the rule and by none before it."""
        made = np.ones((len(self.satisfied), len(levels)))
        for rule, chances in enumerate(self.satisfied):
            for place, chance in enumerate(chances):
                made[rule] *= chance[levels[:, place]]
        made = np.clip(made * self.unowned[:, None], LEAST, 1 - LEAST)
        before = np.cumsum(np.log1p(-made), axis=0)
        return np.asarray(np.log(made) + np.vstack([np.zeros((1, len(levels))), before[:-1]]))

    def lost(self, m: Sequence[np.ndarray]) -> tuple[float, dict[int, np.ndarray]]:
        """Share of matches that no rule makes, and per touched comparison how that share is spread over its levels.

        `m` are the level probabilities of matches, missing last.
        """
        if np.prod([float(len(level)) for _, level, _, _ in self.states]) > MOST_COMBINATIONS:
            return 0.0, {}
        joint, missed = np.ones(()), np.ones(())
        for place, level, chance, _ in self.states:
            joint = np.multiply.outer(joint, m[place][level] * chance)
        for rule, share in enumerate(self.unowned):
            meets = np.ones(())
            for _, _, _, needs in self.states:
                meets = np.multiply.outer(meets, needs[rule])
            missed = missed * (1.0 - meets * share)
        unseen = joint * missed
        spread = {}
        for axis, (place, level, _, _) in enumerate(self.states):
            rest = tuple(other for other in range(len(self.states)) if other != axis)
            spread[place] = np.bincount(level, unseen.sum(axis=rest), minlength=len(m[place]))
        return float(unseen.sum()), spread


def capture(spec: LinkSpec, left: Records, right: Records, pairs: Pairing, seed: int) -> Capture:
    """Read off a sample of the candidate pairs how columns agree at each level."""
    owner = owners(spec, right)
    rules, li, ri = _sample(pairs.blocks, seed)
    levels = pairs.layout.unpack(pairs.patterns(li, ri))
    agreed = {column: _agree(left, right, column, li, ri) for column in owner}
    satisfied: list[list[np.ndarray]] = [
        [np.ones(len(c.levels) + 1) for c in spec.comparisons] for _ in spec.blocking_rules
    ]
    states = []
    for place, comparison in enumerate(spec.comparisons):
        columns = [column for column, own in owner.items() if own == place]
        if not columns:
            continue
        asks = np.array([[c in rule.columns for c in columns] for rule in spec.blocking_rules])
        free = np.flatnonzero(~asks.any(axis=1))
        is_free = np.isin(rules, free)
        level, vector, chance = _kinds(
            levels[:, place], np.stack([agreed[c] for c in columns], axis=1), is_free, len(comparison.levels)
        )
        needs = np.array([vector[:, ask].all(axis=1) for ask in asks])
        for rule in range(len(asks)):
            size = len(comparison.levels) + 1
            satisfied[rule][place] = np.asarray(np.bincount(level, chance * needs[rule], minlength=size))
        states.append((place, level, chance, needs.astype(float)))
    alone = [sum(owner[c] is None for c in rule.columns) for rule in spec.blocking_rules]
    return Capture(tuple(map(tuple, satisfied)), tuple(states), UNOWNED ** np.array(alone, dtype=float))


def _kinds(
    levels: np.ndarray, agreed: np.ndarray, free: np.ndarray, missing: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States of one comparison: level, how its columns agree, and the chance of that at the level.

    Told from pairs that rules on other columns brought together (`free`), and from any where there are none. A level
    never seen agrees in nothing, but the best, which agrees in all.
    """
    found: list[tuple[int, np.ndarray, float]] = []
    for level in range(missing + 1):
        at = (levels == level) & free
        at = at if at.any() else levels == level
        if level == missing:
            found.append((level, np.zeros(agreed.shape[1], bool), 1.0))
        elif not at.any():
            found.append((level, np.full(agreed.shape[1], level == 0), 1.0))
        else:
            vectors, number = np.unique(agreed[at], axis=0, return_counts=True)
            found += [(level, v, n / number.sum()) for v, n in zip(vectors, number)]
    return (
        np.array([f[0] for f in found]),
        np.array([f[1] for f in found]),
        np.array([f[2] for f in found]),
    )


def _sample(blocks: Blocks, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rule, left row and right row of some candidate pairs of each rule."""
    random = np.random.default_rng(seed)
    size = blocks.left_keys.shape[1]
    rows = np.sort(random.choice(size, min(size, SAMPLED_RECORDS), replace=False)).astype(np.int32)
    some = Blocks(
        blocks.rules,
        np.ascontiguousarray(blocks.left_keys[:, rows]),
        blocks.right_keys,
        blocks.largest,
        False,
    )
    found: dict[int, list[np.ndarray]] = {}
    for rule, li, ri in some.pairs(BlockReport([])):
        found.setdefault(rule, []).append(np.stack([rows[li], ri]))
    rules, pairs = [np.zeros(0, np.int64)], [np.zeros((2, 0), np.int32)]
    for rule, pieces in sorted(found.items()):
        every = np.concatenate(pieces, axis=1)
        if blocks.is_self:
            every = every[:, every[0] != every[1]]
        if every.shape[1] > SAMPLED_PAIRS:
            every = every[:, random.choice(every.shape[1], SAMPLED_PAIRS, replace=False)]
        rules.append(np.full(every.shape[1], rule))
        pairs.append(every)
    li, ri = np.concatenate(pairs, axis=1)
    return np.concatenate(rules), li.astype(np.int32), ri.astype(np.int32)


def _agree(left: Records, right: Records, column: str, li: np.ndarray, ri: np.ndarray) -> np.ndarray:
    a, b = column_hashes(left, column)[li], column_hashes(right, column)[ri]
    return np.asarray((a == b) & (a != 0))


__all__ = ["Capture", "capture", "owners"]
