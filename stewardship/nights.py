"""How the nights stand, for who works by day: the newest one that counts, one that runs at the moment, when the next one begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stewardship.language import CHINA

# A run that broke off with its machine stays `running`; after so long nobody is told of it any more.
LONGEST: Final = timedelta(hours=12)
_DONE: Final = sa.text("""
SELECT count(*) FROM decision AS d WHERE d.decided_by = :user AND d.undoes IS NULL AND d.decided_at >= :since
    AND NOT EXISTS (SELECT FROM decision AS u WHERE u.undoes = d.decision_id)
""")


@dataclass(frozen=True)
class Nights:
    """`running`: since when; `next`: when one begins, None where no hour is known."""

    newest: date | None
    running: datetime | None
    next: datetime | None


def next_begin(now: datetime, begins: time | None) -> datetime | None:
    """The next time that it is that hour in the county."""
    if begins is None:
        return None
    here = now.astimezone(CHINA)
    today = datetime.combine(here.date(), begins, CHINA)
    return today if today > here else today + timedelta(days=1)


def done_today(connection: Connection, user: str, now: datetime) -> int:
    """How many decisions of this user stand since the county's midnight."""
    here = now.astimezone(CHINA)
    since = datetime.combine(here.date(), time(), CHINA)
    return int(connection.scalar(_DONE, {"user": user, "since": since}) or 0)
