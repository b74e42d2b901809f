"""Which two rows of the register are one person.

The weights are those of a register where a few rows in a thousand stand twice: agreement is worth what chance would make of it (a name
by its frequency, a date by its rarity), contradiction what it costs. Twins agree on everything but the name; a father and his son
share door and surname; two sound numbers that differ are two people unless all else agrees; one number on two different people is
a shared number, which is another finding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from linkage.county.evidence import FIELDS, MISSING, compare_people, equal, strings
from linkage.county.explaining import ALONE, DUPLICATE, PRIOR, Pairs, lines_of, with_namesakes
from linkage.county.first_pass import NAMESAKES
from linkage.county.frames import register_frame
from linkage.county.model import CountyModels

BLOCKS: tuple[tuple[str, ...], ...] = (
    ("id_number",),
    ("name_sound", "birth_date"),
    ("name", "birth_year", "township"),
    ("name", "birth_month_day"),
    ("name", "door"),
    ("name", "phone"),
    ("name", "mother_id"),
    ("name", "father_id"),
    ("mother_id", "birth_date", "sex"),
    ("surname", "birth_date", "village"),
    ("name_sound", "either_date"),
)
LARGEST_BLOCK = 60
BITS: dict[str, tuple[float, ...]] = {  # by the levels of evidence.FIELDS
    "id_number": (14.0, 9.0, 5.0, -3.0, -10.0),
    "name": (0.0, -2.0, -2.0, -6.0, -9.0, -14.0, -16.0),  # below the worth of the name itself
    "birth_date": (13.0, 9.0, 4.0, -3.0, -9.0),
    "sex": (1.0, -6.0),
    "parents": (5.0, 3.0, -5.0),
}
SAME_DOOR, SAME_VILLAGE, OTHER_TOWNSHIP = 4.0, 2.0, -1.5
HOMES = (SAME_DOOR, SAME_VILLAGE, 0.0, OTHER_TOWNSHIP)  # by the levels of evidence.FIELDS["home"]
AT_HOME = {"namesakes_in_household": 8.0, "namesakes_at_door": 4.0}
LARGEST_HOME = 10  # people; in a dormitory two of one name are nothing rare
SAME_PHONE = 4.0
EXPECTED = 0.006  # duplicates per row, for the prior
SHOWN = 0.05  # least probability of a pair that is returned


def register_duplicates(register: pd.DataFrame, models: CountyModels | None = None) -> pd.DataFrame:
    """person_no < person_no_2, match_probability, match_weight (bits, prior included); only what is at all likely."""
    rows = register_frame(register)
    pairs = _blocked(rows)
    left = rows.iloc[pairs["left"].to_numpy()].reset_index(drop=True)
    right = rows.iloc[pairs["right"].to_numpy()].reset_index(drop=True)
    weight = _weights(left, right, rows)
    probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
    found = pd.DataFrame(
        {
            "person_no": np.minimum(strings(left["person_no"]), strings(right["person_no"])),
            "person_no_2": np.maximum(strings(left["person_no"]), strings(right["person_no"])),
            "match_probability": np.round(probability, 6),
            "match_weight": np.round(weight, 3),
        }
    )
    found = found[found["match_probability"] >= SHOWN]
    return found.sort_values(["person_no", "person_no_2"], ignore_index=True)


def _blocked(rows: pd.DataFrame) -> pd.DataFrame:
    """Pairs of positions that share a block, each once."""
    table = rows.assign(person=np.arange(len(rows)))
    twice = pd.concat(
        [table.assign(either_date=table["birth_date"]), table.assign(either_date=table["birth_date_lunar"])]
    )
    found = []
    for block in BLOCKS:
        on = list(block)
        source = twice if "either_date" in block else table
        part = source[["person", *on]].dropna()
        size = part.groupby(on, sort=False)["person"].transform("size")
        part = part[(size > 1) & (size <= LARGEST_BLOCK)]
        pairs = part.merge(part, on=on, suffixes=("_left", "_right"))
        found.append(pairs.loc[pairs["person_left"] < pairs["person_right"], ["person_left", "person_right"]])
    pairs = pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)
    pairs.columns = pd.Index(["left", "right"])
    return pairs


def _weights(left: pd.DataFrame, right: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    weight = np.zeros(len(left))
    for _, _, bits in _bits(left, right, rows):
        weight += bits
    return weight


def _bits(
    left: pd.DataFrame, right: pd.DataFrame, rows: pd.DataFrame
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Term, level (by `evidence.FIELDS`) and bits of each pair, as they are added up; the prior first."""
    levels = compare_people(left, right)
    there = np.zeros(len(left), dtype=int)
    yield PRIOR, there, np.full(len(left), np.log2(EXPECTED / max(len(rows), 1)))
    for field, bits in BITS.items():
        worth = np.append(bits, 0.0)  # the last is what MISSING (−1) finds
        yield (
            field,
            levels[field],
            worth[np.where(levels[field] == MISSING, len(FIELDS[field]), levels[field])],
        )
    is_named = (levels["name"] != MISSING) & (levels["name"] <= 4)
    yield NAMESAKES, there - ~is_named, np.where(is_named, _name_worth(left["name"], rows), 0.0)
    home = _home_worth(left, right)
    yield "home", np.select([home == w for w in HOMES], range(len(HOMES)), MISSING), home
    is_one_name = (levels["name"] == 0) & (levels["id_number"] != len(BITS["id_number"]) - 1)
    for term, at_home in _namesakes_at_home(left, right, rows, is_one_name).items():
        yield term, there - ~at_home, AT_HOME[term] * at_home
    is_same = equal(strings(left["phone"]), strings(right["phone"]))
    yield "phone", there - ~is_same, SAME_PHONE * is_same


def explain_duplicates(register: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The waterfalls (`explaining`) of what `register_duplicates` found; their sums are its match weights."""
    rows = register_frame(register)
    position = pd.Series(np.arange(len(rows)), index=rows["person_no"])
    left = rows.iloc[position[found["person_no"]].to_numpy()].reset_index(drop=True)
    right = rows.iloc[position[found["person_no_2"]].to_numpy()].reset_index(drop=True)
    pairs = Pairs(DUPLICATE, strings(found["person_no"]), strings(found["person_no_2"]), ALONE)
    lines = lines_of(pairs, _bits(left, right, rows))
    return with_namesakes(lines, rows.set_index("person_no")["name"], rows)


def _name_worth(names: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    """Bits that agreeing on this name is worth, between those of a common name and of one seen once."""
    share = rows["name"].value_counts(normalize=True)
    rarest = 1.0 / max(len(rows), 2000)
    return np.clip(
        -np.log2(names.map(share).fillna(rarest).clip(lower=rarest).to_numpy(dtype=float)), 5.0, 15.0
    )


def _namesakes_at_home(
    left: pd.DataFrame, right: pd.DataFrame, rows: pd.DataFrame, is_one_name: np.ndarray
) -> dict[str, np.ndarray]:
    """Which pairs of one whole name share a household, or only a door, of at most `LARGEST_HOME` people; by term of `AT_HOME`.

    Who shares both the door of the hukou and that of another residence is one household by another number. Nobody calls two of a
    family by one name: a name met twice at home says more than name and address do each by itself.
    """
    shared = {}
    for home in ("household_no", "hukou_home", "residence_home"):
        values = strings(left[home])
        people = pd.Series(values).map(rows[home].value_counts()).to_numpy(dtype=float)
        shared[home] = is_one_name & equal(values, strings(right[home])) & (people <= LARGEST_HOME)
    is_away = strings(left["hukou_home"]) != strings(left["residence_home"])
    household = shared["household_no"] | (shared["hukou_home"] & shared["residence_home"] & is_away)
    door = (shared["hukou_home"] | shared["residence_home"]) & ~household
    return dict(zip(AT_HOME, (household, door)))


def _home_worth(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    a, b = strings(left["township"]), strings(right["township"])
    elsewhere = ~(pd.isna(a) | pd.isna(b)) & (a != b)
    village = equal(strings(left["village"]), strings(right["village"]))
    door = equal(strings(left["hukou_home"]), strings(right["hukou_home"]))
    door |= equal(strings(left["residence_home"]), strings(right["residence_home"]))
    return np.where(
        door, SAME_DOOR, np.where(village, SAME_VILLAGE, np.where(elsewhere, OTHER_TOWNSHIP, 0.0))
    )
