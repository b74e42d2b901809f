"""How far each feed is trusted by the rules in force: the order of the sources on a page, and whose word is taken for a newcomer.

It is the same for everybody and changes when stewards put other rules in force, so each process of the desk reads it at most every some
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from discrepancies.trust import Trust
from register.access import Desk
from stewardship.administration.rule_forms import settled
from stewardship.settings import DeskSettings

# Of the newest version of the rules; nothing where none was ever put in force (migration 0035).
_IN_FORCE: Final = sa.text("SELECT trust_in_force()")


@dataclass
class LastTrust:
    """What was read last, and when."""

    kept_for: timedelta
    _read: tuple[datetime, Trust] | None = field(default=None, repr=False)

    def of(self, desk: Desk, now: datetime, settings: DeskSettings) -> Trust:
        """Before the first version it is what the county's file said when the desk was started."""
        last = self._read
        if last is None or not timedelta() <= now - last[0] < self.kept_for:
            with desk.at_the_gate() as work:
                version = work.connection.scalar(_IN_FORCE)
            told = settings.rule_file.get("trust", {}) if version is None else version
            last = self._read = (now, settled({"trust": told}, settings.rule_defaults).trust)
        return last[1]
