"""Looking people up in the newest register: by ID number or the end of one, by the beginning of a name, of its pinyin or of the initials of that, by
phone, by their own number or their household's. And discrepancies by the same of what departments' rows say of whoever is on no register row.

Made for a county of a million under the policies of the desk (`register.access`): each condition compares with operators that an
index serves there too. Who the user may not see is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Connection

from register.asking import Question
from register.current import member_numbers
from register.errors import InvalidInput
from register.told import JOIN_HOUSEHOLDS

MOST: Final = 50
BEYOND: Final = "\U0010ffff"  # after every character of a name

_FOUND = f"""
WITH found AS MATERIALIZED (
    SELECT * FROM (
        SELECT p.person_no, p.unit, p.valid_from, p.valid_to, p.name, p.sex, p.birth_date, p.id_number, p.phone, p.area_code,
            p.name_initials, p.name_pinyin, p.id_tail
        FROM person AS p WHERE p.is_current AND {{condition}} {{barrier}}
    ) AS p
    ORDER BY {{order}}, p.person_no LIMIT :most
)
SELECT p.person_no, m.household_no, p.name, p.sex, p.birth_date, p.id_number, p.phone, p.area_code
FROM found AS p {JOIN_HOUSEHOLDS}
ORDER BY {{shown}}, p.person_no
"""


# A page of the county's names is read in the order of the names. Of a village, where such a page would be sought among all the
# county's, its few people are read and then put in order: what OFFSET 0 makes of it.
VILLAGE: Final = "OFFSET 0"
_RANGE = "p.{0} ~>=~ :wanted AND p.{0} ~<~ :beyond"


@dataclass(frozen=True)
class FoundPerson:
    """A row of the newest register, unmasked: masking is for whoever shows it."""

    person_no: str
    household_no: str | None
    name: str | None
    sex: str | None
    birth_date: date | None
    id_number: str | None
    phone: str | None
    area_code: str | None


By = Question[FoundPerson]


def _query(condition: str, order: str, barrier: str = "") -> By:
    text = _FOUND.format(condition=condition, order=f"p.{order}", barrier=barrier, shown="p.name USING ~<~")
    return Question(text, FoundPerson)


def _prefix(column: str) -> tuple[By, By]:
    """For all, and for a village."""
    condition, order = _RANGE.format(column), f"{column} USING ~<~"
    return _query(condition, order), _query(condition, order, VILLAGE)


_BY_ID: Final = _query("p.id_number = :wanted", "id_number")
_BY_PHONE: Final = _query("p.phone = :wanted", "phone")
_BY_NAME: Final = _prefix("name")
_BY_INITIALS: Final = _prefix("name_initials")
_BY_PINYIN: Final = _prefix("name_pinyin")
_BY_ID_TAIL: Final = _prefix("id_tail")
TAIL: Final = range(4, 7)  # characters
_BY_NUMBERS: Final = _query("p.person_no = ANY (:wanted)", "person_no")
_IS_CLERK: Final = Question("SELECT current_user = 'bulou_clerk'", bool)


class PersonLookup:
    """Looks people up within one transaction; at most `MOST` at a time, by name and number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_id_number(self, id_number: str) -> list[FoundPerson]:
        """Whoever has exactly this ID number: more than one when two share it."""
        return self._find(_BY_ID, {"wanted": id_number.strip().upper()})

    def by_phone(self, phone: str) -> list[FoundPerson]:
        return self._find(_BY_PHONE, {"wanted": phone.strip()})

    def by_name(self, beginning: str) -> list[FoundPerson]:
        """Whose name begins so. Raises: InvalidInput when there is nothing to begin with."""
        return self._find(self._fitting(_BY_NAME), _range(beginning.strip()))

    def by_initials(self, beginning: str) -> list[FoundPerson]:
        """Whose pinyin initials begin so (`wxm`). Raises: InvalidInput."""
        return self._find(self._fitting(_BY_INITIALS), _range("".join(beginning.split()).casefold()))

    def by_pinyin(self, beginning: str) -> list[FoundPerson]:
        """Whose pinyin begins so, as `register.pinyin.as_pinyin` writes it (`wangxiao`). Raises: InvalidInput."""
        return self._find(self._fitting(_BY_PINYIN), _range(beginning))

    def by_id_tail(self, end: str) -> list[FoundPerson]:
        """Whose ID number ends so, by four to six characters (`1234`, `01123X`). Raises: InvalidInput."""
        if len(end) not in TAIL:
            raise InvalidInput("the end of an ID number has four to six characters")
        return self._find(self._fitting(_BY_ID_TAIL), _range(end.upper()[::-1]))

    def by_number(self, number: str) -> list[FoundPerson]:
        """Whoever has this number on the register, and whoever lives in the household that has it, in small letters or large."""
        wanted = list({number, number.upper()})
        return self._find(_BY_NUMBERS, {"wanted": wanted + member_numbers(self._connection, wanted)})

    def _fitting(self, queries: tuple[By, By]) -> By:
        return queries[self._is_clerk]

    @cached_property
    def _is_clerk(self) -> bool:
        """Asked once: what is typed can be several things."""
        return bool(_IS_CLERK.first(self._connection))

    def _find(self, query: By, parameters: dict[str, Any]) -> list[FoundPerson]:
        return query.all(self._connection, **parameters, most=MOST)


def _range(beginning: str) -> dict[str, str]:
    if not beginning:
        raise InvalidInput("a look-up needs at least one character")
    return {"wanted": beginning, "beyond": beginning + BEYOND}


# What departments' rows say is asked for by the beginning of a column, or by the whole of it.
_BEGINNINGS: Final = frozenset({"name", "name_initials", "name_pinyin", "id_tail"})
_NAMED: Final = """
(SELECT discrepancy_id FROM (SELECT l.discrepancy_id, l.{column} FROM lead_name AS l WHERE {condition} {barrier}) AS l
ORDER BY {column} USING ~<~, discrepancy_id LIMIT {most})
"""


class LeadsNamed(NamedTuple):
    """A query of discrepancies' ids, to be part of a statement, and its parameters."""

    query: str
    given: Mapping[str, str]


def leads_named(asked: Mapping[str, str], *, of_village: bool) -> LeadsNamed | None:
    """The discrepancies about whom departments' rows name so (`register.lead_names`); None when nothing is asked.

    Args:
        asked: column → its beginning; of ID numbers and phones the whole of it.
        of_village: whether whoever asks sees a village's rows alone.
    """
    parts: list[str] = []
    given: dict[str, str] = {}
    for column, text in asked.items():
        is_beginning = column in _BEGINNINGS
        whole = f"l.{column} = :{column}"
        condition = (
            f"l.{column} ~>=~ :{column} AND l.{column} ~<~ :{column}_beyond" if is_beginning else whole
        )
        barrier = VILLAGE if of_village else ""
        parts.append(_NAMED.format(column=column, condition=condition, barrier=barrier, most=MOST))
        given |= {column: text, f"{column}_beyond": text + BEYOND} if is_beginning else {column: text}
    return LeadsNamed(" UNION ALL ".join(parts), given) if parts else None
