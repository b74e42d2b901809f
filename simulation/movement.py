"""A month of the county: people who come, go, move between townships, and drift in and out of floating."""

from datetime import date

import numpy as np

from .areas import OUTSIDE
from .dice import NOTHING, Array, generator
from .family import adoptions, divorces, marriages, splits
from .founding import FLOATING_KINDS, KINDS, Town, add_families, send_floating
from .life import Happenings, address, births, cancellations, deaths, registrations
from .people import NEVER


def _note_moves(
    town: Town, log: Happenings, rows: Array, before: dict[str, Array], after: dict[str, Array], day: Array
) -> None:
    def township(place: dict[str, Array]) -> Array:
        return np.where(place["v"] >= 0, town.tree.township_of(np.maximum(place["v"], 0), log.first), -1)

    log.note(
        "moves",
        person=rows,
        day=day,
        from_township=township(before),
        to_township=township(after),
        **{f"from_{k}": v for k, v in before.items()},
        **{f"to_{k}": v for k, v in after.items()},
    )


def arrivals(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Families whose hukou moves in from outside."""
    people = town.people
    count = rng.poisson(people.belongs.sum() * town.settings.moves_in_per_1000 / 12000 / 2.5)
    villages = rng.choice(town.tree.villages, count, p=town.village_weight)
    rows = add_families(town, rng, KINDS, villages, log.first_day - 30, is_local=True, month=log.month)
    if not len(rows):
        return
    outside = rng.integers(0, len(OUTSIDE) * 10, len(town.households))[people.hh[rows]]
    zero = np.zeros(len(rows), dtype=int)
    day = log.days(rng, len(town.households))[people.hh[rows]]
    before = {"v": zero - 1, "g": zero, "d": zero, "o": outside}
    _note_moves(town, log, rows, before, address(town, rows, "hk"), day)


def departures(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Hukou moves out of the county: whole households, or a young adult alone."""
    people, settings = town.people, town.settings
    people_count = rng.poisson(people.belongs.sum() * settings.moves_out_per_1000 / 12000)
    eligible = people.belongs & people.local & ~np.equal(people.id_number, NOTHING)
    age = people.age(log.first_day)
    young = np.flatnonzero(eligible & (age > 18) & (age < 40) & (people.spouse < 0))
    alone = rng.choice(young, min(len(young), int(people_count * 0.4)), replace=False)
    homes = np.unique(people.hh[eligible])
    picked = rng.choice(homes, min(len(homes), int(people_count * 0.6 / 2.6 + 0.5)), replace=False)
    rows = np.union1d(alone, np.flatnonzero(eligible & np.isin(people.hh, picked)))
    if not len(rows):
        return
    day = log.days(rng, len(town.households))[people.hh[rows]]
    before = address(town, rows, "hk")
    outside = rng.integers(0, len(OUTSIDE) * 10, len(town.households))[people.hh[rows]]
    people.change(rows, log.month, "hukou", hk_v=-1, hk_g=0, hk_d=0, hk_o=outside)
    people.change(rows, log.month, "residence", rs_v=-1, rs_g=0, rs_d=0, rs_o=outside)
    people.left[rows] = day
    _note_moves(town, log, rows, before, address(town, rows, "hk"), day)


def inner_moves(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Whole households that take their hukou to another village."""
    people, homes = town.people, town.households
    eligible = people.belongs & people.local
    rows_at = np.unique(people.hh[eligible])
    count = rng.poisson(eligible.sum() * town.settings.moves_within_per_1000 / 12000 / 2.6)
    picked = rng.choice(rows_at, min(len(rows_at), count), replace=False)
    if not len(picked):
        return
    weight = town.village_weight * np.where(town.tree.village_township == 0, 3.0, 1.0)
    target = rng.choice(town.tree.villages, len(picked), p=weight / weight.sum())
    target = np.where(target == homes.village[picked], (target + 1) % town.tree.villages, target)
    rows = np.flatnonzero(eligible & np.isin(people.hh, picked))
    before, old_residence = address(town, rows, "hk"), people.rs_v[rows].copy()
    homes.village[picked] = target
    homes.group[picked], homes.door[picked] = (
        rng.integers(1, 11, len(picked)),
        rng.integers(1, 140, len(picked)),
    )
    home = people.hh[rows]
    place = {
        "v": homes.village[home],
        "g": homes.group[home],
        "d": homes.door[home],
        "o": np.full(len(rows), -1),
    }
    people.change(rows, log.month, "hukou", **{f"hk_{k}": v for k, v in place.items()})
    at_home = old_residence == before["v"]
    people.change(rows[at_home], log.month, "residence", **{f"rs_{k}": v[at_home] for k, v in place.items()})
    day = log.days(rng, len(homes))[home]
    after = address(town, rows, "hk")
    far = town.tree.township_of(before["v"], log.first) != town.tree.township_of(after["v"], log.first)
    if far.any():
        cut = {k: v[far] for k, v in before.items()}
        _note_moves(town, log, rows[far], cut, {k: v[far] for k, v in after.items()}, day[far])


def floating(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """People from elsewhere leave and others come; some of the county's own go to work or return."""
    people = town.people
    rate = town.settings.floating_churn_per_month
    guests = np.flatnonzero(people.belongs & ~people.local & (people.came < log.month))
    homes = np.unique(people.hh[guests])
    homes = homes[~town.households.is_local[homes]]
    going = rng.choice(homes, int(len(homes) * rate), replace=False)
    rows = guests[np.isin(people.hh[guests], going)]
    people.change(rows, log.month, "residence", rs_v=-1, rs_g=0, rs_d=0, rs_o=people.hk_o[rows])
    people.left[rows] = log.last_day
    weight = town.village_weight * np.where(town.tree.village_township == 0, 3.0, 1.0)
    villages = rng.choice(town.tree.villages, len(going), p=weight / weight.sum())
    come = add_families(town, rng, FLOATING_KINDS, villages, log.first_day, is_local=False, month=log.month)
    people.floating_since[come] = log.days(rng, len(come))
    age = people.age(log.first_day)
    own = people.belongs & people.local & (age > 18) & (age < 60)
    at_home = np.flatnonzero(own & (people.rs_v == people.hk_v))
    leaving = rng.choice(at_home, rng.poisson(len(at_home) * rate * 0.15), replace=False)
    half = len(leaving) // 2
    send_floating(town, rng, leaving[:half], away=True, day=log.last_day, month=log.month)
    send_floating(town, rng, leaving[half:], away=False, day=log.last_day, month=log.month)
    absent = np.flatnonzero(own & (people.rs_v != people.hk_v))
    back = rng.choice(absent, rng.poisson(len(absent) * rate * 0.4), replace=False)
    people.change(
        back, log.month, "residence", **{f"rs_{k}": v for k, v in address(town, back, "hk").items()}
    )
    people.floating_since[back] = NEVER


def live_month(town: Town, start: date, month: int) -> Happenings:
    """Everything that happens in a month, in an order that leaves no one both dead and married."""
    rng = generator(town.seed, "month", month)
    log = Happenings(start, month)
    deaths(town, rng, log)
    cancellations(town, log)
    births(town, rng, log)
    registrations(town, rng, log)
    marriages(town, rng, log)
    divorces(town, rng, log)
    splits(town, rng, log)
    adoptions(town, rng, log)
    arrivals(town, rng, log)
    departures(town, rng, log)
    inner_moves(town, rng, log)
    floating(town, rng, log)
    town.households.choose_heads(town.people, log.last_day)
    return log
