"""How far reviewers agree, and what their answers say of all links: kappa, alpha, Wilson's interval, estimates over strata.

Sources. Cohen's kappa: Cohen 1960; its standard error where it is not zero: Fleiss, Cohen & Everitt 1969 (Fleiss, Levin & Paik, *Statistical methods
for rates and proportions*, 18.1). Krippendorff's alpha for nominal data: Krippendorff 2011, *Computing Krippendorff's alpha-reliability*; its standard
error by the jackknife over units. Wilson's interval: Wilson 1927, with the size that a sample without replacement is worth. Sums over strata: Zou &
Donner 2008 (variance estimates recovery), and Donner & Zou 2012 for a ratio of two of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Final

Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """`value` is None where chance alone would have all agree; the interval where nothing differs, so that it has no width."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Counted:
    """A stratum: how many pairs it has, how many of those drawn have a verdict, and of how many it is `one person`."""

    pairs: int
    labels: int
    matches: int


def cohens_kappa(table: Mapping[tuple[str, str], int]) -> Agreement:
    """Two reviewers who both judged all units: how often the first said one thing and the second another."""
    units = sum(table.values())
    if not units:
        return Agreement(None, None, None)
    kinds = sorted({kind for both in table for kind in both})
    p = {(a, b): table.get((a, b), 0) / units for a in kinds for b in kinds}
    first = {a: sum(p[a, b] for b in kinds) for a in kinds}
    second = {b: sum(p[a, b] for a in kinds) for b in kinds}
    observed = sum(p[a, a] for a in kinds)
    expected = sum(first[a] * second[a] for a in kinds)
    if expected >= 1.0:
        return Agreement(None, None, None)
    kappa = (observed - expected) / (1.0 - expected)
    same = sum(p[a, a] * (1.0 - (first[a] + second[a]) * (1.0 - kappa)) ** 2 for a in kinds)
    other = sum(p[a, b] * (second[a] + first[b]) ** 2 for a in kinds for b in kinds if a != b)
    variance = same + (1.0 - kappa) ** 2 * other - (kappa - expected * (1.0 - kappa)) ** 2
    return _within(kappa, sqrt(max(variance, 0.0) / units) / (1.0 - expected))


def krippendorffs_alpha(units: Sequence[Sequence[str]]) -> Agreement:
    """Any number of reviewers, who need not be the same for every unit; what fewer than two judged is passed over."""
    patterns: Counter[tuple[str, ...]] = Counter(tuple(sorted(unit)) for unit in units if len(unit) > 1)
    value = _alpha(patterns)
    number = sum(patterns.values())
    if value is None or number < 3:
        return Agreement(value, None, None)
    without: list[tuple[float, int]] = []
    for pattern, times in patterns.items():
        left = _alpha(patterns - Counter([pattern]))
        if left is None:
            return Agreement(value, None, None)
        without.append((left, times))
    mean = sum(left * times for left, times in without) / number
    variance = (number - 1) / number * sum(times * (left - mean) ** 2 for left, times in without)
    return _within(value, sqrt(variance))


def _alpha(patterns: Mapping[tuple[str, ...], int]) -> float | None:
    """1 − observed / expected disagreement, by the coincidences of Krippendorff's paper."""
    totals: Counter[str] = Counter()
    agreeing = 0.0
    for pattern, times in patterns.items():
        counts = Counter(pattern)
        for kind, number in counts.items():
            totals[kind] += number * times
            agreeing += times * number * (number - 1) / (len(pattern) - 1)
    values = sum(totals.values())
    if values < 2:
        return None
    by_chance = sum(number * (number - 1) for number in totals.values()) / (values - 1)
    return None if by_chance >= values else 1.0 - (values - agreeing) / (values - by_chance)


def _within(value: float, error: float) -> Agreement:
    if error < 1e-9:
        return Agreement(value, None, None)
    return Agreement(value, max(value - Z95 * error, -1.0), min(value + Z95 * error, 1.0))


def wilson(matches: int, labels: int, pairs: int | None = None) -> Share:
    """A share with Wilson's interval; of `labels` that were drawn from `pairs` without replacement, where that is known. Without labels: from 0 to 1."""
    if not labels:
        return Share(0.5, 0.0, 1.0)
    value = matches / labels
    if pairs is not None and labels >= pairs:
        return Share(value, value, value)
    size = labels if pairs is None else labels * (pairs - 1) / (pairs - labels)
    middle = value + Z95**2 / (2 * size)
    spread = Z95 * sqrt(value * (1 - value) / size + (Z95 / (2 * size)) ** 2)
    whole = 1 + Z95**2 / size
    return Share(value, max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0))


def total(strata: Sequence[Counted]) -> Share | None:
    """How many pairs of all strata are one person. None where no stratum has a verdict; one without counts as the others do, with the whole interval."""
    labels = sum(one.labels for one in strata)
    if not labels:
        return None
    known = [one for one in strata if one.labels]
    usual = sum(one.pairs * one.matches / one.labels for one in known) / sum(one.pairs for one in known)
    value = below = above = unknown_below = unknown_above = 0.0
    for one in strata:
        share = wilson(one.matches, one.labels, one.pairs)
        own = share.value if one.labels else usual
        value += one.pairs * own
        down, up = one.pairs * (own - share.low), one.pairs * (share.high - own)
        if one.labels:
            below, above = below + down**2, above + up**2
        else:
            unknown_below, unknown_above = unknown_below + down, unknown_above + up
    pairs = float(sum(one.pairs for one in strata))
    low, high = value - sqrt(below) - unknown_below, value + sqrt(above) + unknown_above
    return Share(value, max(low, 0.0), min(high, pairs))


def precision(links: Sequence[Counted]) -> Share | None:
    """Share of the links that are one person, each stratum by how many links it has."""
    pairs, found = sum(one.pairs for one in links), total(links)
    return None if found is None else Share(*(x / pairs for x in (found.value, found.low, found.high)))


def recall(links: Sequence[Counted], others: Sequence[Counted]) -> Share | None:
    """Share linked of the pairs that are one person, among those that the night weighed (links, possible links, best candidates passed over).

    None where the sample does not say it: no verdict on one of the two sides.
    """
    true, missed = total(links), total(others)
    if true is None or missed is None or true.value + missed.value <= 0:
        return None
    odds = _ratio(missed, true)
    return Share(*(1.0 / (1.0 + x) for x in (odds.value, odds.high, odds.low)))


def _ratio(top: Share, bottom: Share) -> Share:
    """top / bottom, whose errors are independent."""
    if bottom.value <= 0:
        return Share(inf, 0.0, inf)
    both, low, high = top.value * bottom.value, 0.0, inf
    of_top, of_bottom = top.low * (2 * top.value - top.low), bottom.high * (2 * bottom.value - bottom.high)
    if of_top > 0:
        low = of_top / (both + sqrt(max(both**2 - of_top * of_bottom, 0.0)))
    of_top, of_bottom = top.high * (2 * top.value - top.high), bottom.low * (2 * bottom.value - bottom.low)
    if of_bottom > 0:
        high = (both + sqrt(max(both**2 - of_top * of_bottom, 0.0))) / of_bottom
    return Share(top.value / bottom.value, low, high)
