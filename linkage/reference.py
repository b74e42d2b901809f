"""The same engine, slow and obvious: nested loops, no hashing, no packing. Tests hold the fast one against it.

Read this to know what is computed; read the other modules to know how it is made quick.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from linkage.chinese.id_numbers import full_number
from linkage.chinese.names import lookalike_pairs, name_keys
from linkage.chinese.placeholders import is_placeholder
from linkage.compare import (
    ADDRESS,
    AGE,
    DATE,
    EDITS,
    EXACT,
    ID,
    LATIN,
    NAME,
    NUMBER,
    PARTS,
    RELATIVES,
    SETS,
    STREET,
    STRING,
    Comparison,
)
from linkage.latin.forms import date_parts, differing, is_nobody, plain, words
from linkage.latin.nicknames import are_one_name
from linkage.model import Model
from linkage.spec import LinkSpec, further_column
from linkage.terms import term

Record = Mapping[str, Any]
Missing = None


def candidate_pairs(
    left: Sequence[Record], right: Sequence[Record], spec: LinkSpec
) -> dict[tuple[int, int], int]:
    """Every pair that some rule makes → the first rule that does."""
    found: dict[tuple[int, int], int] = {}
    for number, rule in enumerate(spec.blocking_rules):
        for i, a in enumerate(left):
            met = [j for j, b in enumerate(right) if _agree(a, b, rule.columns)]
            if len(met) > spec.largest_block:
                further = further_column(spec.blocking_rules, number)
                met = [j for j in met if further and _agree(a, right[j], (further,))]
            if len(met) <= spec.largest_block:
                for j in met:
                    found.setdefault((i, j), number)
    return found


def _agree(a: Record, b: Record, columns: Sequence[str]) -> bool:
    return all(a[c] is not None and a[c] == b[c] for c in columns)


def level(comparison: Comparison, a: Record, b: Record) -> int:
    """The comparison's level for two records; the number of levels when a value is missing."""
    missing = len(comparison.levels)
    if comparison.kind == RELATIVES:
        return _relatives_level(
            [a[c] for c in comparison.columns], [b[c] for c in comparison.columns], missing
        )
    if comparison.kind == AGE:
        one, other = ([record[c] if c else None for c in comparison.columns] for record in (a, b))
        return _age_level(one, other, comparison.thresholds, missing)
    x, y = a[comparison.columns[0]], b[comparison.columns[0]]
    if x is None or y is None or (comparison.kind == NAME and (is_placeholder(x) or is_placeholder(y))):
        return missing
    if comparison.kind in (LATIN, PARTS, STREET):
        one, other = ([record[c] if c else None for c in comparison.columns] for record in (a, b))
        return LATINS[comparison.kind](one, other, comparison.thresholds, missing)
    if comparison.kind == EXACT:
        return int(x != y)
    if comparison.kind == STRING:
        similarity = JaroWinkler.similarity(x, y)
        steps = [similarity >= step for step in comparison.thresholds]
        return 0 if x == y else 1 + (steps.index(True) if True in steps else len(steps))
    if comparison.kind == EDITS:
        within = [Levenshtein.distance(x, y) <= step for step in comparison.thresholds]
        return 0 if x == y else 1 + (within.index(True) if True in within else len(within))
    if comparison.kind == NAME:
        return 0 if x == y else _name_level(x, y)
    if comparison.kind == ID:
        return _id_level(full_number(x), full_number(y), missing)
    if comparison.kind == DATE:
        lunar = comparison.columns[1] if len(comparison.columns) > 1 else None
        return _date_level(x, y, a[lunar] if lunar else None, b[lunar] if lunar else None)
    if comparison.kind == SETS:
        return int(not set(x.split("|")) & set(y.split("|")))
    if comparison.kind == NUMBER:
        gap = abs(x - y)
        within = [gap <= step for step in comparison.thresholds]
        return within.index(True) if True in within else len(within)
    assert comparison.kind == ADDRESS
    return _address_level(
        [a[c] if c else None for c in comparison.columns],
        [b[c] if c else None for c in comparison.columns],
        missing,
    )


def _name_level(x: str, y: str) -> int:
    a, b = name_keys(x), name_keys(y)
    alike = set(lookalike_pairs())
    if a.folded == b.folded:
        return 1
    if a.toned == b.toned:
        return 2
    if a.fuzzy == b.fuzzy:
        return 3
    same_length = len(a.folded) == len(b.folded)
    if same_length and all(p == q or ord(p) << 21 | ord(q) in alike for p, q in zip(a.folded, b.folded)):
        return 4
    if max(len(a.folded), len(b.folded)) > 2 and OSA.distance(a.folded, b.folded) <= 1:
        return 5
    return 6 if a.given and a.given == b.given else 7


def _id_level(x: str, y: str, missing: int) -> int:
    if x == y:
        return 0
    if len(x) == len(y):
        return 1 if OSA.distance(x, y) <= 1 else 3
    short, long = sorted((x, y), key=len)
    if not long.startswith(short):
        return 3
    return 2 if len(short) > 14 else missing


def _relatives_level(a: Sequence[Any], b: Sequence[Any], missing: int) -> int:
    one, other = (
        [name_keys(n) for value in side if value for n in value.split("|") if n and not is_placeholder(n)]
        for side in (a, b)
    )
    if not one or not other:
        return missing
    shared = {key.folded for key in one} & {key.folded for key in other}
    if shared:
        return 0 if len(shared) > 1 else 1
    return 2 if {key.toned for key in one} & {key.toned for key in other} else 3


def _date_level(x: date, y: date, lunar_x: date | None, lunar_y: date | None) -> int:
    if x == y:
        return 0
    if lunar_x == y or lunar_y == x:
        return 1
    differing = sum(p != q for p, q in zip(f"{x:%Y%m%d}", f"{y:%Y%m%d}"))
    swapped = (x.year, x.month, x.day) == (y.year, y.day, y.month)
    if differing == 1 or swapped or abs((x - y).days) == 1:
        return 2
    return 3 if x.year == y.year else 4


def _address_level(a: Sequence[Any], b: Sequence[Any], missing: int) -> int:
    x, y = a[0], b[0]
    group_a, group_b, door_a, door_b = a[1], b[1], a[2], b[2]
    is_village = [code[9:] != "000" for code in (x, y)]
    is_township = [code[6:9] != "000" for code in (x, y)]
    if all(is_village) and x == y:
        groups_agree = group_a is not None and group_a == group_b
        if door_a is not None and door_a == door_b and (groups_agree or group_a is None or group_b is None):
            return 0
        return 1 if groups_agree else 2
    if all(is_township) and x[:9] == y[:9]:
        return 3 if all(is_village) else missing
    if x[:6] == y[:6] and x[4:6] != "00":
        return 4 if all(is_township) else missing
    return 5


def _latin_level(a: Sequence[Any], b: Sequence[Any], steps: Sequence[float], missing: int) -> int:
    if is_nobody(a[0]) or is_nobody(b[0]):
        return missing
    x, y = words(a[0]), words(b[0])
    if x == y:
        return 0
    if (words(a[1] or ""), words(b[1] or "")) == (y, x):
        return 5 if steps[2] else missing
    if {w for w in x if len(w) > 1} & {w for w in y if len(w) > 1} or are_one_name(x[0], y[0]):
        return 1
    is_initial = any(len(name) == 1 and len(name[0]) == 1 for name in (x, y))
    if is_initial and x[0][0] == y[0][0]:
        return 4
    similarity = JaroWinkler.similarity(" ".join(x), " ".join(y))
    return 2 if similarity >= steps[0] else 3 if similarity >= steps[1] else 6


def _parts_level(a: Sequence[Any], b: Sequence[Any], steps: Sequence[float], missing: int) -> int:
    x, y = date_parts(a[0]), date_parts(b[0])
    if x is None or y is None:
        return missing
    known = [(p, q) for p, q in zip(x, y) if p and q]
    agreed = sum(p == q for p, q in known)
    same_year = bool(x[0]) and x[0] == y[0]
    if not known:
        return missing
    if agreed == len(known):
        return 0 if agreed == 3 else 4 if agreed == 2 or same_year else missing
    if len(known) == 3 and agreed == 2:
        return 1 if sum(differing(p, q) for p, q in known) == 1 else 3
    if len(known) == 3 and same_year and (x[1], x[2]) == (y[2], y[1]):
        return 2
    is_number = all(year.isascii() and year.isdecimal() for year in (x[0], y[0]))
    return 5 if same_year else 6 if is_number and abs(int(x[0]) - int(y[0])) <= steps[0] else 7


def _street_level(a: Sequence[Any], b: Sequence[Any], steps: Sequence[float], missing: int) -> int:
    (x, number_x, flat_x), (y, number_y, flat_y) = ([plain(v or "") for v in side] for side in (a, b))
    if not x or not y:
        return missing
    alike = x == y or JaroWinkler.similarity(x, y) >= steps[0]
    unknown = not number_x or not number_y
    equal = not unknown and number_x == number_y
    near = alike and not unknown and not equal and OSA.distance(number_x, number_y) <= 1
    if x == y:
        if equal:
            return 3 if flat_x and flat_y and flat_x != flat_y else 0
        return 2 if near or unknown else 3
    return 1 if alike and equal else 4 if near else 5


def _age_level(a: Sequence[Any], b: Sequence[Any], fixed: Sequence[float], missing: int) -> int:
    days = [_whole_date(str(int(fixed[0]))) if fixed else _whole_date(side[2]) for side in (a, b)]
    births = [_whole_date(side[1]) for side in (a, b)]
    ages = [int(side[0]) if side[0] is not None and day else None for side, day in zip((a, b), days)]
    if births[0] and births[1]:
        return missing
    if births[0] or births[1]:
        born, age, day = (births[0], ages[1], days[1]) if births[0] else (births[1], ages[0], days[0])
        if not born or age is None or not day:
            return missing
        birthday_passed = (day.month, day.day) >= (born.month, born.day)
        gap = age - (day.year - born.year - (0 if birthday_passed else 1))
        if gap == 0 or age == day.year - born.year:
            return 0
        return 1 if gap in (1, 2) else 2 if gap in (-1, -2) else 3 if abs(gap) <= 5 else 4
    if ages[0] is None or ages[1] is None or not days[0] or not days[1]:
        return missing
    gap = abs((days[0].year - ages[0]) - (days[1].year - ages[1]))
    return 0 if gap <= 1 else 2 if gap == 2 else 3 if gap <= 5 else 4


def _whole_date(typed: str | None) -> date | None:
    digits = (typed or "").replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


LATINS = {LATIN: _latin_level, PARTS: _parts_level, STREET: _street_level}


def match_weight(model: Model, a: Record, b: Record) -> float:
    """Bits, prior included: docs of `linkage.score`."""
    prior = math.log2(model.on_register / model.right_size)
    matched = unmatched = relative = 0.0
    for place, comparison in enumerate(model.spec.comparisons):
        found = level(comparison, a, b)
        if found == len(comparison.levels):
            continue
        matched += math.log2(model.m[place][found])
        chance = model.u[place][found]
        if comparison.term_frequency and found == 0:
            own = term(comparison, [a[c] if c else None for c in comparison.columns])
            chance = model.terms[comparison.name].get(str(own), 1.0 / model.right_size)
        unmatched += math.log2(chance)
        relative += math.log2(model.h[place][found]) if model.h else 0.0
    other = 2.0**unmatched
    if model.h and model.relatives:
        other += 2.0**relative * model.relatives / model.right_size
    return prior + matched - math.log2(other)
