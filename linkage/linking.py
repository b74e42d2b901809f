"""The verbs: link two tables, deduplicate one, with a frozen model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from linkage import cluster, decide, explain
from linkage.block import BlockReport, block
from linkage.model import Model
from linkage.patterns import Pairing, pairing
from linkage.prepare import Table, as_frame
from linkage.score import Scorer, pair_probabilities, record_probabilities
from linkage.spec import RECORD_ID

LOWER = 0.2


@dataclass(frozen=True)
class Errors:
    """Estimated without truth, from the probabilities: share of links that are false, share of matches that are not linked."""

    false_match_rate: float
    missed_match_rate: float
    expected_links: float


@dataclass
class LinkResult:
    """`links`: left_id, right_id, match_weight, match_probability, decision (`link`, `possible`).

    `candidates`: the best few of every left record, with weights and probabilities, whatever was decided.
    `missing_probability`: per left record, how probable it is that it is on no right row.
    """

    links: pd.DataFrame
    candidates: pd.DataFrame
    missing_probability: pd.Series
    report: pd.DataFrame
    model: Model
    _scorer: Scorer = field(repr=False)
    _left_ids: pd.Index = field(repr=False)
    _right_ids: pd.Index = field(repr=False)

    def explain(self, left_id: object, right_id: object) -> explain.Explanation:
        """The waterfall of any pair, compared or not.

        Raises: KeyError when a record is in neither table.
        """
        li = np.array([self._left_ids.get_loc(left_id)], dtype=np.int32)
        ri = np.array([self._right_ids.get_loc(right_id)], dtype=np.int32)
        pattern = self._scorer.pairs.patterns(li, ri)
        levels = self._scorer.pairs.layout.unpack(pattern)[0]
        own, terms, relatives = self._scorer.parts(li, ri, pattern)
        parts = [explain.Part("prior", "before anything is compared", self._scorer.prior)]
        for place, comparison in enumerate(self.model.spec.comparisons):
            labels = [*(level.label for level in comparison.levels), "missing"]
            bits = float(own[0, place] + terms[0, place])
            parts.append(explain.Part(comparison.name, labels[int(levels[place])], bits))
        if self.model.h is not None:
            parts.append(explain.Part("household", "could be a relative", float(relatives[0])))
        return explain.Explanation(tuple(parts))

    @cached_property
    def errors(self) -> Errors:
        """Expected errors of the decided links (posterior method)."""
        linked = self.links[self.links["decision"] == decide.LINK]
        sure = float(linked["match_probability"].sum())
        everything = float(self.candidates["match_probability"].sum())
        false = 1.0 - sure / len(linked) if len(linked) else 0.0
        missed = 1.0 - sure / everything if everything else 0.0
        return Errors(max(false, 0.0), max(missed, 0.0), everything)

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """record_id, cluster_id of a deduplicated table."""
        linked = self.links[self.links["decision"] == decide.LINK]
        return cluster.clusters(list(self._left_ids), linked)


def link(
    left: Table,
    right: Table,
    model: Model,
    threshold: float = 0.95,
    *,
    lower: float = LOWER,
    must_link: decide.Pairs = None,
    cannot_link: decide.Pairs = None,
) -> LinkResult:
    """Link every left record to the right table.

    Args:
        left, right: data frames, Arrow tables or Parquet paths with `record_id` and the spec's columns; NA is missing.
        threshold, lower: probabilities from which a candidate is a link, a possible link.
        must_link, cannot_link: (left_id, right_id) pairs that people decided.

    Raises: SpecError when a table does not fit the model's specification.
    """
    spec = model.spec
    a, b = as_frame(left, spec, "left"), as_frame(right, spec, "right")
    blocks = block(a, b, spec.blocking_rules, spec.largest_block)
    scorer, report, found = _score(a, b, model, pairing(a, b, spec.comparisons, blocks))
    probability, missing = record_probabilities(model, found, len(a))
    candidates = _named(found.assign(match_probability=probability), a, b)
    decided = decide.decide(
        candidates,
        threshold=threshold,
        lower=lower,
        one_to_one=spec.one_to_one,
        must_link=must_link,
        cannot_link=cannot_link,
    )
    absent = pd.Series(missing, index=pd.Index(a[RECORD_ID]), name="missing_probability")
    return LinkResult(
        decided, candidates, absent, report, model, scorer, pd.Index(a[RECORD_ID]), pd.Index(b[RECORD_ID])
    )


def dedupe(
    table: Table,
    model: Model,
    threshold: float = 0.95,
    *,
    lower: float = LOWER,
    must_link: decide.Pairs = None,
    cannot_link: decide.Pairs = None,
) -> LinkResult:
    """Find records of one table that are one entity: pairs in `links`, groups in `clusters`. Arguments as for `link`."""
    spec = model.spec
    a = as_frame(table, spec, "left")
    blocks = block(a, None, spec.blocking_rules, spec.largest_block)
    scorer, report, found = _score(a, a, model, pairing(a, a, spec.comparisons, blocks), best=None)
    scored = found.assign(match_probability=pair_probabilities(found["match_weight"].to_numpy()))
    candidates = _named(scored, a, a)
    decided = decide.decide(
        candidates,
        threshold=threshold,
        lower=lower,
        one_to_one="none",
        must_link=must_link,
        cannot_link=cannot_link,
    )
    index = pd.Index(a[RECORD_ID])
    return LinkResult(decided, candidates, pd.Series(1.0, index=index), report, model, scorer, index, index)


def _score(
    left: pd.DataFrame, right: pd.DataFrame, model: Model, pairs: Pairing, *, best: int | None = 5
) -> tuple[Scorer, pd.DataFrame, pd.DataFrame]:
    scorer = Scorer(model, pairs)
    report = BlockReport([" + ".join(rule.columns) for rule in model.spec.blocking_rules])
    found = scorer.candidates(report, best=best)
    return scorer, report.frame(), found


def _named(found: pd.DataFrame, left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "left_id": left[RECORD_ID].to_numpy()[found["left"].to_numpy()],
            "right_id": right[RECORD_ID].to_numpy()[found["right"].to_numpy()],
            "match_weight": found["match_weight"].to_numpy(),
            "match_probability": found["match_probability"].to_numpy(),
        }
    )
