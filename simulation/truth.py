"""The truth beside the files: who every row is about, which cells were changed, what could be found from
when.

While files are delivered, `TruthBook` notes mentions and noise, and for people and register cells that are
wrong at that time it notes *evidence*: the first night on which some file shows the true value.
`findings.py` turns that into the list of discrepancies.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from .dice import NOTHING, Array, Dice
from .files import Placed
from .founding import Town
from .views import View

_SELF = {
    n: n
    for n in [
        "name",
        "former_name",
        "id_number",
        "sex",
        "ethnicity",
        "birth_date",
        "marital_status",
        "hukou_address",
        "phone",
    ]
}
_PARENTS = {n: n for n in ["mother_name", "mother_id", "father_name", "father_id"]}
_THREE = {n: n for n in ["name", "id_number", "sex", "birth_date"]}
KNOWS: dict[tuple[str, str], dict[str, str]] = {  # (feed, role) → feed field: register field it can prove
    ("police_residents", "self"): _SELF,
    ("police_births", "self"): {
        **_THREE,
        **_PARENTS,
        "ethnicity": "ethnicity",
        "hukou_address": "hukou_address",
    },
    ("police_births", "mother"): {"mother_name": "name", "mother_id": "id_number"},
    ("police_births", "father"): {"father_name": "name", "father_id": "id_number"},
    ("police_moves", "self"): {**_THREE, "to_address": "hukou_address"},
    ("police_floating", "self"): {
        **_THREE,
        "ethnicity": "ethnicity",
        "hukou_address": "hukou_address",
        "residence_address": "residence_address",
        "phone": "phone",
    },
    ("hospital_births", "self"): {"sex": "sex", "birth_date": "birth_date", **_PARENTS},
    ("hospital_births", "mother"): {
        "mother_name": "name",
        "mother_id": "id_number",
        "phone": "phone",
        "hukou_address": "hukou_address",
        "residence_address": "residence_address",
    },
    ("hospital_births", "father"): {"father_name": "name", "father_id": "id_number"},
    ("school_enrolment", "self"): {
        **_THREE,
        "hukou_address": "hukou_address",
        "residence_address": "residence_address",
    },
    ("school_enrolment", "guardian1"): {
        "guardian1_name": "name",
        "guardian1_id": "id_number",
        "guardian1_phone": "phone",
    },
    ("school_enrolment", "guardian2"): {
        "guardian2_name": "name",
        "guardian2_id": "id_number",
        "guardian2_phone": "phone",
    },
    ("civil_marriages", "male"): {
        "male_name": "name",
        "male_id": "id_number",
        "male_birth_date": "birth_date",
        "male_event": "marital_status",
    },
    ("civil_marriages", "female"): {
        "female_name": "name",
        "female_id": "id_number",
        "female_birth_date": "birth_date",
        "female_event": "marital_status",
    },
    ("civil_adoptions", "self"): {**_THREE, "former_name": "former_name"},
    ("civil_adoptions", "adopter1"): {"adopter1_name": "name", "adopter1_id": "id_number"},
    ("civil_adoptions", "adopter2"): {"adopter2_name": "name", "adopter2_id": "id_number"},
}
CHANGES = {  # register field → the life event that outdates older evidence
    "name": "name",
    "former_name": "name",
    "marital_status": "marital",
    "hukou_address": "hukou",
    "residence_address": "residence",
    "mother_name": "parents",
    "mother_id": "parents",
    "father_name": "parents",
    "father_id": "parents",
}
PROVES_ABODE = (  # self mentions that say somebody belongs to the county
    "police_residents",
    "police_floating",
    "school_enrolment",
    "police_births",
    "hospital_births",
)
LOOKS = (  # kinds of noise that leave the value what it is; all others are a department's own error
    "blank",
    "dot",
    "spaces",
    "trailing",
    "leading",
    "check_letter",
    "quote",
    "full_width",
    "letter_o",
    "fifteen_digits",
    "dashes",
    "country_code",
    "line_break",
    "variant",
)
ID_FIELD = {
    "self": "id_number",
    **{
        role: f"{role}_id"
        for role in ("mother", "father", "guardian1", "guardian2", "male", "female", "adopter1", "adopter2")
    },
}


_GROUP = re.compile(r"[\d一二三四五六七八九十](?:组|社)")


@dataclass
class Wanted:
    """What is wrong at the moment: masks over people."""

    fields: dict[str, Array]
    unlisted: Array
    gone: Array  # dead or left, still on the register
    rehoused: Array


@dataclass
class TruthBook:
    town: Town
    mentions: list[dict[str, Any]] = field(default_factory=list)
    cells: list[pd.DataFrame] = field(default_factory=list)
    evidence: list[pd.DataFrame] = field(default_factory=list)
    deliveries: list[tuple[object, ...]] = field(default_factory=list)

    def note_delivery(
        self, feed: str, file: str, view: View, unit: str, arrival: str, what: str, rows: int
    ) -> None:
        self.deliveries.append((feed, file, unit, view.period, arrival, what, rows))

    def note_file(
        self,
        view: View,
        rows: Array,
        placed: Placed,
        file: str,
        arrival: int,
        month: int,
        wanted: Wanted | None,
    ) -> None:
        """Everything a delivered file says. `rows` of the view stand at `placed`, in this order."""
        if view.feed != "register":
            for role, people in view.roles.items():
                person = people[rows]
                named = self._is_mentioned(view, role, rows) & (person >= 0)
                has_id = self._has(view, ID_FIELD[role], rows)
                where = np.flatnonzero(named)
                self.mentions.append(
                    {
                        "feed": view.feed,
                        "file": file,
                        "sheet": placed.sheet[where],
                        "row": placed.row[where],
                        "role": role,
                        "person": person[where],
                        "has_id": has_id[where],
                        "unit": int(view.unit[rows[0]]),
                        "period": view.period,
                        "arrival": arrival,
                    }
                )
        self._note_cells(view, rows, placed, file)
        if wanted is not None:
            self._note_evidence(view, rows, arrival, month, wanted)

    @staticmethod
    def _has(view: View, name: str, rows: Array) -> Array:
        column = view.columns.get(name)
        return np.zeros(len(rows), dtype=bool) if column is None else ~np.equal(column[rows], NOTHING)

    def _is_mentioned(self, view: View, role: str, rows: Array) -> Array:
        if role == "self":
            return np.ones(len(rows), dtype=bool)
        return self._has(view, f"{role}_name", rows) | self._has(view, f"{role}_id", rows)

    def _note_cells(self, view: View, rows: Array, placed: Placed, file: str) -> None:
        position = np.full(len(view), -1)
        position[rows] = np.arange(len(rows))
        for hit, name, kind, true, written in view.cells:
            at = position[hit]
            here = at >= 0
            if here.any():
                self.cells.append(
                    pd.DataFrame(
                        {
                            "feed": view.feed,
                            "file": file,
                            "sheet": placed.sheet[at[here]],
                            "row": placed.row[at[here]],
                            "field": name,
                            "kind": kind[here],
                            "is_wrong": ~np.isin(kind[here].astype(str), LOOKS),
                            "true_value": [_text(v) for v in true[here]],
                            "written_value": [_text(v) for v in written[here]],
                        }
                    )
                )

    def _note_evidence(self, view: View, rows: Array, arrival: int, month: int, wanted: Wanted) -> None:
        people = self.town.people
        for role, everyone in view.roles.items():
            person = everyone[rows]
            valid = person >= 0
            safe = np.maximum(person, 0)
            for feed_field, field_name in KNOWS.get((view.feed, role), {}).items():
                asked = wanted.fields[field_name]
                if field_name == "hukou_address":
                    asked = asked | wanted.fields["hukou_group"]
                mask = valid & asked[safe]
                if not mask.any():
                    continue
                if feed_field in view.columns:
                    mask &= self._has(view, feed_field, rows)
                if feed_field in view.unsure:
                    mask &= ~view.unsure[feed_field][rows]
                if field_name in CHANGES:
                    mask &= people.columns[f"changed_{CHANGES[field_name]}"][safe] <= month
                self._add_evidence(person[mask], field_name, arrival)
                if (
                    field_name == "hukou_address"
                ):  # only an address with its group says something of the group
                    texts = view.columns[feed_field][rows]
                    tells = [
                        bool(m) and bool(_GROUP.search(t.replace("\n", ""))) for m, t in zip(mask, texts)
                    ]
                    self._add_evidence(person[np.array(tells, dtype=bool)], "hukou_group", arrival)
            self._note_sightings(view, role, rows, person, valid, arrival, wanted)
        self._note_parents(view, rows, arrival, month, wanted)

    def _note_parents(self, view: View, rows: Array, arrival: int, month: int, wanted: Wanted) -> None:
        """Guardians and adopters who are the child's parents prove the child's parent fields."""
        people = self.town.people
        child = view.roles.get("self", np.empty(0, dtype=np.int64))
        for role in ("guardian1", "guardian2", "adopter1", "adopter2"):
            if role not in view.roles:
                continue
            own, adult = child[rows], view.roles[role][rows]
            for parent in ("mother", "father"):
                is_parent = (adult >= 0) & (people.columns[parent][own] == adult)
                is_parent &= people.changed_parents[own] <= month
                for part in ("name", "id"):
                    name, target = f"{role}_{part}", f"{parent}_{part}"
                    mask = is_parent & wanted.fields[target][own] & self._has(view, name, rows)
                    if name in view.unsure:
                        mask &= ~view.unsure[name][rows]
                    self._add_evidence(own[mask], target, arrival)

    def _note_sightings(
        self, view: View, role: str, rows: Array, person: Array, valid: Array, arrival: int, wanted: Wanted
    ) -> None:
        people, safe = self.town.people, np.maximum(person, 0)
        unlisted = valid & wanted.unlisted[safe]
        if role == "self":
            if view.feed in PROVES_ABODE:
                self._add_evidence(person[unlisted], "sighted", arrival)
            if view.feed == "police_residents":
                self._add_evidence(person[valid & wanted.rehoused[safe]], "household", arrival)
                self._add_evidence(person[unlisted], "resident", arrival)
            gone = valid & wanted.gone[safe]
            if view.feed == "hospital_deaths":
                self._add_evidence(person[gone], "death", arrival)
            if view.feed == "police_moves":
                kind = view.columns["event_type"][rows]
                self._add_evidence(person[gone & (kind == "死亡注销")], "death", arrival)
                away = (kind == "迁出") & (people.left[safe] < 2**30)
                self._add_evidence(person[gone & away], "departure", arrival)
                self._add_evidence(person[unlisted & (kind == "迁入")], "sighted", arrival)
        elif view.feed == "hospital_births" and role == "mother":
            living = people.rs_v[safe] >= 0
            self._add_evidence(person[unlisted & living], "sighted", arrival)

    def _add_evidence(self, person: Array, what: str, arrival: int) -> None:
        if len(person):
            self.evidence.append(pd.DataFrame({"person": person, "what": what, "arrival": arrival}))


def _text(value: object) -> str | None:
    from .datewords import write_date

    if value is None:
        return None
    if isinstance(value, (int, np.integer)):
        return write_date(int(value), "iso")
    return str(value)


def person_ids(seed: int, people: Array) -> Array:
    """Opaque ids of the truth; no file holds anything like them."""
    bits = Dice(seed, "truth ids").bits(people)
    return np.array([f"T{value:016x}" for value in bits.tolist()], dtype=object)


def household_ids(seed: int, households: Array) -> Array:
    bits = Dice(seed, "truth households").bits(households)
    return np.array([f"H{value:016x}" for value in bits.tolist()], dtype=object)
