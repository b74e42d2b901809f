"""What a linkage made of two tables, to be read: decisions, errors, blocking, weights, patterns, and examples near the thresholds.

Masked, as it is by default, the page holds no record's id and no value of any record: examples say which levels were found and what they weigh.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from linkage.decide import LINK, POSSIBLE
from linkage.view.html import Markup, bar, histogram, joined, key, number, page, paragraph, safe, table
from linkage.view.html import facts as listed
from linkage.view.of_model import Sections, facts, of_levels, patterns

if TYPE_CHECKING:
    from linkage.explain import Explanation
    from linkage.linking import LinkResult

EXAMPLES = 4
"""On each side of each threshold."""
MOST_BINS = 90


def write(result: LinkResult, path: str | Path, *, is_masked: bool) -> None:
    """The result's page as one file."""
    model = result.model
    counts = result.pattern_counts()
    seen = zip(counts.levels, counts.pairs.sum(axis=0).tolist())
    sections: Sections = [
        ("Decisions", _decisions(result)),
        ("Match weights", _weights(result)),
        ("Blocking", _blocking(result)),
        *of_levels(model, is_masked=is_masked),
        ("Agreement patterns", patterns(model, seen)),
        ("Examples near the thresholds", _examples(result, is_masked=is_masked)),
        ("Model", facts(model)),
    ]
    title = f"{'Deduplication' if model.is_dedupe else 'Linkage'} with model {model.version}"
    Path(path).write_text(page(title, sections), encoding="utf-8")


def _decisions(result: LinkResult) -> Markup:
    decided = result.links["decision"].value_counts()
    rows: list[tuple[object, object]] = [
        (
            "Left records" if not result.model.is_dedupe else "Records",
            number(len(result.missing_probability)),
        ),
        (f"Links: probability from {result.threshold:g}", number(decided.get(LINK, 0))),
        (f"Possible links: from {result.lower:g}", number(decided.get(POSSIBLE, 0))),
        ("Links that are false, expected", f"{result.errors.false_match_rate:.2%}"),
        ("Matches that are missed, expected", f"{result.errors.missed_match_rate:.2%}"),
    ]
    if not result.model.is_dedupe:
        missing = result.missing
        words = f"{number(missing.expected)} ({number(missing.low)} to {number(missing.high)})"
        rows.append(("Left records on no right row, expected (95 %)", words))
    return listed(rows)


def _weights(result: LinkResult) -> Markup:
    weight = result.candidates["match_weight"]
    if not len(weight):
        return paragraph("No candidate.")
    decided = result.links.set_index(["left_id", "right_id"])["decision"]
    both = pd.MultiIndex.from_frame(result.candidates[["left_id", "right_id"]])
    decision = decided.reindex(both).to_numpy(dtype=object)
    low, high = np.floor(weight.min()), np.ceil(weight.max() + 1e-9)
    step = max(1.0, np.ceil((high - low) / MOST_BINS))
    edges = np.arange(low, high + step, step)
    series = [
        (name, np.histogram(weight[chosen], edges)[0].astype(float))
        for name, chosen in (
            ("for", decision == LINK),
            ("mid", decision == POSSIBLE),
            ("against", ~np.isin(decision, [LINK, POSSIBLE])),
        )
    ]
    words = "Candidates by match weight, prior included; the number on a logarithmic scale."
    told = key([("for", "link"), ("mid", "possible link"), ("against", "neither")])
    return joined([paragraph(words), told, histogram(edges, series, words, "match weight (bits)")])


def _counted(n: int) -> str:
    """A number of pairs or records; an index has counted none."""
    return number(n) if n >= 0 else "not counted"


def _blocking(result: LinkResult) -> Markup:
    rows = [
        [n + 1, row.rule, *map(_counted, (row.pairs, row.pairs_given_up, row.records_given_up))]
        for n, row in enumerate(result.report.itertuples(index=False))
    ]
    heads = ["", "Rule", "Pairs that it makes first", "Pairs given up", "Left records in a block too large"]
    return table(heads, rows, numbers=[2, 3, 4])


def _examples(result: LinkResult, *, is_masked: bool) -> Markup:
    chosen = []
    for words, threshold in (("link", result.threshold), ("possible link", result.lower)):
        chance = result.candidates["match_probability"]
        above = result.candidates[chance >= threshold].nsmallest(EXAMPLES, "match_probability").iloc[::-1]
        below = result.candidates[chance < threshold].nlargest(EXAMPLES, "match_probability")
        for side, pairs in (("above", above), ("below", below)):
            chosen.append(pairs.assign(words=f"{side} {threshold:g} ({words})"))
    examples = pd.concat(chosen, ignore_index=True)
    if examples.empty:
        return paragraph("No candidate.")
    values = None if is_masked else result.values(examples)
    hidden = "Masked: no id and no value of a record is in this file."
    shown = [paragraph(hidden if is_masked else "Values are shown: this file holds personal data.")]
    for place, row in enumerate(examples.itertuples(index=False)):
        shown.append(Markup(f"<h3>Probability {row.match_probability:.3f}, just {safe(row.words)}</h3>\n"))
        own = None if values is None else values[place]
        if own is not None:
            shown.append(paragraph(f"{row.left_id} and {row.right_id}"))
        shown.append(_waterfall(result.explain(row.left_id, row.right_id), own))
    return joined(shown)


def _waterfall(explained: Explanation, values: Mapping[str, tuple[str, str]] | None) -> Markup:
    most = max(abs(weight) for weight in (explained.match_weight, *(part.weight for part in explained.parts)))
    rows: list[list[object]] = []
    before = ""
    for part in explained.parts:
        name, before = "" if part.comparison == before else part.comparison, part.comparison
        sides = [] if values is None else values.get(name, ("", ""))
        rows.append([name, *sides, part.level, f"{part.weight:+.2f}", bar(part.weight, most)])
    total, blank = explained.match_weight, [] if values is None else ["", ""]
    rows.append(["match weight", *blank, "", f"{total:+.2f}", bar(total, most)])
    heads = ["Comparison", *([] if values is None else ["Left", "Right"]), "Level", "Weight", ""]
    return table(heads, rows, numbers=[len(heads) - 2])


__all__ = ["write"]
