"""The scores of several counties as one page of Markdown: targets and whether they are reached, by seed, by stratum, at more noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.discrepancies.scores import Scores

TARGETS = {
    "unregistered_birth": 0.98,
    "missing_person": 0.98,
    "missing_household": 0.98,
    "deceased_active": 0.98,
    "duplicate_person": 0.97,
    "missing_item": 0.97,
    "moved_out_active": 0.97,
    "shared_id_number": 0.97,
    "inconsistent_field": 0.95,
    "wrong_household": 0.95,
}
AT_MORE_NOISE = 0.88
VALUES_RIGHT, REPEATED = 0.97, 0.01
NO_WAITS = ("source_correction", "feed_overdue")
Row = dict[str, object]


def page(counties: Sequence[Scores]) -> str:
    """Everything that was measured, by factor of noise."""
    parts = []
    for noise in sorted({county.noise for county in counties}):
        same = sorted((c for c in counties if c.noise == noise), key=lambda c: c.seed)
        name = "Default noise" if noise == 1 else f"{noise:g} × the default noise"
        parts += [f"## {name}", _what(same), _types(same, noise), _values(same), _strata(same)]
    return "\n\n".join(parts) + "\n"


def _what(counties: Sequence[Scores]) -> str:
    one = counties[0]
    seeds = ", ".join(str(county.seed) for county in counties)
    rows = ", ".join(f"{county.rows:,}" for county in counties)
    cpu = sum(county.cpu_seconds for county in counties) / len(counties)
    return (
        f"{one.persons:,} persons, {one.months} months, a night every {_days(one.every)}; seeds {seeds} with {rows} rows; "
        f"{min(c.nights for c in counties)}–{max(c.nights for c in counties)} nights with work, {cpu:.0f} s CPU a county."
    )


def _days(every: int) -> str:
    return "day" if every == 1 else f"{every} days"


def _types(counties: Sequence[Scores], noise: float) -> str:
    head = ["type", "target", *(f"seed {c.seed}" for c in counties)]
    head += [
        "truth",
        "precision",
        "recall",
        "F1, all seeds",
        "reached",
        "nights to found: median / p90",
        "days: median / p90",
    ]
    lines = []
    for name in [str(row["type"]) for row in counties[0].types]:
        rows = [row for county in counties for row in county.types if row["type"] == name]
        precision, recall = _both(rows)
        target = TARGETS.get(name) if noise == 1 else AT_MORE_NOISE if name in TARGETS else None
        known = [_number(row["f1"], 0.0) for row in rows if row["f1"] is not None]
        reached = "" if target is None or not known else _yes(min(known) >= target)
        waits = ["", ""] if name in NO_WAITS else [_waits(rows, unit) for unit in ("nights", "days")]
        lines.append(
            [name, "" if target is None else f"{target:.2f}", *(_share(r["f1"]) for r in rows), _total(rows, "truth")]
            + [_share(precision), _share(recall), _share(_f1(precision, recall)), reached, *waits]
        )  # fmt: skip
    return _table(head, lines)


def _both(rows: Sequence[Row]) -> tuple[float | None, float | None]:
    """Precision and recall over all seeds together; what was recalled need not be what was found right (source corrections)."""
    truth, found, right = (_sum(rows, name) for name in ("truth", "found", "right"))
    recalled = truth - _sum(rows, "missed") if "missed" in rows[0] else right
    return (right / found if found else None, recalled / truth if truth else None)


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _waits(rows: Sequence[Row], unit: str) -> str:
    """The largest median and the largest ninetieth percentile of the seeds."""
    numbers = [
        max((_number(row[f"{unit}_{name}"], 0.0) for row in rows), default=0.0) for name in ("median", "p90")
    ]
    return f"{numbers[0]:.0f} / {numbers[1]:.0f}" if any(_number(row["right"], 0) for row in rows) else ""


def _values(counties: Sequence[Scores]) -> str:
    alls = [row for county in counties for row in county.values if row["field"] == "all"]
    shares = ", ".join(_share(row["share"]) for row in alls)
    fields = sorted({str(r["field"]) for c in counties for r in c.values} - {"all"})
    lines = []
    for field in fields:
        rows = [row for county in counties for row in county.values if row["field"] == field]
        proposed, right = _sum(rows, "proposed"), _sum(rows, "right")
        lines.append(
            [field, f"{proposed:,.0f}", f"{right:,.0f}", _share(right / proposed if proposed else None)]
        )
    open_findings = sum(county.open_findings for county in counties)
    repeats = sum(county.repeats for county in counties)
    share = repeats / open_findings if open_findings else 0.0
    told = all(_number(row["share"], 1.0) >= VALUES_RIGHT for row in alls)
    return (
        f"Proposed values that are right, of findings that are true (target {VALUES_RIGHT:.2f}): {shares}: {_yes(told)}. "
        f"Discrepancies that repeat another one (target at most {REPEATED:.0%}): {repeats:,} of {open_findings:,}: "
        f"{_yes(share <= REPEATED)}.\n\n" + _table(["field", "proposed", "right", "share"], lines)
    )


def _strata(counties: Sequence[Scores]) -> str:
    """All seeds together: of every stratum all types, and the types with at least ten true items."""
    lines = []
    for stratum in dict.fromkeys(str(row["stratum"]) for row in counties[0].strata):
        for name in dict.fromkeys(str(row["type"]) for row in counties[0].strata):
            rows = [
                row for c in counties for row in c.strata if row["stratum"] == stratum and row["type"] == name
            ]
            if name != "all" and _sum(rows, "truth") < 10:
                continue
            precision, recall = _both(rows)
            lines.append(
                [stratum if name == "all" else "", name, _total(rows, "truth"), _total(rows, "found"), _total(rows, "right")]
                + [_share(precision), _share(recall), _share(_f1(precision, recall))]
            )  # fmt: skip
    return _table(["stratum", "type", "truth", "found", "right", "precision", "recall", "F1"], lines)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [list(head), ["---"] * len(head), *(list(line) for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _sum(rows: Sequence[Row], name: str) -> float:
    return sum(_number(row[name], 0.0) for row in rows)


def _total(rows: Sequence[Row], name: str) -> str:
    return f"{_sum(rows, name):,.0f}"


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def _share(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "–"


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"
