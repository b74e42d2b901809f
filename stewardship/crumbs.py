"""Where something lies: the areas from the county down, each with the queue of that area as far as it is the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from stewardship.filters import Filters
from stewardship.places import Places

# role → levels of which the user has a queue
LINKED: Final[Mapping[str, tuple[str, ...]]] = {
    "clerk": ("village",),
    "officer": ("village", "township"),
    "steward": ("village", "township", "county"),
}


class Narrowed(Protocol):
    """The filters of a list that has areas."""

    def query(self, *, area: str) -> str: ...


def crumbs(
    places: Places, code: str | None, role: str, filters: Narrowed | None = None, page: str = "/queue"
) -> list[tuple[str, str]]:
    """Name of each area, the county first, and its queue, or another list of it, in which the other filters stay; empty where it is
    not the user's. A department's contact is told of none.
    """
    linked, asked = LINKED.get(role, ()), filters or Filters()
    found = []
    for area, name in places.path_to(code) if linked else ():
        level = places.levels[area]
        query = asked.query(area="" if level == "county" else area)
        found.append((name, f"{page}?{query}".rstrip("?") if level in linked else ""))
    return found
