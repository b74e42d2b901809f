"""How often each feed is right about each field: the table that decides which value is proposed.

A number is the probability that a filled cell holds the true value today. Sources are weighed as if they
erred independently: each adds log(p / (1 − p)) to the value it gives. `*` stands for any feed without a
line of its own. The defaults are assumptions; a county edits them in its settings. A number that is valid
carries a birth date and a sex inside (GB 11643), which is a source of its own (`id_number`). The register's
own cell is worth less when it cannot be right by itself (`register:unfit`: a wrong check digit, a parent's
number, a name given before the child had one).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

REGISTER = "register"
REGISTER_UNFIT = "register:unfit"
INSIDE_ID = "id_number"
ANY = "*"

PARENT_FIELDS = ("mother_name", "mother_id", "father_name", "father_id")

_TABLE: dict[str, dict[str, float]] = {
    "name": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.975, "police_residents": 0.997, "police_births": 0.997,
        "police_moves": 0.996, "civil_marriages": 0.988, "civil_adoptions": 0.99, "hospital_births": 0.90,
    },
    "sex": {
        REGISTER: 0.99, ANY: 0.985, "police_residents": 0.998, "police_births": 0.997, INSIDE_ID: 0.999,
    },
    "ethnicity": {REGISTER: 0.99, ANY: 0.98, "police_residents": 0.997, "police_births": 0.997},
    "birth_date": {
        REGISTER: 0.99, ANY: 0.975, "police_residents": 0.997, "police_births": 0.997, "police_moves": 0.996,
        "civil_marriages": 0.988, INSIDE_ID: 0.998,
    },
    "id_number": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.98, "police_residents": 0.998, "police_births": 0.997,
        "police_moves": 0.997, "civil_marriages": 0.988,
    },
    "marital_status": {REGISTER: 0.98, ANY: 0.95, "police_residents": 0.994, "civil_marriages": 0.99999},
    "hukou_address": {
        REGISTER: 0.99, ANY: 0.95, "police_residents": 0.997, "police_births": 0.995, "police_moves": 0.996,
        "hospital_births": 0.60, "school_enrolment": 0.60,
    },
    "residence_address": {
        REGISTER: 0.95, ANY: 0.95, "police_floating": 0.988, "school_enrolment": 0.97,
        "hospital_births": 0.97,
    },
    "mother_name": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.965, "police_births": 0.997, "hospital_births": 0.98,
        "civil_adoptions": 0.9995,
    },
    "mother_id": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.975, "police_births": 0.997, "hospital_births": 0.985,
        "civil_adoptions": 0.9995,
    },
    "father_name": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.965, "police_births": 0.997, "hospital_births": 0.975,
        "civil_adoptions": 0.9995,
    },
    "father_id": {
        REGISTER: 0.99, REGISTER_UNFIT: 0.03, ANY: 0.975, "police_births": 0.997, "hospital_births": 0.98,
        "civil_adoptions": 0.9995,
    },
    "phone": {ANY: 0.80, "police_floating": 0.90, "school_enrolment": 0.88},
    "former_name": {ANY: 0.95, "police_residents": 0.99, "civil_adoptions": 0.99},
}  # fmt: skip


@dataclass(frozen=True)
class Trust:
    """field → feed → probability of being right."""

    table: Mapping[str, Mapping[str, float]]

    def of(self, field: str, feed: str) -> float:
        line = self.table[field]
        return line.get(feed, line.get(ANY, 0.5))

    def weights(self, field: str, feeds: Iterable[str]) -> dict[str, float]:
        """Log odds of being right for each of the feeds."""
        return {feed: log_odds(self.of(field, feed)) for feed in feeds}

    def with_line(self, field: str, **feeds: float) -> Trust:
        """This table with some numbers of one field replaced."""
        table = dict(self.table)
        table[field] = MappingProxyType({**table.get(field, {}), **feeds})
        return Trust(MappingProxyType(table))


def log_odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


DEFAULT_TRUST = Trust(MappingProxyType({field: MappingProxyType(line) for field, line in _TABLE.items()}))
