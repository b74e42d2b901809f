"""A month of the county: births and their late registration, deaths and their late cancellation.

Each step changes the people and notes what happened in the month's `Happenings`, which the departments
later see through their own windows.
"""

from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd

from .areas import OUTSIDE
from .dice import NOTHING, Array
from .founding import Town, day_number
from .names import draw_given, draw_surnames, full_name
from .people import NEVER

ADDRESS = ("v", "g", "d", "o")


def month_start(start: date, month: int) -> date:
    """First day of the month with index `month`; month 0 is that of the first night."""
    number = start.year * 12 + start.month - 1 + month
    return date(number // 12, number % 12 + 1, 1)


class Happenings:
    """What happened in one month: event kind → columns."""

    def __init__(self, start: date, month: int) -> None:
        self.month = month
        self.first = month_start(start, month)
        self.first_day = day_number(self.first)
        self.last_day = day_number(month_start(start, month + 1)) - 1
        self._parts: dict[str, list[dict[str, Array]]] = defaultdict(list)

    def note(self, kind: str, **columns: Array) -> None:
        if len(next(iter(columns.values()))):
            self._parts[kind].append(columns)

    def table(self, kind: str) -> pd.DataFrame:
        """All events of a kind; an empty frame when there were none."""
        parts = self._parts.get(kind, [])
        return (
            pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True) if parts else pd.DataFrame()
        )

    def days(self, rng: np.random.Generator, size: int) -> Array:
        return rng.integers(self.first_day, self.last_day + 1, size)


def address(town: Town, rows: Array, which: str) -> dict[str, Array]:
    """The hukou (`hk`) or residence (`rs`) of people as four columns."""
    return {part: town.people.columns[f"{which}_{part}"][rows].copy() for part in ADDRESS}


def prefixed(columns: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {f"{prefix}_{name}": values for name, values in columns.items()}


def registration_delay(town: Town, rng: np.random.Generator, size: int) -> Array:
    """Days from birth to the hukou entry (Weibull, DOMAIN 4)."""
    settings = town.settings
    return (
        np.round(30.44 * settings.registration_scale_months * rng.weibull(settings.registration_shape, size))
        + 1
    )


def delay_infants(town: Town, rng: np.random.Generator, day: int) -> None:
    """At the founding some infants are not yet entered with the police, so have no number."""
    people = town.people
    infants = np.flatnonzero(people.age(day) < 1.5)
    entered = people.birth[infants] + registration_delay(town, rng, len(infants))
    people.registered[infants] = entered
    people.id_number[infants[entered > day]] = None


def _mothers(town: Town, rng: np.random.Generator, count: int, day: int) -> Array:
    people = town.people
    age = people.age(day)
    wed = people.belongs & (people.sex == 2) & (people.marital == 1) & (age > 20) & (age < 43)
    recent = np.zeros(len(people), dtype=bool)
    young = people.mother[(people.age(day) < 0.9) & (people.mother >= 0)]
    recent[young] = True
    rows = np.flatnonzero(wed & ~recent)
    weight = np.exp(-(((age[rows] - 28) / 5.5) ** 2) / 2)
    count = min(count, len(rows))
    return rng.choice(rows, count, replace=False, p=weight / weight.sum())


def _visitors(town: Town, rng: np.random.Generator, count: int, day: int) -> Array:
    """Couples with no tie to the county who give birth in its hospital."""
    people = town.people
    outside = rng.integers(0, len(OUTSIDE) * 10, count)
    codes = np.array([int(code) for code, *_ in OUTSIDE])[outside // 10]
    both = []
    for sex in (1, 2):
        birth = day - (rng.uniform(22, 36, count) * 365.25).astype(int)
        zero = np.zeros(count, dtype=int)
        surname = draw_surnames(rng, zero, zero, town.tree.villages)
        given = draw_given(rng, np.full(count, sex), np.full(count, 1995), zero)
        both.append(
            people.append(
                count,
                sex=sex,
                birth=birth,
                surname=surname,
                given=given,
                name=full_name(surname, given, zero),
                id_number=town.office.issue(codes, birth, np.full(count, sex)),
                region=codes,
                marital=1,
                hk_o=outside,
                rs_o=outside,
            )
        )
    people.spouse[both[0]], people.spouse[both[1]] = both[1], both[0]
    return both[1]


def births(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """New people, twins among them, in a hospital here or elsewhere."""
    people, settings, tree = town.people, town.settings, town.tree
    expected = people.belongs.sum() * settings.births_per_1000 / 12000
    deliveries = rng.poisson(expected / (1 + settings.twin_share))
    mothers = _mothers(town, rng, deliveries, log.last_day)
    visitors = _visitors(town, rng, rng.poisson(expected * settings.visitor_birth_share), log.last_day)
    mothers = np.r_[mothers, visitors]
    is_visitor = np.r_[np.zeros(len(mothers) - len(visitors), dtype=bool), np.ones(len(visitors), dtype=bool)]
    if not len(mothers):
        return
    twin = rng.random(len(mothers)) < settings.twin_share
    day, minute = log.days(rng, len(mothers)), rng.integers(0, 1440, len(mothers))
    elsewhere = (rng.random(len(mothers)) < settings.births_outside_share) | (people.rs_v[mothers] < 0)
    elsewhere &= ~is_visitor
    draw = rng.random(len(mothers))
    township = tree.township_of(np.maximum(people.rs_v[mothers], 0), log.first)
    place = np.where(draw < 0.45, 0, np.where(draw < 0.7, 1, 2 + township))
    place = np.where(elsewhere, -1, np.where(is_visitor, 0, place))
    turn = np.r_[np.zeros(len(mothers), dtype=int), np.ones(int(twin.sum()), dtype=int)]
    pick = np.r_[np.arange(len(mothers)), np.flatnonzero(twin)]
    ratio = settings.sex_ratio_at_birth / (100 + settings.sex_ratio_at_birth)
    sex = np.where(rng.random(len(pick)) < ratio, 1, 2)
    child = _add_newborns(town, rng, mothers[pick], day[pick], sex, turn, twin[pick], log.month)
    serial = rng.integers(10**8, 10**9, len(pick))
    letter = np.array(list("QRST"), dtype=object)[rng.integers(0, 4, len(pick))]
    log.note(
        "births",
        child=child,
        mother=mothers[pick],
        father=people.father[child],
        day=day[pick],
        minute=(minute[pick] + turn * rng.integers(2, 25, len(pick))) % 1440,
        rank=turn + 1,
        twin=twin[pick],
        place=place[pick],
        certificate=letter + serial.astype(str).astype(object),
    )


def _add_newborns(
    town: Town,
    rng: np.random.Generator,
    mother: Array,
    day: Array,
    sex: Array,
    turn: Array,
    twin: Array,
    month: int,
) -> Array:
    people = town.people
    father = people.spouse[mother].copy()
    namer = np.where((father >= 0) & (rng.random(len(mother)) > 0.04), father, mother)
    via = np.where((father >= 0) & people.local[np.maximum(father, 0)], father, mother)
    ethnicity = people.ethnicity[namer]
    given = draw_given(rng, sex, np.full(len(sex), 2026), ethnicity)
    surname = np.where(ethnicity == 2, people.given[namer], people.surname[namer])
    child = people.append(
        len(mother),
        sex=sex,
        birth=day,
        surname=surname,
        given=given,
        name=full_name(surname, given, ethnicity),
        ethnicity=ethnicity,
        mother=mother,
        father=father,
        hh=people.hh[via],
        twin=twin,
        rank=turn + 1,
        came=month,
        registered=day + registration_delay(town, rng, len(mother)),
        **prefixed(address(town, via, "hk"), "hk"),
        **prefixed(address(town, mother, "rs"), "rs"),
    )
    out = people.hk_o[child] >= 0
    codes = np.array([int(code) for code, *_ in OUTSIDE])
    people.region[child] = np.where(out, codes[np.maximum(people.hk_o[child], 0) // 10], int("993122"))
    from_elsewhere = out & (people.rs_v[child] >= 0)
    people.floating_since[child[from_elsewhere]] = day[from_elsewhere]
    return child


def registrations(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Births entered on the hukou this month; that is when a person gets the number."""
    people = town.people
    due = people.alive & (people.left == NEVER) & (people.registered <= log.last_day)
    rows = np.flatnonzero(due & np.equal(people.id_number, NOTHING))
    if not len(rows):
        return
    people.id_number[rows] = town.office.issue(people.region[rows], people.birth[rows], people.sex[rows])
    here = rows[people.local[rows]]
    entered = np.clip(people.registered[here], log.first_day, log.last_day)
    log.note("registrations", child=here, day=entered)


def deaths(town: Town, rng: np.random.Generator, log: Happenings) -> None:
    """Deaths by age, in hospital or at home; the police strike them off weeks later."""
    people, settings = town.people, town.settings
    alive = np.flatnonzero(people.belongs & (people.birth < log.first_day))
    age = people.age(log.last_day)[alive]
    risk = 0.0003 + 0.00006 * np.exp(0.088 * age) + np.where(age < 1, 0.004, 0.0)
    risk *= len(alive) * settings.deaths_per_1000 / 12000 / risk.sum()
    gone = alive[rng.random(len(alive)) < risk]
    if not len(gone):
        return
    day = np.maximum(log.days(rng, len(gone)), people.birth[gone])
    people.alive[gone] = False
    people.death[gone] = day
    lag = np.where(rng.random(len(gone)) < 0.06, 400, rng.exponential(18, len(gone)) + 2)
    people.cancelled[gone] = day + lag
    partner = people.spouse[gone]
    widowed = partner[partner >= 0]
    people.marital_before[widowed] = people.marital[widowed]
    people.change(widowed, log.month, "marital", marital=2, spouse=-1)
    in_hospital = (rng.random(len(gone)) < settings.hospital_death_share) & (people.rs_v[gone] >= 0)
    township = town.tree.township_of(np.maximum(people.rs_v[gone], 0), log.first)
    place = np.where(rng.random(len(gone)) < 0.65, 0, 2 + township)
    log.note("deaths", person=gone, day=day, place=np.where(in_hospital, place, -1))


def cancellations(town: Town, log: Happenings) -> None:
    """Deaths the police strike off this month."""
    people = town.people
    rows = np.flatnonzero(
        (people.cancelled >= log.first_day) & (people.cancelled <= log.last_day) & people.local
    )
    log.note("cancellations", person=rows, day=people.cancelled[rows])
