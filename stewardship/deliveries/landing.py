"""The landing folder, as the desk has it: a file is read there as the night reads it, and put where the night finds it. The app is handed
something that can do both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class Broken:
    """A row that cannot be used: which rule it breaks, and where. No value."""

    rule: str
    column: str
    sheet: str
    row: int


@dataclass(frozen=True)
class Read:
    """A file as a night would read it. `reason` is why it would be refused, or what is remarkable, as receipts have it."""

    is_refused: bool
    reason: str
    coverage: str
    usable: int
    broken: Sequence[Broken]
    columns_dropped: Sequence[str]


class Landing(Protocol):
    def is_there(self) -> bool:
        """Whether files can be put into it."""
        ...

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> Read:
        """`file` is the path below the feed's folder that the content would have; nothing is kept of it."""
        ...

    def put(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> bool:
        """At once whole, with its manifest; False, and nothing is changed, where there is such a file."""
        ...


class NoLanding:
    """Where the landing folder lies on another machine."""

    def is_there(self) -> bool:
        return False

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> Read:
        raise NotImplementedError

    def put(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> bool:
        raise NotImplementedError
