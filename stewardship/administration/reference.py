"""The page of models and reference data: what nights link by and look things up in, to be read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from register.models import Area, Night
from register.work import UnitOfWork
from stewardship.administration.sections import REFERENCE, sections_of
from stewardship.pages import page
from stewardship.visits import Here, House, Visitor, acting_as
from stewardship.words import N_

router: Final = APIRouter()
Looking = Annotated[Visitor, Depends(acting_as(*REFERENCE))]
NIGHTS: Final = 12
TABLES: Final[Mapping[str, str]] = {
    "areas": N_("Areas and their history"),
    "schools": N_("Schools"),
    "facilities": N_("Hospitals and clinics"),
    "variant_characters": N_("Variant characters"),
    "lookalike_characters": N_("Characters that look alike"),
    "compound_surnames": N_("Compound surnames"),
    "surname_readings": N_("Readings of surnames"),
    "short_names": N_("Short forms of Latin names"),
}
ORIGINS: Final[Mapping[str, str]] = {
    "county": N_("beside the landing folder"),
    "program": N_("part of this release"),
}
LEVELS: Final[Mapping[str, str]] = {
    "province": N_("provinces"),
    "city": N_("cities"),
    "county": N_("counties"),
    "township": N_("townships"),
    "village": N_("villages"),
}


@router.get("/administration/reference")
def reference(request: Request, here: Here, visitor: Looking) -> Response:
    with here.desk.as_user(visitor.user_id, visitor.role, read_only=True) as work:
        told, areas = contents(work, here), _areas(work.connection)
    return page(
        request,
        "administration/reference.html",
        visitor=visitor,
        sections=sections_of(visitor.role),
        table_words=TABLES,
        origins=ORIGINS,
        areas=areas,
        levels=LEVELS,
        **told,
    )


def contents(work: UnitOfWork, here: House) -> dict[str, Any]:
    """The tables of the page, and of the workbook of it."""
    links = [here.reports.links(night) for night in _nights(work.connection)]
    return {
        "models": here.machine.models(),
        "links": [one for one in links if one is not None],
        "tables": here.machine.tables(),
    }


def _nights(connection: Connection) -> list[date]:
    """The newest that were applied."""
    query = sa.select(Night.night).where(Night.is_applied).order_by(Night.night.desc()).limit(NIGHTS)
    return list(connection.scalars(query))


def _areas(connection: Connection) -> Counter[str]:
    """By level, of the area table as the last night took it into the store."""
    query = sa.select(Area.level, sa.func.count(sa.distinct(Area.code))).group_by(Area.level)
    return Counter({str(level): int(number) for level, number in connection.execute(query)})
