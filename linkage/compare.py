"""The vocabulary of comparisons: what is compared, in which levels, and what to expect of each level before any data was seen.

A comparison is data. Its levels go from best to worst; the last one is "anything else", and a missing value on either side is a level of its own that
says nothing. `m` is how often a level is seen among pairs of one person, `u` among pairs of two: starting values for training, and what small tables
lean on. What two comparisons would both tell (the birth date inside an ID number) belongs to one of them, or is held back by a level's `most`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Day

from linkage.errors import SpecError

EXACT, STRING, NAME, ID, DATE, SETS, NUMBER, ADDRESS, EDITS, RELATIVES, LATIN, PARTS, STREET, AGE = range(14)
SINGLE_VALUED = (EXACT, STRING, NAME, ID, DATE, EDITS, LATIN, PARTS, STREET)
"""Kinds whose best level is equality of one value, so that chance agreement is known from the values' frequencies."""


@dataclass(frozen=True)
class Level:
    """A level's label and its expected probabilities among matches (`m`) and non-matches (`u`); `most` bits that it may ever weigh."""

    label: str
    m: float
    u: float
    most: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One comparison: `kind` picks the kernel, `columns` what it reads, `thresholds` what it is tuned by.

    `agreement` is how many of the first levels count as agreement, `floor` the least share of them among matches that training may find.
    `pinned` holds `m` and `u` (any of the two letters) at the levels' own values whatever the data say. A column `""` is one not given.
    """

    name: str
    kind: int
    columns: tuple[str, ...]
    levels: tuple[Level, ...]
    thresholds: tuple[float, ...] = ()
    term_frequency: bool = False
    agreement: int = 1
    floor: float = 0.0
    pinned: str = ""

    def __post_init__(self) -> None:
        if len(self.levels) < 2:
            raise SpecError(f"comparison {self.name}: fewer than two levels")
        if any(not (0 < level.m <= 1 and 0 < level.u <= 1) for level in self.levels):
            raise SpecError(f"comparison {self.name}: probabilities must lie above 0 and not above 1")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return tuple(column for column in self.columns if column)


def _levels(labels: str, m: Sequence[float], u: Sequence[float]) -> tuple[Level, ...]:
    return tuple(Level(label, a, b) for label, a, b in zip(labels.split(" › "), m, u, strict=True))


def exact(column: str, *, term_frequency: bool = False, u: float = 0.1) -> Comparison:
    """Equal or not. `u` is how often two strangers agree."""
    levels = _levels("equal › different", (0.95, 0.05), (u, 1 - u))
    return Comparison(column, EXACT, (column,), levels, term_frequency=term_frequency, floor=0.8)


def pinned(
    comparison: Comparison, *, m: Sequence[float] | None = None, u: Sequence[float] | None = None
) -> Comparison:
    """The comparison with its `m` or `u` given, level by level, instead of estimated.

    Raises: SpecError when there is not one number per level, or they do not sum to 1.
    """
    levels = comparison.levels
    for given in (m, u):
        if given is not None and (len(given) != len(levels) or abs(sum(given) - 1) > 1e-3):
            raise SpecError(
                f"comparison {comparison.name}: {len(levels)} probabilities that sum to 1 are needed"
            )
    m_new, u_new = m or [level.m for level in levels], u or [level.u for level in levels]
    told = tuple(replace(level, m=a, u=b) for level, a, b in zip(levels, m_new, u_new))
    return replace(comparison, levels=told, pinned=("m" if m else "") + ("u" if u else ""))


def string(
    column: str,
    levels: Sequence[float] = (0.92, 0.8),
    *,
    distance: str = "jaro_winkler",
    term_frequency: bool = False,
) -> Comparison:
    """Equal, then the steps of a distance that counts characters, then different.

    `jaro_winkler`: similarity at or above each of `levels` (descending, between 0 and 1).
    `levenshtein`: at most so many edits for each of `levels` (ascending whole numbers).
    """
    steps, n = tuple(levels), len(levels)
    if distance == "jaro_winkler":
        if any(not 0 < step < 1 for step in steps) or list(steps) != sorted(set(steps), reverse=True):
            raise SpecError(f"comparison {column}: levels must descend between 0 and 1")
        named = [f"Jaro–Winkler ≥ {step:g}" for step in steps]
    elif distance == "levenshtein":
        if any(step < 1 or step != int(step) for step in steps) or list(steps) != sorted(set(steps)):
            raise SpecError(f"comparison {column}: levels must be ascending numbers of edits")
        named = [f"{step:g} edit{'s' if step > 1 else ''} or fewer" for step in steps]
    else:
        raise SpecError(f"comparison {column}: distance must be jaro_winkler or levenshtein")
    m = (0.85, *(0.1 / n,) * n, 0.05) if n else (0.93, 0.07)
    near = [0.06 * 2.0 ** (k - n) for k in range(n)]
    told = _levels(" › ".join(["equal", *named, "different"]), m, (0.004, *near, 1 - 0.004 - sum(near)))
    kind = STRING if distance == "jaro_winkler" else EDITS
    return Comparison(column, kind, (column,), told, steps, term_frequency, max(1, n), 0.6)


def chinese_name(column: str, *, term_frequency: bool = True) -> Comparison:
    """Names in characters: equal › variant forms › same sound with tones › same sound by ear (n/l, zh/z, an/ang) › look-alike characters ›
    one character off › same given name › different."""
    labels = "equal › variant form › same pinyin › fuzzy pinyin › look-alike › one character off › given name only › different"
    m = (0.93, 0.012, 0.015, 0.008, 0.008, 0.015, 0.002, 0.01)
    u = (0.0008, 0.0001, 0.0012, 0.0015, 0.0005, 0.03, 0.004, 0.9619)
    return Comparison(column, NAME, (column,), _levels(labels, m, u), (), term_frequency, 6, 0.6)


def id_number(column: str) -> Comparison:
    """Identity numbers: equal › one character off or two swapped › truncated but alike beyond the birth date › different.

    A 15-digit number is read as its 18-digit form. A number cut off within the birth date says nothing when its digits agree, and one cut off
    later says little: region and birth date are compared elsewhere, and strangers of one town and day share them.
    """
    levels = (
        Level("equal", 0.95, 2e-6),
        Level("one off or swapped", 0.03, 2e-6),
        Level("truncated but alike", 0.01, 3e-6, most=4.0),
        Level("different", 0.01, 1 - 7e-6),
    )
    return Comparison(column, ID, (column,), levels, (), False, 3, 0.5)


def date(column: str, *, lunar: str | None = None) -> Comparison:
    """Dates: equal › lunar reading of the other › one digit off, day and month swapped, or a day beside › same year › different.

    `lunar` names a column with the Gregorian date that the typed date would be if it was a lunar one.
    """
    labels = "equal › lunar reading › one digit, swapped or a day off › same year › different"
    levels = _levels(labels, (0.94, 0.01, 0.03, 0.01, 0.01), (4e-5, 4e-5, 0.0015, 0.018, 0.98042))
    return Comparison(column, DATE, (column, *((lunar,) if lunar else ())), levels, (), False, 3, 0.7)


def latin_name(
    column: str, *, swapped: str = "", is_counted: bool = True, term_frequency: bool = True
) -> Comparison:
    """Names in Latin script: equal › short form of it, or one of its words › Jaro–Winkler ≥ 0.92 › ≥ 0.8 › initial › swapped with the other name ›
    different.

    `swapped` names the column of the other name (the surname beside a given name). Where each is the other's, the comparison that is counted
    says so, and the one with `is_counted=False` says nothing, so that the swap is told once.
    """
    labels = "equal › form or part of it › very alike › alike › initial › swapped › different"
    m = (0.86, 0.02, 0.04, 0.01, 0.01, 0.01, 0.05)
    u = (0.004, 0.004, 0.006, 0.02, 0.01, 0.0001, 0.9559)
    steps = (0.92, 0.8, float(is_counted))
    return Comparison(column, LATIN, (column, swapped), _levels(labels, m, u), steps, term_frequency, 4, 0.6)


def birth_date(column: str, *, term_frequency: bool = False) -> Comparison:
    """Dates of birth as people type them (`YYYY-MM-DD` or `YYYYMMDD`, unknown parts `?` or `00`): equal › one digit off › day and month swapped ›
    one part differs › what is known of both agrees › same year › within three years › different."""
    labels = (
        "equal › one digit off › day and month swapped › one part differs › known parts agree › "
        "same year › within three years › different"
    )
    m = (0.89, 0.035, 0.01, 0.025, 0.01, 0.01, 0.005, 0.015)
    u = (4e-5, 0.0006, 0.0003, 0.003, 0.01, 0.012, 0.06, 0.91406)
    return Comparison(column, PARTS, (column,), _levels(labels, m, u), (3.0,), term_frequency, 5, 0.7)


def age(column: str, *, born: str, as_of: str | Day) -> Comparison:
    """An age told at a date against a date of birth: full years, or years by the calendar › one or two more (虚岁) › within two years › within five › more.

    `born` names the column with the date of birth, `as_of` the column with the date at which the age was true, or is that date for all records. Whoever has a
    date of birth is compared by it: two dates of birth say nothing here (a comparison of dates tells them), two ages are compared as years of birth.
    """
    labels = "full years, or years by the calendar › one or two more (虚岁) › within two years › within five years › more"
    m, u = (0.82, 0.07, 0.05, 0.03, 0.03), (0.02, 0.025, 0.025, 0.08, 0.85)
    told = "" if isinstance(as_of, Day) else as_of
    if not told and not isinstance(as_of, Day):
        raise SpecError(f"comparison {column}: an age needs the date at which it was true")
    fixed = (float(f"{as_of:%Y%m%d}"),) if isinstance(as_of, Day) else ()
    return Comparison(column, AGE, (column, born, told), _levels(labels, m, u), fixed, False, 3, 0.6)


def street(number: str, name: str, unit: str = "", *, term_frequency: bool = True) -> Comparison:
    """Street addresses in one comparison: same house › same number, street alike › same street, number one off or unknown › same street ›
    street alike, number one off › elsewhere. `unit` (flat) tells two homes of one house apart: a different one is "same street".

    With term frequencies a house of many people (a dormitory, a prison) says less than a family's.
    """
    labels = (
        "same house › same number, street alike › same street, number one off or unknown › same street › "
        "street alike, number one off › elsewhere"
    )
    m = (0.7, 0.05, 0.05, 0.02, 0.02, 0.16)
    u = (0.0003, 0.0001, 0.0005, 0.003, 0.0001, 0.996)
    return Comparison(name, STREET, (name, number, unit), _levels(labels, m, u), (0.85,), term_frequency, 3)


def set_of(column: str) -> Comparison:
    """Sets of values (lists, or text joined by `|`): one in common › none."""
    levels = _levels("one in common › none", (0.6, 0.4), (1e-4, 0.9999))
    return Comparison(column, SETS, (column,), levels)


def relatives(*columns: str, name: str = "relatives") -> Comparison:
    """Names of the people beside a person (mother, father, guardians), in whatever columns they stand: two in common › one in common ›
    one sounds alike › none. Columns may hold several names joined by `|`."""
    if not columns:
        raise SpecError(f"comparison {name}: no column")
    levels = _levels(
        "two in common › one in common › one sounds alike › none",
        (0.5, 0.4, 0.03, 0.07),
        (1e-6, 0.002, 0.002, 0.995999),
    )
    return Comparison(name, RELATIVES, tuple(columns), levels, (), False, 3, 0.5)


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
    return Comparison(area, ADDRESS, (area, group or "", door or ""), levels, (), False, 3)
