"""A pair as reviewers see it: the register's row beside the department's, masked, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from register.quality import Pair
from register.work import UnitOfWork
from stewardship.masking import may_be_child
from stewardship.matrix import Line, lines
from stewardship.people import register_values, said_values
from stewardship.places import Places
from stewardship.showing import Column
from stewardship.sources import Place
from stewardship.visits import House

# As the file was when the sample was drawn: what a later night took in under its name may say something else.
_TAKEN: Final = sa.text("""
SELECT max(d.night) FROM delivery AS d WHERE d.feed = :feed AND d.file = :file AND d.status = 'taken'
    AND d.night <= (SELECT s.night FROM quality_sample AS s WHERE s.month = :month)
""")


@dataclass(frozen=True)
class Beside:
    """The two rows, field by field."""

    pair: Pair
    place: str
    columns: tuple[Column, Column]
    lines: list[Line]


def beside(work: UnitOfWork, here: House, places: Places, pair: Pair, today: date) -> Beside | None:
    """None where one of the two rows can no longer be read: the person has left the register, or the file's rows are no longer kept."""
    known = register_values(work.connection, [pair.person_no], places).get(pair.person_no)
    where = {"feed": pair.feed, "file": pair.file, "month": pair.month}
    night = work.connection.scalar(_TAKEN, where)
    if not known or night is None:
        return None
    at = Place(night, pair.feed, pair.file, pair.sheet, pair.row, pair.role)
    said = here.sources.said([at]).get(at)
    if said is None:
        return None
    values = [known, said_values(said, places)]
    is_child = any(may_be_child(one.get("birth_date"), today) for one in values)
    return Beside(
        pair,
        places.named(pair.area_code),
        (
            Column("register", pair.person_no, "", "", 0, None, "self"),
            Column(pair.feed, "", pair.file, pair.sheet, pair.row, None, pair.role),
        ),
        lines(values, is_child=is_child, is_lifted=False),
    )
