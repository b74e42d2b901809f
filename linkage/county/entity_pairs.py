"""Which unlinked mentions could be one unregistered person: the evidence, as a table of rules.

A birth has no name at first, so it is recognised by its parents, its date and its sex, or by its door where a list names no
parents; whoever has a number by that; whoever has only a name by the name together with somebody beside them. A rule
proposes, `entities` disposes: it puts pairs together strongest first and refuses what cannot be one person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from linkage.county.names import name_parts

LARGEST_GROUP = 40  # a value that more people share than this says nothing about who they are

# what a person has two of, either of which may be the one that another mention has
EITHER = {
    "either_date": ("birth_date", "birth_date_lunar"),
    "either_door": ("residence_home", "hukou_home"),
}


@dataclass(frozen=True)
class PairRule:
    """Two unlinked people who agree on `on` (and, with `beside`, share a companion) may be one, if `also` holds."""

    name: str
    strength: int
    on: tuple[str, ...]
    also: tuple[str, ...] = ()
    beside: bool = False


# one name not given yet, and nothing that speaks of other parents
NEWBORN = ("unnamed", "own_row", "parents", "surname_of_parents")
UNNAMED_CHILD = ("unnamed", "own_row")
# no mother bears two children within it, and a birth is told within it
BETWEEN_BIRTHS = pd.Timedelta(days=200)

PAIR_RULES: tuple[PairRule, ...] = (
    PairRule("id_number", 100, ("id_number",), ("name_or_birth", "sex")),
    PairRule("id_number_name_birth", 97, ("id_number", "name", "birth_date")),  # whatever sex one of them says
    PairRule("certificate", 95, ("certificate_no",), ("birth", "sex")),
    PairRule("student_no", 90, ("student_no",), ("name_or_birth", "sex")),
    PairRule("name_companion_birth", 88, ("name", "birth_date"), ("sex",), beside=True),
    PairRule("name_companion", 85, ("name",), ("birth", "sex"), beside=True),
    PairRule("birth_of_parents", 80, ("birth_date", "sex"), ("name_or_unnamed", "own_row"), beside=True),
    PairRule("name_birth_village", 75, ("name", "birth_date", "village"), ("sex", "parents")),
    PairRule("name_birth", 70, ("name", "birth_date"), ("sex", "parents", "county")),
    PairRule("name_lunar", 66, ("name", "either_date", "village"), ("sex", "parents")),
    PairRule("sound_birth_village", 64, ("name_sound", "birth_date", "village"), ("sex", "parents")),
    PairRule("birth_of_mother_name", 60, ("mother_name", "birth_date", "sex"), ("name_or_unnamed", "own_row", "county")),
    PairRule("name_near_id", 58, ("name", "birth_year"), ("sex", "near_id")),
    PairRule("dateless_birth_of_mother", 59, ("mother_id", "sex"), ("one_dateless", "told_in_time", *UNNAMED_CHILD)),
    PairRule("birth_at_door", 57, ("either_door", "birth_date", "sex"), NEWBORN),
    PairRule("birth_at_phone", 56, ("phone", "birth_date", "sex"), NEWBORN),
    PairRule("name_phone", 55, ("name", "phone"), ("birth", "sex")),
    PairRule("name_door", 50, ("name", "door"), ("birth", "sex")),
    PairRule("sexless_birth_at_door", 48, ("either_door", "birth_date"), ("sex", *NEWBORN)),
)  # fmt: skip


def entity_pairs(people: pd.DataFrame, companions: pd.DataFrame) -> pd.DataFrame:
    """Pairs (positions `left` < `right` in `people`) with the strength of the strongest rule that makes them.

    `people`: one row per content key (see `entities.unlinked_people`); `companions`: `person` (position), `companion` (text).
    """
    found = [_pairs_of(rule, people, companions) for rule in PAIR_RULES]
    pairs = pd.concat(found, ignore_index=True)
    pairs = pairs.sort_values(["strength", "left", "right"], ascending=[False, True, True], kind="stable")
    return pairs.drop_duplicates(["left", "right"], ignore_index=True)


def _pairs_of(rule: PairRule, people: pd.DataFrame, companions: pd.DataFrame) -> pd.DataFrame:
    on = list(rule.on)
    table = people.assign(person=np.arange(len(people)))
    for column in EITHER.keys() & rule.on:
        table = _with_either(table, column)
    table = table[["person", *on]].dropna()
    if rule.beside:
        table = table.merge(companions, on="person")
        on = [*on, "companion"]
    size = table.groupby(on, sort=False)["person"].transform("size")
    table = table[(size > 1) & (size <= LARGEST_GROUP)]
    pairs = table.merge(table, on=on, suffixes=("_left", "_right"))
    pairs = pairs.loc[
        pairs["person_left"] < pairs["person_right"], ["person_left", "person_right"]
    ].drop_duplicates()
    pairs.columns = pd.Index(["left", "right"])
    keep = np.ones(len(pairs), dtype=bool)
    left = people.iloc[pairs["left"].to_numpy()].reset_index(drop=True)
    right = people.iloc[pairs["right"].to_numpy()].reset_index(drop=True)
    for condition in rule.also:
        keep &= CONDITIONS[condition](left, right)
    return pairs[keep].assign(strength=rule.strength, rule=rule.name).reset_index(drop=True)


def _with_either(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Every person once per value that `column` may take for it."""
    found = [table.assign(**{column: table[source]}) for source in EITHER[column]]
    return pd.concat(found, ignore_index=True).drop_duplicates(["person", column])


def _equal(left: pd.Series, right: pd.Series) -> np.ndarray:
    """Both there and equal."""
    return ((left == right) & left.notna() & right.notna()).to_numpy(dtype=bool)


def _differ(left: pd.Series, right: pd.Series) -> np.ndarray:
    """Both there and not equal."""
    return ((left != right) & left.notna() & right.notna()).to_numpy(dtype=bool)


def same_name(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    return _equal(left["name"], right["name"]) | _equal(left["name_sound"], right["name_sound"])


def birth_fits(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """No contradiction in the birth date: equal, missing, the lunar reading, or one part of it different."""
    a, b = left["birth_date"], right["birth_date"]
    missing = (a.isna() | b.isna()).to_numpy()
    lunar = _equal(left["birth_date_lunar"], b) | _equal(a, right["birth_date_lunar"])
    parts = (
        (a.dt.year == b.dt.year).to_numpy(dtype=int)
        + (a.dt.month == b.dt.month).to_numpy(dtype=int)
        + (a.dt.day == b.dt.day).to_numpy(dtype=int)
    )
    swapped = ((a.dt.year == b.dt.year) & (a.dt.month == b.dt.day) & (a.dt.day == b.dt.month)).to_numpy()
    return missing | lunar | (parts >= 2) | swapped


def near_id(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """The numbers differ in at most two places (a digit miskeyed, two digits swapped)."""

    def close(a: object, b: object) -> bool:
        if not isinstance(a, str) or not isinstance(b, str) or len(a) != len(b):
            return False
        return sum(x != y for x, y in zip(a, b)) <= 2

    return np.fromiter(
        (close(a, b) for a, b in zip(left["any_id"], right["any_id"])), dtype=bool, count=len(left)
    )


def _name_or_birth(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """A number alone is not enough when name and birth date both say somebody else (a borrowed number)."""
    unnamed = (left["name"].isna() | right["name"].isna()).to_numpy()
    return (
        same_name(left, right)
        | (unnamed & birth_fits(left, right))
        | _equal(left["birth_date"], right["birth_date"])
    )


def _parents_fit(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    mother = _differ(left["mother_name"], right["mother_name"])
    return ~(mother & (_differ(left["father_name"], right["father_name"])))


def _own_row(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    return ((left["role"] == "self") & (right["role"] == "self")).to_numpy()


def _unnamed(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    return (left["name"].isna() | right["name"].isna()).to_numpy(dtype=bool)


def _name_or_unnamed(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    same_given = _equal(left["given"], right["given"])  # a child entered once with each parent's surname
    return _unnamed(left, right) | same_name(left, right) | same_given


def _one_dateless(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    return (left["birth_date"].isna() ^ right["birth_date"].isna()).to_numpy(dtype=bool)


def _told_in_time(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """The row without a date came when a birth on the other's date would have been told, and no other birth of that mother."""
    dated, other = left["birth_date"], right["birth_date"]
    born = dated.where(dated.notna(), other)
    told = right["first_arrival"].where(dated.notna(), left["first_arrival"])
    waited = pd.to_datetime(told) - born
    return ((waited >= pd.Timedelta(0)) & (waited <= BETWEEN_BIRTHS)).to_numpy(dtype=bool)


def _surname_of_parents(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """Neither bears a surname that both of the other's parents lack. A dotted name says nothing: its parts may be anybody's."""
    return ~(_foreign_surname(left, right) | _foreign_surname(right, left))


def _foreign_surname(child: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    mother, father = (name_parts(other[f"{parent}_name"])["surname"] for parent in ("mother", "father"))
    surname = child["surname"].where(~child["name"].str.contains("·", na=False), None)
    return _differ(surname, mother) & _differ(surname, father)


CONDITIONS = {
    "sex": lambda left, right: ~_differ(left["sex"], right["sex"]),
    "birth": birth_fits,
    "near_id": near_id,
    "name_or_birth": _name_or_birth,
    "name_or_unnamed": _name_or_unnamed,
    "unnamed": _unnamed,
    "surname_of_parents": _surname_of_parents,
    "parents": _parents_fit,
    "county": lambda left, right: ~_differ(left["county"], right["county"]),
    "own_row": _own_row,
    "one_dateless": _one_dateless,
    "told_in_time": _told_in_time,
}
