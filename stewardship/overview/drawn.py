"""Which lines a chart over nights draws: of those of most as many as there are colours. What it leaves out, the page says; its table has all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from stewardship.overview.charts import COLOURS


@dataclass(frozen=True)
class Lines:
    """`nights`: night → code → not closed at its end; `drawn`: the codes of the lines, those of most first; `left_out`: the others of which there
    ever were any."""

    nights: Mapping[date, Mapping[str, int]]
    drawn: Sequence[str]
    left_out: Sequence[str]

    @property
    def codes(self) -> Sequence[str]:
        return [*self.drawn, *self.left_out]

    @property
    def is_of_each_night(self) -> bool:
        return len(self.told) == len(self.nights)

    @property
    def told(self) -> Sequence[date]:
        """The nights of the table: the first and the last of each week, the newest first."""
        return week_ends(self.nights)[::-1]


def lines_of(nights: Mapping[date, Mapping[str, int]], codes: Iterable[str]) -> Lines:
    """Where as many stood under two codes, in the order of `codes`."""
    most = {code: max((told.get(code, 0) for told in nights.values()), default=0) for code in codes}
    ordered = sorted((code for code, rows in most.items() if rows), key=lambda code: -most[code])
    return Lines(nights, ordered[: len(COLOURS)], ordered[len(COLOURS) :])


def week_ends(nights: Iterable[date]) -> list[date]:
    """The first night, and the last of each week."""
    ordered = sorted(nights)
    return sorted({*ordered[:1], *{night.isocalendar()[:2]: night for night in ordered}.values()})
