"""What the blocking rules do to pairs of one person: which rule a pair of given levels is made by, and what share of matches no rule makes.

A rule asks that columns be equal. Each column belongs to a comparison (the one that reads it, or reads a column from which it follows, as a sound
follows from a name), so how a comparison's columns agree at each of its levels can be read off any pairs: always at "equal", sometimes at "alike".
With that, and levels independent within matches, the chance that a match of given levels is made by a rule and by none before it is known, and the
levels of those matches that no rule makes are filled in when m is estimated: matches that one rule makes agree on just what it asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linkage.block import SAMPLED_RECORDS, Blocks
from linkage.columns import Records
from linkage.compare import AGE, LATIN
from linkage.keys import Tags, hashes_of, numbered, tags_key
from linkage.patterns import Pairing
from linkage.spec import LinkSpec

SAMPLED_PAIRS = 20_000
MOST_COMBINATIONS = 4_000_000
FOLLOWS_SAMPLE, NEARLY_UNIQUE = 10_000, 0.9
UNOWNED = 0.9
LEAST_CHANCE = 1e-300
LEAST = 1e-3
"""No rule is taken to be impossible, or certain, for levels of which pairs have been seen."""


def owners(spec: LinkSpec, table: Records) -> dict[str, int | None]:
    """Each rule's column → number of the comparison that it belongs to; None when it is of none. Made once per table."""
    return dict(table.once(("owners", spec), lambda: _owners(spec, table)))


def _owners(spec: LinkSpec, table: Records) -> dict[str, int | None]:
    readers: dict[str, int] = {}
    for place, comparison in enumerate(spec.comparisons):
        for column in comparison.reads[: 1 if comparison.kind in (LATIN, AGE) else None]:
            readers.setdefault(column, place)
    codes = {
        column: numbered(hashes_of(texts))[0]
        for column, texts in table.first(FOLLOWS_SAMPLE, list(spec.columns)).items()
    }
    found: dict[str, int | None] = {}
    for column in dict.fromkeys(c for rule in spec.blocking_rules for c in rule.columns):
        sources = (place for source, place in readers.items() if _follows(codes[column], codes[source]))
        found[column] = readers[column] if column in readers else next(sources, None)
    return found


def _agreed(
    left: Records, right: Records, spec: LinkSpec, column: str, li: np.ndarray, ri: np.ndarray
) -> np.ndarray:
    """Which sampled pairs have the same value in a column."""
    tags: list[Tags] = [table.made[tags_key(spec.blocking_rules)] for table in (left, right)]
    a, b = tags[0].of(column, li), tags[1].of(column, ri)
    return np.asarray((a == b) & (a != 0))


def _follows(value: np.ndarray, source: np.ndarray) -> bool:
    """Whether a column's value is settled by the source's (which is not almost a key). Both as numbers, −1 missing."""
    known = (value >= 0) & (source >= 0)
    value, source = value[known], source[known]
    if not len(source) or np.count_nonzero(np.bincount(source)) > NEARLY_UNIQUE * len(source):
        return False
    settled = np.zeros(int(source.max()) + 1, value.dtype)
    settled[source] = value
    return bool((settled[source] == value).all())


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

    @cached_property
    def _met(self) -> tuple[list[np.ndarray], np.ndarray]:
        """Per touched comparison its states told apart by the needs that they meet alone; and the chance that no rule makes a match, by such kinds."""
        kinds = [np.unique(needs, axis=1, return_inverse=True) for _, _, _, needs in self.states]
        missed = np.ones(tuple(met.shape[1] for met, _ in kinds))
        if missed.size <= MOST_COMBINATIONS:
            for rule, share in enumerate(self.unowned):
                meets = np.ones(())
                for met, _ in kinds:
                    meets = np.multiply.outer(meets, met[rule])
                missed *= 1.0 - meets * share
        return [kind.ravel() for _, kind in kinds], missed

    def lost(self, m: Sequence[np.ndarray]) -> tuple[float, dict[int, np.ndarray]]:
        """Share of matches that no rule makes, and per touched comparison how that share is spread over its levels.

        `m` are the level probabilities of matches, missing last.
        """
        kinds, missed = self._met
        if missed.size > MOST_COMBINATIONS:
            return 0.0, {}
        chances = [m[place][level] * chance for place, level, chance, _ in self.states]
        by_kind = [np.bincount(kind, chance) for kind, chance in zip(kinds, chances)]
        unseen = missed
        for axis, share in enumerate(by_kind):
            unseen = unseen * share.reshape([-1 if other == axis else 1 for other in range(missed.ndim)])
        spread = {}
        for axis, (place, level, _, _) in enumerate(self.states):
            rest = tuple(other for other in range(missed.ndim) if other != axis)
            ratio = unseen.sum(axis=rest) / np.maximum(by_kind[axis], LEAST_CHANCE)
            spread[place] = np.bincount(level, chances[axis] * ratio[kinds[axis]], minlength=len(m[place]))
        return float(unseen.sum()), spread


def capture(spec: LinkSpec, left: Records, right: Records, pairs: Pairing, seed: int) -> Capture:
    """Read off a sample of the candidate pairs how columns agree at each level."""
    owner = owners(spec, right)
    rules, li, ri = _sample(pairs.blocks, seed)
    levels = pairs.layout.unpack(pairs.patterns(li, ri))
    agreed = {column: _agreed(left, right, spec, column, li, ri) for column in owner}
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
    columns = agreed.shape[1]
    vectors = (np.arange(1 << columns)[:, None] >> np.arange(columns) & 1).astype(bool)
    seen = agreed @ (1 << np.arange(columns)) + (levels << columns)
    every, some = (
        np.bincount(kinds, minlength=(missing + 1) << columns).reshape(-1, 1 << columns)
        for kinds in (seen, seen[free])
    )
    found: list[tuple[int, np.ndarray, float]] = []
    for level in range(missing + 1):
        number = some[level] if some[level].any() else every[level]
        if level == missing:
            found.append((level, vectors[0], 1.0))
        elif not number.any():
            found.append((level, vectors[-1 if level == 0 else 0], 1.0))
        else:
            at = np.flatnonzero(number)
            found += [(level, v, n / number.sum()) for v, n in zip(vectors[at], number[at])]
    return (
        np.array([f[0] for f in found]),
        np.array([f[1] for f in found]),
        np.array([f[2] for f in found]),
    )


def _sample(blocks: Blocks, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rule, left row and right row of some candidate pairs of each rule."""
    random, made = np.random.default_rng(seed), np.zeros(len(blocks.rules), np.int64)
    tasks, _ = blocks.sample(blocks.left.shape[1] // SAMPLED_RECORDS)
    found, use = [np.zeros((3, 0), np.int32)], blocks.buffers()
    for task in tasks:
        found += [np.stack([rules, li, ri]) for li, ri, rules in blocks.swept(*task, made, use)]
    every = np.concatenate(found, axis=1)
    places = [np.flatnonzero(every[0] == rule) for rule in range(len(blocks.rules))]
    some = [
        at[random.integers(0, len(at), SAMPLED_PAIRS)] if len(at) > SAMPLED_PAIRS else at for at in places
    ]
    rules, li, ri = every[:, np.concatenate([np.zeros(0, np.int64), *some])].astype(np.int32)
    return rules, li, ri


__all__ = ["Capture", "capture", "owners"]
