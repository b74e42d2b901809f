"""What the head of every page says of the county: its name, how the last night went, what is late; the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from register.access import Desk
from stewardship.language import CHINA
from stewardship.nights import LONGEST

_LAST_NIGHT: Final = sa.text(
    "SELECT county, night, finished_at, failed, running, late FROM last_night(:since)"
)
# The page within which one is: by the beginning of the address, where that is not the page's own.
WITHIN: Final = {
    "discrepancies": "/queue",
    "persons": "/register",
    "households": "/register",
    "search": "/register",
    "audit": "/administration",
}


@dataclass(frozen=True)
class Frame:
    """`night`: the newest that counts; `failed`: a later one that broke off; `running`: since when one runs; `late`: how many feeds are."""

    county: str | None
    night: date | None
    finished_at: datetime | None
    failed: date | None
    running: datetime | None
    late: int

    @property
    def is_of_next_morning(self) -> bool:
        """It ended in its own night, so that the hour says when."""
        if self.night is None or self.finished_at is None:
            return False
        return self.finished_at.astimezone(CHINA).date() - self.night <= timedelta(days=1)


def read_frame(desk: Desk, now: datetime) -> Frame:
    with desk.at_the_gate() as work:
        return Frame(*work.connection.execute(_LAST_NIGHT, {"since": now - LONGEST}).one())


def section_of(path: str) -> str:
    """The address, in `pages.GOING`, of the page within which this one is."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return WITHIN.get(first, f"/{first}")
