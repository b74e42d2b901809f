"""What a closed sample says: how far reviewers agree, how many links are right, how many were missed.

Agreement is that of the first two answers of each pair, which were given without knowing of each other; a third answer settles what the two left open and
says nothing of how far people agree. It is the agreement on the pairs that were drawn, of which more are doubtful than of all links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from register.quality import Judged, Sample, Stratum, verdict
from stewardship.quality.statistics import (
    Agreement,
    Counted,
    Share,
    cohens_kappa,
    krippendorffs_alpha,
    precision,
    recall,
    wilson,
)

LINKED: Final = "link"
SAME: Final = "same_person"
DIFFERENT: Final = "different_person"


@dataclass(frozen=True)
class Line:
    """A stratum. `counted.labels` have a verdict; `share` is None where none has."""

    stratum: Stratum
    drawn: int
    counted: Counted
    share: Share | None


@dataclass(frozen=True)
class Result:
    """`units`: pairs that two have judged, `agreed`: of how many alike. `reviewers`: how many gave the first two answers; of two of them `agreement` is Cohen's
    kappa, of more Krippendorff's alpha. `unsettled`: answered by two or more and without a verdict of same or different; `unanswered`: by fewer."""

    sample: Sample
    lines: Sequence[Line]
    units: int
    agreed: int
    raw: Share | None
    reviewers: int
    agreement: Agreement
    precision: Share | None
    recall: Share | None
    unsettled: int
    unanswered: int

    @property
    def labels(self) -> int:
        return sum(line.counted.labels for line in self.lines)


def result_of(sample: Sample, strata: Sequence[Stratum], judged: Sequence[Judged]) -> Result:
    """`judged` are all pairs of the sample."""
    lines = [_line(one, [it for it in judged if it.stratum == one.stratum]) for one in strata]
    both = [one for one in judged if len(one.kinds) > 1]
    agreed = sum(not differ(one) for one in both)
    links = [line.counted for line in lines if line.stratum.decision == LINKED]
    others = [line.counted for line in lines if line.stratum.decision != LINKED]
    passed_over = sum(line.counted.pairs for line in lines if line.stratum.decision == "none")
    raters = {rater for one in both for rater in one.raters[:2]}
    labels = sum(line.counted.labels for line in lines)
    return Result(
        sample=sample,
        lines=lines,
        units=len(both),
        agreed=agreed,
        raw=wilson(agreed, len(both)) if both else None,
        reviewers=len(raters),
        agreement=_agreement(both, len(raters)),
        precision=precision(links),
        recall=recall(links, others) if passed_over else None,
        unsettled=len(both) - labels,
        unanswered=len(judged) - len(both),
    )


def differ(one: Judged) -> bool:
    """The first two say different things."""
    return len(one.kinds) > 1 and one.kinds[0] != one.kinds[1]


def finding(one: Judged) -> str:
    """`false_link`, `missed`, `differ` or nothing: for what a pair is worth looking at."""
    word = verdict(one.kinds)
    if one.decision == LINKED and word == DIFFERENT:
        return "false_link"
    if one.decision != LINKED and word == SAME:
        return "missed"
    return "differ" if differ(one) else ""


def _line(stratum: Stratum, own: Sequence[Judged]) -> Line:
    words = Counter(verdict(one.kinds) for one in own)
    labels = words[SAME] + words[DIFFERENT]
    counted = Counted(stratum.pairs, labels, words[SAME])
    share = wilson(words[SAME], labels, stratum.pairs) if labels else None
    return Line(stratum, len(own), counted, share)


def _agreement(both: Sequence[Judged], reviewers: int) -> Agreement:
    if reviewers != 2:
        return krippendorffs_alpha([one.kinds[:2] for one in both])
    table: Counter[tuple[str, str]] = Counter()
    for one in both:
        (_, first), (_, second) = sorted(zip(one.raters[:2], one.kinds[:2]))
        table[first, second] += 1
    return cohens_kappa(table)
