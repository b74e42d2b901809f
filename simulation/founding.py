"""The first population: households of one to six in villages, with couples, children, grandparents,
floating people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from .areas import COUNTY_CODE, OLD_COUNTY_CODE, OUTSIDE, AreaTree
from .dice import Array, generator
from .identity import NumberOffice
from .names import draw_given, draw_second_part, draw_surnames, full_name
from .nametables import EDUCATION, OCCUPATIONS
from .people import NEVER, Households, People
from .settings import SimulationSettings

EPOCH = date(1970, 1, 1)
AddMembers = Callable[..., Array]  # the closure in add_families


def day_number(day: date) -> int:
    return (day - EPOCH).days


@dataclass(frozen=True)
class HouseholdKind:
    share: float
    ages: tuple[int, int]  # of the head
    has_spouse: bool
    children: tuple[float, ...]  # probabilities of 0, 1, 2, 3
    parents: int  # most parents of the head in the house


KINDS = (  # gives 2.6–2.7 persons a household [A, after DOMAIN 4: 2.51]
    HouseholdKind(0.07, (60, 88), False, (1.0,), 0),
    HouseholdKind(0.10, (19, 55), False, (1.0,), 0),
    HouseholdKind(0.17, (54, 84), True, (1.0,), 0),
    HouseholdKind(0.38, (24, 58), True, (0.24, 0.44, 0.28, 0.04), 0),
    HouseholdKind(0.23, (28, 54), True, (0.1, 0.5, 0.37, 0.03), 2),
    HouseholdKind(0.05, (26, 55), False, (0.0, 0.75, 0.25), 0),
)
FLOATING_KINDS = (
    HouseholdKind(0.60, (18, 55), False, (1.0,), 0),
    HouseholdKind(0.15, (22, 60), True, (1.0,), 0),
    HouseholdKind(0.25, (24, 48), True, (0.1, 0.6, 0.3), 0),
)


class Town:
    """The people and households of the county, the tree they live in, the number office."""

    def __init__(self, tree: AreaTree, settings: SimulationSettings, seed: int) -> None:
        self.tree, self.settings, self.seed = tree, settings, seed
        self.people = People()
        self.households = Households()
        self.office = NumberOffice()
        rng = generator(seed, "villages")
        weight = rng.gamma(4.0, 1.0, tree.villages)
        self.village_weight = weight / weight.sum()
        minority = rng.random(tree.villages)
        kind = rng.integers(1, 6, tree.villages)
        self.village_minority = np.where(minority < 0.25, kind, 0)
        self.village_minority[1] = 2  # always one village with dotted names
        self.old_county_village = rng.random(tree.villages) < 0.35


def _member_slots(rng: np.random.Generator, kinds: tuple[HouseholdKind, ...], count: int) -> dict[str, Array]:
    kind = rng.choice(len(kinds), count, p=np.array([k.share for k in kinds]) / sum(k.share for k in kinds))
    low = np.array([k.ages[0] for k in kinds])[kind]
    high = np.array([k.ages[1] for k in kinds])[kind]
    age = low + (high - low) * rng.beta(1.4, 1.3, count)
    table = np.zeros((len(kinds), 4))
    for row, k in enumerate(kinds):
        table[row, : len(k.children)] = k.children
    children = (rng.random(count)[:, None] > table.cumsum(axis=1)[kind]).sum(axis=1)
    parents = np.array([k.parents for k in kinds])[kind]
    return {
        "age": age,
        "has_spouse": np.array([k.has_spouse for k in kinds])[kind],
        "children": children,
        "parents": np.where(parents > 0, rng.integers(1, 3, count), 0),
        "head_man": rng.random(count) < np.where(np.array([k.has_spouse for k in kinds])[kind], 0.93, 0.55),
    }


def draw_region(
    rng: np.random.Generator, town: Town, villages: Array, birth_year: Array, local: float
) -> Array:
    """Region of first registration: the county, its abolished neighbour for older people, or where one came
    from."""
    size = len(villages)
    outside = np.array([int(code) for code, *_ in OUTSIDE])
    region = np.full(size, int(COUNTY_CODE))
    old = town.old_county_village[np.maximum(villages, 0)] & (birth_year < 1997)
    region[old] = int(OLD_COUNTY_CODE)
    away = rng.random(size) > local
    region[away] = outside[rng.integers(0, len(outside), int(away.sum()))]
    return region


def add_families(
    town: Town,
    rng: np.random.Generator,
    kinds: tuple[HouseholdKind, ...],
    villages: Array,
    day: int,
    *,
    is_local: bool,
    month: int = -99,
) -> Array:
    """Adds one family per entry of `villages` and returns the indices of all its people."""
    people, count = town.people, len(villages)
    if not count:
        return np.empty(0, dtype=np.int64)
    slots = _member_slots(rng, kinds, count)
    group, door = rng.integers(1, 11, count), rng.integers(1, 140, count)
    households = town.households.append(villages, group, door, is_local)
    minority = town.village_minority[villages]
    ethnicity = np.where(rng.random(count) < np.where(minority > 0, 0.75, 0.0), minority, 0)
    stray = rng.random(count) < 0.02
    ethnicity = np.where(stray, rng.integers(1, 6, count), ethnicity)
    surname = draw_surnames(rng, villages, ethnicity, town.tree.villages)
    spouse_surname = draw_surnames(rng, villages, ethnicity, town.tree.villages)
    for names in (surname, spouse_surname):
        clan = np.flatnonzero(ethnicity == 4)
        names[clan] = draw_second_part(rng, len(clan), "yi")
    outside = rng.integers(0, len(OUTSIDE) * 10, count)

    def add(rows: Array, sex: Array, age: Array, own: Array, local_share: float, **links: Array) -> Array:
        birth = (day - age * 365.25).astype(np.int32)
        birth = np.minimum(birth, day - 1)
        year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        given = draw_given(rng, sex, year, ethnicity[rows])
        second = own.copy()
        dotted = np.flatnonzero(ethnicity[rows] == 2)
        second[dotted] = draw_second_part(rng, len(dotted), "uyghur")
        if "father" in links:  # the father's own name is the second part of a 维吾尔 name
            known = np.asarray(links["father"]) >= 0
            fathers = np.maximum(links["father"], 0)
            dotted_child = known & (ethnicity[rows] == 2)
            second[dotted_child] = people.given[fathers][dotted_child]
        region = draw_region(rng, town, villages[rows], year, local_share if is_local else 0.03)
        dwell = {
            "rs_v": villages[rows],
            "rs_g": group[rows],
            "rs_d": door[rows],
            "hk_v": villages[rows] if is_local else np.full(len(rows), -1),
            "hk_g": group[rows] if is_local else np.zeros(len(rows)),
            "hk_d": door[rows] if is_local else np.zeros(len(rows)),
            "hk_o": np.full(len(rows), -1) if is_local else outside[rows],
        }
        return people.append(
            len(rows),
            sex=sex,
            birth=birth,
            surname=second,
            given=given,
            name=full_name(second, given, ethnicity[rows]),
            ethnicity=ethnicity[rows],
            region=region,
            hh=households[rows],
            came=np.full(len(rows), month),
            **dwell,
            **links,
        )

    every = np.arange(count)
    first = len(people)
    head = add(every, np.where(slots["head_man"], 1, 2), slots["age"], surname, 0.9)
    town.households.head[households] = head
    spouse = np.full(count, -1)
    wed = np.flatnonzero(slots["has_spouse"])
    spouse_age = np.maximum(
        slots["age"][wed] - rng.normal(1.8, 2.5, len(wed)) * np.where(slots["head_man"][wed], 1, -1), 20
    )
    spouse[wed] = add(wed, np.where(slots["head_man"][wed], 2, 1), spouse_age, spouse_surname[wed], 0.75)
    people.spouse[head[wed]] = spouse[wed]
    people.spouse[spouse[wed]] = head[wed]
    _add_parents(rng, town, slots, head, add, surname)
    _add_children(rng, town, slots, head, spouse, day, add)
    new = np.arange(first, len(people))
    _finish(rng, town, new, day)
    return new


def _add_parents(
    rng: np.random.Generator,
    town: Town,
    slots: dict[str, Array],
    head: Array,
    add: AddMembers,
    surname: Array,
) -> None:
    people = town.people
    rows = np.flatnonzero(slots["parents"] > 0)
    both = slots["parents"][rows] == 2
    age = slots["age"][rows] + rng.uniform(21, 30, len(rows))
    mother_only = ~both & (rng.random(len(rows)) < 0.65)
    with_father, with_mother = rows[both | ~mother_only], rows[both | mother_only]
    father = add(
        with_father, np.full(len(with_father), 1), age[both | ~mother_only], surname[with_father], 0.95
    )
    other = draw_surnames(
        rng, town.people.rs_v[head[with_mother]], people.ethnicity[head[with_mother]], town.tree.villages
    )
    mother = add(with_mother, np.full(len(with_mother), 2), age[both | mother_only] - 2, other, 0.85)
    people.father[head[with_father]] = father
    people.mother[head[with_mother]] = mother
    elder = (
        rng.random(len(with_father)) < 0.5
    )  # in half of the three-generation homes the grandfather is the head
    town.households.head[people.hh[father[elder]]] = father[elder]
    pair_f, pair_m = father[np.isin(with_father, rows[both])], mother[np.isin(with_mother, rows[both])]
    people.spouse[pair_f], people.spouse[pair_m] = pair_m, pair_f


def _add_children(
    rng: np.random.Generator,
    town: Town,
    slots: dict[str, Array],
    head: Array,
    spouse: Array,
    day: int,
    add: AddMembers,
) -> None:
    people = town.people
    woman: Array = np.where(people.sex[head] == 2, head, spouse)
    man: Array = np.where(people.sex[head] == 1, head, spouse)
    parent_age = np.where(woman >= 0, people.age(day)[np.maximum(woman, 0)], people.age(day)[head] - 2)
    previous = np.full(len(head), -1)
    age = parent_age - np.minimum(rng.gamma(4.0, 1.6, len(head)) + 20.0, 36)
    for turn in range(3):
        twin = (turn > 0) & (rng.random(len(head)) < town.settings.twin_share) & (previous >= 0)
        if turn:
            age = np.where(twin, age, age - rng.gamma(3.0, 1.4, len(head)) - 0.9)
        rows = np.flatnonzero((slots["children"] > turn) & (age > 0.01) & (age < 31))
        sexes = np.where(rng.random(len(rows)) < 0.52, 1, 2)
        with_mother = (man[rows] < 0) | (rng.random(len(rows)) < 0.03)
        namer = np.where(
            with_mother & (woman[rows] >= 0), woman[rows], np.where(man[rows] >= 0, man[rows], head[rows])
        )
        child = add(
            rows,
            sexes,
            age[rows],
            people.surname[namer],
            0.96,
            mother=woman[rows],
            father=man[rows],
        )
        together = twin[rows] & (previous[rows] >= 0)
        people.birth[child[together]] = people.birth[previous[rows][together]]
        people.twin[child[together]] = True
        people.twin[previous[rows][together]] = True
        people.rank[child[together]] = 2
        previous[rows] = child


def draw_phones(rng: np.random.Generator, size: int) -> Array:
    """Mobile numbers; 11 digits."""
    head = np.array(
        [
            "130",
            "132",
            "135",
            "136",
            "137",
            "139",
            "150",
            "152",
            "155",
            "158",
            "173",
            "177",
            "180",
            "183",
            "186",
            "189",
        ]
    )
    tail = rng.integers(0, 10**8, size)
    if not size:
        return np.empty(0, dtype=object)
    return np.char.add(head[rng.integers(0, len(head), size)], np.char.zfill(tail.astype("U8"), 8)).astype(
        object
    )


def _finish(rng: np.random.Generator, town: Town, new: Array, day: int) -> None:
    """Numbers, marital status, phones, schooling: what follows from age and family."""
    people = town.people
    age = people.age(day)[new]
    people.id_number[new] = town.office.issue(people.region[new], people.birth[new], people.sex[new])
    people.marital[new] = np.where(people.spouse[new] >= 0, 1, 0)
    alone = (people.spouse[new] < 0) & (age > 24)
    is_parent = np.zeros(len(people), dtype=bool)
    is_parent[people.mother[people.mother >= 0]] = True
    is_parent[people.father[people.father >= 0]] = True
    draw = rng.random(len(new))
    status = np.where(age > 60, np.where(draw < 0.9, 2, 0), np.where(is_parent[new] | (draw < 0.2), 3, 0))
    people.marital[new] = np.where(alone, status, people.marital[new])
    phones = draw_phones(rng, len(new))
    has_phone = (age >= 16) & (rng.random(len(new)) < np.where(age < 70, 0.92, 0.6))
    people.phone[new] = np.where(has_phone, phones, None)
    learned = np.where(
        age > 60, rng.choice([0, 0, 1, 6], len(new)), rng.integers(1, len(EDUCATION) - 1, len(new))
    )
    people.education[new] = np.where(age < 7, -1, np.where(age < 13, 0, np.where(age < 16, 1, learned)))
    people.occupation[new] = np.where(
        age < 18, -1, np.where(age > 60, 6, rng.integers(0, len(OCCUPATIONS), len(new)))
    )
    older = rng.random(len(new)) < 0.015
    former = draw_given(rng, people.sex[new], np.full(len(new), 1970), np.zeros(len(new), dtype=int))
    han = ~np.isin(people.ethnicity[new], (2, 4))
    people.former_name[new] = np.where(
        older & han & (age > 10), people.surname[new] + former, people.former_name[new]
    )


def send_floating(
    town: Town, rng: np.random.Generator, rows: Array, *, away: bool, day: int, month: int
) -> None:
    """Moves where people live and leaves the hukou: outside the county, or to another village."""
    people = town.people
    size = len(rows)
    if away:
        people.change(
            rows, month, "residence", rs_v=-1, rs_g=0, rs_d=0, rs_o=rng.integers(0, len(OUTSIDE) * 10, size)
        )
    else:
        # towns draw people: the county town is chosen most
        weight = town.village_weight * np.where(town.tree.village_township == 0, 4.0, 1.0)
        target = rng.choice(town.tree.villages, size, p=weight / weight.sum())
        target = np.where(target == people.hk_v[rows], (target + 1) % town.tree.villages, target)
        people.change(
            rows,
            month,
            "residence",
            rs_v=target,
            rs_g=rng.integers(1, 11, size),
            rs_d=rng.integers(1, 140, size),
            rs_o=-1,
        )
    people.floating_since[rows] = day - rng.integers(1, 900 if month == -99 else 30, size)


def found_county(town: Town, persons: int, day: int) -> None:
    """Fills the county with about `persons` people who belong on its register."""
    rng = generator(town.seed, "founding")
    settings = town.settings
    at_home = persons * (1 - settings.floating_in_share)
    for kinds, target, is_local in (
        (KINDS, at_home, True),
        (FLOATING_KINDS, persons * settings.floating_in_share, False),
    ):
        mean = 2.95 if is_local else 1.9  # a little too big, so that the last households are few
        made = 0
        while made < target * 0.995:
            count = max(1, int((target - made) / mean))
            weight = town.village_weight * np.where(
                (town.tree.village_township == 0) & (not is_local), 3.0, 1.0
            )
            villages = np.sort(rng.choice(town.tree.villages, count, p=weight / weight.sum()))
            new = add_families(town, rng, kinds, villages, day, is_local=is_local)
            if not is_local:
                town.people.floating_since[new] = day - rng.integers(1, 900, len(new))
            made += len(new)
    people = town.people
    locals_ = np.flatnonzero(people.local)
    age = people.age(day)[locals_]
    per_household = rng.random(len(town.households))[people.hh[locals_]]
    single = rng.random(len(locals_))
    adult = (age > 18) & (age < 60)
    away_share, within_share = settings.away_share, settings.floating_within_share
    away = np.where(adult, single < away_share * 1.1, False) | (per_household < away_share * 0.4)
    within = ~away & ((adult & (single > 1 - within_share * 0.8)) | (per_household > 1 - within_share * 0.6))
    send_floating(town, rng, locals_[away], away=True, day=day, month=-99)
    rows = locals_[within]
    send_floating(town, rng, rows, away=False, day=day, month=-99)
    whole = per_household[within] > 1 - within_share * 0.6  # families that left together live together
    lead = town.households.head[people.hh[rows[whole]]]
    for column in ("rs_v", "rs_g", "rs_d", "rs_o"):
        people.columns[column][rows[whole]] = people.columns[column][lead]
    back = (people.rs_v < 0) & (people.rs_o < 0)
    people.left[np.flatnonzero(back)] = NEVER
