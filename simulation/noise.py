"""Turns what a department knows into what its clerk wrote, and remembers every cell that changed.

Two passes: slips that change a value (the cell is then in doubt as evidence), and looks that do not (dots,
widths, spaces). A slip is drawn by (seed, feed, field, person), so next month's snapshot repeats it; a
clerk's factor multiplies all rates of his unit, so errors come in bursts.
"""

from collections.abc import Callable

import numpy as np

from .corruptions import (
    excel_loss,
    misshapen_name,
    misshapen_number,
    misshapen_phone,
    wrong_name,
    wrong_number,
    wrong_phone,
)
from .datewords import wrong_date
from .dice import NOTHING, Array, Dice
from .names import ETHNICITY
from .nametables import RARE
from .settings import CellRates, NoiseSettings
from .views import View

FAMILY = {  # field → family of slips
    "name": "name",
    "head_name": "name",
    "former_name": "name",
    "mother_name": "name",
    "father_name": "name",
    "guardian1_name": "name",
    "guardian2_name": "name",
    "male_name": "name",
    "female_name": "name",
    "adopter1_name": "name",
    "adopter2_name": "name",
    "id_number": "id_number",
    "mother_id": "id_number",
    "father_id": "id_number",
    "guardian1_id": "id_number",
    "guardian2_id": "id_number",
    "male_id": "id_number",
    "female_id": "id_number",
    "adopter1_id": "id_number",
    "adopter2_id": "id_number",
    "birth_date": "date",
    "male_birth_date": "date",
    "female_birth_date": "date",
    "event_date": "date",
    "sex": "sex",
    "ethnicity": "other",
    "marital_status": "other",
    "relation_to_head": "other",
    "hukou_address": "address",
    "residence_address": "address",
    "from_address": "address",
    "to_address": "address",
    "phone": "phone",
    "guardian1_phone": "phone",
    "guardian2_phone": "phone",
}
NEVER_BLANK = (
    "event_type",
    "person_no",
    "household_no",
    "cert_serial",
    "facility",
    "school",
    "student_no",
    "head_name",
)
SWAPS = {
    "hospital_births": ("mother", "father"),
    "police_births": ("mother", "father"),
    "civil_marriages": ("male", "female"),
    "civil_adoptions": ("adopter1", "adopter2"),
}
LENDERS = {"school_enrolment": "guardian1_id", "police_births": "mother_id", "civil_adoptions": "adopter1_id"}

RARE_SET = frozenset(RARE)
RARE_FORMS = ("?", "*", "■", "yan", "\ue863")
Slip = Callable[[object, float, float], tuple[object, str]]


def clerk_factors(seed: int, feed: str, units: Array, spread: float) -> Array:
    """A lognormal factor of mean 1 per unit."""
    dice = Dice(seed, "clerk", feed)
    u, v = np.maximum(dice.uniform(units * 2), 1e-9), dice.uniform(units * 2 + 1)
    normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return np.exp(spread * normal - spread**2 / 2)


def _slip_for(family: str, lunar_share: float) -> Slip:
    def sex(value: object, u: float, v: float) -> tuple[object, str]:
        return ("女" if value == "男" else "男"), "sex"

    def other(value: object, u: float, v: float) -> tuple[object, str]:
        if value in ETHNICITY:
            return str(ETHNICITY[0 if value != "汉族" else 1 + int(u * 5)]), "ethnicity"
        if value == "未婚":  # mostly children, whom no system lets be married
            return value, ""
        if value in ("已婚", "丧偶", "离婚"):
            return ("已婚" if value != "已婚" else "未婚"), "marital"
        return "其他", "relation"

    table: dict[str, tuple[Callable[[object], bool], Slip]] = {  # family → what can be hit, and how
        "name": (lambda value: len(str(value)) > 1, lambda value, u, v: wrong_name(str(value), u, v)),
        "id_number": (
            lambda value: len(str(value)) == 18,
            lambda value, u, v: wrong_number(str(value), u, v),
        ),
        "date": (
            lambda value: not isinstance(value, str),
            lambda value, u, v: wrong_date(int(value), u, v, lunar_share),  # type: ignore[call-overload]
        ),
        "phone": (lambda value: len(str(value)) == 11, lambda value, u, v: wrong_phone(str(value), u, v)),
        "sex": (lambda value: True, sex),
        "other": (lambda value: True, other),
    }
    can, slip = table[family]
    return lambda value, u, v: slip(value, u, v) if can(value) else (value, "")


class Clerk:
    """Applies one feed's noise to one view."""

    def __init__(self, view: View, noise: NoiseSettings, seed: int, session: str = "") -> None:
        self.view, self.noise, self.seed, self.session = view, noise, seed, session
        self.rates: CellRates = noise.cells[view.feed]
        self.factor = clerk_factors(seed, view.feed, view.unit, noise.clerk_spread)

    def _dice(self, *what: object) -> Dice:
        return Dice(self.seed, "noise", self.view.feed, self.session, *what)

    def _hits(self, what: object, rate: float) -> Array:
        return np.flatnonzero(self._dice(what).uniform(self.view.keys) < rate * self.factor)

    def _write(self, name: str, rows: Array, new: list[object], kinds: list[str], *, doubt: bool) -> None:
        column = self.view.columns[name]
        written = np.empty(len(rows), dtype=object)
        written[:] = new
        kind = np.array(kinds, dtype=object)
        real = np.array([bool(k) for k in kinds], dtype=bool)
        rows, written, kind = rows[real], written[real], kind[real]
        if not len(rows):
            return
        self.view.cells.append((rows, name, kind, column[rows].copy(), written))
        column = column.copy()
        column[rows] = written
        self.view.columns[name] = column
        if doubt:
            mask = np.zeros(len(self.view), dtype=bool)
            mask[rows] = True
            self.view.doubt(name, mask)

    def change(self, name: str, what: str, rate: float, slip: Slip, *, doubt: bool) -> None:
        rows = self._hits((name, what), rate)
        column = self.view.columns[name]
        rows = rows[~np.equal(column[rows], NOTHING)]
        if not len(rows):
            return
        u = self._dice(name, what, "u").uniform(self.view.keys[rows])
        v = self._dice(name, what, "v").uniform(self.view.keys[rows])
        results = [slip(value, float(a), float(b)) for value, a, b in zip(column[rows], u, v)]
        self._write(name, rows, [r[0] for r in results], [r[1] for r in results], doubt=doubt)

    def slips(self) -> None:
        """The pass that changes values."""
        for name, family in FAMILY.items():
            if name not in self.view.columns:
                continue
            rate = getattr(self.rates, family)
            if family == "address":
                self._other_village(name, rate)
            elif name != "event_date":
                self.change(
                    name, "slip", rate, _slip_for(family, self.noise.lunar_share_of_date_errors), doubt=True
                )
        self._swap()
        self._lend_number()
        for name in self.view.columns:
            if name not in NEVER_BLANK and name in FAMILY:
                self.change(name, "blank", self.rates.blank, lambda value, u, v: (None, "blank"), doubt=True)

    def looks(self) -> None:
        """The pass that changes only how values look."""
        forms: dict[str, Slip] = {
            "name": lambda value, u, v: misshapen_name(str(value), u, v) if value else (value, ""),
            "id_number": lambda value, u, v: (
                misshapen_number(str(value), u, v) if len(str(value)) == 18 else (value, "")
            ),
            "phone": lambda value, u, v: (
                misshapen_phone(str(value), u, v) if len(str(value)) == 11 else (value, "")
            ),
        }
        for name, family in FAMILY.items():
            if name in self.view.columns and family in forms:
                self.change(name, "shape", self.rates.shape, forms[family], doubt=False)
                if family == "name":
                    self._rare(name)
                    # a middle dot is seldom typed as the standard has it
                    self._dots(name)
        if self.rates.shape >= 0.01:
            for name in ("hukou_address", "residence_address"):
                if name in self.view.columns:
                    self.change(
                        name,
                        "break",
                        self.rates.shape / 4,
                        lambda value, u, v: (_broken(str(value), u), "line_break"),
                        doubt=False,
                    )

    def _rare(self, name: str) -> None:
        """Characters that a computer cannot write: a mark, a reading, a private-use code point."""
        column = self.view.columns[name]
        holds = [bool(value) and not RARE_SET.isdisjoint(value) for value in column]
        rows = np.flatnonzero(np.array(holds, dtype=bool))
        if not len(rows):
            return
        share = self.noise.rare_lost * (1.0 if self.rates.name > 0.005 else 0.3 if self.rates.name else 0.0)
        rows = rows[self._dice(name, "rare").uniform(self.view.keys[rows]) < share]
        form = self._dice(name, "rare form").below(self.view.keys[rows], len(RARE_FORMS))
        new = [
            "".join(RARE_FORMS[int(k)] if c in RARE_SET else c for c in column[r]) for r, k in zip(rows, form)
        ]
        self._write(name, rows, list(new), ["rare_character"] * len(rows), doubt=True)

    def _dots(self, name: str) -> None:
        rows = np.array(
            [i for i, value in enumerate(self.view.columns[name]) if value and "·" in value], dtype=np.int64
        )
        share = min(0.4, self.rates.shape * 8)
        rows = (
            rows[self._dice(name, "dots").uniform(self.view.keys[rows]) < share * self.factor[rows]]
            if len(rows)
            else rows
        )
        if len(rows):
            u = self._dice(name, "dot").uniform(self.view.keys[rows])
            results = [
                misshapen_name(str(value), float(a), 0.0)
                for value, a in zip(self.view.columns[name][rows], u)
            ]
            self._write(name, rows, [r[0] for r in results], [r[1] for r in results], doubt=False)

    def _other_village(self, name: str, rate: float) -> None:
        rows = self._hits((name, "slip"), rate)
        column = self.view.columns[name]
        rows = rows[~np.equal(column[rows], NOTHING)]
        if len(rows):
            donor = (rows + 1 + self._dice(name, "donor").below(self.view.keys[rows], 997)) % len(column)
            kinds = ["other_address" if column[d] != column[r] else "" for d, r in zip(donor, rows)]
            self._write(name, rows, list(column[donor]), kinds, doubt=True)

    def _swap(self) -> None:
        if self.view.feed not in SWAPS:
            return
        one, other = SWAPS[self.view.feed]
        rows = self._hits("swap", self.rates.swap)
        whole = self._dice("swap", "whole").uniform(self.view.keys[rows]) < 0.5
        for fields, chosen in ((("id",), rows[~whole]), (("name", "id", "birth_date"), rows[whole])):
            for part in fields:
                first, second = f"{one}_{part}", f"{other}_{part}"
                if first in self.view.columns and len(chosen):
                    a, b = self.view.columns[first][chosen].copy(), self.view.columns[second][chosen].copy()
                    self._write(first, chosen, list(b), ["swapped"] * len(chosen), doubt=True)
                    self._write(second, chosen, list(a), ["swapped"] * len(chosen), doubt=True)
        chosen = rows[whole]  # the columns then name the other person
        roles = self.view.roles
        roles[one], roles[other] = roles[one].copy(), roles[other].copy()
        roles[one][chosen], roles[other][chosen] = roles[other][chosen].copy(), roles[one][chosen].copy()

    def _lend_number(self) -> None:
        lender = LENDERS.get(self.view.feed)
        if lender:
            rows = self._hits("lend", self.rates.swap)
            numbers = self.view.columns[lender][rows]
            self._write(
                "id_number", rows, list(numbers), ["parents_number" if n else "" for n in numbers], doubt=True
            )

    def spreadsheet_losses(self, units: dict[int, bool]) -> Array:
        """Whole ID columns that a spreadsheet turned into numbers, for the units told; returns the mask of
        rows."""
        mask = np.array([units.get(int(u), False) for u in self.view.unit], dtype=bool)
        rows = np.flatnonzero(mask)
        for name in self.view.columns:
            if FAMILY.get(name) == "id_number" and len(rows):
                column = self.view.columns[name]
                results = [excel_loss(str(value), 0.9) if value else (value, "") for value in column[rows]]
                self._write(name, rows, [r[0] for r in results], [r[1] for r in results], doubt=True)
        return mask


def _broken(text: str, u: float) -> str:
    at = 2 + int(u * max(1, len(text) - 3))
    return text[:at] + "\n" + text[at:]


def write_down(
    view: View, noise: NoiseSettings, seed: int, losing: dict[int, bool], session: str = ""
) -> View:
    """Both passes, and the spreadsheets that lost digits."""
    clerk = Clerk(view, noise, seed)
    clerk.slips()
    if session:  # a careless first version of a file that is corrected later
        Clerk(view, noise, seed, session).slips()
    clerk.looks()
    clerk.spreadsheet_losses(losing)
    return view
