"""On which day of the following month each feed's file is due, by the rules as they are when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from stewardship.administration.rule_forms import settled
from stewardship.settings import DeskSettings

# Of the newest version of the rules; nothing where none was ever put in force (migration 0025).
_IN_FORCE: Final = sa.text("SELECT due_days_in_force()")


def due_days(connection: Connection, settings: DeskSettings) -> Mapping[str, int]:
    """Feed → day. Before the first version it is what the county's file said when the desk was started."""
    version = connection.scalar(_IN_FORCE)
    told = settings.rule_file.get("due_days", {}) if version is None else version
    return settled({"due_days": told}, settings.rule_defaults).due_days
