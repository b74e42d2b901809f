"""How well two people agree, field by field, when the question is which member of one family is meant.

Inside a family most fields lose their force: everybody shares the surname, the address, often the phone, and siblings share their
parents. So each level carries m (how often the same person shows it) and h (how often two members of one household do). m is
a stated assumption, h is counted on the register, which is full of known pairs of different people under one roof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Level:
    """One comparison level: its probability among the same person (m), relatives (h, a default before training), strangers (u)."""

    name: str
    m: float
    h: float
    u: float


FIELDS: dict[str, tuple[Level, ...]] = {
    "id_number": (
        Level("exact", 0.94, 0.0005, 2e-6),
        Level("near", 0.025, 0.0005, 1e-6),
        Level("leading digits", 0.015, 0.0005, 2e-5),
        Level("other, one of them unsound", 0.012, 0.07, 0.07),
        Level("other, both sound", 0.008, 0.928, 0.93),
    ),
    "name": (
        Level("exact", 0.92, 0.002, 3e-4),
        Level("same sound, or a former name", 0.025, 0.001, 3e-4),
        Level("one character unreadable", 0.01, 0.001, 2e-4),
        Level("same given name", 0.012, 0.001, 1e-3),
        Level("one character off", 0.02, 0.12, 0.008),
        Level("surname only", 0.006, 0.45, 0.05),
        Level("other", 0.007, 0.425, 0.94),
    ),
    "birth_date": (
        Level("exact", 0.92, 0.001, 4e-5),
        Level("lunar reading", 0.015, 0.0005, 4e-5),
        Level("one part off", 0.035, 0.006, 3e-3),
        Level("same year", 0.015, 0.02, 0.012),
        Level("other", 0.015, 0.9725, 0.985),
    ),
    "sex": (Level("same", 0.985, 0.48, 0.5), Level("other", 0.015, 0.52, 0.5)),
    "parents": (
        Level("both", 0.8, 0.5, 1e-4),
        Level("one", 0.17, 0.1, 1e-3),
        Level("other", 0.03, 0.4, 0.999),
    ),
    "home": (
        Level("same door", 0.66, 0.8, 3e-4),
        Level("same village", 0.2, 0.12, 0.04),
        Level("same township", 0.05, 0.03, 0.15),
        Level("elsewhere", 0.09, 0.05, 0.81),
    ),
    "phone": (Level("same", 0.7, 0.35, 5e-5), Level("other", 0.3, 0.65, 0.99995)),
    "relation": (Level("same", 0.75, 0.15, 0.15), Level("other", 0.25, 0.85, 0.85)),
    "generation": (Level("fits", 0.995, 0.6, 0.4), Level("cannot be", 0.005, 0.4, 0.6)),
    "kin": (Level("named as such", 0.9, 0.15, 1e-3), Level("another is named", 0.1, 0.85, 0.999)),
}  # fmt: skip
MISSING = -1
PLACES = ("hukou", "residence")
TRAINED = ("id_number", "name", "birth_date", "sex", "parents", "home", "phone")
WITHIN_FAMILY = ("id_number", "name", "birth_date", "sex", "parents")  # the rest a family shares


def strings(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=object)


def equal(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Both there and equal."""
    return (left == right) & ~pd.isna(left)


def compare_id(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    a, b = strings(left["id_number"]), strings(right["id_number"])
    states = strings(left["id_state"]), strings(right["id_state"])
    missing = pd.isna(a) | pd.isna(b)
    sound = (states[0] == "valid") & (states[1] == "valid")
    level = np.where(sound, 4, 3)
    other = ~missing & (a != b)
    for n in np.flatnonzero(other):
        x, y = a[n], b[n]
        if "partial" in (states[0][n], states[1][n]):
            shortest = min(len(x), len(y))
            level[n] = 2 if shortest >= 12 and x[:shortest] == y[:shortest] else 3
        elif one_slip(x, y):
            level[n] = 1
    level[equal(a, b)] = 0
    partial_both = equal(a, b) & ((states[0] == "partial") | (states[1] == "partial"))
    level[partial_both] = 2
    level[missing] = MISSING
    return level


def one_slip(a: str, b: str) -> bool:
    """One digit miskeyed, or two neighbours swapped."""
    if len(a) != len(b):
        return False
    differ = [n for n in range(len(a)) if a[n] != b[n]]
    if len(differ) == 1:
        return True
    return (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and a[differ[0]] == b[differ[1]]
        and a[differ[1]] == b[differ[0]]
    )


def compare_name(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    a, b = strings(left["name"]), strings(right["name"])
    missing = pd.isna(a) | pd.isna(b)
    level = np.full(len(a), 6)
    same_surname = equal(strings(left["surname"]), strings(right["surname"]))
    level[same_surname] = 5
    for n in np.flatnonzero(~missing & (a != b)):
        level[n] = min(level[n], _name_slip(a[n], b[n]))
    given = equal(strings(left["given"]), strings(right["given"]))
    level[given] = np.minimum(level[given], 3)
    former = equal(strings(left["former_name"]), b) | equal(a, strings(right["former_name"]))
    level[equal(strings(left["name_sound"]), strings(right["name_sound"])) | former] = 1
    level[equal(a, b)] = 0
    level[missing & ~former] = MISSING
    return level


def _name_slip(a: str, b: str) -> int:
    unreadable = set("?？*■□×X")
    if len(a) == len(b):
        differ = [(x, y) for x, y in zip(a, b) if x != y]
        if all(x in unreadable or y in unreadable for x, y in differ) and len(differ) < len(a):
            return 2
        return 4 if len(differ) == 1 and len(a) > 2 else 6
    short, long = sorted((a, b), key=len)
    return (
        4
        if len(long) - len(short) == 1
        and len(short) >= 2
        and (long.startswith(short) or long.endswith(short))
        else 6
    )


def compare_birth(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    a, b = left["birth_date"].reset_index(drop=True), right["birth_date"].reset_index(drop=True)
    year, month, day = a.dt.year == b.dt.year, a.dt.month == b.dt.month, a.dt.day == b.dt.day
    parts = year.to_numpy(int) + month.to_numpy(int) + day.to_numpy(int)
    level = np.where(year, 3, 4)
    swapped = year & (a.dt.month == b.dt.day) & (a.dt.day == b.dt.month)
    next_day = (a - b).abs() <= pd.Timedelta(days=1)
    level[(parts == 2) | swapped.to_numpy() | next_day.to_numpy()] = 2
    lunar_left = left["birth_date_lunar"].reset_index(drop=True) == b
    lunar_right = right["birth_date_lunar"].reset_index(drop=True) == a
    level[(lunar_left | lunar_right).to_numpy()] = 1
    level[parts == 3] = 0
    level[(a.isna() | b.isna()).to_numpy()] = MISSING
    return level


def compare_plain(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    level = np.where(a == b, 0, 1)
    level[pd.isna(a) | pd.isna(b)] = MISSING
    return level


def compare_parents(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    agree = np.zeros(len(left), dtype=int)
    differ = np.zeros(len(left), dtype=int)
    for parent in ("mother", "father"):
        ids = strings(left[f"{parent}_id"]), strings(right[f"{parent}_id"])
        names = strings(left[f"{parent}_name"]), strings(right[f"{parent}_name"])
        same = equal(*ids) | equal(*names)
        known = ~(pd.isna(names[0]) | pd.isna(names[1])) | ~(pd.isna(ids[0]) | pd.isna(ids[1]))
        agree += same
        differ += known & ~same
    level = np.where(agree == 2, 0, np.where((agree == 1) & (differ == 0), 1, 2))
    level[(agree + differ) == 0] = MISSING
    return level


def compare_home(left: pd.DataFrame, right: pd.DataFrame) -> np.ndarray:
    """The nearest that any address of one comes to any address of the other."""
    level = np.full(len(left), MISSING)
    sides = [(left[f"{a}_home"], right[f"{b}_home"]) for a in PLACES for b in PLACES]
    areas = [(strings(left[f"{a}_area"]), strings(right[f"{b}_area"])) for a in PLACES for b in PLACES]
    areas.append((strings(left["village"]), strings(right["village"])))
    known = np.zeros(len(left), dtype=bool)
    village = np.zeros(len(left), dtype=bool)
    for a, b in areas:
        known |= ~(pd.isna(a) | pd.isna(b))
        village |= equal(a, b)
    level[known] = 3
    level[equal(strings(left["township"]), strings(right["township"]))] = 2
    level[village] = 1
    for a, b in sides:
        level[equal(strings(a), strings(b))] = 0
    return level


def compare_people(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, np.ndarray]:
    """Levels of the fields a person carries, for aligned rows of two frames of `frames`."""
    number, birth = compare_id(left, right), compare_birth(left, right)
    sex = compare_plain(strings(left["sex"]), strings(right["sex"]))
    for level, field in ((birth, "birth_from_id"), (sex, "sex_from_id")):  # a number is not heard twice
        derived = left[field].to_numpy(dtype=bool) | right[field].to_numpy(dtype=bool)
        level[derived & (number != MISSING)] = MISSING
    return {
        "id_number": number,
        "name": compare_name(left, right),
        "birth_date": birth,
        "sex": sex,
        "parents": compare_parents(left, right),
        "home": compare_home(left, right),
        "phone": compare_plain(strings(left["phone"]), strings(right["phone"])),
    }


def family_levels(register: pd.DataFrame, seed: int = 0, cap: int = 60_000) -> dict[str, list[float]]:
    """h of the trained fields, counted on pairs of different people of one register household (2–10 members)."""
    homes = register[["household_no"]].assign(person=np.arange(len(register))).dropna()
    size = homes.groupby("household_no")["person"].transform("size")
    homes = homes[(size > 1) & (size <= 10)]
    pairs = homes.merge(homes, on="household_no")
    pairs = pairs[pairs["person_x"] != pairs["person_y"]]
    if len(pairs) > cap:
        pairs = pairs.sample(cap, random_state=seed)
    left = register.iloc[pairs["person_x"].to_numpy()].reset_index(drop=True)
    right = register.iloc[pairs["person_y"].to_numpy()].reset_index(drop=True)
    levels = compare_people(left, right)
    double = ((levels["name"] == 0) | (levels["name"] == 1)) & (levels["birth_date"] == 0)
    double |= (levels["id_number"] == 0) & (levels["name"] <= 1)
    return {field: _smoothed(levels[field][~double], field) for field in TRAINED}


def _smoothed(levels: np.ndarray, field: str, weight: float = 400.0) -> list[float]:
    """Counted, leaning on the default, and never far below it: what a register has not seen yet still happens."""
    prior = np.array([level.h for level in FIELDS[field]])
    counts = np.bincount(levels[levels != MISSING], minlength=len(prior)) + weight * prior
    share = np.maximum(counts / counts.sum(), 0.3 * prior)
    return [round(float(p), 6) for p in share / share.sum()]
