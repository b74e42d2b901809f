"""Where something lies: the areas from the county down, each with the queue of that area as far as it is the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

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


# Code, name, rows, is a village: the areas of which a list has rows, in order.
Areas = Sequence[tuple[str, str, int, bool]]


class Beneath(NamedTuple):
    """An area to be chosen next."""

    code: str
    name: str
    rows: int
    is_village: bool


def own_area(areas: Areas, role: str, places: Places) -> str | None:
    """The one township or village that the user answers for; None of several, or of a whole county."""
    level = LINKED.get(role, ("county",))[-1]
    own = [code for code, *_ in areas if places.levels.get(code) == level]
    return own[0] if len(own) == 1 and level != "county" else None


def beneath(areas: Areas, area: str | None, places: Places) -> list[Beneath]:
    """Of a township its villages, of no area the townships."""
    level = "village" if area else "township"
    return [
        Beneath(*one)
        for one in areas
        if places.levels.get(one[0]) == level and area in (None, places.township_of(one[0]))
    ]


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
