"""Which discrepancies of an area are to be asked about at a door: what needs checking or waits for a visit.

Not those for which a register change waits, those that are with a department, and those where somebody was already, unless a visit was
asked for since or there is new evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from discrepancies.asking import ASKED
from register.change_models import RegisterChange
from register.change_states import WAITING
from register.decision_models import Decision
from register.discrepancy_models import Discrepancy
from register.errors import InvalidInput
from stewardship.leads import COLUMNS, Lead, as_lead
from stewardship.places import Places

MOST_ROWS: Final = 500
"""Of one list; the most urgent ones. A village clerk does not work off more, and the next list has the rest."""
LEVELS: Final = ("township", "village")
OF_VILLAGES: Final = "clerk"  # for whom a list of a whole township cannot be made
_WAS_THERE: Final = ("visited", "to_department")


@dataclass(frozen=True)
class AreaChoice:
    """An area that a list can be made for, with what is to be asked there by type."""

    code: str
    name: str
    is_village: bool
    by_type: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.by_type.values())


def wanted_types(text: str) -> list[str]:
    """Types as an operator writes them, `a,b`; empty is all. Raises: InvalidInput."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in named if name not in ASKED]
    if unknown:
        raise InvalidInput(f"nobody can be asked about {', '.join(unknown)}; types are {', '.join(ASKED)}")
    return [name for name in ASKED if name in named] or list(ASKED)


def checked_area(places: Places, area: str) -> str:
    """Raises: InvalidInput for what is no village and no township."""
    level = places.levels.get(area)
    if level is None:
        raise InvalidInput(f"there is no area {area}; a village or township has a code of 12 digits")
    if level not in LEVELS:
        raise InvalidInput(f"{area} is a {level}; a list is for a village or a township")
    return area


def to_ask(connection: Connection, codes: Sequence[str], types: Collection[str]) -> tuple[list[Lead], int]:
    """The leads of a list, at most `MOST_ROWS`, and how many there are in all."""
    d = Discrepancy
    here = (among(d.area_code, codes), among(d.type, sorted(types)), *standing())
    total = int(connection.scalar(sa.select(sa.func.count()).select_from(d).where(*here)) or 0)
    query = sa.select(*columns()).where(*here)
    order = (d.priority, d.confidence.desc(), d.discrepancy_id)
    return [as_lead(row) for row in connection.execute(query.order_by(*order).limit(MOST_ROWS))], total


def still_to_ask(connection: Connection, ids: Collection[str]) -> list[Lead]:
    """Of the discrepancies of a list, those that are to be asked about still."""
    query = sa.select(*columns()).where(among(Discrepancy.discrepancy_id, sorted(ids)), *standing())
    return [as_lead(row) for row in connection.execute(query)]


def of_list(connection: Connection, ids: Collection[str]) -> list[tuple[Lead, bool]]:
    """All discrepancies of a list, each with whether it is to be asked about still."""
    stands = sa.and_(*standing()).label("stands")
    query = sa.select(*columns(), stands).where(among(Discrepancy.discrepancy_id, sorted(ids)))
    return [(Lead(*row[:-1]), row.stands) for row in connection.execute(query)]


def of_one_area(leads: Collection[Lead], places: Places, role: str) -> tuple[str | None, list[Lead]]:
    """The village, or for who has more than villages the township, in which all of them lie, None when they lie in several; with those that somebody can
    be asked about there.
    """
    asked = [
        lead for lead in leads if lead.type in ASKED and places.levels.get(lead.area_code or "") in LEVELS
    ]
    codes = {lead.area_code for lead in asked if lead.area_code is not None}
    townships = set() if role == OF_VILLAGES else {places.township_of(code) for code in codes}
    shared = next((found for found in (codes, townships) if len(found) == 1), set())
    return next(iter(shared), None), asked


def choices(connection: Connection, places: Places) -> list[AreaChoice]:
    """The areas in which there is something to ask, townships before their villages."""
    d = Discrepancy
    query = (
        sa.select(d.area_code, d.type, sa.func.count())
        .where(d.area_code.is_not(None), among(d.type, ASKED), *standing())
        .group_by(d.area_code, d.type)
    )
    return areas_of(connection.execute(query), places)


def areas_of(counted: Iterable[Sequence[Any]], places: Places) -> list[AreaChoice]:
    """Of area, type and rows each, townships with what their villages have."""
    counts: dict[str, Counter[str]] = {}
    for code, type_, rows in counted:
        for area in {code, places.township_of(code)}:
            counts.setdefault(area, Counter())[type_] += rows
    found = [
        AreaChoice(
            code,
            places.names.get(code, code),
            places.levels[code] == "village",
            {type_: by_type[type_] for type_ in ASKED if by_type[type_]},
        )
        for code, by_type in counts.items()
        if places.levels.get(code) in LEVELS
    ]
    return sorted(found, key=lambda one: (places.township_of(one.code), one.is_village, one.code))


def standing() -> tuple[sa.ColumnElement[bool], ...]:
    """That a discrepancy is to be asked about as things are now."""
    d = Discrepancy
    asked, later, undone = Decision, aliased(Decision), aliased(Decision)
    asked_since = sa.exists().where(
        later.discrepancy_id == d.discrepancy_id,
        later.kind == "visit",
        later.decision_id > asked.decision_id,
    )
    was_there = sa.exists().where(
        asked.discrepancy_id == d.discrepancy_id,
        asked.evidence_version == d.evidence_version,
        asked.kind.in_(_WAS_THERE),
        ~sa.exists().where(undone.undoes == asked.decision_id),
        ~asked_since,
    )
    changing = sa.exists().where(
        RegisterChange.discrepancy_id == d.discrepancy_id, RegisterChange.state.in_(WAITING)
    )
    return d.status.in_(("open", "waiting")), ~changing, ~was_there


def columns() -> tuple[Any, ...]:
    return tuple(getattr(Discrepancy, name) for name in COLUMNS)


def among(column: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """By an array, which an index serves also under the policies."""
    array = sa.literal(list(values), postgresql.ARRAY(sa.Text()))
    return cast("sa.ColumnElement[bool]", column == sa.any_(array))
