"""What a model is, to be read: comparisons and levels with their weights, and the patterns that it was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linkage.drift import LIKELY, UNLIKELY
from linkage.view.html import Markup, bar, joined, key, number, page, paragraph, table
from linkage.view.html import facts as listed

if TYPE_CHECKING:
    from linkage.model import Model

MOST_PATTERNS = 40
Sections = list[tuple[str, Markup]]


def write(model: Model, path: str | Path, *, is_masked: bool) -> None:
    """The model's page as one file."""
    sections = [("Model", facts(model)), *of_levels(model, is_masked=is_masked)]
    if model.patterns:
        rows = [
            (np.array([int(level) for level in name.split()]), pairs)
            for name, pairs in model.patterns.items()
            if name not in (LIKELY, UNLIKELY)
        ]
        sections.append(("Agreement patterns of training", patterns(model, rows)))
    Path(path).write_text(page(f"Linkage model {model.version}", sections), encoding="utf-8")


def facts(model: Model) -> Markup:
    """Its numbers, one by one."""
    rows: list[tuple[object, object]] = [
        ("Version", model.version),
        ("Task", "deduplication" if model.is_dedupe else "linking two tables"),
        ("Records of the right table in training", number(model.right_size)),
        ("Prior", f"{model.prior:+.2f} bits: the odds that any pair is a match"),
        ("Matches that some blocking rule makes", f"{model.caught:.2%}"),
        ("Converged", f"{'yes' if model.is_converged else 'no'}, {model.iterations} iterations"),
        ("Probabilities", "recalibrated from labels" if model.calibration else "as estimated without labels"),
    ]
    if not model.is_dedupe:
        rows.insert(3, ("Left records that have a match", f"{model.on_register:.2%}"))
    if model.h is not None:
        rows.append(("Others in a record's household, on average", number(model.relatives, 2)))
    if model.held:
        rows.append(("Agreement held at its floor (the data do not carry it)", ", ".join(model.held)))
    return listed(rows)


def of_levels(model: Model, *, is_masked: bool) -> Sections:
    """Levels with m, u, h and weights; what weighs rare agreement more; strata."""
    weights = model.weights
    most = float(weights["weight"].abs().max())
    heads = ["Comparison", "Level", "m", "u", *(["h"] if model.h else []), "Weight", ""]
    rows, first, known = [], [], ""
    for turn, row in enumerate(weights.itertuples(index=False)):
        name, known = ("", known) if row.comparison == known else (row.comparison, row.comparison)
        if name:
            first.append(turn)
        shares = [number(row.m, 4), number(row.u, 4), *([number(row.h, 4)] if model.h else [])]
        rows.append([name, row.level, *shares, f"{row.weight:+.2f}", bar(row.weight, most)])
    words = (
        "m, u and h: how often a level is seen among pairs of one person, of strangers",
        " and of people of one household" if model.h else "",
        "; the weight is log2(m / u). A missing value weighs nothing.",
    )
    told = key([("for", "speaks for one person"), ("against", "speaks against")])
    levels = joined(
        [paragraph(*words), told, table(heads, rows, numbers=range(2, len(heads) - 1), first=first)]
    )
    return [
        ("Comparisons and levels", levels),
        *_terms(model, is_masked=is_masked),
        *_strata(model, is_masked=is_masked),
    ]


def _terms(model: Model, *, is_masked: bool) -> Sections:
    rows, place = [], {c.name: number for number, c in enumerate(model.spec.comparisons)}
    for name, shares in model.terms.items():
        if len(shares):
            often, share = max(shares.items(), key=lambda item: item[1])
            weight = float(np.log2(model.m[place[name]][0] / share))
            rare = float(np.log2(model.m[place[name]][0] * model.right_size))
            rows.append(
                [name, number(len(shares)), *([] if is_masked else [often]), f"{weight:+.2f}", f"{rare:+.2f}"]
            )
    if not rows:
        return []
    heads = ["Comparison", "Values seen more than once", *([] if is_masked else ["Commonest value"])]
    heads += ["Weight of agreeing on the commonest", "on one seen once"]
    return [("Rare and common values", table(heads, rows, numbers=[1, *range(len(heads) - 2, len(heads))]))]


def _strata(model: Model, *, is_masked: bool) -> Sections:
    if not model.strata:
        return []
    named = sorted(model.strata.items(), key=lambda item: -item[1])
    rows = [
        (f"stratum {n + 1}" if is_masked else name, f"{share:.2%}") for n, (name, share) in enumerate(named)
    ]
    return [("Strata", table(["Stratum of left records", "Have a match"], rows, numbers=[1]))]


def patterns(model: Model, counted: Iterable[tuple[np.ndarray, float]]) -> Markup:
    """The most frequent patterns (levels, pairs): what agrees, what does not, weight and number."""
    every = [(levels, pairs, _weight(model, levels)) for levels, pairs in counted]
    half = MOST_PATTERNS // 2
    often = sorted(every, key=lambda one: -one[1])
    chosen = [one for one in often if one[2] > 0][:half] + [one for one in often if one[2] <= 0][:half]
    chosen.sort(key=lambda one: -one[2])
    most = max((abs(weight) for _, _, weight in chosen), default=1.0)
    names = [comparison.name for comparison in model.spec.comparisons]
    rows = [
        [*_labels(model, levels), number(pairs), f"{weight:+.1f}", bar(weight, most, 120)]
        for levels, pairs, weight in chosen
    ]
    heads = [*names, "Pairs", "Weight", ""]
    words = "The commonest patterns that are likely matches, and the commonest others, prior included, whatever values they agree on."
    return joined([paragraph(words), table(heads, rows, numbers=[len(names), len(names) + 1])])


def _labels(model: Model, levels: Sequence[int] | np.ndarray) -> list[str]:
    found = []
    for comparison, level in zip(model.spec.comparisons, levels):
        found.append("–" if level >= len(comparison.levels) else comparison.levels[int(level)].label)
    return found


def _weight(model: Model, levels: np.ndarray) -> float:
    parts = zip(model.m, model.u, levels)
    return model.prior + sum(float(np.log2(m[level] / u[level])) for m, u, level in parts if level < len(m))


__all__ = ["facts", "of_levels", "patterns", "write"]
