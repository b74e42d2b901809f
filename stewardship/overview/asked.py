"""What the overview is narrowed to, as its address says it: codes and a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from stewardship.filters import read_day
from stewardship.words import TYPES


@dataclass(frozen=True)
class Asked:
    """How it went: of which type and in which township, empty is all of them. Night by night: up to which night (None: the newest)."""

    type: str = ""
    township: str = ""
    until: date | None = None

    def query(self, **changes: str | date | None) -> str:
        """For a link."""
        wanted = vars(self) | changes
        return urlencode({name: value for name, value in wanted.items() if value})

    def in_township(self, code: str) -> Asked:
        return replace(self, township=code)


def read_asked(query: Mapping[str, str]) -> Asked:
    """What is not known is no condition; whether a township is the user's, the numbers say."""
    type_ = query.get("type", "")
    return Asked(type_ if type_ in TYPES else "", query.get("township", ""), read_day(query.get("until", "")))
