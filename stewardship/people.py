"""Persons as the matrix compares them: the register's row, and what a department's row says, in the same fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from sqlalchemy.engine import Connection

from register.asking import Question
from register.current import current_rows
from stewardship.leads import Lead
from stewardship.masking import groups_of
from stewardship.matrix import FIELDS, LUNAR, Values
from stewardship.places import Places
from stewardship.sources import Place, Said, SourceRows

_PARTS: Final = Question(
    """
SELECT p.person_no, p.birth_date_lunar, p.hukou_area, p.hukou_group, p.hukou_door,
    p.residence_area, p.residence_group, p.residence_door
FROM person AS p WHERE p.is_current AND p.person_no = ANY (:numbers)
""",
    lambda person_no, lunar, *parts: (person_no, lunar, {"hukou": parts[:3], "residence": parts[3:]}),
)
_FIRST: Final = Question(
    """
SELECT DISTINCT ON (e.discrepancy_id) e.discrepancy_id, d.night, e.feed, e.file, e.sheet, e."row", e.role
FROM evidence AS e JOIN delivery AS d ON d.feed = e.feed AND d.file = e.file AND d.status = 'taken'
WHERE e.discrepancy_id = ANY (:ids) AND e.role = 'self' AND e.feed <> 'register'
ORDER BY e.discrepancy_id, e.feed, e.file DESC, e."row", d.night DESC
""",
    lambda id_, *place: (Place(*place), id_),
)
ADDRESSES: Final = ("hukou", "residence")


def register_values(
    connection: Connection, numbers: Collection[str], places: Places
) -> dict[str, dict[str, str | None]]:
    """The newest register's rows by person; addresses as written in parts, so that they can be compared."""
    rows = current_rows(connection, numbers)
    found: dict[str, dict[str, str | None]] = {number: dict(row) for number, row in rows.items()}
    for person_no, lunar, addresses in _PARTS.all(connection, numbers=sorted(found)) if found else ():
        person = found[person_no]
        for name in ADDRESSES:
            written = places.written(*addresses[name])
            person[f"{name}_address"] = written or person.get(f"{name}_address")
        if lunar is not None:
            person[LUNAR] = lunar.isoformat()
    return found


def first_said(connection: Connection, sources: SourceRows, ids: Collection[str]) -> dict[str, Said]:
    """Of discrepancies about somebody who is on no register row: what one of their rows says."""
    if not ids:
        return {}
    places = dict(_FIRST.all(connection, ids=sorted(ids)))
    return {places[place]: said for place, said in sources.said(places).items()}


def births_of(
    lead: Lead, person: Mapping[str, str | None], second: Mapping[str, str | None] | None = None
) -> Iterator[str | None]:
    """When who it is about was born, by the register (else by a department's row) and by the value that differs."""
    yield person.get("birth_date")
    if second is not None:
        yield second.get("birth_date")
    value = lead.proposed_value or ""
    if lead.field == "birth_date":
        yield value
    elif lead.field == "id_number" and (groups := groups_of(lead.field, value)):
        yield value[slice(*groups)]


def said_values(said: Said, places: Places) -> Values:
    """What a department's row says, in the fields of the matrix."""
    values: dict[str, str | None] = {name: said.get(name) for name in (*FIELDS, LUNAR)}
    for name in ADDRESSES:
        values[f"{name}_address"] = places.written(
            *(said.get(f"{name}_{part}") for part in ("area", "group", "door"))
        )
    return values
