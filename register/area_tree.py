"""Which area codes belong to an area: what lies below it, and what it and they were called before and since.

Rows of the register and discrepancies keep the code of their time. So an area is its descendants, their predecessors
(a village that was merged into one of them), and a successor only where it is made of nothing else: whoever is responsible
for a township that was renumbered goes on being so, whoever's township was merged into a neighbour is not
thereby responsible for the neighbour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class AreaRow:
    """One line of the area table: a code and the time in which it was in use."""

    code: str
    parent: str | None
    valid_from: date
    valid_to: date | None
    successor: str | None


class AreaTree:
    """The area table, read for questions of belonging."""

    def __init__(self, rows: Iterable[AreaRow]) -> None:
        self._children: dict[str, set[str]] = defaultdict(set)
        self._before: dict[str, set[str]] = defaultdict(set)
        self._after: dict[str, set[str]] = defaultdict(set)
        self._begin: dict[str, date] = {}
        self._end: dict[str, date] = {}
        for row in rows:
            if row.parent is not None:
                self._children[row.parent].add(row.code)
            if row.successor is not None:
                self._before[row.successor].add(row.code)
                self._after[row.code].add(row.successor)
            self._begin[row.code] = min(row.valid_from, self._begin.get(row.code, date.max))
            self._end[row.code] = max(row.valid_to or date.max, self._end.get(row.code, date.min))

    def codes_of(self, area: str) -> frozenset[str]:
        """The codes that belong to `area`, itself among them."""
        inside: set[str] = set()
        new = {area}
        while new:
            while new:
                code = new.pop()
                if code not in inside:
                    inside.add(code)
                    new |= (self._children[code] | self._before[code]) - inside
            after = {later for code in inside for later in self._after[code]} - inside
            new = {later for later in after if self._is_made_of(later, inside)}
        return frozenset(inside)

    def _is_made_of(self, later: str, inside: set[str]) -> bool:
        """Whether the area began with areas of `inside` and of nothing else."""
        before = self._before[later]
        begin = self._begin.get(later, date.max)
        return before <= inside and all(self._end[code] <= begin for code in before)
