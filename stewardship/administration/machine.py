"""What lies on the machine besides the store: frozen linkage models and reference data. The app is handed something that can look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class FrozenModel:
    """A model by which rows are linked; `is_current`: nights use it. A file that cannot be read has no numbers."""

    version: str
    is_current: bool
    frozen_at: datetime
    register_size: int | None
    link_threshold: float | None
    possible_threshold: float | None
    common_names: int | None


@dataclass(frozen=True)
class ReferenceTable:
    """A table that nights look things up in.

    `origin`: `county` (a file beside the landing folder) or `program` (part of this release); `version` is the beginning of the
    SHA-256 of what it holds. `rows` is None where a file that should be there is not, or cannot be read.
    """

    name: str
    origin: str
    where: str
    version: str
    rows: int | None
    changed_at: datetime | None


class Machine(Protocol):
    def models(self) -> Sequence[FrozenModel]:
        """The newest first."""
        ...

    def tables(self) -> Sequence[ReferenceTable]: ...


class NoMachine:
    """Where the app is alone with the store."""

    def models(self) -> Sequence[FrozenModel]:
        return ()

    def tables(self) -> Sequence[ReferenceTable]:
        return ()
