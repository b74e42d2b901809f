"""What a night has prepared for the desk besides discrepancies: nothing is matched in a request, it is looked up.

The app asks for what belongs to a discrepancy that the database has shown to the user.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Listed:
    """Somebody in a household of the newest police lists; `person_no` and `decision` as the night linked them."""

    household_key: str
    household_no: str | None
    period: str
    content_key: str
    person_no: str | None
    decision: str
    name: str
    sex: str
    birth_date: date | None
    relation_to_head: str


class Prepared(Protocol):
    """The frames of a night."""

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        """Who is in these households: numbers of the register's, keys of those that the register has not."""
        ...


class NothingPrepared:
    """Where no frames are at hand."""

    def listed(self, night: date, homes: Collection[str]) -> Sequence[Listed]:
        return ()
