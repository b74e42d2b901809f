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
    """A file as a night would read it. `reason` is why it would be refused, or what is remarkable, and `other_feed` which other list it is, as receipts
    have them; `removed` are the persons of whom changes say that they are taken off the register."""

    is_refused: bool
    reason: str
    other_feed: str | None
    unit: str
    period: str
    coverage: str
    usable: int
    removed: int
    broken: Sequence[Broken]
    columns_dropped: Sequence[str]


class Laid(Protocol):
    """A file that was written whole beside its place, where no night sees it yet."""

    def show(self) -> None:
        """From now on the night finds it."""
        ...

    def take_away(self) -> None:
        """Nothing is left of it."""
        ...


class Landing(Protocol):
    def is_there(self) -> bool:
        """Whether files can be put into it."""
        ...

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> Read:
        """`file` is the path below the feed's folder that the content would have; nothing is kept of it."""
        ...

    def lies(self, feed: str, file: str) -> bool:
        """Whether there is such a file."""
        ...

    def lay(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> Laid | None:
        """Whole, with its manifest, not yet to be seen; None, and nothing is changed, where there is such a file."""
        ...


class NoLanding:
    """Where the landing folder lies on another machine."""

    def is_there(self) -> bool:
        return False

    def read(self, feed: str, file: str, content: bytes, arrival: date, coverage: str | None) -> Read:
        raise NotImplementedError

    def lies(self, feed: str, file: str) -> bool:
        raise NotImplementedError

    def lay(self, feed: str, file: str, content: bytes, rows: int, coverage: str | None) -> Laid | None:
        raise NotImplementedError
