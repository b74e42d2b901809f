"""The stock of defects a neglected register starts with: who is missing, twice, dead, wrong, blank (DOMAIN
4)."""

import numpy as np

from .corruptions import wrong_name, wrong_number
from .datewords import wrong_date
from .dice import Array, generator
from .founding import Town
from .people import NEVER
from .register import BLANK_PLACE, CODES, Register, true_values


def found_register(town: Town, day: int) -> Register:
    """The register as it was when the backlog began, defects included."""
    register = Register(town)
    people = town.people
    rng = generator(town.seed, "defects")
    rows = np.flatnonzero(people.belongs & ~_missing(town, rng, day))
    register.append(rows, register.homes_for(people.hh[rows]), true_values(people, rows))
    _forget_adults_parents(register, rng, day)
    _go_stale(register, rng, day)
    _duplicate(register, rng)
    _wrong_items(register, rng)
    _share_numbers(register, rng)
    _blank_items(register, rng)
    _kill_unnoticed(register, rng, day)
    return register


def _missing(town: Town, rng: np.random.Generator, day: int) -> Array:
    people, settings = town.people, town.settings
    age = people.age(day)
    share = np.full(len(people), settings.missing_adults)
    share[~people.local] = settings.missing_floating
    for limit, value in (
        (6, settings.missing_children),
        (1, settings.missing_infants),
        (0.25, settings.missing_newborns),
    ):
        share[age < limit] = value
    homes = rng.random(len(town.households)) < settings.missing_households
    return (rng.random(len(people)) < share) | (homes[np.maximum(people.hh, 0)] & people.local)


def _forget_adults_parents(register: Register, rng: np.random.Generator, day: int) -> None:
    """Grown people's parents were mostly never entered."""
    grown = (register.town.people.age(day)[register.person] > 18) & (rng.random(len(register)) < 0.8)
    for column in ("mother_name", "mother_id", "father_name", "father_id"):
        register.columns[column][grown] = None


def _go_stale(register: Register, rng: np.random.Generator, day: int) -> None:
    town, columns = register.town, register.columns
    settings, people = town.settings, town.people
    size = len(register)
    adult = people.age(day)[register.person] > 22
    stale = adult & (rng.random(size) < settings.stale_marital_share)
    older = np.select([columns["marital"] == 1, columns["marital"] >= 2], [0, 1], 1)
    columns["marital"][stale & (columns["marital"] > 0)] = older[stale & (columns["marital"] > 0)]
    floating = columns["rs_v"] != columns["hk_v"]
    rows = np.flatnonzero(
        floating & (columns["hk_v"] >= 0) & (rng.random(size) < settings.stale_residence_share)
    )
    for part in "vgdo":
        columns[f"rs_{part}"][rows] = columns[f"hk_{part}"][rows]
    rows = np.flatnonzero((columns["hk_v"] >= 0) & (rng.random(size) < settings.stale_hukou_share))
    elsewhere = (columns["hk_v"][rows] + rng.integers(1, town.tree.villages, len(rows))) % town.tree.villages
    home = ~floating[rows]
    for part, value in (
        ("v", elsewhere),
        ("g", rng.integers(1, 11, len(rows))),
        ("d", rng.integers(1, 140, len(rows))),
    ):
        columns[f"hk_{part}"][rows] = value
        columns[f"rs_{part}"][rows[home]] = value[home]


def _duplicate(register: Register, rng: np.random.Generator) -> None:
    """Second rows of people, entered again from another paper; sometimes a whole household twice."""
    settings, people = register.town.settings, register.town.people
    size = len(register)
    homes = np.flatnonzero(rng.random(len(register.home_truth)) < settings.duplicate_household_share)
    whole = np.flatnonzero(np.isin(register.home, homes))
    single = np.setdiff1d(np.flatnonzero(rng.random(size) < settings.duplicate_share), whole)
    for rows, is_whole in ((whole, True), (single, False)):
        if not len(rows):
            continue
        if is_whole:
            copies = register.new_homes(register.home_truth[homes])
            target = copies[np.searchsorted(homes, register.home[rows])]
        else:
            same = rng.random(len(rows)) < 0.5
            village = people.hk_v[register.person[rows]]
            stranger = register.home[rng.integers(0, size, len(rows))]
            target = np.where(same | (village < 0), register.home[rows], stranger)
        new = register.append(
            register.person[rows], target, {name: value[rows] for name, value in register.columns.items()}
        )
        _vary_copies(register, rng, new)


def _vary_copies(register: Register, rng: np.random.Generator, rows: Array) -> None:
    columns, people = register.columns, register.town.people
    kind = rng.random(len(rows))
    for row, u, v, w in zip(rows, kind, rng.random(len(rows)), rng.random(len(rows))):
        person = register.person[row]
        if u < 0.35:
            columns["id_number"][row] = None
        elif u < 0.55 and columns["id_number"][row]:
            columns["id_number"][row] = wrong_number(columns["id_number"][row], v * 0.75, w)[0]
        elif u < 0.65 and people.former_name[person]:
            columns["name"][row] = people.former_name[person]
        elif u < 0.8:
            columns["name"][row] = wrong_name(columns["name"][row], v * 0.55, w)[0]
        if w < 0.3:
            columns["phone"][row] = None
        if v < 0.15:
            changed, _ = wrong_date(int(columns["birth"][row]), w, v * 6, 0.3)
            if isinstance(changed, (int, np.integer)):
                columns["birth"][row] = changed


def _wrong_items(register: Register, rng: np.random.Generator) -> None:
    columns = register.columns
    rows = np.flatnonzero(rng.random(len(register)) < register.town.settings.wrong_item_share)
    for row, u, v, w in zip(rows, rng.random(len(rows)), rng.random(len(rows)), rng.random(len(rows))):
        if u < 0.25:
            columns["name"][row] = wrong_name(columns["name"][row], v * 0.93, w)[0]
        elif u < 0.45 and columns["id_number"][row]:
            columns["id_number"][row] = wrong_number(columns["id_number"][row], v * 0.92, w)[0]
        elif u < 0.70:
            changed, _ = wrong_date(int(columns["birth"][row]), v * 0.78, w, 0.2)
            if isinstance(changed, (int, np.integer)):
                columns["birth"][row] = changed
        elif u < 0.78:
            columns["sex"][row] = 3 - columns["sex"][row]
        elif u < 0.84:
            columns["ethnicity"][row] = 0 if columns["ethnicity"][row] else 1 + int(w * 5)
        elif u < 0.92:
            columns["marital"][row] = (columns["marital"][row] + 1 + int(w * 2)) % 4
        else:
            parent = "mother" if w < 0.5 else "father"
            if columns[f"{parent}_id"][row]:
                columns[f"{parent}_id"][row] = wrong_number(columns[f"{parent}_id"][row], v * 0.75, w)[0]


def _share_numbers(register: Register, rng: np.random.Generator) -> None:
    """One number on two people: a neighbour's row was copied when the next was typed."""
    numbers = register.columns["id_number"]
    rows = np.flatnonzero(rng.random(len(register)) < register.town.settings.shared_id_share)
    rows = rows[rows > 0]
    for row in rows:
        other = row - 1
        if numbers[other] and register.person[other] != register.person[row]:
            numbers[row] = numbers[other]


def _blank_items(register: Register, rng: np.random.Generator) -> None:
    columns = register.columns
    for name, share in register.town.settings.blank_items:
        hit = rng.random(len(register)) < share
        if name in ("hukou_address", "residence_address"):
            prefix = "hk" if name == "hukou_address" else "rs"
            columns[f"{prefix}_v"][hit] = BLANK_PLACE
        elif name in ("birth_date", "marital_status"):
            column = name.split("_")[0]
            columns[column][hit] = CODES[column]
        else:
            columns[name][hit] = CODES.get(name)
    for row in np.flatnonzero(rng.random(len(register)) < 0.001):
        columns["id_number"][row] = ("000000000000000000", "无", "未办理")[row % 3]


def _kill_unnoticed(register: Register, rng: np.random.Generator, day: int) -> None:
    """Some elders died long ago, are still listed, and no feed of these months will ever say so."""
    town, people = register.town, register.town.people
    old = np.flatnonzero(people.alive & (people.age(day) > 60) & people.local)
    count = int(len(register) * town.settings.dead_share * 0.4)
    gone = rng.choice(old, min(count, len(old)), replace=False)
    people.alive[gone] = False
    people.death[gone] = day - rng.integers(200, 2000, len(gone))
    people.cancelled[gone] = -NEVER
    partner = people.spouse[gone]
    people.marital[partner[partner >= 0]] = 2
    people.spouse[partner[partner >= 0]] = -1
