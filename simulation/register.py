"""The county's register as a thing of its own: what it believes about whom, and what it learns by itself.

The register is founded with a stock of defects (`defects.py`); every snapshot later it has caught up with
some of what happened and put right some of what was wrong, so that discrepancies also end without anybody's
help.
"""

import numpy as np

from .areas import COUNTY_CODE
from .dice import NOTHING, Array, Dice
from .founding import Town
from .people import NEVER, People

BLANK_DAY = -NEVER
TEXT = ("name", "former_name", "id_number", "phone", "mother_name", "mother_id", "father_name", "father_id")
CODES = {"sex": 0, "ethnicity": -1, "birth": BLANK_DAY, "marital": -1, "education": -1, "occupation": -1}
PLACES = ("hk_v", "hk_g", "hk_d", "hk_o", "rs_v", "rs_g", "rs_d", "rs_o")
BLANK_PLACE = -9
GROUPS = {  # what is learnt together, and which change it follows
    "name": ("name", ("name", "former_name")),
    "id": (None, ("id_number",)),
    "sex": (None, ("sex",)),
    "ethnicity": (None, ("ethnicity",)),
    "birth": (None, ("birth",)),
    "marital": ("marital", ("marital",)),
    "hukou": ("hukou", ("hk_v", "hk_g", "hk_d", "hk_o")),
    "residence": ("residence", ("rs_v", "rs_g", "rs_d", "rs_o")),
    "phone": ("phone", ("phone",)),
    "parents": ("parents", ("mother_name", "mother_id", "father_name", "father_id")),
}


def through(link: Array, values: Array) -> Array:
    return np.where(link >= 0, values[np.maximum(link, 0)], None)


def true_values(people: People, rows: Array) -> dict[str, Array]:
    """What the register would say about these people if it knew everything."""
    mother, father = people.mother[rows], people.father[rows]
    values = {
        name: people.columns[name][rows]
        for name in (*CODES, *PLACES, "name", "former_name", "id_number", "phone")
    }
    values |= {
        "mother_name": through(mother, people.name),
        "mother_id": through(mother, people.id_number),
        "father_name": through(father, people.name),
        "father_id": through(father, people.id_number),
    }
    return values


class Register:
    """Rows as columns. `person` is the truth behind a row; `home` its register household's index."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.columns: dict[str, Array] = {}
        self.person = np.empty(0, dtype=np.int64)
        self.person_no = np.empty(0, dtype=object)
        self.home = np.empty(0, dtype=np.int64)
        self.home_truth = np.empty(0, dtype=np.int64)  # register household → the household it was made for
        self.dice = Dice(town.seed, "register")
        self.issued = 0

    def __len__(self) -> int:
        return len(self.person)

    def new_homes(self, households: Array) -> Array:
        first = len(self.home_truth)
        self.home_truth = np.r_[self.home_truth, households]
        return np.arange(first, first + len(households))

    def homes_for(self, households: Array) -> Array:
        """Register households of true households; new ones where there is none."""
        known = np.full(len(self.town.households), -1)
        known[self.home_truth[::-1]] = np.arange(len(self.home_truth))[::-1]
        lacking = np.unique(households[known[households] < 0])
        known[lacking] = self.new_homes(lacking)
        return known[households]

    def numbers(self, size: int) -> Array:
        """Fresh person numbers, scattered so that they say nothing about order."""
        serial = np.arange(self.issued, self.issued + size, dtype=np.int64)
        self.issued += size
        scattered = (serial * 7_368_787 + 1_234_567) % 99_999_989
        digits = np.char.zfill(scattered.astype("U8"), 8) if size else np.empty(0, dtype="U8")
        return np.char.add(f"RK{COUNTY_CODE}", digits).astype(object)

    def append(self, persons: Array, homes: Array, values: dict[str, Array]) -> Array:
        first = len(self)
        self.person = np.r_[self.person, persons]
        self.home = np.r_[self.home, homes]
        self.person_no = np.r_[self.person_no, self.numbers(len(persons))]
        for name, value in values.items():
            old = self.columns.get(name)
            self.columns[name] = value.copy() if old is None else np.concatenate([old, value])
        return np.arange(first, len(self))

    def keep(self, mask: Array) -> None:
        self.person, self.home, self.person_no = self.person[mask], self.home[mask], self.person_no[mask]
        self.columns = {name: value[mask] for name, value in self.columns.items()}

    def household_numbers(self) -> Array:
        """The register's own household number per row: 16 digits, not the police's."""
        return np.char.add(COUNTY_CODE + "88", np.char.zfill(self.home.astype("U8"), 8)).astype(object)

    def heads(self) -> Array:
        """Row of the head of each row's register household: the household's head if on it, else the eldest."""
        people = self.town.people
        true_head = self.town.households.head[people.hh[self.person]] == self.person
        own = people.hh[self.person] == self.home_truth[self.home]
        rank = np.where(true_head & own, 0, np.where(own, 1, 2)) * 10**7 + np.maximum(
            people.birth[self.person], -(10**6)
        )
        order = np.lexsort((rank, self.home))
        homes, first = np.unique(self.home[order], return_index=True)
        head = np.full(len(self.home_truth), -1)
        head[homes] = order[first]
        return head[self.home]

    def catch_up(self, month: int, since: int) -> None:
        """Learns by itself what happened after month `since`, and puts right some of what is older."""
        self._strike_off(month, since)
        self._correct(month, since)
        self._add_people(month, since)

    def _chance(self, keys: Array, what: str, month: int, recent: Array) -> Array:
        settings = self.town.settings
        share = np.where(recent, settings.catch_up_events, settings.catch_up_stock if month >= 0 else 0.0)
        return Dice(self.town.seed, "register", what, month).uniform(keys) < share

    def _strike_off(self, month: int, since: int) -> None:
        people = self.town.people
        gone = ~people.belongs[self.person]
        day = np.minimum(people.death, people.left)[self.person]
        first = self._first_day(since)
        learns = self._chance(self.person, "strike", month, day > first)
        rank = np.zeros(len(self), dtype=int)
        order = np.argsort(self.person, kind="stable")
        rank[order[1:]] = self.person[order[1:]] == self.person[order[:-1]]
        twice = (rank > 0) & self._chance(self.person, "twice", month, np.zeros(len(self), dtype=bool))
        self.keep(~((gone & learns) | twice))

    def _first_day(self, since: int) -> int:
        from .founding import day_number
        from .life import month_start

        return day_number(month_start(self.town.settings.start, since + 1))

    def _correct(self, month: int, since: int) -> None:
        people = self.town.people
        truth = true_values(people, self.person)
        keys = np.arange(len(self))
        for group, (tracked, columns) in GROUPS.items():
            recent = (
                people.columns[f"changed_{tracked}"][self.person] > since
                if tracked
                else np.zeros(len(self), bool)
            )
            learns = self._chance(self.person * 64 + keys % 64, group, month, recent)
            if group == "id":  # a number issued since is learnt like an event
                learns |= np.equal(self.columns["id_number"], NOTHING) & self._chance(
                    self.person, "issued", month, np.ones(len(self), bool)
                )
            for column in columns:
                self.columns[column][learns] = truth[column][learns]
        recent = people.changed_hh[self.person] > since
        moved = people.hh[self.person] != self.home_truth[self.home]
        moved &= (
            people.belongs[self.person] & self._chance(people.hh[self.person], "home", month, recent) & recent
        )
        self.home[moved] = self.homes_for(people.hh[self.person][moved])

    def _add_people(self, month: int, since: int) -> None:
        people = self.town.people
        listed = np.zeros(len(people), dtype=bool)
        listed[self.person] = True
        rows = np.flatnonzero(people.belongs & ~listed & (people.hh >= 0))
        born = people.birth[rows] > self._first_day(since)
        recent = people.came[rows] > since
        by_family = people.hh[rows] * 2 + 1
        learns = self._chance(np.where(born, rows * 2, by_family), "add", month, recent)
        rows = rows[learns]
        self.append(rows, self.homes_for(people.hh[rows]), true_values(people, rows))
