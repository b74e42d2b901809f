"""A month of the county: marriages, divorces, adoptions, households that split, and who moves because of
them."""

import numpy as np

from .areas import OUTSIDE
from .dice import NOTHING, Array
from .founding import Town, draw_phones
from .life import Happenings, address, prefixed
from .names import STYLE, draw_given, draw_surnames, full_name


def _available(town: Town, sex: int, low: float, high: float, day: int) -> Array:
    people = town.people
    age = people.age(day)
    free = people.belongs & (people.sex == sex) & (people.marital != 1) & (people.spouse < 0)
    return np.flatnonzero(free & (age > low) & (age < high))


def _outside_partners(town: Town, rng: np.random.Generator, partners: Array, month: int) -> Array:
    """People of other counties who marry somebody here."""
    people = town.people
    size = len(partners)
    sex = 3 - people.sex[partners]
    birth = people.birth[partners] + rng.integers(-900, 900, size)
    zero = np.zeros(size, dtype=int)
    outside = rng.integers(0, len(OUTSIDE) * 10, size)
    codes = np.array([int(code) for code, *_ in OUTSIDE])[outside // 10]
    surname = draw_surnames(rng, zero, zero, town.tree.villages)
    given = draw_given(rng, sex, np.full(size, 1996), zero)
    return people.append(
        size,
        sex=sex,
        birth=birth,
        surname=surname,
        given=given,
        name=full_name(surname, given, zero),
        region=codes,
        id_number=town.office.issue(codes, birth, sex),
        hk_o=outside,
        rs_o=outside,
        came=month,
        phone=draw_phones(rng, size),
        education=rng.integers(1, 5, size),
        occupation=rng.integers(0, 6, size),
    )


def move_hukou(town: Town, rows: Array, target: Array, log: Happenings, day: Array) -> None:
    """Moves the hukou of `rows` to the household `target` (its address), and notes it where the stations
    see it."""
    people, homes = town.people, town.households
    before = address(town, rows, "hk")
    at_home = (people.rs_v[rows] == people.hk_v[rows]) & (people.rs_o[rows] == people.hk_o[rows])
    new: dict[str, Array] = {
        "v": homes.village[target],
        "g": homes.group[target],
        "d": homes.door[target],
        "o": np.full(len(rows), -1),
    }
    people.change(rows, log.month, "hukou", **prefixed(new, "hk"))
    people.change(rows, log.month, "hh", hh=target)
    moved = rows[at_home]
    people.change(moved, log.month, "residence", **{f"rs_{k}": v[at_home] for k, v in new.items()})
    old_township = np.where(
        before["v"] >= 0, town.tree.township_of(np.maximum(before["v"], 0), log.first), -1
    )
    new_township = town.tree.township_of(new["v"], log.first)
    far = old_township != new_township
    log.note(
        "moves",
        person=rows[far],
        day=day[far],
        from_township=old_township[far],
        to_township=new_township[far],
        **{f"from_{k}": v[far] for k, v in before.items()},
        **{f"to_{k}": v[far] for k, v in new.items()},
    )


def new_households(town: Town, rng: np.random.Generator, villages: Array) -> Array:
    size = len(villages)
    return town.households.append(villages, rng.integers(1, 11, size), rng.integers(1, 140, size), True)


def marriages(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Couples of about the same age, one in five with somebody from elsewhere."""
    people, settings = town.people, town.settings
    count = rng.poisson(people.belongs.sum() * settings.marriages_per_1000 / 12000)
    men, women = _available(town, 1, 22, 48, log.first_day), _available(town, 2, 20, 45, log.first_day)
    mixed = int(count * 0.2)
    count = min(count - mixed, len(men), len(women))
    age_at = people.age(log.first_day)

    def draw(rows: Array, size: int) -> Array:
        weight = np.exp(-(((age_at[rows] - 26) / 6.0) ** 2) / 2) + 0.02
        return rng.choice(rows, min(size, len(rows)), replace=False, p=weight / weight.sum())

    if count <= 0:
        return
    men, women = draw(men, count + mixed), draw(women, count)
    abroad, men = men[:mixed], men[mixed:]
    men = men[np.argsort(people.birth[men])][: len(women)]
    women = women[np.argsort(people.birth[women] + rng.normal(-600, 500, len(women)))][: len(men)]
    related = (people.hh[men] == people.hh[women]) | (
        (people.mother[men] >= 0) & (people.mother[men] == people.mother[women])
    )
    men, women = men[~related], women[~related]
    husband = np.r_[men, abroad]
    wife = np.r_[women, _outside_partners(town, rng, abroad, log.month)]
    day = log.days(rng, len(husband))
    for one, other in ((husband, wife), (wife, husband)):
        people.marital_before[one] = people.marital[one]
        people.change(one, log.month, "marital", marital=1, spouse=other)
    _live_together(town, rng, husband, wife, day, log)
    log.note("marriages", male=husband, female=wife, day=day, serial=rng.integers(0, 10**6, len(day)))


def _live_together(
    town: Town, rng: np.random.Generator, husband: Array, wife: Array, day: Array, log: Happenings
) -> None:
    people = town.people
    to_her = (rng.random(len(wife)) < 0.12) & people.local[wife]
    stays, moves = np.where(to_her, wife, husband), np.where(to_her, husband, wife)
    own = (rng.random(len(wife)) < 0.3) & people.local[stays]
    if own.any():
        target = new_households(town, rng, people.hk_v[stays[own]])
        move_hukou(town, stays[own], target, log, day[own])
    takes = (rng.random(len(wife)) < 0.55) & people.local[stays]
    move_hukou(town, moves[takes], people.hh[stays[takes]], log, np.minimum(day[takes] + 7, log.last_day))
    foreign = ~people.local[moves] & (people.hh[moves] < 0)
    people.change(moves[foreign], log.month, "hh", hh=people.hh[stays[foreign]])
    people.change(moves, log.month, "residence", **prefixed(address(town, stays, "rs"), "rs"))
    people.floating_since[moves] = day


def divorces(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """The wife leaves for a household of her own in the same village, the children stay."""
    people = town.people
    women = np.flatnonzero(people.belongs & (people.sex == 2) & (people.marital == 1) & (people.spouse >= 0))
    count = min(len(women), rng.poisson(people.belongs.sum() * town.settings.divorces_per_1000 / 12000))
    age = people.age(log.first_day)[women]
    weight = np.exp(-(((age - 36) / 8.0) ** 2) / 2) + 0.01
    wife = rng.choice(women, count, replace=False, p=weight / weight.sum())
    husband = people.spouse[wife].copy()
    day = log.days(rng, count)
    for one in (husband, wife):
        people.marital_before[one] = 1
        people.change(one, log.month, "marital", marital=3, spouse=-1)
    leaves = wife[people.local[wife] & (rng.random(count) < 0.6)]
    if len(leaves):
        target = new_households(town, rng, people.hk_v[leaves])
        move_hukou(town, leaves, target, log, np.full(len(leaves), log.last_day))
    log.note("divorces", male=husband, female=wife, day=day, serial=rng.integers(0, 10**6, count))


def adoptions(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """A child gets new parents, a new name and another household."""
    people = town.people
    age = people.age(log.first_day)
    numbered = ~np.equal(people.id_number, NOTHING)
    children = np.flatnonzero(
        people.belongs & people.local & numbered & (age > 0.3) & (age < 13) & (people.mother >= 0)
    )
    couples = (
        (people.sex == 1) & (people.spouse >= 0) & people.belongs & people.local & (age > 32) & (age < 55)
    )
    fathers = np.flatnonzero(couples & (people.rs_v == people.hk_v))
    fathers = fathers[people.belongs[people.spouse[fathers]]]
    count = rng.poisson(max(0.5, people.belongs.sum() * town.settings.adoptions_per_1000 / 12000))
    count = min(count, len(children), len(fathers))
    if not count:
        return
    child = rng.choice(children, count, replace=False)
    father = rng.choice(fathers, count, replace=False)
    apart = people.hh[child] != people.hh[father]
    apart &= STYLE[people.ethnicity[child]] == STYLE[people.ethnicity[father]]
    child, father = child[apart], father[apart]
    mother = people.spouse[father]
    day = log.days(rng, len(child))
    former = people.name[child].copy()
    renamed = rng.random(len(child)) < 0.6
    fresh = draw_given(rng, people.sex[child], np.full(len(child), 2015), people.ethnicity[child])
    given = np.where(renamed, fresh, people.given[child])
    dotted = people.ethnicity[child] == 2
    surname = np.where(dotted, people.given[father], people.surname[father])
    name = full_name(surname, given, people.ethnicity[child])
    people.change(child, log.month, "name", surname=surname, given=given, name=name, former_name=former)
    people.change(child, log.month, "parents", mother=mother, father=father)
    move_hukou(town, child, people.hh[father], log, day)
    people.change(child, log.month, "residence", **prefixed(address(town, father, "rs"), "rs"))
    log.note("adoptions", child=child, father=father, mother=mother, day=day)


def splits(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """A married child leaves the parents' hukou household with spouse and children, in the same village."""
    people, homes = town.people, town.households
    head = homes.head[np.maximum(people.hh, 0)]
    grown = (
        people.belongs
        & people.local
        & (people.spouse >= 0)
        & (people.sex == 1)
        & (head != np.arange(len(people)))
    )
    grown &= people.hh == people.hh[np.maximum(people.spouse, 0)]
    grown &= (people.father == head) | (people.mother == head)
    rows = np.flatnonzero(grown)
    expected = len(homes) * town.settings.splits_per_1000_households / 12000
    leaders = rng.choice(rows, min(len(rows), rng.poisson(expected)), replace=False)
    if not len(leaders):
        return
    target = new_households(town, rng, people.hk_v[leaders])
    following = np.full(len(people), -1)
    following[leaders] = target
    following[people.spouse[leaders]] = target
    by_father = np.where(people.father >= 0, following[np.maximum(people.father, 0)], -1)
    joins = (following < 0) & (by_father >= 0) & (people.hh == people.hh[np.maximum(people.father, 0)])
    following = np.where(joins, by_father, following)
    members = np.flatnonzero((following >= 0) & people.belongs & people.local)
    move_hukou(town, members, following[members], log, np.full(len(members), log.last_day))
