"""What pairs of different people look like: strangers at random, strangers that a blocking rule brings together, people of one household.

All three come from the right table or from chance, none from EM. Pairs that look like one person twice (the right table's own duplicates, or a match
drawn by accident) are left out, judged on what is personal: relatives share a door and a phone by nature.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linkage import em
from linkage.block import SAMPLED_RECORDS, Blocks
from linkage.columns import Records
from linkage.compare import DATE, ID, Comparison
from linkage.later import pd
from linkage.patterns import Counts, Pairing, Tally, pairing
from linkage.spec import LinkSpec

RANDOM_PAIRS = 1_000_000
HOUSEHOLD_PAIRS = 400_000
HOUSEHOLD_SIZES = (2, 10)
BLOCKED_PAIRS = 40_000  # of each rule
PRIOR_RANDOM, PRIOR_HOUSEHOLD, PRIOR_BLOCKED = 200.0, 50.0, 200.0
DUPLICATE_BITS = 16.0
TWINS = 0.003
"""Least share of co-resident pairs born on one day: 1.9 % of births are twins, and a register that lacks one of each pair shows none."""

Levels = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class CoResidents:
    """Per comparison the levels' probabilities among co-residents, and how many of them a person has on average."""

    levels: Levels
    relatives: float


class Strangers:
    """Samples of non-matches, of one right table."""

    def __init__(self, spec: LinkSpec, right: Records, *, is_dedupe: bool, seed: int) -> None:
        self.spec, self.right, self.is_dedupe = spec, right, is_dedupe
        self.seed = seed
        self._prior_m = tuple(np.array([level.m for level in c.levels]) for c in spec.comparisons)

    @cached_property
    def _own(self) -> Pairing:
        """The right table against itself."""
        return pairing(self.right, self.right, self.spec.comparisons, Blocks.none())

    def at_random(self, pairs: Pairing, lefts: int, pool: Executor) -> Levels:
        """Level probabilities among random pairs; of equality from the values' frequencies, without the one row that is the record's own.

        `pool` does the work, nothing that it does waiting for another.
        """
        random, rights = np.random.default_rng(self.seed), len(self.right)
        if lefts * rights <= RANDOM_PAIRS:
            li, ri = (grid.ravel().astype(np.int32) for grid in np.indices((lefts, rights)))
        else:
            li = random.integers(0, lefts, RANDOM_PAIRS, dtype=np.int32)
            ri = np.sort(random.integers(0, rights, RANDOM_PAIRS, dtype=np.int32))
        if self.is_dedupe:
            li, ri = li[li != ri], ri[li != ri]
        prior = tuple(np.array([level.u for level in c.levels]) for c in self.spec.comparisons)
        counted = pool.submit(_seen, pairs, li, ri)
        met = [pool.submit(encoded.meetings) for encoded in pairs.encoded]
        seen = self._judged(counted.result(), prior)
        return tuple(
            p if "u" in c.pinned else _chance(c, by_chance.result(), seen.levels[:, place], seen.pairs[0], p)
            for place, (c, by_chance, p) in enumerate(zip(self.spec.comparisons, met, prior))
        )

    def blocked(self, seen: Counts | None, u: Levels) -> list[Levels]:
        """Per rule, level probabilities among people of different households that the rule brings together (`seen`: see `in_blocks`).

        For deduplication (None) it is u again: there the right table's own pairs are what is looked for.
        """
        if seen is None:
            return [u] * len(self.spec.blocking_rules)
        seen = self._judged(seen, u)
        return [
            tuple(
                em.shares_of_levels(c, seen.levels[:, place], pairs, u[place], PRIOR_BLOCKED)
                for place, c in enumerate(self.spec.comparisons)
            )
            for pairs in seen.pairs
        ]

    def in_blocks(self, blocks: Blocks) -> Counts:
        """What right rows show with others of their block, as often as left records meet them there, under each rule that makes them first."""
        random, found = np.random.default_rng(self.seed), Tally(len(blocks.rules))
        lefts = random.permutation(blocks.left.shape[1])[:SAMPLED_RECORDS]
        for rule in range(len(blocks.rules)):
            for size in (SAMPLED_RECORDS // 10, SAMPLED_RECORDS):
                a, b = _block_mates(blocks.left[rule, lefts[:size]], blocks.right[rule], random)
                if len(a) > BLOCKED_PAIRS // 2:
                    break
            wanted = self._are_apart(a, b)
            for earlier in blocks.right[:rule]:
                wanted &= (earlier[a] != earlier[b]) | (earlier[a] < 0)
            a, b = a[wanted], b[wanted]
            found.add(self._own.patterns(a, b), np.full(len(a), rule, np.int16))
        patterns, pairs = found.found
        return Counts(self._own.layout.unpack(patterns), pairs.T)

    def _are_apart(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Which pairs are different rows that do not live together."""
        if not self.spec.household:
            return np.asarray(a != b)
        home = self._home
        return np.asarray((a != b) & ((home[a] != home[b]) | (home[a] < 0)))

    @cached_property
    def _home(self) -> np.ndarray:
        """Number of each right row's household, −1 for none."""
        return pd.factorize(self.right[str(self.spec.household)])[0]

    def _homes(self) -> pd.DataFrame:
        """Rows and sizes of the households that are homes (not group quarters)."""
        homes = pd.DataFrame(
            {"home": self.right[str(self.spec.household)].to_numpy(), "row": np.arange(len(self.right))}
        ).dropna()
        homes["size"] = homes.groupby("home")["row"].transform("size")
        return homes[homes["size"].between(*HOUSEHOLD_SIZES)]

    @cached_property
    def _co_resident_pairs(self) -> Counts:
        """What all ordered pairs of one home show (a sample of them when they are very many)."""
        homes = self._homes()[["home", "row"]]
        pairs = homes.merge(homes, on="home", suffixes=("_a", "_b"))
        pairs = pairs[pairs["row_a"] != pairs["row_b"]]
        if len(pairs) > HOUSEHOLD_PAIRS:
            pairs = pairs.sample(HOUSEHOLD_PAIRS, random_state=self.seed)
        return _seen(self._own, pairs["row_a"].to_numpy(np.int32), pairs["row_b"].to_numpy(np.int32))

    def co_residents(self, u: Levels) -> CoResidents | None:
        """The third class; None without a household column."""
        if not self.spec.household:
            return None
        homes = self._homes()
        relatives = float((homes["size"] - 1).sum() / max(len(self.right), 1))
        seen = self._judged(self._co_resident_pairs, u)
        shares = []
        for place, comparison in enumerate(self.spec.comparisons):
            levels = seen.levels[:, place]
            share = em.shares_of_levels(comparison, levels, seen.pairs[0], u[place], PRIOR_HOUSEHOLD)
            if comparison.kind == DATE and share[0] < TWINS:
                share = np.append(TWINS, share[1:] * (1 - TWINS) / share[1:].sum())
            shares.append(share)
        return CoResidents(tuple(shares), relatives)

    @cached_property
    def _personal(self) -> np.ndarray:
        """Which comparisons tell people of one household apart."""
        comparisons = self.spec.comparisons
        personal = np.ones(len(comparisons), dtype=bool)
        if self.spec.household:
            seen = self._co_resident_pairs
            for place, comparison in enumerate(comparisons):
                known = seen.levels[:, place] < len(comparison.levels)
                agreed = seen.levels[:, place] < comparison.agreement
                personal[place] = seen.pairs[0, agreed].sum() <= 0.5 * max(seen.pairs[0, known].sum(), 1)
        return personal

    def _judged(self, seen: Counts, u: Levels) -> Counts:
        """The patterns without those that look like one person twice."""
        bits = (em.log_levels(self._prior_m, seen.levels) - em.log_levels(u, seen.levels)) / np.log(2)
        kept = bits[:, self._personal].sum(axis=1) < DUPLICATE_BITS
        return Counts(seen.levels[kept], seen.pairs[:, kept])


def _block_mates(
    met: np.ndarray, numbers: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of right rows of one block, BLOCKED_PAIRS at most: each row of the blocks that left records have `met`, and any other one.

    `numbers`: block of each right row, −1 none.
    """
    met = met[met >= 0]
    is_met = np.zeros(int(max(numbers.max(initial=-1), met.max(initial=-1))) + 2, bool)
    is_met[met] = True
    is_met[-1] = False  # of −1
    rows = np.flatnonzero(is_met[numbers])
    rows = rows[np.argsort(numbers[rows], kind="stable")]
    own = numbers[rows]
    start, stop = np.searchsorted(own, met), np.searchsorted(own, met, "right")
    ends = np.cumsum(stop - start)
    total = int(ends[-1]) if len(ends) else 0
    few = total <= BLOCKED_PAIRS
    turn = np.arange(total) if few else np.unique(random.integers(0, total, BLOCKED_PAIRS))
    which = np.searchsorted(ends, turn, "right")
    first, size = start[which], (stop - start)[which]
    a = first + turn - (ends - (stop - start))[which]
    b = first + (random.random(len(turn)) * size).astype(np.int64)
    return rows[a].astype(np.int32), rows[b].astype(np.int32)


def _seen(pairs: Pairing, li: np.ndarray, ri: np.ndarray) -> Counts:
    """How many of some pairs show each pattern."""
    found = Tally(1)
    found.add(pairs.patterns(li, ri), np.zeros(len(li), np.int16))
    patterns, number = found.found
    return Counts(pairs.layout.unpack(patterns), number.T)


def _chance(
    comparison: Comparison,
    meetings: tuple[float, float, float] | None,
    levels: np.ndarray,
    seen: np.ndarray,
    prior: np.ndarray,
) -> np.ndarray:
    """u of one comparison: all levels from the sample, the best one exactly where it is equality of a value (`meetings`: see `prepare.Encoded`)."""
    shares = em.shares_of_levels(comparison, levels, seen, prior, PRIOR_RANDOM)
    if meetings is None:
        return shares
    met, lefts, rights = meetings  # a left value on right rows that are not the record's own
    pairs = lefts * max(rights - 1, 1.0)
    known = float(seen[levels < len(comparison.levels)].sum())
    weight = PRIOR_RANDOM / (PRIOR_RANDOM + max(known, 1.0))
    best = (1 - weight) * (met / pairs if pairs else 0.0) + weight * prior[0]
    if comparison.kind == ID:
        best = max(best, prior[0])  # nobody shares a number by chance, but files put one person's on another
    rest = shares[1:] / shares[1:].sum()
    return np.append(best, rest * (1 - best))
