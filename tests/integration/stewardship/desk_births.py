"""Births that a night has kept, and the steps as it counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from desk_county import TOWNSHIPS

from stewardship.overview.births import STAGES
from stewardship.overview.sources import ALL, BirthSteps, NoReports, ToldBirth


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
    """What a night kept, and the steps as it counts them."""

    kept: list[ToldBirth] | None = field(default_factory=list)

    def told(self, night: date) -> Sequence[ToldBirth] | None:
        return (
            None
            if self.kept is None
            else sorted(self.kept, key=lambda one: (one.born, one.unit), reverse=True)
        )

    def steps(self, night: date) -> Sequence[BirthSteps]:
        counts: Counter[tuple[str, str, str]] = Counter()
        for one in self.kept or [birth(1, TOWNSHIPS["north"], "later")]:
            for township in {one.township, ALL} - {""}:
                for month in (one.month, ALL):
                    for step in ("", one.step):
                        counts[township, month, step] += 1
        return [
            BirthSteps(township, month, *(counts[township, month, step] for step in STAGES))
            for township, month in sorted({key[:2] for key in counts})
        ]
