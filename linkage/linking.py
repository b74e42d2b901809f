"""The verbs: link two tables, deduplicate one, with a frozen model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from linkage import cluster, decide, errors_estimate, explain
from linkage.block import BlockReport
from linkage.columns import Ids, Records
from linkage.model import Model
from linkage.patterns import matched
from linkage.prepare import Table, as_frame
from linkage.score import Scorer, best_of, pair_probabilities, record_probabilities
from linkage.strata import names_of

LOWER = 0.2
Pairs = Iterable[tuple[object, object]] | None


@dataclass
class LinkResult:
    """`links`: left_id, right_id, match_weight, match_probability, decision (`link`, `possible`).

    `candidates`: the best few of every left record, with weights and probabilities, whatever was decided.
    `missing_probability`: per left record, how probable it is that it is on no right row.
    `report`: per blocking rule the pairs that it made first, and what was given up in blocks too large.
    """

    links: pd.DataFrame
    candidates: pd.DataFrame
    missing_probability: pd.Series
    report: pd.DataFrame
    model: Model
    _scorer: Scorer = field(repr=False)
    _left_ids: Ids = field(repr=False)
    _right_ids: Ids = field(repr=False)
    _apart: tuple[tuple[object, object], ...] = field(default=(), repr=False)
    threshold: float = 0.95

    def explain(self, left_id: object, right_id: object) -> explain.Explanation:
        """The waterfall of any pair, compared or not.

        Raises: KeyError when a record is in neither table.
        """
        li = np.array([self._left_ids.index.get_loc(left_id)], dtype=np.int32)
        ri = np.array([self._right_ids.index.get_loc(right_id)], dtype=np.int32)
        pattern = self._scorer.pairs.patterns(li, ri)
        levels = self._scorer.pairs.layout.unpack(pattern)[0]
        own, terms, relatives = self._scorer.parts(li, ri, pattern)
        parts = [explain.Part("prior", "before anything is compared", self._scorer.prior)]
        for place, comparison in enumerate(self.model.spec.comparisons):
            labels = [*(level.label for level in comparison.levels), "missing"]
            parts.append(explain.Part(comparison.name, labels[int(levels[place])], float(own[0, place])))
            if comparison.term_frequency and levels[place] == 0:
                parts.append(explain.Part(comparison.name, "how common the value is", float(terms[0, place])))
        if self.model.h is not None:
            parts.append(explain.Part("household", "could be a relative", float(relatives[0])))
        return explain.Explanation(tuple(parts))

    @cached_property
    def errors(self) -> errors_estimate.Errors:
        """Estimated without truth, from the probabilities."""
        return errors_estimate.from_posteriors(
            self.links, self.candidates, self.missing_probability, self.model.caught
        )

    @cached_property
    def errors_by_method(self) -> pd.DataFrame:
        """`errors` by three methods side by side, a row each (docs of `linkage.errors_estimate`); for links between two tables."""
        alone = pair_probabilities(self.candidates["match_weight"].to_numpy())
        above = self.candidates["left_id"][alone >= self.threshold]
        numbers = np.bincount(self._left_ids.index.get_indexer(above), minlength=len(self._left_ids.index))
        expected = self.errors.expected_matches
        found = {
            "posteriors": self.errors,
            "duplicates": errors_estimate.from_duplicates(numbers, expected),
            "neighbours": errors_estimate.from_neighbours(numbers, expected),
        }
        return pd.DataFrame(
            [asdict(errors) for errors in found.values()], index=pd.Index(found, name="method")
        )

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """record_id, cluster_id of a deduplicated table."""
        linked = self.links[self.links["decision"] == decide.LINK]
        return cluster.clusters(list(self._left_ids.index), linked, self._apart)


def link(
    left: Table,
    right: Table,
    model: Model,
    threshold: float = 0.95,
    *,
    lower: float = LOWER,
    must_link: Pairs = None,
    cannot_link: Pairs = None,
) -> LinkResult:
    """Link every left record to the right table.

    Args:
        left, right: data frames, Arrow tables or Parquet paths with `record_id` and the spec's columns; NA is missing.
        threshold, lower: probabilities from which a candidate is a link, a possible link.
        must_link, cannot_link: (left_id, right_id) pairs that people decided; those of records not in the tables are passed over.

    Raises: SpecError when a table does not fit the model's specification.
    """
    spec = model.spec
    a = _opened(model, left, "left", [spec.strata] if spec.strata else [])
    b = _opened(model, right, "right", [])
    scorer = Scorer(model, matched(a, b, spec))
    left_ids, right_ids = Ids(a.ids), Ids(b.ids)
    report = _report(model)
    found = scorer.candidates(report)
    found = _as_told(
        found, scorer, _rows(must_link, left_ids, right_ids), _rows(cannot_link, left_ids, right_ids)
    )
    strata = names_of(a[spec.strata]) if spec.strata else None
    probability, missing = record_probabilities(model, found, len(a), strata)
    scored = _named(found.assign(match_probability=probability), left_ids, right_ids)
    decided = decide.decide(scored, threshold=threshold, lower=lower, one_to_one=spec.one_to_one)
    absent = pd.Series(missing, index=left_ids.index, name="missing_probability")
    candidates = scored.drop(columns="told")
    return LinkResult(
        decided,
        candidates,
        absent,
        report.frame(),
        model,
        scorer,
        left_ids,
        right_ids,
        threshold=threshold,
    )


def dedupe(
    table: Table,
    model: Model,
    threshold: float = 0.95,
    *,
    lower: float = LOWER,
    must_link: Pairs = None,
    cannot_link: Pairs = None,
) -> LinkResult:
    """Find records of one table that are one entity: pairs in `links`, groups in `clusters`. Arguments as for `link`."""
    spec = model.spec
    a = _opened(model, table, "left", [])
    scorer = Scorer(model, matched(a, None, spec))
    ids = Ids(a.ids)
    report = _report(model)
    found = scorer.candidates(report, best=None)
    must, apart = (np.sort(_rows(pairs, ids, ids), axis=1) for pairs in (must_link, cannot_link))
    found = _as_told(found, scorer, must, apart)
    alone = pair_probabilities(found["match_weight"].to_numpy())
    scored = _named(found.assign(match_probability=np.where(found["told"], 1.0, alone)), ids, ids)
    decided = decide.decide(scored, threshold=threshold, lower=lower, one_to_one="none")
    known = pd.Series(np.nan, index=ids.index, name="missing_probability")
    candidates, held = scored.drop(columns="told"), tuple(zip(ids.take(apart[:, 0]), ids.take(apart[:, 1])))
    return LinkResult(decided, candidates, known, report.frame(), model, scorer, ids, ids, held)


def _opened(model: Model, table: Table, side: str, more: Sequence[str]) -> Records:
    """A table's records: those that training has read, if they are the same."""
    known = (read for read in model.tables if read.is_of(table, model.spec, side, more))
    return next(known, None) or as_frame(table, model.spec, side, more=more)


def _report(model: Model) -> BlockReport:
    return BlockReport([" + ".join(rule.columns) for rule in model.spec.blocking_rules])


def _rows(pairs: Pairs, left: Ids, right: Ids) -> np.ndarray:
    """Row numbers (n × 2) of the pairs whose records are both here."""
    wanted = list(dict.fromkeys(pairs or ()))
    if not wanted:
        return np.zeros((0, 2), np.int32)
    a = left.index.get_indexer(pd.Index([pair[0] for pair in wanted], dtype=left.index.dtype))
    b = right.index.get_indexer(pd.Index([pair[1] for pair in wanted], dtype=right.index.dtype))
    rows = np.stack([a, b], axis=1).astype(np.int32)
    return rows[(rows >= 0).all(axis=1)]


def _as_told(found: pd.DataFrame, scorer: Scorer, must: np.ndarray, apart: np.ndarray) -> pd.DataFrame:
    """Candidates after people's word: `told` marks must-links (weighed like any pair), cannot-links are gone."""
    pairs = [must[:, 0], must[:, 1]]
    added = pd.DataFrame({"left": pairs[0], "right": pairs[1]})
    added["match_weight"] = scorer.weights(
        must[:, 0], must[:, 1], scorer.pairs.patterns(must[:, 0], must[:, 1])
    )
    key = found["left"].to_numpy().astype(np.int64) << 32 | found["right"].to_numpy()
    taken = np.concatenate([must, apart]).astype(np.int64)
    rest = found[~np.isin(key, taken[:, 0] << 32 | taken[:, 1])]
    if added.empty:
        return rest.assign(told=False).reset_index(drop=True)
    return best_of(pd.concat([rest.assign(told=False), added.assign(told=True)], ignore_index=True), None)


def _named(found: pd.DataFrame, left: Ids, right: Ids) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "left_id": left.take(found["left"].to_numpy()),
            "right_id": right.take(found["right"].to_numpy()),
            "match_weight": found["match_weight"].to_numpy(),
            "match_probability": found["match_probability"].to_numpy(),
            "told": found["told"].to_numpy(dtype=bool),
        }
    )
