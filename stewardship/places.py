"""Areas by name and by what belongs to them, as of one transaction.

A county's hundreds of areas change once in some years: what was read is kept for whoever finds the same table. Whether it is the same, the
database says by a sum over its rows, which is a tenth of reading them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from register.access import areas_now, areas_seen
from register.area_tree import AreaRow, AreaTree
from register.models import Area

LIVED_AT_FIRST: Final = ("residence", "hukou")  # where people live, before where they are registered
WITHIN_COUNTY: Final = ("county", "township", "village")


@dataclass(frozen=True)
class Places:
    """The area table, read once per request."""

    names: dict[str, str]
    parents: dict[str, str | None]
    levels: dict[str, str]
    tree: AreaTree

    def named(self, code: str | None) -> str:
        """Township and village, as people say it; the code where the table has no name."""
        if code is None:
            return ""
        own = self.names.get(code, code)
        parent = self.parents.get(code)
        if self.levels.get(code) == "village" and parent is not None:
            return f"{self.names.get(parent, parent)} {own}"
        return own

    def path_to(self, code: str | None) -> list[tuple[str, str]]:
        """Code and name from the county down to the area itself."""
        path: list[tuple[str, str]] = []
        while code is not None and self.levels.get(code) in WITHIN_COUNTY and code not in dict(path):
            path.append((code, self.names.get(code, code)))
            code = self.parents.get(code)
        return path[::-1]

    def township_of(self, code: str) -> str:
        parent = self.parents.get(code)
        return parent if self.levels.get(code) == "village" and parent is not None else code

    def written(self, area: str | None, group: str | None, door: str | None) -> str | None:
        """An address in parts, as one text that can be compared with another."""
        if area is None and group is None and door is None:
            return None
        parts = [self.named(area), f"{group}组" if group else "", f"{door}号" if door else ""]
        return "".join(part for part in parts if part)

    def codes_of(self, area: str) -> list[str]:
        return sorted(self.tree.codes_of(area))


MOST_KEPT: Final = 4  # a process may serve several stores, as tests do
_KEPT: Final[dict[str, Places]] = {}


def read_places(connection: Connection) -> Places:
    """The areas as this transaction sees them, or saw them when the user of the desk entered it."""
    key = areas_seen(connection)
    places = _KEPT.get(key)
    if places is None:
        places = _read(connection)
        if (
            areas_now(connection) == key
        ):  # else the table was changed meanwhile, and it is not known which one was read
            while len(_KEPT) >= MOST_KEPT:
                _KEPT.pop(next(iter(_KEPT)), None)
            _KEPT[key] = places
    return places


def _read(connection: Connection) -> Places:
    columns = (Area.code, Area.name, Area.level, Area.parent, Area.valid_from, Area.valid_to, Area.successor)
    rows = connection.execute(sa.select(*columns).order_by(Area.code, Area.valid_from)).all()
    tree = AreaTree(AreaRow(r.code, r.parent, r.valid_from, r.valid_to, r.successor) for r in rows)
    return Places(
        {r.code: r.name for r in rows},
        {r.code: r.parent for r in rows},
        {r.code: r.level for r in rows},
        tree,
    )
