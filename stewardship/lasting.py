"""What is the same for everybody and changes once a night: each process of the desk reads it at most every some seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Read = TypeVar("Read")


@dataclass
class Lasting(Generic[Read]):
    """What was read last, and when."""

    kept_for: timedelta
    _last: tuple[datetime, Read] | None = field(default=None, repr=False)

    def of(self, now: datetime, read: Callable[[], Read]) -> Read:
        last = self._last
        if last is None or not timedelta() <= now - last[0] < self.kept_for:
            last = self._last = (now, read())
        return last[1]
