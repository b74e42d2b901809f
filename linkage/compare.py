"""The vocabulary of comparisons: what is compared, in which levels, and what to expect of each level before any data was seen.

A comparison is data. Its levels go from best to worst; the last one is "anything else", and a missing value on either side is a level of its own that
says nothing. `m` is how often a level is seen among pairs of one person, `u` among pairs of two: starting values for training, and what small tables
lean on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkage.errors import SpecError

EXACT, STRING, NAME, ID, DATE, SETS, NUMBER, ADDRESS = range(8)


@dataclass(frozen=True)
class Level:
    """A level's label and its expected probabilities among matches (`m`) and non-matches (`u`)."""

    label: str
    m: float
    u: float


@dataclass(frozen=True)
class Comparison:
    """One comparison: `kind` picks the kernel, `columns` what it reads, `thresholds` what it is tuned by.

    `agreement` is how many of the first levels count as agreement, `floor` the least share of them among matches that training may find.
    """

    name: str
    kind: int
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    thresholds: tuple[float, ...] = ()
    term_frequency: bool = False
    agreement: int = 1
    floor: float = 0.0

    def __post_init__(self) -> None:
        if len(self.levels) < 2:
            raise SpecError(f"comparison {self.name}: fewer than two levels")


def _levels(labels: str, m: Sequence[float], u: Sequence[float]) -> tuple[Level, ...]:
    return tuple(Level(label, a, b) for label, a, b in zip(labels.split(" › "), m, u, strict=True))


def exact(column: str, *, term_frequency: bool = False, u: float = 0.1) -> Comparison:
    """Equal or not. `u` is how often two strangers agree."""
    levels = _levels("equal › different", (0.95, 0.05), (u, 1 - u))
    return Comparison(column, EXACT, (column,), levels, term_frequency=term_frequency, floor=0.8)


def string(column: str, levels: Sequence[float] = (0.92, 0.8), *, term_frequency: bool = False) -> Comparison:
    """Jaro–Winkler similarity in characters: equal, then at or above each of `levels` (descending, between 0 and 1)."""
    steps = tuple(levels)
    if any(not 0 < step < 1 for step in steps) or list(steps) != sorted(steps, reverse=True):
        raise SpecError(f"comparison {column}: levels must descend between 0 and 1")
    labels = " › ".join(["equal", *(f"Jaro–Winkler ≥ {step:g}" for step in steps), "different"])
    n = len(steps)
    m = (0.85, *(0.1 / n,) * n, 0.05) if n else (0.93, 0.07)
    u = (0.004, *(0.01 * 2**k for k in range(n)), 1 - 0.004 - sum(0.01 * 2**k for k in range(n)))
    return Comparison(column, STRING, (column,), _levels(labels, m, u), steps, term_frequency, max(1, n), 0.6)


def chinese_name(column: str, *, term_frequency: bool = True) -> Comparison:
    """Names in characters: equal › variant forms › same sound with tones › same sound by ear (n/l, zh/z, an/ang) › look-alike characters ›
    one character off › same given name › different."""
    labels = "equal › variant form › same pinyin › fuzzy pinyin › look-alike › one character off › given name only › different"
    m = (0.93, 0.012, 0.015, 0.008, 0.008, 0.015, 0.002, 0.01)
    u = (0.0008, 0.0001, 0.0012, 0.0015, 0.0005, 0.03, 0.004, 0.9619)
    return Comparison(column, NAME, (column,), _levels(labels, m, u), (), term_frequency, 6, 0.6)


def id_number(column: str) -> Comparison:
    """Identity numbers: equal › one character off or two swapped › the longer begins with the shorter (truncated) › same birth date inside › different."""
    labels = "equal › one off or swapped › truncated but alike › same date inside › different"
    levels = _levels(labels, (0.94, 0.03, 0.01, 0.01, 0.01), (2e-6, 2e-6, 3e-6, 4e-5, 0.999952))
    return Comparison(column, ID, (column,), levels, (), False, 3, 0.5)


def date(column: str, *, lunar: str | None = None) -> Comparison:
    """Dates: equal › lunar reading of the other › one digit off, day and month swapped, or a day beside › same year › different.

    `lunar` names a column with the Gregorian date that the typed date would be if it was a lunar one.
    """
    labels = "equal › lunar reading › one digit, swapped or a day off › same year › different"
    levels = _levels(labels, (0.94, 0.01, 0.03, 0.01, 0.01), (4e-5, 4e-5, 0.0015, 0.018, 0.98042))
    return Comparison(column, DATE, (column, *((lunar,) if lunar else ())), levels, (), False, 3, 0.7)


def set_of(column: str) -> Comparison:
    """Sets of values (lists, or text joined by `|`): one in common › none."""
    levels = _levels("one in common › none", (0.6, 0.4), (1e-4, 0.9999))
    return Comparison(column, SETS, (column,), levels)


def numeric(column: str, tolerances: Sequence[float] = (0.0, 1.0)) -> Comparison:
    """Numbers: within each of `tolerances` (ascending), else different."""
    steps = tuple(tolerances)
    labels = " › ".join([*(f"within {step:g}" for step in steps), "different"])
    n = len(steps)
    m = (*(0.9 / 2**k for k in range(n)),)
    u = (*(0.02 * 2**k for k in range(n)),)
    m = (*(x / sum(m) * 0.93 for x in m), 0.07)
    return Comparison(column, NUMBER, (column,), _levels(labels, m, (*u, 1 - sum(u))), steps)


def address(area: str, group: str | None = None, door: str | None = None) -> Comparison:
    """Places by area code: same door › same group of the village › same village › same township › same county › elsewhere."""
    labels = "same door › same group › same village › same township › same county › elsewhere"
    levels = _levels(labels, (0.5, 0.15, 0.2, 0.07, 0.05, 0.03), (0.002, 0.003, 0.02, 0.1, 0.6, 0.275))
    return Comparison(area, ADDRESS, (area, *(c for c in (group, door) if c)), levels, (), False, 3)
