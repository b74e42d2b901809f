"""The verbs: link two tables, deduplicate one, with a frozen model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from linkage import decide
from linkage.candidates import Candidates
from linkage.columns import Ids, Records
from linkage.later import Later, pd
from linkage.model import Model
from linkage.patterns import Counts, count
from linkage.prepare import Table, as_frame
from linkage.score import pair_probabilities, record_probabilities
from linkage.search import Found, Told, search
from linkage.strata import names_of
from linkage.texts import as_arrow, text_array

if TYPE_CHECKING:
    from linkage import cluster, errors_estimate, explain, labels, missing
else:  # most who link ask for none of them
    cluster, errors_estimate, explain, labels, missing = (
        Later(f"linkage.{name}") for name in ("cluster", "errors_estimate", "explain", "labels", "missing")
    )

LOWER = 0.2
DECISIONS = text_array([decide.LINK, decide.POSSIBLE])
Pairs = Iterable[tuple[object, object]] | None
Tables = Callable[[], tuple[Records, ...]]


@dataclass
class LinkResult:
    """What was found. As pandas frames, which are made (and pandas is loaded) when they are asked for: `links`, `candidates`, `missing_probability`, `report`; as
    Arrow: `links_table`."""

    model: Model
    _searched: Found = field(repr=False)
    _probability: np.ndarray = field(repr=False)
    _missing: np.ndarray = field(repr=False)
    _decided: decide.Decided = field(repr=False)
    _left_ids: Ids = field(repr=False)
    _right_ids: Ids = field(repr=False)
    _apart: tuple[tuple[object, object], ...] = field(default=(), repr=False)
    _together: tuple[tuple[object, object], ...] = field(default=(), repr=False)
    threshold: float = 0.95
    lower: float = LOWER
    _strata: np.ndarray | None = field(default=None, repr=False)
    _tables: Tables = field(default=lambda: (), repr=False)

    @cached_property
    def links(self) -> pd.DataFrame:
        """left_id, right_id, match_weight, match_probability, decision (`link`, `possible`)."""
        decided = self._decided
        found = self.candidates.iloc[decided.places].reset_index(drop=True)
        return found.assign(decision=np.where(decided.is_link, decide.LINK, decide.POSSIBLE))

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """The best few of every left record, with weights and probabilities, whatever was decided."""
        found = self._searched.candidates
        return pd.DataFrame(
            {
                "left_id": self._left_ids.take(found.left),
                "right_id": self._right_ids.take(found.right),
                "match_weight": found.weight,
                "match_probability": self._probability,
            }
        )

    @cached_property
    def missing_probability(self) -> pd.Series:
        """Per left record, how probable it is that it is on no right row."""
        return pd.Series(self._missing, index=self._left_ids.index, name="missing_probability")

    @cached_property
    def report(self) -> pd.DataFrame:
        """Per blocking rule the pairs that it made first, and what was given up in blocks too large."""
        return self._searched.report.frame()

    def links_table(self, decision: str | None = None) -> pa.Table:
        """`links` (those of one decision) as an Arrow table, whose ids are typed as they came.

        Raises: ValueError when there is no such decision, SpecError when ids are of several types.
        """
        if decision not in (None, decide.LINK, decide.POSSIBLE):
            raise ValueError(f"a decision is {decide.LINK} or {decide.POSSIBLE}")
        decided, found = self._decided, self._searched.candidates
        wanted = slice(None) if decision is None else decided.is_link == (decision == decide.LINK)
        places, is_link = decided.places[wanted], decided.is_link[wanted]
        return pa.Table.from_arrays(
            [
                self._left_ids.arrow(found.left[places]),
                self._right_ids.arrow(found.right[places]),
                as_arrow(found.weight[places]),
                as_arrow(self._probability[places]),
                pa.DictionaryArray.from_arrays(as_arrow((~is_link).astype(np.int8)), DECISIONS),
            ],
            names=["left_id", "right_id", "match_weight", "match_probability", "decision"],
        )

    @property
    def pairs_compared(self) -> int:
        """Candidate pairs of all rules, each once."""
        return int(sum(self._searched.report.pairs))

    def explain(self, left_id: object, right_id: object) -> explain.Explanation:
        """The waterfall of any pair, compared or not.

        Raises: KeyError when a record is in neither table.
        """
        scorer, li, ri = self._searched.scorer_of(
            self._left_ids.index.get_loc(left_id), self._right_ids.index.get_loc(right_id)
        )
        pattern = scorer.pairs.patterns(li, ri)
        levels = scorer.pairs.layout.unpack(pattern)[0]
        own, terms, relatives = scorer.parts(li, ri, pattern)
        parts = [explain.Part("prior", "before anything is compared", scorer.prior)]
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
        """Estimated without truth: from the probabilities, and of links between two tables the false ones as they can be counted (`errors_estimate.best`)."""
        if self.model.is_dedupe:
            return self._from_posteriors
        methods = self._methods
        return errors_estimate.best(methods["posteriors"], methods["neighbours"], self._links_per_record)

    @cached_property
    def _from_posteriors(self) -> errors_estimate.Errors:
        caught = self.model.caught
        return errors_estimate.from_posteriors(self.links, self.candidates, self.missing_probability, caught)

    @cached_property
    def _links_per_record(self) -> np.ndarray:
        """How many candidates of each left record reach the threshold alone."""
        alone = pair_probabilities(self.model, self.candidates["match_weight"].to_numpy())
        above = self.candidates["left_id"][alone >= self.threshold]
        return np.bincount(self._left_ids.index.get_indexer(above), minlength=len(self._left_ids.index))

    @cached_property
    def _methods(self) -> dict[str, errors_estimate.Errors]:
        numbers, expected = self._links_per_record, self._from_posteriors.expected_matches
        once = self.model.spec.one_to_one in ("left", "both")
        return {
            "posteriors": self._from_posteriors,
            "duplicates": errors_estimate.from_duplicates(numbers, expected, is_competing=once),
            "neighbours": errors_estimate.from_neighbours(numbers, expected, is_competing=once),
        }

    @cached_property
    def errors_by_method(self) -> pd.DataFrame:
        """`errors` by three methods side by side, a row each (docs of `linkage.errors_estimate`); for links between two tables."""
        found = self._methods
        return pd.DataFrame(
            [asdict(errors) for errors in found.values()], index=pd.Index(found, name="method")
        )

    def errors_beside(self, given: pd.DataFrame) -> pd.DataFrame:
        """`errors_by_method` with a fourth row from labels (left_id, right_id, is_match; see `to_label`), whose rates have intervals (`…_low`, `…_high`)."""
        found = self.errors_from_labels(given)
        numbers = {"false_match_rate": found.precision, "missed_match_rate": found.recall}
        row: dict[str, float] = {"expected_matches": found.expected_matches.value}
        row["expected_missing"] = max(len(self.missing_probability) - found.expected_matches.value, 0.0)
        for name, share in numbers.items():
            row |= {name: 1 - share.value, f"{name}_low": 1 - share.high, f"{name}_high": 1 - share.low}
        return pd.concat(
            [self.errors_by_method, pd.DataFrame(row, index=pd.Index(["labels"], name="method"))]
        )

    def errors_from_labels(self, given: pd.DataFrame) -> labels.LabelledErrors:
        """Precision and recall with intervals: docs of `linkage.labels`. Raises: LabelError."""
        return labels.errors_from_labels(given, self.links, self.candidates, self.model.caught)

    def to_label(self, per_stratum: int = 40, *, seed: int) -> pd.DataFrame:
        """Candidates for people to label, drawn at random within strata of match probability."""
        return labels.draw(self.candidates, per_stratum, seed)

    @cached_property
    def missing(self) -> missing.Missing:
        """How many left records are on no right row, with a 95 % interval (docs of `linkage.missing`); for links between two tables."""
        left = self._left_ids.index.get_indexer(self.candidates["left_id"])
        right = self._right_ids.index.get_indexer(self.candidates["right_id"])
        scoring = self._searched.pairing()
        levels = scoring.layout.unpack(scoring.patterns(left, right))
        pairs = (left, self.candidates["match_probability"].to_numpy(), levels)
        absent = self.missing_probability.to_numpy()
        return missing.expected_missing(self.model, absent, self._strata, self.errors.expected_matches, pairs)

    def pattern_counts(self) -> Counts:
        """How many of all candidate pairs show which levels, as training counts them."""
        return count(self._searched.pairing())

    def values(self, pairs: pd.DataFrame) -> list[dict[str, tuple[str, str]]]:
        """What each comparison read of some pairs (left_id, right_id): left and right values, several columns' joined by ` · `. Personal data."""
        sides = []
        for ids, table, name in zip(
            (self._left_ids, self._right_ids), self._tables(), ("left_id", "right_id")
        ):
            rows = ids.index.get_indexer(pairs[name])
            read = {c: table[c].iloc[rows].fillna("").astype(str).tolist() for c in self.model.spec.columns}
            sides.append(read)
        found = []
        for place in range(len(pairs)):
            texts = [
                [" · ".join(filter(None, (side[c][place] for c in comparison.reads))) for side in sides]
                for comparison in self.model.spec.comparisons
            ]
            found.append({c.name: (text[0], text[1]) for c, text in zip(self.model.spec.comparisons, texts)})
        return found

    def view(self, path: str | Path, *, is_masked: bool = True) -> None:
        """Write decisions, blocking, levels, weights, patterns and examples as one HTML file, which holds nobody's data unless `is_masked` is False."""
        from linkage.view import of_result

        of_result.write(self, path, is_masked=is_masked)

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """record_id, cluster_id of a deduplicated table."""
        linked = self.links[self.links["decision"] == decide.LINK]
        return cluster.clusters(
            list(self._left_ids.index), linked, self._apart, self._together, self.candidates
        )


def link(
    left: Table,
    right: Table,
    model: Model,
    threshold: float = 0.95,
    *,
    lower: float = LOWER,
    must_link: Pairs = None,
    cannot_link: Pairs = None,
    memory_limit: int | None = None,
) -> LinkResult:
    """Link every left record to the right table.

    Args:
        left, right: data frames, Arrow tables or Parquet paths with `record_id` and the spec's columns; NA is missing.
        threshold, lower: probabilities from which a candidate is a link, a possible link.
        must_link, cannot_link: (left_id, right_id) pairs that people decided; those of records not in the tables are passed over.
        memory_limit: bytes that this call may take, about; what does not fit of the larger table is read in portions, twice or three times (None: no limit).

    Raises: SpecError when a table does not fit the model's specification.
    """
    spec = model.spec
    a = _opened(model, left, "left", [spec.strata] if spec.strata else [])
    b = _opened(model, right, "right", [])
    ids = Ids(a.ids), Ids(b.ids)
    told = Told(told_rows(must_link, *ids), told_rows(cannot_link, *ids))
    strata = names_of(a[spec.strata]) if spec.strata else None
    searched = search(model, a, b, told, memory_limit)
    return decided(model, searched, ids, strata, lambda: (a, b), threshold, lower)


def decided(
    model: Model,
    searched: Found,
    ids: tuple[Ids, Ids],
    strata: np.ndarray | None,
    tables: Tables,
    threshold: float,
    lower: float,
) -> LinkResult:
    """The candidates of two tables weighed against each other, and what is decided."""
    found = searched.candidates
    probability, missing = record_probabilities(model, found, len(ids[0]), strata)
    return LinkResult(
        model,
        searched,
        probability,
        missing,
        _decided(found, probability, ids, threshold, lower, model.spec.one_to_one),
        *ids,
        threshold=threshold,
        lower=lower,
        _strata=strata,
        _tables=tables,
    )


def _decided(
    found: Candidates,
    probability: np.ndarray,
    ids: tuple[Ids, Ids],
    threshold: float,
    lower: float,
    one_to_one: str,
) -> decide.Decided:
    named = ids[0].take(found.left), ids[1].take(found.right)
    return decide.decide(found, probability, named, threshold=threshold, lower=lower, one_to_one=one_to_one)


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
    a = _opened(model, table, "left", [])
    ids = Ids(a.ids)
    must, apart = (np.sort(told_rows(pairs, ids, ids), axis=1) for pairs in (must_link, cannot_link))
    searched = search(model, a, None, Told(must, apart))
    found = searched.candidates
    alone = pair_probabilities(model, found.weight)
    probability = np.where(found.told, 1.0, alone)
    held, put = (tuple(zip(ids.take(told[:, 0]), ids.take(told[:, 1]))) for told in (apart, must))
    return LinkResult(
        model,
        searched,
        probability,
        np.full(len(ids), np.nan),
        _decided(found, probability, (ids, ids), threshold, lower, "none"),
        ids,
        ids,
        held,
        put,
        threshold=threshold,
        lower=lower,
        _tables=lambda: (a, a),
    )


def _opened(model: Model, table: Table, side: str, more: Sequence[str]) -> Records:
    """A table's records: those that training has read, if they are the same."""
    known = (read for read in model.tables if read.is_of(table, model.spec, side, more))
    return next(known, None) or as_frame(table, model.spec, side, more=more)


def told_rows(pairs: Pairs, left: Ids, right: Ids) -> np.ndarray:
    """Row numbers (n × 2) of the pairs whose records are both here."""
    wanted = list(dict.fromkeys(pairs or ()))
    if not wanted:
        return np.zeros((0, 2), np.int32)
    a = left.index.get_indexer(pd.Index([pair[0] for pair in wanted], dtype=left.index.dtype))
    b = right.index.get_indexer(pd.Index([pair[1] for pair in wanted], dtype=right.index.dtype))
    rows = np.stack([a, b], axis=1).astype(np.int32)
    return rows[(rows >= 0).all(axis=1)]
