"""What the departments' rows say, as the desk reads it. The app is handed something that knows where records lie; it asks only
for places that the database has shown to the user as evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """One person in one row of a delivery; `night` took the delivery in."""

    night: date
    feed: str
    file: str
    sheet: str
    row: int
    role: str


Said = Mapping[str, str]
"""Column of `feeds.mentions` → text, blank ones left out; dates as ISO, addresses in parts (`hukou_area`, `hukou_group`, `hukou_door`)."""


class SourceRows(Protocol):
    """The rows of departments."""

    def said(self, places: Collection[Place]) -> Mapping[Place, Said]:
        """What each place says of the person it mentions; a place whose record is gone is left out."""
        ...


class NoSources:
    """Where no records are at hand, the register's side is all there is."""

    def said(self, places: Collection[Place]) -> Mapping[Place, Said]:
        return {}
