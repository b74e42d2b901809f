"""Follows the register month by month: who is not on it, which cells are wrong, who lives elsewhere than it
says."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from .addresses import shows_group
from .corruptions import LOOKALIKE, VARIANT, readings
from .dice import NOTHING, Array
from .founding import Town
from .register import BLANK_DAY, BLANK_PLACE, Register, true_values
from .truth import Wanted

FIELDS = (
    "name",
    "former_name",
    "id_number",
    "sex",
    "ethnicity",
    "birth_date",
    "marital_status",
    "hukou_address",
    "residence_address",
    "phone",
    "mother_name",
    "mother_id",
    "father_name",
    "father_id",
)
PLACEHOLDER_IDS = {"000000000000000000", "无", "未办理", "111111111111111111"}
COLUMN = {"birth_date": "birth", "marital_status": "marital"}
FAR = 2**30  # a day that never comes


@dataclass
class Snapshot:
    """One full register delivery: when its rows arrived, who stands on it."""

    month: int
    arrival: Array  # per register row
    person: Array
    person_no: Array
    household_no: Array
    home: Array
    id_number: Array

    @cached_property
    def usual_arrival(self) -> float:
        """When most of its files came; for rows that are not on it."""
        return float(np.median(self.arrival))


@dataclass
class Watch:
    """Follows the register month by month."""

    town: Town
    register: Register
    adult_before: int  # who was born earlier is grown up
    snapshots: list[Snapshot] = field(default_factory=list)
    defects: list[pd.DataFrame] = field(default_factory=list)
    households: list[pd.DataFrame] = field(default_factory=list)

    def look(self, month: int, residents: Array) -> Wanted:
        """Compares register and truth at a month's end; returns what evidence is wanted for."""
        people, register = self.town.people, self.register
        truth = true_values(people, register.person)
        table = pd.concat([self._field(name, truth) for name in FIELDS], ignore_index=True)
        table["month"] = month
        self.defects.append(table)
        size = len(people)
        masks = {name: np.zeros(size, dtype=bool) for name in FIELDS}
        masks["hukou_group"] = np.zeros(size, dtype=bool)
        for name, group in table.groupby("what"):
            masks[str(name)][group["person"].to_numpy()] = True
        listed = np.zeros(size, dtype=bool)
        listed[register.person] = True
        gone = np.zeros(size, dtype=bool)
        gone[register.person[~people.belongs[register.person]]] = True
        rehoused = self._rehoused(month)
        self._missing_households(month, residents, listed)
        return Wanted(masks, ~listed, gone, rehoused)

    def _field(self, name: str, truth: dict[str, Array]) -> pd.DataFrame:
        """The register's cells of one field that are blank or wrong, and whether finding them can be
        graded."""
        register, people = self.register, self.town.people
        is_place = name in ("hukou_address", "residence_address")
        blank, wrong, graded, what = self._place(name, truth) if is_place else self._item(name, truth)
        present = people.belongs[register.person] & (blank | wrong)
        if name.startswith(("mother", "father")):  # no feed names grown people's parents
            present &= people.birth[register.person] > self.adult_before
        if name in ("phone", "former_name"):
            present &= blank
        rows = np.flatnonzero(present)
        if name == "name":
            pairs = zip(register.columns["name"][rows], truth["name"][rows])
            graded[rows] &= blank[rows] | ~np.array([is_near(str(a), str(b)) for a, b in pairs], dtype=bool)
        return pd.DataFrame(
            {
                "row": rows,
                "person": register.person[rows],
                "person_no": register.person_no[rows],
                "field": name,
                "what": what[rows],
                "blank": blank[rows],
                "graded": graded[rows],
            }
        )

    def _place(self, name: str, truth: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
        """Addresses: another village is wrong; in the hukou another group (组) too, where the register
        shows one."""
        prefix = "hk" if name == "hukou_address" else "rs"
        columns = self.register.columns
        own, real = columns[f"{prefix}_v"], truth[f"{prefix}_v"]
        blank = own == BLANK_PLACE
        group = (own == real) & (own >= 0) & (columns[f"{prefix}_g"] != truth[f"{prefix}_g"])
        outside = (own == -1) & (real == -1) & (columns[f"{prefix}_o"] // 10 != truth[f"{prefix}_o"] // 10)
        graded = ~outside & (real >= 0)
        if prefix == "hk":
            graded &= ~group | shows_group(
                self.town.seed, self.register.person, "register:hk", electronic=True
            )
        else:
            graded &= ~group
        what = np.where(group, "hukou_group" if prefix == "hk" else name, name).astype(object)
        return blank, (own != real) | outside | group, graded, what

    def _item(self, name: str, truth: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
        """Other fields: blank or unusable, or another value than the true one."""
        column = COLUMN.get(name, name)
        own, real = self.register.columns[column], truth[column]
        if own.dtype == object:
            known = ~np.equal(real, NOTHING)
            empty = np.equal(own, NOTHING)
            if name.endswith("id") or name == "id_number":  # a number of impossible shape is no number
                text = pd.Series(own, dtype=object)
                empty |= text.isin(PLACEHOLDER_IDS).to_numpy() | ~text.str.len().isin([15, 18]).to_numpy()
            blank, wrong = known & empty, known & (own != real)
        else:
            blank = own == {"sex": 0, "birth": BLANK_DAY}.get(column, -1)
            wrong = own != real
        return blank, wrong, np.ones(len(own), dtype=bool), np.full(len(own), name, dtype=object)

    def _rehoused(self, month: int) -> Array:
        people, register = self.town.people, self.register
        moved = people.hh[register.person] != register.home_truth[register.home]
        moved &= people.belongs[register.person] & people.local[register.person]
        stays = np.zeros(len(register.home_truth), dtype=bool)
        stays[register.home[~moved & people.belongs[register.person]]] = True
        rows = np.flatnonzero(moved)
        frame = pd.DataFrame(
            {
                "row": rows,
                "person": register.person[rows],
                "person_no": register.person_no[rows],
                "field": "household_no",
                "what": "household",
                "blank": False,
                "graded": stays[register.home[rows]],
                "month": month,
            }
        )
        self.defects.append(frame)
        mask = np.zeros(len(people), dtype=bool)
        mask[frame["person"].to_numpy()] = True
        return mask

    def _missing_households(self, month: int, residents: Array, listed: Array) -> None:
        homes = self.town.people.hh[residents]
        any_listed = np.zeros(len(self.town.households), dtype=bool)
        any_listed[homes[listed[residents]]] = True
        lacking = ~any_listed[homes]
        self.households.append(
            pd.DataFrame({"home": homes[lacking], "person": residents[lacking], "month": month})
        )

    def note_snapshot(self, month: int, rows: Array, arrival: Array) -> None:
        register = self.register
        when = np.full(len(register), FAR)
        when[rows] = arrival
        self.snapshots.append(
            Snapshot(
                month,
                when,
                register.person.copy(),
                register.person_no.copy(),
                register.household_numbers(),
                register.home.copy(),
                register.columns["id_number"].copy(),
            )
        )


def is_near(one: str, other: str) -> bool:
    """Names that differ in one character by sound, form or variant, or in dots and spaces only."""
    if one.replace("·", "") == other.replace("·", ""):
        return True
    if len(one) != len(other):
        return False
    pairs = [(a, b) for a, b in zip(one, other) if a != b]
    if len(pairs) != 1:
        return False
    a, b = pairs[0]
    reading, _ = readings()
    alike = LOOKALIKE.get(a) == b or LOOKALIKE.get(b) == a or VARIANT.get(a) == b or VARIANT.get(b) == a
    return alike or (reading.get(a) is not None and reading.get(a) == reading.get(b))
