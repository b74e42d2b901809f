"""A department's view: rows of canonical values about people, before noise and before it becomes a file."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from .addresses import AddressBook
from .dice import NOTHING, Array, Dice
from .founding import Town
from .life import Happenings
from .register import through

SEXES = np.array([None, "男", "女"], dtype=object)
MARITAL = np.array(["未婚", "已婚", "丧偶", "离婚", None], dtype=object)


@dataclass
class View:
    """One feed in one period. Dates are day numbers or None; `unsure` marks cells that are not the person's
    truth."""

    feed: str
    period: str
    period_words: str
    unit: Array  # unit index per row
    unit_names: dict[int, str]
    keys: Array  # who the row is about, for noise that stays
    columns: dict[str, Array]
    roles: dict[str, Array]  # role → person index, −1 for nobody
    unsure: dict[str, Array] = field(default_factory=dict)
    cells: list[tuple[Array, str, Array, Array, Array]] = field(
        default_factory=list
    )  # rows, field, kind, true, written
    form: str = ""  # the kind of table, where a feed has several

    @property
    def table(self) -> str:
        return self.form or self.feed

    def __len__(self) -> int:
        return len(self.keys)

    def doubt(self, name: str, mask: Array) -> None:
        self.unsure[name] = mask | self.unsure[name] if name in self.unsure else mask.copy()


@dataclass(frozen=True)
class Desk:
    """What every view of a month needs: the town, the month, the way addresses are written."""

    town: Town
    log: Happenings
    book: AddressBook
    old_share: float

    @property
    def period(self) -> str:
        return f"{self.log.first.year}-{self.log.first.month:02d}"

    @property
    def period_words(self) -> str:
        return f"{self.log.first.year}年{self.log.first.month}月"

    @property
    def last(self) -> date:
        return date.fromordinal(self.log.last_day + date(1970, 1, 1).toordinal())

    def dice(self, *what: object) -> Dice:
        return Dice(self.town.seed, "view", *what)

    def address(self, rows: Array, which: str, feed: str, *, electronic: bool = False) -> Array:
        columns = self.town.people.columns
        parts = [columns[f"{which}_{part}"][rows] for part in "vgdo"]
        return self.book.text(parts, rows, f"{feed}:{which}", electronic=electronic)

    def codes(self, village: Array, keys: Array, feed: str) -> Array:
        """Village codes; some rows keep the code from before a renumbering."""
        tree = self.town.tree
        safe = np.maximum(village, 0)
        before = [former or code for former, code in zip(tree.village_old_codes, tree.village_codes)]
        electronic = feed not in ("police_floating", "register")
        share = self.old_share * (0.1 if electronic else 0.5)
        keeps = self.dice("old code", feed).uniform(keys) < share
        now, old = tree.codes_on(self.last)[safe], np.array(before, dtype=object)[safe]
        return np.where(village >= 0, np.where(keeps, old, now), NOTHING)

    def township(self, village: Array) -> Array:
        return self.town.tree.township_of(np.maximum(village, 0), self.last)

    def stations(self) -> dict[int, str]:
        return {t: name + "派出所" for t, name in enumerate(self.town.tree.township_names)}

    def view(
        self,
        feed: str,
        unit: Array,
        units: dict[int, str],
        keys: Array,
        columns: dict[str, Array],
        roles: dict[str, Array],
    ) -> View:
        return View(feed, self.period, self.period_words, np.asarray(unit), units, keys, columns, roles)


def days(values: Array) -> Array:
    """Day numbers as objects, so that a cell can also be None or a text."""
    return np.asarray(values).astype(object)


def person_columns(desk: Desk, rows: Array) -> dict[str, Array]:
    people = desk.town.people
    return {
        "name": people.name[rows],
        "id_number": people.id_number[rows],
        "sex": SEXES[people.sex[rows]],
        "birth_date": days(people.birth[rows]),
    }


def parent_columns(desk: Desk, mother: Array, father: Array) -> dict[str, Array]:
    people = desk.town.people
    return {
        "mother_name": through(mother, people.name),
        "mother_id": through(mother, people.id_number),
        "father_name": through(father, people.name),
        "father_id": through(father, people.id_number),
    }
