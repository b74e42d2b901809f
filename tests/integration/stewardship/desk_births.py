"""What a night has kept for lists of the overview, and the numbers as it counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from desk_county import TOWNSHIPS

from stewardship.overview.births import STAGES
from stewardship.overview.sources import (
    ALL,
    TOLD,
    UNLINKED,
    BirthSteps,
    LinkQuality,
    NoReports,
    ToldBirth,
    UnlinkedRow,
)


def birth(number: int, township: str, step: str, **values: object) -> ToldBirth:
    born = date(2026, 3 + number % 2, 1 + number)
    whole = ToldBirth(
        f"E{number}",
        township,
        f"{born:%Y-%m}",
        "女" if number % 3 else "男",
        born,
        step,
        ("hospital_births", "police_births"),
        *("hospital_births", "hospital_births", "", 5 + number),
        discrepancy_id=None,
        due=born + timedelta(days=30) if step == "not_yet" else None,
    )
    return replace(whole, **values)  # type: ignore[arg-type]


@dataclass(eq=False)
class Births(NoReports):
    """None of what it kept nothing."""

    ones: list[ToldBirth] | None = field(default_factory=list)
    rows: list[UnlinkedRow] | None = None

    def told(self, night: date) -> Sequence[ToldBirth]:
        return sorted(self.ones or (), key=lambda one: (one.born, one.unit), reverse=True)

    def kept(self, night: date) -> Collection[str]:
        kept = {TOLD: self.ones, UNLINKED: self.rows}
        return [name for name, rows in kept.items() if rows is not None]

    def unlinked(self, night: date) -> Sequence[UnlinkedRow]:
        return self.rows or ()

    def links(self, night: date) -> LinkQuality | None:
        """In as many rows as are kept."""
        possible = sum(one.decision == "possible" for one in self.rows or ())
        return LinkQuality(night, "m1", 80, possible, len(self.rows or ()) - possible, 0.01, 0.02)

    def steps(self, night: date) -> Sequence[BirthSteps]:
        counts: Counter[tuple[str, str, str]] = Counter()
        for one in self.ones or [birth(1, TOWNSHIPS["north"], "later")]:
            for township in {one.township, ALL} - {""}:
                for month in (one.month, ALL):
                    for step in ("", one.step):
                        counts[township, month, step] += 1
        return [
            BirthSteps(township, month, *(counts[township, month, step] for step in STAGES))
            for township, month in sorted({key[:2] for key in counts})
        ]
