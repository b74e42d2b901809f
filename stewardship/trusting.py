"""How far each feed is trusted by the rules in force: the order of the sources on a page, and whose word is taken for a newcomer;
the same for everybody.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from discrepancies.trust import Trust
from register.access import Desk
from stewardship.administration.rule_forms import settled
from stewardship.settings import DeskSettings

# Of the newest version of the rules; nothing where none was ever put in force (migration 0030).
_IN_FORCE: Final = sa.text("SELECT trust_in_force()")


def read_trust(desk: Desk, settings: DeskSettings) -> Trust:
    """Before the first version it is what the county's file said when the desk was started."""
    with desk.at_the_gate() as work:
        version = work.connection.scalar(_IN_FORCE)
    told = settings.rule_file.get("trust", {}) if version is None else version
    return settled({"trust": told}, settings.rule_defaults).trust
